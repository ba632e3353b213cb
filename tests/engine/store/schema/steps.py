"""What the tests of schema steps share: a database of the schema before one, and what a step must end in."""

from __future__ import annotations

from pathlib import Path

from engine.domain.ports import FixedClock
from engine.store.database import Database
from engine.store.migrate import check_stamp, migrate, stamp
from engine.store.schema import MIGRATIONS, Migration

SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
CHANGE = "INSERT INTO change VALUES (1, '2025-01-01T00:00:00+00:00', 'user-1', 'import')"
IMPORT = (
    "INSERT INTO import(key, id, kind, received_at, rows_read, rows_new, rows_updated, rows_repeated, rows_parked,"
    " rows_rejected, change) VALUES (1, 'i', 'imported', 't', 0, 0, 0, 0, 0, 0, 1)"
)
PATIENT = "INSERT INTO patient(key, id, root, search, change) VALUES (1, 'p', 1, '', 1)"


def up_to(version: int) -> list[Migration]:
    """Return the steps up to a version."""
    return [step for step in MIGRATIONS if step.version <= version]


def made(path: Path, clock: FixedClock, version: int, *statements: str) -> Database:
    """Return a database of a version with something in it."""
    database = Database.open(path, bytes(32), create=True)
    stamp(database)
    migrate(database, clock, up_to(version))
    for statement in statements:
        database.run(statement)
    return database


def check_same_as_new(old: Database, folder: Path, clock: FixedClock, version: int) -> None:
    """Move a database of the version before up, and see that it has the schema of a new one and kept its people."""
    fresh = made(folder / "fresh.db", clock, version)
    assert migrate(old, clock, up_to(version)) == [version]
    assert old.rows(SCHEMA) == fresh.rows(SCHEMA)
    assert check_stamp(old, up_to(version)) == version
    assert old.rows("SELECT id FROM patient") == [("p",)]
    fresh.close()
