"""T12, the half that is no migration: a store of a later program is refused, and stays as it is to the byte.

The other half are the operations "migrate" and "migrate from schema N": every older schema, with names as ugly as they
come, interrupted in every way.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from contextlib import suppress
from functools import cache, partial
from pathlib import Path

from engine.domain.ports import SystemClock
from engine.errors import EngineError, StoreError
from engine.store import open_clinic
from engine.store.audit_log import verify_store
from engine.store.backup.make import back_up
from engine.store.backup.manifest import MANIFEST_SUFFIX
from engine.store.backup.restore import restore
from engine.store.database import Database
from engine.store.schema import MIGRATIONS
from tests.reliability.checks import Check
from tests.reliability.clinics import CHEAP, PASSPHRASE, data_key_of, new_clinic, old_clinic, open_again
from tests.reliability.counts import Count
from tests.reliability.operations import GOOD, Verdict
from tests.reliability.tampered_clinic import put, read

SAVED = Path(__file__).resolve().parents[1] / "data" / "stores"
_NEWEST = MIGRATIONS[-1].version
_SCHEMAS = range(1, _NEWEST + 1)


@cache
def _stores() -> dict[int, dict[str, bytes]]:
    """Return the files of a closed clinic of each schema."""
    import tempfile

    found = {}
    with tempfile.TemporaryDirectory() as place:
        for version in _SCHEMAS:
            folder = Path(place) / str(version)
            (new_clinic if version == _NEWEST else partial(old_clinic, version=version))(folder, 20)
            found[version] = read(folder)
    return found


def _set_version(folder: Path, version: int) -> None:
    database = Database.open(folder / "store.db", data_key_of(folder))
    database.run(f"PRAGMA user_version = {version}")
    database.close()


def _newer(room: Path, numbers: Sequence[int], seed: int) -> Count:
    count, folder = Count(), room / "clinic"
    for number in numbers:
        chance = random.Random(f"{seed} newer {number}")
        put(folder, _stores()[chance.choice(_SCHEMAS)])
        _set_version(folder, _NEWEST + chance.choice((1, 1, 2, 10, 1_000)))
        before = read(folder)
        fault = None
        for _ in range(2):  # somebody tries again
            try:
                open_again(folder).close()
            except StoreError as error:
                fault = None if error.code == "store_newer" else f"refused for another reason: {error.code}"
            else:
                fault = "a newer store was opened"
        count.add(
            GOOD if fault is None and read(folder) == before else Verdict(fault or "a newer store was written to")
        )
    return count


def _newer_backup(room: Path, numbers: Sequence[int], seed: int) -> Count:
    """A backup of a later program: refused, and nothing is made where it would have been restored to."""
    count = Count()
    new_clinic(room / "clinic", 5)
    for number in numbers:
        stick = room / f"stick-{number}"
        with open_again(room / "clinic") as vault:
            made = back_up(vault, stick, "99.0").backup
        content = made.file.read_bytes()
        made.file.write_bytes(content.replace(b"lantern-backup/1", b"lantern-backup/%d" % (2 + number % 7)))
        before, fault = read(stick), "a newer backup was restored"
        with suppress(EngineError):
            try:
                restore(made.copy, room / "new", PASSPHRASE, SystemClock(), floor=CHEAP)
            except StoreError as error:
                fault = "" if error.code == "backup_newer" else f"refused for another reason: {error.code}"
        left = (room / "new").exists() or read(stick) != before or not list(stick.glob(f"*{MANIFEST_SUFFIX}"))
        count.add(Verdict(fault or "something was written") if fault or left else GOOD)
        shutil.rmtree(stick)
    return count


def _saved(room: Path, numbers: Sequence[int], seed: int) -> Count:
    """Every store that was saved by an earlier program opens, is sound, and opens again."""
    count = Count()
    names = sorted(path.name for path in SAVED.iterdir())
    for number in numbers:
        folder = room / str(number)
        shutil.copytree(SAVED / names[number % len(names)], folder)
        fault = None
        try:
            for _ in range(2):
                with open_clinic(folder, PASSPHRASE, SystemClock(), floor=CHEAP) as vault:
                    fault = None if verify_store(vault).sound else "does not verify"
        except EngineError as error:
            fault = f"does not open: {error.code}"
        count.add(GOOD if fault is None else Verdict(fault), names[number % len(names)])
        shutil.rmtree(folder)
    return count


CHECKS = (
    Check("T12", "store of a later program", "refused untouched", _newer, 10, 200, _stores),
    Check("T12", "backup of a later program", "refused untouched", _newer_backup, 5, 100),
    Check("T12", "saved store of each format", "opened", _saved, len(list(SAVED.iterdir())), 20),
)
