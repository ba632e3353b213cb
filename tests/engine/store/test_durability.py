"""Killed, out of space, not allowed: the store is as it was before."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from engine.store import RecoveryKey, Vault, apply_entries, count_people
from engine.wording import LANGUAGES, load_wording

OpenAgain = Callable[[], Vault]
Dump = Callable[[Vault], dict[str, list[tuple[object, ...]]]]
Sheet = Callable[..., object]

# What a child process does: open the clinic, import many people in one go, say how far it got.
CHILD = """
import os, sys, threading  # loaded here: the user that a child may turn into cannot read Python's own folder
from datetime import UTC, datetime
from pathlib import Path
from engine.domain.assessment import Clinic
from engine.domain.entries import Entries, EntryColumn, IdentifiedEntries, Source
from engine.domain.ports import SystemClock
from engine.domain.record import SourceKind
from engine.errors import EngineError
from engine.store import Cost, accept_packs, apply_entries, create_clinic, find_patients, open_clinic, save_draft

folder, rows, most = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
PASSPHRASE, CHEAP = "correct horse battery", Cost(64, 1, 1)

def entries():
    people = [f"p{n}" for n in range(rows)]
    columns = [EntryColumn("name", [f"Name {n}" for n in range(rows)], [None] * rows)]
    for field in ("sbp_mmhg", "dbp_mmhg", "hdl_mmol_l", "hba1c_percent"):
        columns.append(EntryColumn(field, [100.0 + n % 40 for n in range(rows)], [None] * rows))
    source = Source(SourceKind.IMPORTED, datetime(2025, 6, 30, tzinfo=UTC), "user-1", "x.csv", "00")
    whole = Entries(source, list(range(2, rows + 2)), tuple(columns))
    return IdentifiedEntries(whole, people, frozenset(people), ["2024-01-02"] * rows)

def run(act):
    try:
        act()
    except EngineError as error:
        print(type(error).__name__, error.code, flush=True)
    else:
        print("done", flush=True)
"""
IMPORT = """
prepared = entries()
with open_clinic(folder, PASSPHRASE, SystemClock(), floor=CHEAP) as vault:
    print("go", flush=True)
    run(lambda: apply_entries(vault, prepared, actor="user-1"))
"""
LIMITED = """
import resource
prepared = entries()
def act():
    with open_clinic(folder, PASSPHRASE, SystemClock(), floor=CHEAP) as vault:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        apply_entries(vault, prepared, actor="user-1")
run(act)
"""
CREATE_LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
run(lambda: create_clinic(folder, PASSPHRASE, Clinic("c", "C", {}), SystemClock(), cost=CHEAP))
"""
# Root may write anywhere, so the child gives its rights away first.
UNPRIVILEGED = """
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
"""
OPEN_READONLY = (
    UNPRIVILEGED
    + """
def act():
    with open_clinic(folder, PASSPHRASE, SystemClock(), floor=CHEAP) as vault:
        accept_packs(vault, ["x"], "user-1")
run(act)
"""
)
CREATE_READONLY = (
    UNPRIVILEGED
    + """
run(lambda: create_clinic(folder, PASSPHRASE, Clinic("c", "C", {}), SystemClock(), cost=CHEAP))
"""
)

unix = pytest.mark.skipif(sys.platform == "win32", reason="limits and rights of this kind are Unix ones")


def child(script: str, folder: Path, rows: int = 0, most: int = 0) -> subprocess.Popen[bytes]:
    """Start a child; ``most`` is the greatest size of a file it may write, where the script says so."""
    words = [sys.executable, "-c", CHILD + script, str(folder), str(rows), str(most)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stdin=subprocess.PIPE)


def answer(script: str, folder: Path, rows: int = 0, most: int = 0) -> Sequence[str]:
    """Run a child to its end and return the words it answered with."""
    with child(script, folder, rows, most) as process:
        assert process.stdout is not None
        words = process.stdout.read().decode().split()
    assert process.returncode == 0
    return words


