"""Key files that are missing, or older than the data: told as what they are, and nothing is made in their place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.domain.ports import SystemClock
from engine.errors import StoreError
from engine.workflows.unlock import unlock_state
from tests.end_to_end.command import Clinic, check_refused, contents

KEY_FILES = ("clinic.lantern", "clinic-copy.lantern")


def test_a_clinic_without_its_key_files_is_still_a_clinic(filled: Clinic, tmp_path: Path) -> None:
    """A nurse who hears that there is none would make a new one, and never look for the files again."""
    kept = shutil.copy(filled.folder / KEY_FILES[0], tmp_path / "kept")
    for name in KEY_FILES:
        (filled.folder / name).unlink()
    before = contents(filled.folder)
    for command in ("patients", "verify"):
        check_refused(filled.run(command), 5, "error.store_keys_missing")
    with pytest.raises(StoreError, match="store_keys_missing"):  # or the window would offer to make one
        unlock_state(filled.folder, SystemClock())
    check_refused(filled.run("create", "--name", "New", "--country", "GBR"), 5, "error.store_not_empty")
    assert contents(filled.folder) == before
    shutil.copy(kept, filled.folder / KEY_FILES[1])
    assert filled.run("patients").code == 0


def test_key_files_from_before_the_key_was_replaced_are_not_damage(filled: Clinic, tmp_path: Path) -> None:
    (owner,) = (user["id"] for user in filled.run("users", "list", "--json").json)
    begun = filled.run("users", "add", "Ben Li", "--role", "clinician")
    assert begun.code == 0, begun.err
    kept = {name: (filled.folder / name).read_bytes() for name in KEY_FILES}
    turned = ("--rotate", "--reason", "He left", "--user", owner)
    assert filled.run("users", "remove", "Ben Li", *turned).code == 0
    now = {name: (filled.folder / name).read_bytes() for name in KEY_FILES}
    for name, content in kept.items():
        (filled.folder / name).write_bytes(content)
    before = contents(filled.folder)
    for command in ("patients", "verify"):
        check_refused(filled.run(command, "--user", owner), 5, "error.store_keys_old")
    assert contents(filled.folder) == before
    (database := filled.folder / "store.db").write_bytes(b"x" * 10_000)
    for name, content in now.items():
        (filled.folder / name).write_bytes(content)
    check_refused(filled.run("patients"), 5, "error.store_damaged")  # of the right age: then it is the database
    assert database.read_bytes() == b"x" * 10_000
