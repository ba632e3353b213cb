"""Older stores move up on a copy: checked, swapped in one step, the old one kept; newer ones are left alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from engine.domain.ports import FixedClock
from engine.errors import BugError, StoreError
from engine.store import (
    Cost,
    Reading,
    RecoveryKey,
    Vault,
    attached_files,
    imports,
    load_record,
    merges_of,
    open_clinic,
    read_attached,
    series_held,
)
from engine.store.audit_log import verify_store
from engine.store.backup.make import back_up
from engine.store.copies import row_counts
from engine.store.database import Database
from engine.store.folder import ClinicFolder
from engine.store.migrate import migrate, stamp
from engine.store.schema import MIGRATIONS, Migration
from engine.store.upgrade import upgraded

CHEAP = Cost(64, 1, 1)
PASSPHRASE = "correct horse battery"
SAVED = Path(__file__).resolve().parents[2] / "data" / "stores"
NEWEST = MIGRATIONS[-1].version
KEY = bytes(32)


def saved(name: str, folder: Path) -> Path:
    shutil.copytree(SAVED / name, folder)
    return folder


def rows(vault: Vault, sql: str) -> list[tuple[object, ...]]:
    return vault.ledger.database.rows(sql)


@pytest.mark.parametrize("name", sorted(path.name for path in SAVED.iterdir()))
def test_every_saved_store_opens_as_it_was(name: str, folder: Path, clock: FixedClock) -> None:
    with open_clinic(saved(name, folder), PASSPHRASE, clock, floor=CHEAP) as vault:
        assert rows(vault, "PRAGMA user_version") == [(NEWEST,)]
        assert vault.damage() == []
        assert verify_store(vault).sound
    with open_clinic(folder, PASSPHRASE, clock, floor=CHEAP) as vault:  # and opens again, with nothing left to do
        assert verify_store(vault).sound


def test_ugly_people_of_the_first_schema_are_all_there(folder: Path, clock: FixedClock) -> None:
    with open_clinic(saved("schema_1", folder), PASSPHRASE, clock, floor=CHEAP) as vault:
        names = rows(vault, "SELECT id, patient_id, name, phone FROM patient ORDER BY key")
        assert names == [
            ("ann", "P1", "Ann Ó Briain", "555-1"),
            ("wang", "P2", "王建国", None),
            ("odd", "P-3/ß", "=1+1 \u202e<b>O'Brien;\"", None),
            ("zofie", None, "Žofie Nováková", None),
        ]
        assert [merge.absorbed_id for merge in merges_of(vault, "ann")] == ["zofie"]
        values = [each.value for visit in load_record(vault, "ann").visits for each in visit.measurements]
        assert 140.0 in values
        assert 0.1 + 119.9 in values


def test_readings_files_and_an_import_taken_back_are_there(folder: Path, clock: FixedClock) -> None:
    with open_clinic(saved("schema_10", folder), PASSPHRASE, clock, floor=CHEAP) as vault:
        assert [held.readings for held in series_held(vault, "start1")] == [20]
        (file,) = attached_files(vault, "start1")
        assert b"".join(read_attached(vault, "start1", file.id, Reading.VIEW)).startswith(b"%PDF")
        assert [each.undone_at is not None for each in imports(vault)].count(True) == 1
        assert 101.0 in {each.value for visit in load_record(vault, "start1").visits for each in visit.measurements}


def test_the_old_database_stays_until_a_verified_backup(folder: Path, clock: FixedClock, tmp_path: Path) -> None:
    before = (saved("schema_1", folder) / "store.db").read_bytes()
    with open_clinic(folder, PASSPHRASE, clock, floor=CHEAP) as vault:
        kept = ClinicFolder(folder).replaced_by_upgrade
        assert kept.read_bytes()[:100] == before[:100]
        back_up(vault, tmp_path / "stick", "1")
        assert not kept.exists()


@pytest.mark.parametrize("name", ["schema_1", "schema_5"])
@pytest.mark.parametrize("inspect", [False, True])
def test_the_old_database_put_back_is_not_upgraded_again(
    name: str, folder: Path, clock: FixedClock, *, inspect: bool
) -> None:
    with open_clinic(saved(name, folder), PASSPHRASE, clock, floor=CHEAP):
        pass
    shutil.copy(ClinicFolder(folder).replaced_by_upgrade, folder / "store.db")
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "lock"}
    with pytest.raises(StoreError, match="store_older"):
        open_clinic(folder, PASSPHRASE, clock, floor=CHEAP, inspect=inspect)
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "lock"} == before


def test_a_newer_store_is_refused_untouched(folder: Path, clock: FixedClock) -> None:
    saved("schema_1", folder)
    with open_clinic(folder, PASSPHRASE, clock, floor=CHEAP) as vault, vault.scratch() as database:
        database.run(f"PRAGMA user_version = {NEWEST + 1}")
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "lock"}
    with pytest.raises(StoreError, match="store_newer"):
        open_clinic(folder, PASSPHRASE, clock, floor=CHEAP)
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "lock"} == before


class TestOneUpgrade:
    """On small databases with steps made for the test."""

    FIRST = Migration(1, "first", ("CREATE TABLE store(id TEXT)", "CREATE TABLE one(x)", "INSERT INTO one VALUES (1)"))
    SECOND = Migration(2, "second", ("ALTER TABLE one ADD COLUMN y", "UPDATE one SET y = x + 1"))

    @pytest.fixture
    def place(self, tmp_path: Path, clock: FixedClock) -> ClinicFolder:
        (tmp_path / "clinic").mkdir()
        place = ClinicFolder(tmp_path / "clinic")
        database = Database.open(place.database, KEY, create=True)
        stamp(database)
        migrate(database, clock, [self.FIRST])
        database.close()
        return place

    def opened(self, place: ClinicFolder) -> Database:
        database = Database.open(place.database, KEY)
        database.set_up()
        return database

    def test_the_new_one_takes_its_place(self, place: ClinicFolder, clock: FixedClock) -> None:
        new = upgraded(self.opened(place), place, KEY, clock, [self.FIRST, self.SECOND])
        assert new.rows("SELECT x, y FROM one") == [(1, 2)]
        new.close()
        old = Database.open(place.replaced_by_upgrade, KEY)
        assert old.rows("SELECT * FROM one") == [(1,)]
        old.close()
        assert sorted(path.name for path in place.path.iterdir()) == ["store-before-upgrade.db", "store.db"]

    def test_nothing_is_done_where_nothing_is_pending(self, place: ClinicFolder, clock: FixedClock) -> None:
        database = self.opened(place)
        assert upgraded(database, place, KEY, clock, [self.FIRST]) is database
        database.close()
        assert [path.name for path in place.path.iterdir()] == ["store.db"]

    @pytest.mark.parametrize(
        "statements",
        [("ALTER TABLE one ADD COLUMN y", "UPDATE nothing SET y = 1"), ("DELETE FROM one",)],
        ids=["a step that fails", "a step that loses a row"],
    )
    def test_a_step_that_goes_wrong_leaves_the_old_one(
        self, place: ClinicFolder, clock: FixedClock, statements: tuple[str, ...]
    ) -> None:
        database = self.opened(place)
        with pytest.raises((BugError, StoreError)):
            upgraded(database, place, KEY, clock, [self.FIRST, Migration(2, "wrong", statements)])
        database.close()
        again = self.opened(place)
        assert again.rows("SELECT * FROM one") == [(1,)]
        again.close()
        assert [path.name for path in place.path.iterdir()] == ["store.db"]

    def test_what_an_interrupted_one_left_is_cleared_away(self, place: ClinicFolder, clock: FixedClock) -> None:
        (place.path / ".store-upgrade.db").write_bytes(b"half")
        (place.path / ".store-upgrade.db-journal").write_bytes(b"half")
        new = upgraded(self.opened(place), place, KEY, clock, [self.FIRST, self.SECOND])
        assert row_counts(new)["one"] == 1
        new.close()
        assert list(place.path.glob(".store*")) == []

    def test_a_damaged_store_is_not_moved_up(self, place: ClinicFolder, clock: FixedClock) -> None:
        database = self.opened(place)
        database.many("INSERT INTO one VALUES (?)", [(json.dumps("x" * 3000),)] * 40)
        database.close()
        content = bytearray(place.database.read_bytes())
        content[-5000] ^= 1
        place.database.write_bytes(content)
        damaged = self.opened(place)
        with pytest.raises(StoreError, match="upgrade_damaged"):
            upgraded(damaged, place, KEY, clock, [self.FIRST, self.SECOND])
        damaged.close()
        assert place.database.read_bytes() == content


def test_a_log_that_begins_gives_the_recovery_sheet_the_key_in_its_slot(
    folder: Path, recovery_key: RecoveryKey, clock: FixedClock
) -> None:
    """Of a clinic whose slots had keys already when its database had no log yet."""
    with open_clinic(folder, PASSPHRASE, clock, floor=CHEAP) as vault:
        vault.signed_in = False  # and so nothing is written at its end
        database = vault.ledger.database
        names = database.rows("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('audit', 'seal')")
        for (name,) in names:
            database.run(f"DROP TRIGGER {name}")
        database.run("UPDATE audit SET form = NULL, state = NULL, key = NULL, entry_hash = NULL, signature = NULL")
        database.run("DELETE FROM seal")
    for file in folder.glob("anchor-*"):
        file.unlink()
    with open_clinic(folder, PASSPHRASE, clock, floor=CHEAP) as vault:
        assert verify_store(vault).sound
    with open_clinic(folder, recovery_key.text, clock, floor=CHEAP) as vault:
        assert verify_store(vault).sound
