"""The fourth schema: what numbers could be stands beside assessments that have none, also those saved before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from engine.domain.assessment import Assessment, Clinic
from engine.domain.entries import IdentifiedEntries
from engine.domain.ports import FixedClock
from engine.domain.ranges import OutputSpread, RangeResult
from engine.domain.results import Code, Note, PackRef
from engine.errors import BugError
from engine.store import Vault, apply_entries, load_record, save_assessments
from engine.store.assessment_heads import encode
from engine.store.database import Database
from engine.store.migrate import migrate, stamp
from engine.store.schema import MIGRATIONS

Sheet = Callable[..., IdentifiedEntries]
PACK = PackRef("who_cvd_2019_lab", "1", "ab")
RANGE = RangeResult(
    PACK,
    (OutputSpread("risk_10y", 0.04, 0.06, 0.09), OutputSpread("risk_10y_stroke", 0.01, 0.02, 0.03)),
    (),
    (Note("total_cholesterol_mmol_l", Code.MISSING),),
)
BEFORE = [step for step in MIGRATIONS if step.version < 4]
RANGES = "SELECT assessment, pack, output, low, typical, high FROM assessment_range ORDER BY 1, 2, 3"
ROWS = [("who_cvd_2019_lab", "risk_10y", 0.04, 0.06, 0.09), ("who_cvd_2019_lab", "risk_10y_stroke", 0.01, 0.02, 0.03)]


@pytest.fixture
def old(tmp_path: Path, clock: FixedClock) -> Iterator[Database]:
    """A database of the schema before, with one person and one visit."""
    database = Database.open(tmp_path / "store.db", bytes(32), create=True)
    stamp(database)
    migrate(database, clock, BEFORE)
    database.run("INSERT INTO change VALUES (1, '2025-01-01T00:00:00+00:00', 'user-1', 'import')")
    database.run("INSERT INTO patient(key, id, root, search, change) VALUES (1, 'person-1', 1, '', 1)")
    database.run("INSERT INTO visit(key, id, patient, day, change) VALUES (1, 'visit-1', 1, 739000, 1)")
    yield database
    database.close()


@pytest.fixture
def unnumbered(vault: Vault, sheet: Sheet) -> Assessment:
    """An assessment without a number that has a range, of somebody who is stored."""
    apply_entries(vault, sheet([{"person": "ann", "visit_date": "2024-01-02", "name": "Ann"}]), actor="user-1")
    record = load_record(vault, "ann")
    return Assessment(
        id="A1",
        patient=record.patient,
        visit_id=record.visits[0].id,
        visit_date=date(2024, 1, 2),
        made_at=datetime(2025, 6, 30, 9, 0, tzinfo=UTC),
        program_version="0.1.0",
        clinic=Clinic("clinic-1", "Maple Lane", {}),
        inputs=(),
        results=(),
        explanations=(),
        headline_pack=None,
        ranges=(RANGE,),
    )


def test_an_old_store_ends_up_with_the_schema_of_a_new_one(old: Database, tmp_path: Path, clock: FixedClock) -> None:
    fresh = Database.open(tmp_path / "fresh.db", bytes(32), create=True)
    stamp(fresh)
    upto = [step for step in MIGRATIONS if step.version <= 4]
    assert migrate(fresh, clock, upto)[-1] == 4
    assert migrate(old, clock, upto) == [4]
    schema = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
    assert old.rows(schema) == fresh.rows(schema)
    fresh.close()


def test_only_assessments_without_a_number_bring_their_range(vault: Vault, unnumbered: Assessment) -> None:
    save_assessments(vault, [unnumbered, replace(unnumbered, id="A2", headline_pack="findrisc")], "user-1")
    assert vault._database.rows(RANGES) == [(1, *row) for row in ROWS]


def test_ranges_are_made_of_assessments_saved_before(unnumbered: Assessment, old: Database, clock: FixedClock) -> None:
    numbered = replace(unnumbered, id="A2", headline_pack="findrisc")
    for key, one in enumerate((unnumbered, numbered), 1):
        old.run(
            "INSERT INTO assessment VALUES (?, ?, 1, 1, 739000, '', '', ?, ?, ?, 1)",
            (key, one.id, one.headline_pack, *encode(one)),
        )
    old.run("INSERT INTO assessment VALUES (3, 'A3', 1, 1, 739000, '', '', NULL, 'ab', x'00', 1)")
    assert migrate(old, clock, [step for step in MIGRATIONS if step.version <= 4]) == [4]
    assert old.rows(RANGES) == [(1, *row) for row in ROWS]  # the damaged one says so when it is opened


def test_a_range_never_changes(vault: Vault, unnumbered: Assessment) -> None:
    save_assessments(vault, [unnumbered], "user-1")
    for sql in ("UPDATE assessment_range SET low = 0.9", "DELETE FROM assessment_range"):
        with pytest.raises(BugError, match="store_statement"), vault.scratch() as database:
            database.run(sql)
