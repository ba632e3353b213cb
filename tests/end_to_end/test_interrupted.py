"""Killed, stopped, out of space, not allowed: what is stored is whole or is not there, and no output is half there."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.command import HEADER, PASSPHRASE, Clinic, Ended, check_refused, contents, says

unix = pytest.mark.skipif(sys.platform == "win32", reason="signals, limits and users are those of Unix")

# The command in a process that may write files of so many bytes. A longer write fails as on a full disk or, where the
# signal is left as the system has it, ends the process on the spot, as a kill at exactly that byte would.
LIMITED = """
import resource, signal, sys
most, killed = int(sys.argv[1]), sys.argv[2] == "killed"
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
if killed:
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
from engine.cli.__main__ import main
sys.exit(main(sys.argv[3:]))
"""
# Root may write anywhere, so the command gives its rights away; what it needs is loaded before.
UNPRIVILEGED = """
import codecs, contextlib, io, os, sys
from engine.cli.__main__ import main
with contextlib.redirect_stdout(io.StringIO()):
    main(["packs"])
codecs.lookup("utf-8-sig")
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
sys.exit(main(sys.argv[1:]))
"""
ROWS = 1200
SHARED_MEMORY = 32_768  # bytes of the file beside the database that every open store makes; less room ends it there


def check_disk_full(ended: Ended, file: str | None = None) -> None:
    """A write that a limit cut short is a full disk or a failing one to the database library; both are told."""
    full = says(ended.err.strip().removeprefix(f"{file}: "), "error.store_disk_full")
    check_refused(ended, 5, "error.store_disk_full" if full else "error.store_disk_failed", file)


def in_child(script: str, *words: object) -> Ended:
    command = [sys.executable, "-B", "-c", script, *map(str, words)]
    done = subprocess.run(command, capture_output=True, check=False)
    assert b"Traceback" not in done.stderr, done.stderr
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


@contextmanager
def running(*words: object) -> Iterator[subprocess.Popen[bytes]]:
    """The command in a process group of its own, which is empty again at the end."""
    command = [sys.executable, "-m", "engine.cli", *map(str, words)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as process:
        yield process
        process.communicate(timeout=60)
    deadline = time.monotonic() + 10
    while group_lives(process.pid):
        assert time.monotonic() < deadline, "a helper process outlived the command"
        time.sleep(0.02)


def group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, "it ended before anything could be done to it"
        assert time.monotonic() < deadline
        time.sleep(0.001)


def size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return -1


def invented_name(number: int) -> str:
    letters = [chr(97 + byte % 26) for byte in hashlib.sha256(str(number).encode()).digest()[:14]]
    return f"{''.join(letters[:6])} {''.join(letters[6:])}".title()


@pytest.fixture(scope="module")
def long_table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of people nobody has seen."""
    lines = (
        f"L{n:06d},{invented_name(n)},{'FM'[n % 2]},{1930 + n % 60}-{1 + n % 12:02d}-{1 + n % 28:02d},,"
        f"2024-{1 + n % 12:02d}-{1 + n % 28:02d},{110 + n % 60},{60 + n % 30}\n"
        for n in range(ROWS)
    )
    path = tmp_path_factory.mktemp("long") / "long.csv"
    path.write_text(HEADER + "".join(lines), encoding="utf-8")
    return path


# An import


@unix
@pytest.mark.parametrize("written", [50_000, 300_000])
def test_an_import_killed_while_it_stores_leaves_the_clinic_as_it_was(
    filled: Clinic, long_table: Path, tmp_path: Path, written: int
) -> None:
    before = filled.records(tmp_path / "before.csv")
    ended = in_child(LIMITED, written, "killed", "import", long_table, *filled.words)
    assert (ended.code, ended.out, ended.err) == (-signal.SIGXFSZ, "", "")
    assert size(filled.folder / "store.db-wal") == written  # it was storing: so much lay on the disk already
    assert filled.records(tmp_path / "after.csv") == before


