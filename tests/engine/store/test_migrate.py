"""Steps of the schema: each has a test, each is whole or nothing, newer ones are refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.domain.ports import FixedClock
from engine.errors import BugError, StoreError
from engine.store.database import Database
from engine.store.migrate import check_stamp, migrate, stamp
from engine.store.schema import MIGRATIONS, Migration

FIRST = Migration(1, "first", ("CREATE TABLE one(x)", "INSERT INTO one VALUES (1)"))
SECOND = Migration(2, "second", ("ALTER TABLE one ADD COLUMN y", "UPDATE one SET y = x + 1"))
BROKEN = Migration(2, "broken", ("ALTER TABLE one ADD COLUMN y", "UPDATE nothing SET y = 1"))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database.open(tmp_path / "store.db", bytes(32), create=True)
    stamp(opened)
    yield opened
    opened.close()


def test_every_step_has_a_test_of_its_own(checkout: Path) -> None:
    steps = sorted(path.stem for path in (checkout / "engine/store/schema").glob("step_*.py"))
    tests = checkout / "tests/engine/store/schema"
    assert len(steps) == len(MIGRATIONS)
    for step in steps:
        assert "def test_" in (tests / f"test_{step}.py").read_text(encoding="utf-8"), step


def test_versions_count_up_from_one() -> None:
    assert [step.version for step in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))


def test_pending_steps_are_run_once_and_in_order(database: Database, clock: FixedClock) -> None:
    assert migrate(database, clock, [FIRST]) == [1]
    assert migrate(database, clock, [FIRST, SECOND]) == [2]
    assert migrate(database, clock, [FIRST, SECOND]) == []
    assert database.rows("SELECT x, y FROM one") == [(1, 2)]
    assert database.rows("SELECT version, name FROM migration") == [(1, "first"), (2, "second")]
    assert check_stamp(database, [FIRST, SECOND]) == 2


def test_a_step_that_fails_half_way_leaves_the_version_before(database: Database, clock: FixedClock) -> None:
    migrate(database, clock, [FIRST])
    with pytest.raises(BugError):
        migrate(database, clock, [FIRST, BROKEN])
    assert check_stamp(database, [FIRST, SECOND]) == 1
    assert database.rows("SELECT * FROM one") == [(1,)]
    assert migrate(database, clock, [FIRST, SECOND]) == [2]


def test_a_newer_database_is_refused(database: Database, clock: FixedClock) -> None:
    migrate(database, clock, [FIRST, SECOND])
    with pytest.raises(StoreError, match="store_newer"):
        migrate(database, clock, [FIRST])


def test_a_database_without_our_stamp_is_refused(tmp_path: Path, clock: FixedClock) -> None:
    database = Database.open(tmp_path / "other.db", bytes(32), create=True)
    with pytest.raises(StoreError, match="store_foreign"):
        migrate(database, clock)
    database.close()
