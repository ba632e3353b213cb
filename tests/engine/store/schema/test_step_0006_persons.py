"""Schema 6: consent and erasures come to stores that are there, also one that was saved before."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from engine.domain.consent import Answer, ConsentKind, ConsentState, ConsentWay
from engine.domain.ports import FixedClock
from engine.errors import BugError
from engine.store import Vault, clinic_packs, load_assessment, load_record, open_clinic, reports_of
from engine.store.audit_log import verify_store
from engine.store.consents import consents_of, record_consent
from engine.store.database import Database
from engine.store.erasure.erase import Order, erase_person
from engine.store.migrate import migrate, stamp
from engine.store.schema import MIGRATIONS
from tests.engine.store.conftest import CHEAP, PASSPHRASE

BEFORE = [step for step in MIGRATIONS if step.version < 6]
UP_TO = [step for step in MIGRATIONS if step.version <= 6]


@pytest.fixture
def saved(tmp_path: Path, checkout: Path, clock: FixedClock) -> Iterator[Vault]:
    """A store of the fifth schema: two people, assessments with and without a number, a report, a clinic's pack."""
    shutil.copytree(checkout / "tests/data/stores/schema_5", tmp_path / "clinic")
    with open_clinic(tmp_path / "clinic", PASSPHRASE, clock, floor=CHEAP) as vault:
        yield vault


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


def test_a_saved_store_has_all_it_had(saved: Vault) -> None:
    assert verify_store(saved).sound
    assert load_record(saved, "ann").patient.name == "Ann Ó Briain"
    assert len(load_record(saved, "ann").visits) == 2
    assert load_assessment(saved, "A1").headline_pack == "score2"
    assert load_assessment(saved, "A2").ranges
    assert [report.id for report in reports_of(saved, "A1")] == ["AB-CDEF-GHJK"]
    assert [pack.ref.id for pack in clinic_packs(saved)] == ["ours"]
    assert consents_of(saved, "ann") == ()


def test_it_takes_consent_and_erasures(saved: Vault) -> None:
    answer = Answer(ConsentKind.CARE, ConsentState.GIVEN, date(2025, 6, 1), ConsentWay.SIGNED, "2026-1")
    record_consent(saved, "ann", answer, "user-1")
    assert [each.answer for each in consents_of(saved, "ann")] == [answer]
    assert erase_person(saved, "ann", Order("Asked", "none"), PASSPHRASE, floor=CHEAP).finished
    assert verify_store(saved).sound
    assert not (saved.folder / "store-before-upgrade.db").exists()
    assert load_record(saved, "wang").patient.name == "王建国"


def test_erasures_are_kept(saved: Vault) -> None:
    erase_person(saved, "ann", Order("Asked", "none"), PASSPHRASE, floor=CHEAP)
    for sql in ("UPDATE erasure SET reason = ''", "DELETE FROM erasure"):
        with pytest.raises(BugError, match="store_statement"), saved.scratch() as database:
            database.run(sql)