@unix
def test_an_import_killed_at_any_moment_is_whole_or_not_there(filled: Clinic, long_table: Path, tmp_path: Path) -> None:
    before, _ = filled.records(tmp_path / "before.csv")
    with running("import", long_table, *filled.words) as process:
        wait_for(lambda: size(filled.folder / "store.db-wal") > 0, process)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    after, _ = filled.records(tmp_path / "after.csv")
    assert len(after) in (len(before), len(before) + ROWS)
    assert [row for row in after if row["patient_id"].startswith("Q")] == before
    assert filled.run("import", long_table).code == 0  # and the file can simply be imported again
    assert len(filled.export(tmp_path / "again.csv")) == len(before) + ROWS


@unix
@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_an_import_that_is_stopped_stores_nothing(
    filled: Clinic, long_table: Path, tmp_path: Path, number: str
) -> None:
    before = filled.records(tmp_path / "before.csv")
    with running("import", long_table, *filled.words) as process:
        wait_for(lambda: size(filled.folder / "store.db-wal") >= 0, process)
        process.send_signal(getattr(signal, number))
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, b"")
    assert says(err.decode().strip(), "cli.stopped")
    assert filled.records(tmp_path / "after.csv") == before


@unix
def test_a_full_disk_stores_nothing_of_a_file_and_lets_a_smaller_one_in(
    filled: Clinic, long_table: Path, tmp_path: Path
) -> None:
    (small := tmp_path / "small.csv").write_text(
        HEADER + "Q011,Ludovic Pemberwick,M,1951-02-03,,2024-02-01,131,82\n", encoding="utf-8"
    )
    before = filled.records(tmp_path / "before.csv")
    ended = in_child(LIMITED, 100_000, "full", "import", long_table, *filled.words, "--json")
    check_disk_full(ended, "long.csv")
    assert ended.json[0]["stored"] is False
    assert filled.records(tmp_path / "after.csv") == before
    both = in_child(LIMITED, 400_000, "full", "import", long_table, small, *filled.words, "--json")
    check_disk_full(both, "long.csv")
    assert [outcome["stored"] for outcome in both.json] == [False, True]
    assert len(filled.export(tmp_path / "last.csv")) == 4


# Making a clinic, and what is written for people


@unix
@pytest.mark.parametrize("most", [10, 60_000])
def test_a_clinic_is_not_made_on_a_full_disk(tmp_path: Path, most: int) -> None:
    (passphrase_file := tmp_path / "pass.txt").write_text(PASSPHRASE, encoding="utf-8")
    before = contents(tmp_path)
    place = ("--store", tmp_path / "clinic", "--passphrase-file", passphrase_file, "--recovery-out", tmp_path / "key")
    ended = in_child(LIMITED, most, "full", "create", "--name", "Maple Lane", "--country", "GBR", *place)
    if most < 256:  # not even the key would fit, so nothing else is tried
        check_refused(ended, 3, "error.output_unwritable")
    else:
        check_disk_full(ended)
    assert contents(tmp_path) == before


@unix
def test_nothing_is_half_written_on_a_full_disk(filled: Clinic, tmp_path: Path) -> None:
    lines = [HEADER.strip() + ",Notes"]
    lines += [f"Q01{n},{invented_name(n)},F,1951-02-03,,2024-02-01,131,82,{'long ' * 5000}" for n in range(4)]
    (notes := tmp_path / "notes.csv").write_text("\n".join(lines), encoding="utf-8")
    assert filled.run("import", notes).code == 0
    assert filled.run("report", "--patient", "Q001", "--out", tmp_path / "reports").code == 0  # saves the assessment
    (table := tmp_path / "in.csv").write_text("age,sex\n" + "55,M\n" * 20_000, encoding="utf-8")
    (out := tmp_path / "out").mkdir()
    (out / "old.csv").write_text("old", encoding="utf-8")
    for words in (
        ("export", "--output", out / "new.csv", *filled.words),
        ("export", "--output", out / "old.csv", *filled.words),
        ("report", "--patient", "Q001", "--out", out, *filled.words),
        ("assess", "--pack", "findrisc", "--input", table, "--output", out / "new.csv"),
    ):
        check_refused(in_child(LIMITED, SHARED_MEMORY, "full", *words), 3, "error.output_unwritable")
        assert contents(out) == {"old.csv": b"old"}


