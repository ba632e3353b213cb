"""The ninth schema: what lets one import be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.domain.ports import FixedClock
from engine.errors import BugError
from engine.store.database import Database
from engine.store.migrate import migrate
from tests.engine.store.schema.steps import CHANGE, IMPORT, PATIENT, check_same_as_new, made, up_to

KEPT = "INSERT INTO kept_items(patient, import, content, change) VALUES (1, 1, '[]', 1)"


@pytest.fixture
def old(tmp_path: Path, clock: FixedClock) -> Iterator[Database]:
    """A database of the schema before with something in it."""
    database = made(tmp_path / "store.db", clock, 8, CHANGE, IMPORT, PATIENT, KEPT)
    yield database
    database.close()


def test_an_old_store_ends_up_with_the_schema_of_a_new_one(old: Database, tmp_path: Path, clock: FixedClock) -> None:
    check_same_as_new(old, tmp_path, clock, 9)


def test_what_was_imported_before_counts_as_not_taken_back(old: Database, clock: FixedClock) -> None:
    migrate(old, clock, up_to(9))
    assert old.rows("SELECT id, ended FROM import") == [("i", None)]
    assert old.rows("SELECT patient, ended FROM kept_items") == [(1, None)]


def test_a_row_is_repeated_once_by_each_file(old: Database, clock: FixedClock) -> None:
    migrate(old, clock, up_to(9))
    again = "INSERT INTO row_again(patient, day, digest, import, row) VALUES (1, 20000, 7, 1, {row})"
    old.run(again.format(row=2))
    with pytest.raises(BugError, match="store_statement"):
        old.run(again.format(row=3))
