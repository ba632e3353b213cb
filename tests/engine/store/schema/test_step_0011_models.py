"""The eleventh schema: models by version and stage, what they said silently, and what outcomes said of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.domain.ports import FixedClock
from engine.errors import BugError
from engine.store.database import Database
from engine.store.migrate import check_stamp, migrate, stamp
from engine.store.schema import MIGRATIONS

BEFORE = [step for step in MIGRATIONS if step.version < 11]
UP_TO = [step for step in MIGRATIONS if step.version <= 11]
MODEL = "INSERT INTO model(id, version, digest, origin, change) VALUES ('{id}', '{version}', '{digest}', '{origin}', 1)"
STAGE = "INSERT INTO model_stage(model, stage, since, one_signature, change) VALUES ({model}, '{stage}', 'now', 0, 1)"
SAID = (
    "INSERT INTO model_prediction(visit, model, output, number, made_at, change)"
    " VALUES ({visit}, {model}, 'risk', 0.1, 'now', 1)"
)
FIRST = {"id": "m", "version": "1.0.0", "digest": "ab", "origin": "made_here"}


@pytest.fixture
def old(tmp_path: Path, clock: FixedClock) -> Iterator[Database]:
    """A database of the schema before with something in it."""
    database = Database.open(tmp_path / "store.db", bytes(32), create=True)
    stamp(database)
    migrate(database, clock, BEFORE)
    database.run("PRAGMA foreign_keys = ON")
    database.run("INSERT INTO change VALUES (1, '2025-01-01T00:00:00+00:00', 'user-1', 'import')")
    database.run("INSERT INTO patient(key, id, root, search, change) VALUES (1, 'p', 1, '', 1)")
    database.run("INSERT INTO visit(key, id, patient, day, change) VALUES (1, 'v', 1, 739000, 1)")
    yield database
    database.close()


def test_an_old_store_ends_up_with_the_schema_of_a_new_one(old: Database, tmp_path: Path, clock: FixedClock) -> None:
    fresh = Database.open(tmp_path / "fresh.db", bytes(32), create=True)
    stamp(fresh)
    migrate(fresh, clock, UP_TO)
    assert migrate(old, clock, UP_TO) == [11]
    schema = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
    assert old.rows(schema) == fresh.rows(schema)
    assert check_stamp(old, UP_TO) == 11
    assert old.rows("SELECT id FROM patient") == [("p",)]
    fresh.close()


def test_a_version_stands_once_at_one_stage_and_answers_a_visit_once_and_for_good(
    old: Database, clock: FixedClock
) -> None:
    migrate(old, clock, UP_TO)
    old.run(MODEL.format(**FIRST))
    old.run(STAGE.format(model=1, stage="draft"))
    old.run(SAID.format(visit=1, model=1))
    for wrong in (
        MODEL.format(**FIRST | {"version": "2.0.0"}),  # the same digest
        MODEL.format(**FIRST | {"digest": "cd"}),  # the same version
        MODEL.format(**FIRST | {"digest": "ef", "version": "3.0.0", "origin": "shipped"}),
        STAGE.format(model=1, stage="shadow"),  # beside the present one
        STAGE.format(model=9, stage="draft"),
        STAGE.format(model=1, stage="trusted"),
        SAID.format(visit=1, model=1),
        SAID.format(visit=2, model=1),
        SAID.format(visit=1, model=2),
        "UPDATE model_prediction SET number = 0.9",
        "DELETE FROM model_prediction",
    ):
        with pytest.raises(BugError, match="store_statement"):
            old.run(wrong)