@unix
@pytest.mark.parametrize("number", ["SIGINT", "SIGHUP"])
def test_a_long_scoring_that_is_stopped_leaves_no_file(tmp_path: Path, number: str) -> None:
    (table := tmp_path / "in.csv").write_text("age,sex\n" + "55,M\n" * 1_500_000, encoding="utf-8")
    (out := tmp_path / "out").mkdir()
    (out / "out.csv").write_text("earlier", encoding="utf-8")
    words = ("assess", "--pack", "findrisc", "--input", table, "--output", out / "out.csv")
    with running(*words) as process:
        wait_for(lambda: any(size(path) > 100_000 for path in out.iterdir()), process)
        process.send_signal(getattr(signal, number))
        stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout) == (130, b"")
    assert says(stderr.decode().strip(), "cli.stopped")
    assert contents(out) == {"out.csv": b"earlier"}


# Rights


def closed_to_others(folder: Path) -> list[Path]:
    """The folders on the way to this one, and itself, that only their owner may enter."""
    ours = [place for place in (folder, *folder.parents) if place.stat().st_uid == os.geteuid()]
    return [place for place in ours if place.stat().st_mode & 0o055 != 0o055]


@pytest.fixture
def read_only(filled: Clinic, tmp_path: Path) -> Iterator[Clinic]:
    """The filled clinic in a folder where nobody may write."""
    reachable = closed_to_others(tmp_path)
    modes = {place: place.stat().st_mode for place in (*reachable, filled.folder)}
    for place in reachable:
        place.chmod(place.stat().st_mode | 0o055)
    for file in filled.folder.iterdir():
        file.chmod(0o444)
    filled.folder.chmod(0o555)
    yield filled
    for place, mode in modes.items():
        place.chmod(mode)


@unix
def test_a_clinic_that_may_not_be_written_is_left_alone(read_only: Clinic, tmp_path: Path) -> None:
    (table := tmp_path / "more.csv").write_text(HEADER, encoding="utf-8")
    before = contents(read_only.folder)
    for words in (("patients",), ("import", table), ("assess-all",), ("export", "--output", tmp_path / "out.csv")):
        check_refused(in_child(UNPRIVILEGED, *words, *read_only.words), 5, "error.store_readonly")
    assert contents(read_only.folder) == before


@unix
def test_a_clinic_is_not_made_where_nobody_may_write(read_only: Clinic, tmp_path: Path) -> None:
    (closed := tmp_path / "closed").mkdir()
    closed.chmod(0o555)
    place = ("--store", closed / "new", "--passphrase-file", read_only.passphrase_file)
    check_refused(
        in_child(UNPRIVILEGED, "create", "--name", "Maple", "--country", "GBR", *place), 5, "error.store_readonly"
    )
    assert contents(closed) == {}


@unix
def test_what_is_read_may_be_unreadable(filled: Clinic, tmp_path: Path) -> None:
    (secret := tmp_path / "in.csv").write_text("age,sex\n55,M\n", encoding="utf-8")
    secret.chmod(0o000)
    words = ("assess", "--pack", "findrisc", "--input", secret, "--output", tmp_path / "out.csv")
    for place in closed_to_others(tmp_path):
        place.chmod(place.stat().st_mode | 0o055)
    check_refused(in_child(UNPRIVILEGED, *words), 3, "error.csv_unreadable")
    assert not (tmp_path / "out.csv").exists()
