"""Schema 5: an old store gets a chain that binds the entries it had."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.domain.ports import FixedClock
from engine.errors import BugError
from engine.store import Cost, open_clinic
from engine.store.audit.anchor import FILES
from engine.store.audit.chain import Flaw
from engine.store.audit_log import verify_store
from engine.store.database import Database
from engine.store.migrate import migrate, stamp
from engine.store.schema import MIGRATIONS

CHEAP = Cost(64, 1, 1)
PASSPHRASE = "correct horse battery"
BEFORE = tuple(step for step in MIGRATIONS if step.version < 5)
UP_TO = tuple(step for step in MIGRATIONS if step.version <= 5)


@pytest.fixture
def old(tmp_path: Path, clock: FixedClock) -> Iterator[Database]:
    database = Database.open(tmp_path / "store.db", bytes(32), create=True)
    stamp(database)
    migrate(database, clock, BEFORE)
    database.run("INSERT INTO store(one, id, created_at) VALUES (1, 'clinic-1', '2025-01-01')")
    database.run("INSERT INTO change VALUES (1, '2025-01-01T00:00:00+00:00', 'user-1', 'person.edit')")
    database.run(
        "INSERT INTO audit(moment, actor, action, change, subjects, detail)"
        " VALUES ('2025-01-01T00:00:00+00:00', 'user-1', 'person.edit', 1, '[\"ann\"]', '{}')"
    )
    yield database
    database.close()


def test_an_old_store_ends_up_with_the_schema_of_a_new_one(old: Database, tmp_path: Path, clock: FixedClock) -> None:
    schema = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
    fresh = Database.open(tmp_path / "fresh.db", bytes(32), create=True)
    stamp(fresh)
    migrate(fresh, clock, UP_TO)
    migrate(old, clock, UP_TO)
    assert old.rows(schema) == fresh.rows(schema)
    assert old.rows("SELECT epoch FROM store") == [(1,)]
    fresh.close()


def test_seals_are_never_changed(old: Database, clock: FixedClock) -> None:
    migrate(old, clock, UP_TO)
    old.run("INSERT INTO seal(change, unit, leaves) VALUES (1, 1, x'00')")
    for sql in ("UPDATE seal SET unit = 2", "DELETE FROM seal"):
        with pytest.raises(BugError, match="store_statement"):
            old.run(sql)


class TestASavedStoreOfTheFirstSchema:
    @pytest.fixture
    def first_format(self, tmp_path: Path, checkout: Path) -> Path:
        saved = checkout / "tests/data/stores/format_1"
        folder = tmp_path / "clinic"
        folder.mkdir()
        for path in saved.iterdir():
            (folder / path.name).write_bytes(path.read_bytes())
        return folder

    def test_its_entries_are_bound_by_the_first_signed_one(self, first_format: Path, clock: FixedClock) -> None:
        with open_clinic(first_format, PASSPHRASE, clock, floor=CHEAP) as vault:
            rows = vault.ledger.database.rows("SELECT action, form FROM audit ORDER BY seq")
            assert verify_store(vault).findings == ()
        unsigned = [action for action, form in rows if form is None]
        assert unsigned
        assert [action for action, _ in rows[len(unsigned) :]][:1] == ["audit.begin"]
        assert all((first_format / name).is_file() for name in FILES)

    def test_an_old_entry_that_is_altered_later_is_found(self, first_format: Path, clock: FixedClock) -> None:
        with open_clinic(first_format, PASSPHRASE, clock, floor=CHEAP) as vault:
            with vault.scratch() as database:
                database.run("DROP TRIGGER audit_no_update")
                database.run("UPDATE audit SET detail = '{\"x\":1}' WHERE form IS NULL")
            assert Flaw.OLD_ENTRIES_ALTERED in {finding.flaw for finding in verify_store(vault).findings}
