"""The tenth schema: files of people, each bound to a sealed file and its key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.domain.ports import FixedClock
from engine.errors import BugError
from engine.store.database import Database
from engine.store.migrate import migrate
from tests.engine.store.schema.steps import CHANGE, PATIENT, check_same_as_new, made, up_to

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
    database = made(tmp_path / "store.db", clock, 9, CHANGE, PATIENT)
    yield database
    database.close()


def test_an_old_store_ends_up_with_the_schema_of_a_new_one(old: Database, tmp_path: Path, clock: FixedClock) -> None:
    check_same_as_new(old, tmp_path, clock, 10)


def test_a_file_is_of_somebody_and_has_a_sealed_one_and_each_content_is_there_once(
    old: Database, clock: FixedClock
) -> None:
    migrate(old, clock, up_to(10))
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
