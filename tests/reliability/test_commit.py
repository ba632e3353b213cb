"""The reliability programme with the numbers of each commit, and that it finds what it looks for."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reliability.counts import SYSTEM, Count, Row, added_up, keep, table, write_table
from tests.reliability.disk import Disk
from tests.reliability.programme import PARTS
from tests.reliability.recorder import Event, can_record
from tests.reliability.trials import Share

watched = pytest.mark.skipif(not can_record(), reason="the recorder needs Linux and a C compiler")


def programme(checkout: Path, *words: str) -> tuple[int, dict[Row, Count]]:
    command = [sys.executable, "-m", "tests.reliability", "--json", *words]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, {Row(*key): Count(**count) for *key, count in json.loads(done.stdout)}


@watched
@pytest.mark.timeout(600)
def test_nothing_is_lost_in_a_sample_of_everything(checkout: Path) -> None:
    code, counts = programme(checkout, "--sample")
    assert list(counts) == [part.row for part in PARTS if part.always]
    for row, count in counts.items():
        damaged = row.trial == "lying disk" or row.test in ("T5", "T6", "T7")
        assert count.tries or "left out" in str(count.faults), row
        assert damaged or count.lost == 0, (row, count.faults)
        assert count.unseen == 0 or (row.operation, row.trial) == ("report", "lying disk"), (row, count.faults)
        assert count.rude == 0, (row, count.faults)
    assert code == 0


@watched
@pytest.mark.timeout(200)
def test_the_programme_finds_what_usual_code_loses(checkout: Path) -> None:
    words = ("--system", "sqlite3, defaults", "--trial", "killed", "--trial", "power cut")
    code, counts = programme(checkout, *words, "--operation", "change a passphrase", "--operation", "migrate")
    assert code == 0  # only what the program itself loses is a failure
    assert all(count.lost for row, count in counts.items() if row.trial == "power cut"), counts
    assert len(counts) == 4


@pytest.mark.parametrize("number", [number for number in range(1, 15) if number not in (10, 11)])
def test_every_test_of_the_programme_is_there(number: int) -> None:
    """T10 are the tests of the gate, T11, T15 and T16 tests of their own; T12 are migrations, too."""
    parts = [part for part in PARTS if part.row.test == f"T{number}" and part.always]
    assert parts
    assert all(0 < part.commit <= part.nightly for part in parts)
    assert len({part.row for part in PARTS}) == len(PARTS)


class TestDisk:
    """What a power cut leaves, on files whose history is known."""

    def left(self, tmp_path: Path, events: list[Event]) -> list[dict[str, bytes]]:
        (start := tmp_path / "start").mkdir()
        (start / "old").write_bytes(b"before")
        found = []
        for seed in range(60):
            disk = Disk(start, tmp_path / "at")
            disk.follow(events)
            disk.lose_power(random.Random(seed))
            disk.write_to(out := tmp_path / f"out{seed}")
            found.append({path.name: path.read_bytes() for path in out.iterdir()})
        return found

    def name(self, tmp_path: Path, name: str) -> bytes:
        return str(tmp_path / "at" / name).encode()

    def test_what_was_not_synced_may_be_gone(self, tmp_path: Path) -> None:
        new = self.name(tmp_path, "new")
        states = self.left(tmp_path, [Event("o", 3, 64, new, b""), Event("w", 3, 0, b"x" * 1500, b"")])
        assert {"old": b"before"} in states
        assert {"old": b"before", "new": b""} in states
        assert {"old": b"before", "new": b"x" * 1500} in states
        torn = [each["new"] for each in states if "new" in each and 0 < each["new"].count(b"x") < 1500]
        assert torn
        assert all(len(content) % 512 in (0, 1500 % 512) for content in torn)

    def test_a_name_needs_a_sync_of_its_folder(self, tmp_path: Path) -> None:
        new, old = self.name(tmp_path, "new"), self.name(tmp_path, "old")
        made = [Event("o", 3, 64, new, b""), Event("w", 3, 0, b"after", b""), Event("s", 3, 0, b"", b"")]
        replaced = [*made, Event("r", 0, 0, new, old)]
        states = self.left(tmp_path, replaced)
        assert {"old": b"before"} in states
        assert {"old": b"after"} in states
        assert all(each.get("old") in (b"before", b"after") for each in states)
        folder = str(tmp_path / "at").encode()
        synced = [*replaced, Event("o", 4, 0, folder, b""), Event("s", 4, 0, b"", b"")]
        assert {each["old"] for each in self.left(tmp_path / "again", self.moved(tmp_path, synced))} == {b"after"}

    def moved(self, tmp_path: Path, events: list[Event]) -> list[Event]:
        (tmp_path / "again").mkdir()
        old, new = str(tmp_path / "at").encode(), str(tmp_path / "again" / "at").encode()
        return [
            Event(each.kind, each.number, each.offset, each.first.replace(old, new), each.second.replace(old, new))
            for each in events
        ]

    def test_what_was_acknowledged_is_known(self, tmp_path: Path) -> None:
        (start := tmp_path / "start").mkdir()
        disk = Disk(start, tmp_path / "at")
        disk.follow([Event("a", 0, 0, b"one\ntwo\n", b""), Event("a", 0, 0, b"three\n", b"")])
        assert disk.acknowledged == ["one", "two", "three"]


def test_slices_share_all_trials_and_their_counts_add_up(tmp_path: Path) -> None:
    shares = [list(Share(part, 12).numbers(200)) for part in range(1, 13)]
    assert sorted(number for share in shares for number in share) == list(range(200))
    state, key = tmp_path / "counts.json", Row("T1", "import", "Lantern", "killed")
    for part, tries in ((2, 16), (1, 17), (2, 15)):
        keep({key: Count(tries=tries, lost=1, unseen=1, faults={"damaged": 1})}, f"{part}/12", state)
    sums, slices = added_up(state)
    assert slices == ["1/12", "2/12"]
    assert sums == {key: Count(tries=32, lost=2, unseen=2, faults={"damaged": 2})}
    assert "| T1   | import    | Lantern | killed | 32    | 2    | 0          | 2                 |" in table(sums)
    write_table(state, to := tmp_path / "COUNTS.md")
    assert "Slices counted so far: 2 of 12." in to.read_text(encoding="utf-8")
    keep({}, "1/6", state)  # another division counts anew
    assert added_up(state)[1] == ["1/6"]


def test_some_rows_of_a_slice_are_made_again_and_the_others_stay(tmp_path: Path) -> None:
    state = tmp_path / "counts.json"
    first, second = Row("T1", "import", SYSTEM, "killed"), Row("T4", "import", SYSTEM, "full disk")
    keep({first: Count(tries=3, lost=1)}, "1/2", state, whole=False)
    assert not state.exists()  # a slice begins whole
    keep({first: Count(tries=3, lost=1), second: Count(tries=5)}, "1/2", state)
    keep({first: Count(tries=3)}, "1/2", state, whole=False)
    sums, slices = added_up(state)
    assert slices == ["1/2"]
    assert (sums[first], sums[second]) == (Count(tries=3), Count(tries=5))
