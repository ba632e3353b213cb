"""The tenth schema: files of people, each bound to a sealed file and its key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.domain.ports import FixedClock
from engine.errors import BugError
from engine.store.database import Database
from engine.store.migrate import check_stamp, migrate, stamp
from engine.store.schema import MIGRATIONS

BEFORE = [step for step in MIGRATIONS if step.version < 10]
UP_TO = [step for step in MIGRATIONS if step.version <= 10]
BLOB = (
    "INSERT INTO blob(name, secret, size, sha256, plain_size, plain_sha256, change)"
    " VALUES ('{name}', 1, 9, 'ab', 1, '{plain}', 1)"
)
ROW = (
    "INSERT INTO attached(id, patient, blob, kind, name, day, facts, left_out, came_sha256, change)"
    " VALUES ('{id}', {patient}, {blob}, 'pdf', 'a.pdf', '2025-01-01', '{{}}', '', 'ab', 1)"
)


@pytest.fixture
def old(tmp_path: Path, clock: FixedClock) -> Iterator[Database]:
    """A database of the schema before with something in it."""
    database = Database.open(tmp_path / "store.db", bytes(32), create=True)
    stamp(database)
    migrate(database, clock, BEFORE)
    database.run("INSERT INTO change VALUES (1, '2025-01-01T00:00:00+00:00', 'user-1', 'import')")
    database.run("INSERT INTO patient(key, id, root, search, change) VALUES (1, 'p', 1, '', 1)")
    yield database
    database.close()


def test_an_old_store_ends_up_with_the_schema_of_a_new_one(old: Database, tmp_path: Path, clock: FixedClock) -> None:
    fresh = Database.open(tmp_path / "fresh.db", bytes(32), create=True)
    stamp(fresh)
    migrate(fresh, clock, UP_TO)
    assert migrate(old, clock, UP_TO) == [10]
    schema = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
    assert old.rows(schema) == fresh.rows(schema)
    assert check_stamp(old, UP_TO) == 10
    assert old.rows("SELECT id FROM patient") == [("p",)]
    fresh.close()


def test_a_file_is_of_somebody_and_has_a_sealed_one_and_each_content_is_there_once(
    old: Database, clock: FixedClock
) -> None:
    migrate(old, clock, UP_TO)
    old.run("INSERT INTO blob_key(key, secret, change) VALUES (1, zeroblob(32), 1)")
    old.run(BLOB.format(name="n", plain="p"))
    old.run(ROW.format(id="f", patient=1, blob=1))
    for wrong in (
        ROW.format(id="g", patient="NULL", blob=1),
        ROW.format(id="g", patient=1, blob="NULL"),
        ROW.format(id="f", patient=1, blob=1),
        BLOB.format(name="n", plain="q"),
        BLOB.format(name="m", plain="p"),
    ):
        with pytest.raises(BugError, match="store_statement"):
            old.run(wrong)
