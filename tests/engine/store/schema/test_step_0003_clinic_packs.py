"""The third schema: a store made before it opens as before and can keep packs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.domain.clinic_packs import PackOrigin
from engine.domain.ports import FixedClock
from engine.domain.results import PackRef
from engine.errors import BugError
from engine.store import Cost, add_clinic_pack, clinic_packs, open_clinic
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


def test_a_clinic_folder_of_an_earlier_schema_opens_and_keeps_a_pack(
    tmp_path: Path, checkout: Path, clock: FixedClock
) -> None:
    folder = tmp_path / "clinic"
    shutil.copytree(checkout / "tests/data/stores/schema_1", folder)
    with open_clinic(folder, "correct horse battery", clock, floor=Cost(64, 1, 1)) as vault:
        kept = add_clinic_pack(vault, PackRef("a", "1", "d"), PackOrigin.FOREIGN, vault.user.id)
        assert clinic_packs(vault) == (kept,)
        assert vault._database.rows("PRAGMA user_version") == [(MIGRATIONS[-1].version,)]
