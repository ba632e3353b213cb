"""The eighth schema: what other systems sent is kept, by person and file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.domain.ports import FixedClock
from engine.errors import BugError
from engine.store.database import Database
from engine.store.migrate import migrate
from tests.engine.store.schema.steps import CHANGE, IMPORT, PATIENT, check_same_as_new, made, up_to

ROW = "INSERT INTO kept_items(patient, import, content, change) VALUES ({patient}, {file}, '[]', 1)"


@pytest.fixture
def old(tmp_path: Path, clock: FixedClock) -> Iterator[Database]:
    """A database of the schema before with something in it."""
    database = made(tmp_path / "store.db", clock, 7, CHANGE, IMPORT, PATIENT)
    yield database
    database.close()


def test_an_old_store_ends_up_with_the_schema_of_a_new_one(old: Database, tmp_path: Path, clock: FixedClock) -> None:
    check_same_as_new(old, tmp_path, clock, 8)


def test_a_row_is_of_somebody_and_of_a_file(old: Database, clock: FixedClock) -> None:
    migrate(old, clock, up_to(8))
    old.run(ROW.format(patient=1, file=1))
    for patient, file in (("NULL", 1), (1, "NULL")):
        with pytest.raises(BugError, match="store_statement"):
            old.run(ROW.format(patient=patient, file=file))
