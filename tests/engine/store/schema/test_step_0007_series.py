"""Schema 7: series come to stores that are there."""

from __future__ import annotations

import shutil
from pathlib import Path

from engine.domain.ports import FixedClock
from engine.store import load_record, open_clinic, series_held
from engine.store.audit_log import verify_store
from engine.store.database import Database
from engine.store.migrate import migrate, stamp
from engine.store.schema import MIGRATIONS
from tests.engine.store.conftest import CHEAP, PASSPHRASE

BEFORE = [step for step in MIGRATIONS if step.version < 7]
UP_TO = [step for step in MIGRATIONS if step.version <= 7]


def test_an_old_store_ends_up_with_the_schema_of_a_new_one(tmp_path: Path, clock: FixedClock) -> None:
    made = []
    for name, first in (("old", BEFORE), ("fresh", UP_TO)):
        database = Database.open(tmp_path / name, bytes(32), create=True)
        stamp(database)
        migrate(database, clock, first)
        migrate(database, clock, UP_TO)
        made.append(database.rows("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"))
        database.close()
    assert made[0] == made[1]


def test_a_saved_store_has_all_it_had_and_room_for_series(tmp_path: Path, checkout: Path, clock: FixedClock) -> None:
    shutil.copytree(checkout / "tests/data/stores/schema_5", tmp_path / "clinic")
    with open_clinic(tmp_path / "clinic", PASSPHRASE, clock, floor=CHEAP) as vault:
        assert verify_store(vault).sound
        assert load_record(vault, "ann").patient.name == "Ann Ó Briain"
        assert series_held(vault, "ann") == ()