def has_sentence(code: str) -> bool:
    return all(f"error.{code}" in load_wording(language) for language in LANGUAGES)


@pytest.mark.parametrize("delay", [0.0, 0.02, 0.06, 0.15])
def test_a_process_killed_in_the_middle_of_an_import_stores_nothing_of_it(
    folder: Path, open_again: OpenAgain, sheet: Sheet, dump: Dump, delay: float
) -> None:
    with open_again() as vault:
        apply_entries(vault, sheet([{"person": "ann", "visit_date": "2024-01-02", "sbp_mmhg": 1.0}]), actor="user-1")  # type: ignore[arg-type]  # a fixture
        before = dump(vault)
    with child(IMPORT, folder, 20_000) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"go"
        time.sleep(delay)
        process.kill()
        assert process.stdout.read() == b""  # it had not finished
    with open_again() as vault:
        assert dump(vault) == before
        assert vault.damage() == []


def test_an_import_that_was_acknowledged_survives_a_kill_right_after(folder: Path, open_again: OpenAgain) -> None:
    with open_again():
        pass
    with child(IMPORT + "\n    sys.stdin.read()\n", folder, 2000) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"go"
        assert process.stdout.readline().strip() == b"done"
        process.kill()
    assert (folder / "store.db-wal").exists()
    with open_again() as vault:
        assert count_people(vault) == 2000
        assert vault.damage() == []


@unix
@pytest.mark.parametrize("room", [0, 40_000, 150_000, 500_000])
def test_a_disk_that_fills_up_during_an_import_leaves_the_store_as_it_was(
    folder: Path, open_again: OpenAgain, dump: Dump, room: int
) -> None:
    with open_again() as vault:
        before = dump(vault)
    limit = (folder / "store.db").stat().st_size + room
    error, code = answer(LIMITED, folder, 20_000, limit)
    assert (error, code in {"store_disk_full", "store_disk_failed"}) == ("StoreError", True)
    assert has_sentence(code)
    with open_again() as vault:
        assert dump(vault) == before
        assert vault.damage() == []


@unix
@pytest.mark.parametrize("limit", [0, 100, 5_000, 60_000, 200_000])
@pytest.mark.parametrize("existing", [False, True])
def test_a_disk_too_full_for_a_new_clinic_leaves_nothing_behind(folder: Path, limit: int, existing: bool) -> None:
    if existing:
        folder.mkdir()
    error, code = answer(CREATE_LIMITED, folder, most=limit)
    assert (error, code in {"store_disk_full", "store_disk_failed"}) == ("StoreError", True)
    assert [path.name for path in folder.parent.iterdir()] == (["clinic"] if existing else [])
    assert not existing or not list(folder.iterdir())


@unix
def test_a_read_only_folder_is_refused_and_left_alone(
    folder: Path, recovery_key: RecoveryKey, open_again: OpenAgain, tmp_path: Path
) -> None:
    readable_by_all(tmp_path)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o555)
    try:
        assert answer(OPEN_READONLY, folder) == ["StoreError", "store_readonly"]
        assert answer(CREATE_READONLY, tmp_path / "other") == ["StoreError", "store_readonly"]
    finally:
        folder.chmod(0o755)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["clinic"]


@unix
def test_a_folder_where_only_the_files_are_read_only_is_refused(
    folder: Path, recovery_key: RecoveryKey, tmp_path: Path
) -> None:
    readable_by_all(tmp_path)
    folder.chmod(0o777)
    for path in folder.iterdir():
        path.chmod(0o444)
    (folder / "lock").chmod(0o666)
    assert answer(OPEN_READONLY, folder) == ["StoreError", "store_readonly"]


def readable_by_all(folder: Path) -> None:
    """Let another user reach a test's folder, and nobody write into it."""
    for place in (folder, folder.parent, folder.parent.parent):
        if os.access(place, os.W_OK) and place.stat().st_uid == os.geteuid():
            place.chmod(0o755)
