"""Brings a store of an older schema to the present one: on a copy, which is checked and then takes its place.

    both checks -> copy -> steps of the schema -> both checks, rows counted -> synced -> the old file gets a second name
    -> the new file replaces the old name

The last step is one rename, so there is at any moment one whole database under its name. The old one stays beside it
until the next verified backup.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from engine.domain.ports import Clock
from engine.durable import sync_folder
from engine.errors import StoreError
from engine.store.copies import copy_pages, row_counts
from engine.store.database import Database
from engine.store.folder import ClinicFolder, store_error
from engine.store.migrate import check_stamp, migrate
from engine.store.schema import MIGRATIONS, Migration

_NOT_COUNTED = frozenset({"migration"})  # a step writes its own line there


def upgraded(
    database: Database,
    place: ClinicFolder,
    data_key: bytes,
    clock: Clock,
    migrations: Sequence[Migration] = MIGRATIONS,
) -> Database:
    """Return the database at the present schema: the same one, or another that took its place.

    ``database`` is open and set up; where another is returned it was closed. On any error it is as it was, and closed
    by whoever opened it.

    Raises:
        StoreError: ``store_newer``, ``store_foreign``; ``upgrade_damaged``; the disk is full or failed.
    """
    if check_stamp(database, migrations) == migrations[-1].version:
        return database
    if database.damage():
        raise StoreError("upgrade_damaged")
    fresh = place.path / ".store-upgrade.db"
    try:
        _remove_with_journals(fresh)  # of an upgrade that was interrupted
        _build(database, fresh, data_key, clock, migrations)
        database.close()
        _swap(fresh, place)
    except OSError as error:
        raise store_error(error) from error
    finally:
        with suppress(OSError):
            _remove_with_journals(fresh)
    new = Database.open(place.database, data_key)
    try:
        new.set_up()
    except BaseException:
        new.close()
        raise
    return new


def _build(database: Database, fresh: Path, data_key: bytes, clock: Clock, migrations: Sequence[Migration]) -> None:
    """Make the new database and check it. It is whole on the disk afterwards."""
    before = _counts(database)
    copy = Database.open(fresh, data_key, create=True)
    try:
        copy.run("PRAGMA journal_mode = DELETE")
        copy.run("PRAGMA synchronous = FULL")
        copy_pages(database, copy)
        copy.run("PRAGMA journal_mode = DELETE")
        migrate(copy, clock, migrations)
        after = _counts(copy)
        if copy.damage() or any(after.get(table, 0) < count for table, count in before.items()):
            raise StoreError("store_disk_failed")
    finally:
        copy.close()
    descriptor = os.open(fresh, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _counts(database: Database) -> dict[str, int]:
    return {name: count for name, count in row_counts(database).items() if name not in _NOT_COUNTED}


def _swap(fresh: Path, place: ClinicFolder) -> None:
    journal = place.database.with_name(f"{place.database.name}-wal")
    if journal.exists() and journal.stat().st_size:
        raise StoreError("store_disk_failed")  # work that could not be moved into the old database would be left behind
    old = place.replaced_by_upgrade
    old.unlink(missing_ok=True)
    try:
        os.link(place.database, old)
    except OSError:  # a file system without second names
        shutil.copy2(place.database, old)
    sync_folder(place.path)
    for suffix in ("-wal", "-shm"):
        place.database.with_name(f"{place.database.name}{suffix}").unlink(missing_ok=True)
    fresh.replace(place.database)
    sync_folder(place.path)


def _remove_with_journals(path: Path) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        path.with_name(f"{path.name}{suffix}").unlink(missing_ok=True)
