"""The eighth schema: what other systems sent is kept, by person and file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.domain.ports import FixedClock
from engine.errors import BugError
from engine.store.database import Database
from engine.store.migrate import check_stamp, migrate, stamp
from engine.store.schema import MIGRATIONS

BEFORE = [step for step in MIGRATIONS if step.version < 8]
UP_TO = [step for step in MIGRATIONS if step.version <= 8]
ROW = "INSERT INTO kept_items(patient, import, content, change) VALUES ({patient}, {file}, '[]', 1)"


@pytest.fixture
def old(tmp_path: Path, clock: FixedClock) -> Iterator[Database]:
    """A database of the schema before with something in it."""
    database = Database.open(tmp_path / "store.db", bytes(32), create=True)
    stamp(database)
    migrate(database, clock, BEFORE)
    database.run("INSERT INTO change VALUES (1, '2025-01-01T00:00:00+00:00', 'user-1', 'import')")
    database.run(
        "INSERT INTO import(key, id, kind, received_at, rows_read, rows_new, rows_updated, rows_repeated, rows_parked,"
        " rows_rejected, change) VALUES (1, 'i', 'imported', 't', 0, 0, 0, 0, 0, 0, 1)"
    )
    database.run("INSERT INTO patient(key, id, root, search, change) VALUES (1, 'p', 1, '', 1)")
    yield database
    database.close()


def test_an_old_store_ends_up_with_the_schema_of_a_new_one(old: Database, tmp_path: Path, clock: FixedClock) -> None:
    fresh = Database.open(tmp_path / "fresh.db", bytes(32), create=True)
    stamp(fresh)
    migrate(fresh, clock, UP_TO)
    assert migrate(old, clock, UP_TO) == [8]
    schema = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
    assert old.rows(schema) == fresh.rows(schema)
    assert check_stamp(old, UP_TO) == 8
    assert old.rows("SELECT id FROM patient") == [("p",)]
    fresh.close()


def test_a_row_is_of_somebody_and_of_a_file(old: Database, clock: FixedClock) -> None:
    migrate(old, clock, UP_TO)
    old.run(ROW.format(patient=1, file=1))
    for patient, file in (("NULL", 1), (1, "NULL")):
        with pytest.raises(BugError, match="store_statement"):
            old.run(ROW.format(patient=patient, file=file))
