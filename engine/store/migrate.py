"""Brings a database to the newest schema, one step and one transaction at a time; refuses newer ones untouched."""

from __future__ import annotations

from collections.abc import Sequence

from engine.domain.ports import Clock
from engine.errors import StoreError
from engine.store.database import Database
from engine.store.schema import MIGRATIONS, Migration

APPLICATION_ID = 0x4C4E5452  # "LNTR"


def check_stamp(database: Database, migrations: Sequence[Migration] = MIGRATIONS) -> int:
    """Return the schema version of a database that is ours.

    Raises:
        StoreError: ``store_newer`` when a later program wrote it, ``store_foreign`` when it is no clinic database.
    """
    version = int(database.rows("PRAGMA user_version")[0][0])
    if database.rows("PRAGMA application_id") != [(APPLICATION_ID,)]:
        raise StoreError("store_foreign")
    if version > migrations[-1].version:
        raise StoreError("store_newer")
    return version


def stamp(database: Database) -> None:
    """Mark a fresh database as ours."""
    database.run(f"PRAGMA application_id = {APPLICATION_ID}")


def migrate(database: Database, clock: Clock, migrations: Sequence[Migration] = MIGRATIONS) -> list[int]:
    """Run the pending steps and return their versions. A step that fails leaves the database at the one before.

    Works on whatever database it is given, so an upgrade of a real store can run on a copy that is swapped in later.
    """
    version = check_stamp(database, migrations)
    pending = [step for step in migrations if step.version > version]
    for step in pending:
        database.begin()
        try:
            _apply(database, step, clock)
            database.commit()
        except BaseException:
            database.rollback()
            raise
    return [step.version for step in pending]


def _apply(database: Database, step: Migration, clock: Clock) -> None:
    for statement in step.statements:
        database.run(statement)
    if step.fill is not None:
        step.fill(database)
    database.run(
        "CREATE TABLE IF NOT EXISTS migration("
        "version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL)"
    )
    database.run("INSERT INTO migration VALUES (?, ?, ?)", (step.version, step.name, clock.now().isoformat()))
    database.run(f"PRAGMA user_version = {step.version}")
