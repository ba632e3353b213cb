"""The trials of malformed files see a crash, a store that was written to, and a file where none belongs."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import StoreError
from engine.store import edit_identity
from tests.reliability import malformed
from tests.reliability.clinics import ACTOR
from tests.reliability.counts import Count
from tests.reliability.malformed_formats import FORMATS, STORED, Bench, bench
from tests.reliability.mutations import Chance, mutate, mutate_json, mutate_zip

TEXT = FORMATS[0]


@pytest.fixture
def here() -> Iterator[None]:
    """The trials change folders and the environment of their process."""
    before, folder = dict(os.environ), Path.cwd()
    yield
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(before)
    tempfile.tempdir = None


def made(tmp_path: Path, read: object) -> Count:
    return malformed._try(replace(TEXT, read=read, bombs=tuple), tmp_path, range(2), 1)  # type: ignore[arg-type]  # a reader of the test


def writes(bench: Bench, work: Path, content: bytes) -> str | None:
    edit_identity(bench.vault, "start1", {"phone": str(len(content))}, ACTOR)
    return None


def refuses(code: str) -> object:
    def read(bench: Bench, work: Path, content: bytes) -> str | None:
        raise StoreError(code)

    return read


def crashes(bench: Bench, work: Path, content: bytes) -> str | None:
    raise ValueError(content)


def litters(bench: Bench, work: Path, content: bytes) -> str | None:
    (work.parent / f"left-{len(content)}").write_bytes(content)
    return None


@pytest.mark.parametrize(
    ("read", "fault"),
    [
        (crashes, "crash: ValueError"),
        (writes, "the store is not what it was"),
        (litters, "a file where none belongs"),
        (refuses("no_such_code"), "no sentence: no_such_code"),
        (lambda bench, work, content: "no_such_reason", "no sentence: no_such_reason"),
    ],
)
@pytest.mark.usefixtures("here")
def test_what_must_not_be_is_seen(tmp_path: Path, read: object, fault: str) -> None:
    count = made(tmp_path, read)
    assert count.lost + count.rude == count.tries == 2
    assert all(told.startswith(fault) for told in count.faults)


@pytest.mark.parametrize("read", [refuses("store_damaged"), lambda bench, work, content: None])
@pytest.mark.usefixtures("here")
def test_a_refusal_with_a_sentence_is_well(tmp_path: Path, read: object) -> None:
    assert made(tmp_path, read) == Count(tries=2)


@pytest.mark.usefixtures("here")
def test_good_files_are_read(tmp_path: Path) -> None:
    """Else every malformed one would be refused for a reason that has nothing to do with it."""
    with bench(tmp_path / "clinic") as open_clinic:
        for number, each in enumerate(FORMATS):
            work = tmp_path / f"work{number}"
            work.mkdir()
            found = each.read(open_clinic, work, each.good())
            assert found in ((STORED,) if each.name in ("table of text", "workbook") else (None,)), each.name


@pytest.mark.parametrize("way", [mutate, mutate_json])
def test_mutations_change_files_and_repeat_themselves(way: object) -> None:
    content = b'{"a": [1, 2, {"b": "text"}], "c": null}'
    found = [way(content, Chance(seed)) for seed in range(200)]  # type: ignore[operator]  # one of the two
    assert found == [way(content, Chance(seed)) for seed in range(200)]  # type: ignore[operator]  # one of the two
    assert len(set(found)) > 100


def test_parts_of_archives_are_changed_too() -> None:
    good = next(each for each in FORMATS if each.name == "workbook").good()
    assert len({mutate_zip(good, Chance(seed)) for seed in range(30)}) > 25
