"""The ninth schema: what lets one import be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.domain.ports import FixedClock
from engine.errors import BugError
from engine.store.database import Database
from engine.store.migrate import check_stamp, migrate, stamp
from engine.store.schema import MIGRATIONS

BEFORE = [step for step in MIGRATIONS if step.version < 9]
UP_TO = [step for step in MIGRATIONS if step.version <= 9]


@pytest.fixture
def old(tmp_path: Path, clock: FixedClock) -> Iterator[Database]:
    """A database of the schema before, with a file that was imported."""
    database = Database.open(tmp_path / "store.db", bytes(32), create=True)
    stamp(database)
    migrate(database, clock, BEFORE)
    database.run("INSERT INTO change VALUES (1, '2025-01-01T00:00:00+00:00', 'user-1', 'import')")
    database.run(
        "INSERT INTO import(key, id, kind, received_at, rows_read, rows_new, rows_updated, rows_repeated, rows_parked,"
        " rows_rejected, change) VALUES (1, 'i', 'imported', 't', 0, 0, 0, 0, 0, 0, 1)"
    )
    database.run("INSERT INTO patient(key, id, root, search, change) VALUES (1, 'p', 1, '', 1)")
    database.run("INSERT INTO kept_items(patient, import, content, change) VALUES (1, 1, '[]', 1)")
    yield database
    database.close()


def test_an_old_store_ends_up_with_the_schema_of_a_new_one(old: Database, tmp_path: Path, clock: FixedClock) -> None:
    fresh = Database.open(tmp_path / "fresh.db", bytes(32), create=True)
    stamp(fresh)
    migrate(fresh, clock, UP_TO)
    assert migrate(old, clock, UP_TO) == [9]
    schema = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
    assert old.rows(schema) == fresh.rows(schema)
    assert check_stamp(old, UP_TO) == 9
    fresh.close()


def test_what_was_imported_before_counts_as_not_taken_back(old: Database, clock: FixedClock) -> None:
    migrate(old, clock, UP_TO)
    assert old.rows("SELECT id, ended FROM import") == [("i", None)]
    assert old.rows("SELECT patient, ended FROM kept_items") == [(1, None)]


def test_a_row_is_repeated_once_by_each_file(old: Database, clock: FixedClock) -> None:
    migrate(old, clock, UP_TO)
    again = "INSERT INTO row_again(patient, day, digest, import, row) VALUES (1, 20000, 7, 1, {row})"
    old.run(again.format(row=2))
    with pytest.raises(BugError, match="store_statement"):
        old.run(again.format(row=3))
