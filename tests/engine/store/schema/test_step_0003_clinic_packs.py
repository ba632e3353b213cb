"""The third schema: a store made before it opens as before and can keep packs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.domain.clinic_packs import PackOrigin
from engine.domain.ports import FixedClock
from engine.domain.results import PackRef
from engine.errors import BugError
from engine.store import Vault, add_clinic_pack, clinic_packs, load_clinic
from engine.store.database import Database
from engine.store.migrate import check_stamp, migrate, stamp
from engine.store.schema import MIGRATIONS

ROW = (
    "INSERT INTO clinic_pack(id, version, digest, origin, added_by, added_at, state, since, change)"
    " VALUES ('a', '1', 'd', '{origin}', 'u', 't', '{state}', 't', 1)"
)


@pytest.fixture
def old(tmp_path: Path, clock: FixedClock) -> Iterator[Database]:
    """A database of the second schema with something in it."""
    database = Database.open(tmp_path / "store.db", bytes(32), create=True)
    stamp(database)
    migrate(database, clock, MIGRATIONS[:2])
    database.run("INSERT INTO change VALUES (1, '2025-01-01T00:00:00+00:00', 'user-1', 'import')")
    database.run("INSERT INTO setting(name, value, change) VALUES ('clinic.name', '\"Maple\"', 1)")
    yield database
    database.close()


def test_an_old_store_ends_up_with_the_schema_of_a_new_one(old: Database, tmp_path: Path, clock: FixedClock) -> None:
    fresh = Database.open(tmp_path / "fresh.db", bytes(32), create=True)
    stamp(fresh)
    assert migrate(fresh, clock, MIGRATIONS[:3]) == [1, 2, 3]
    assert migrate(old, clock, MIGRATIONS[:3]) == [3]
    schema = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
    assert old.rows(schema) == fresh.rows(schema)
    assert check_stamp(old, MIGRATIONS[:3]) == 3
    assert old.rows("SELECT value FROM setting") == [('"Maple"',)]
    fresh.close()


def test_a_pack_has_one_current_row_of_known_words(old: Database, clock: FixedClock) -> None:
    migrate(old, clock)
    old.run(ROW.format(origin="foreign", state="on"))
    for origin, state in (("foreign", "off"), ("stolen", "on"), ("foreign", "odd")):
        with pytest.raises(BugError, match="store_statement"):
            old.run(ROW.format(origin=origin, state=state).replace("'a'", "'a'" if state == "off" else "'b'"))


def test_a_clinic_folder_of_the_second_schema_opens_and_keeps_a_pack(open_again: Callable[[], Vault]) -> None:
    with open_again() as vault, vault.scratch() as database:
        database.run("DROP TABLE assessment_range")  # of the step after
        database.run("DROP TABLE clinic_pack")
        database.run("DELETE FROM migration WHERE version > 2")
        database.run("PRAGMA user_version = 2")
    with open_again() as vault:
        assert load_clinic(vault).name == "Maple Lane Clinic"
        kept = add_clinic_pack(vault, PackRef("a", "1", "d"), PackOrigin.FOREIGN, "user-1")
        assert clinic_packs(vault) == (kept,)
        assert vault.rows("PRAGMA user_version") == [(MIGRATIONS[-1].version,)]
