"""Assessments: saved whole, never changed, read by later programs."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from engine.domain.assessment import Assessment, Clinic, Driver, Explanation, InputUsed
from engine.domain.dates import PartialDate
from engine.domain.entries import IdentifiedEntries
from engine.domain.record import Conversion, Origin, Patient, SourceKind
from engine.domain.results import Code, Note, OutputValue, PackRef, RiskResult, Status
from engine.errors import BugError, StoreError, UsageError
from engine.store import (
    SavedReport,
    Vault,
    apply_entries,
    assessments_of,
    edit_identity,
    latest_assessments,
    load_assessment,
    load_patient,
    load_record,
    merge_people,
    reports_of,
    save_assessments,
    save_report,
    update_settings,
)

Sheet = Callable[..., IdentifiedEntries]
MADE = datetime(2025, 6, 30, 9, 0, tzinfo=UTC)
PACK = PackRef("score2", "1.0.0", "ab" * 32)


@pytest.fixture
def people(vault: Vault, sheet: Sheet) -> Vault:
    rows = [
        {"person": person, "visit_date": day, "name": f"名 {person}", "birth_date": "1960-05", "sbp_mmhg": 140.0}
        for person in ("ann", "bo")
        for day in ("2024-01-02", "2024-02-02")
    ]
    apply_entries(vault, sheet(rows), actor="user-1")
    return vault


def assessment(vault: Vault, person: str, visit: int = 0, id_: str = "A1") -> Assessment:
    """An assessment with something in every part."""
    record = load_record(vault, person)
    results = (
        RiskResult(
            PACK,
            Status.OK,
            (OutputValue("risk_10y", 0.1 + 0.2), OutputValue("stage", "g3a"), OutputValue("risk_30y", None)),
            {"main": "high"},
            (Note("sbp_mmhg", Code.CLAMPED), Note("risk_30y", Code.WITHHELD)),
        ),
        RiskResult(
            PackRef("findrisc", "2", "cd"),
            Status.REFUSED,
            (OutputValue("points", None),),
            {},
            (Note("waist_cm", Code.MISSING), Note("diabetes", Code.EXCLUDED, 1)),
        ),
    )
    origin = Origin(
        SourceKind.IMPORTED, MADE, "Ada", row=7, text="5,2", conversion=Conversion("mg/dL", "mmol/L", 1 / 3)
    )
    return Assessment(
        id=id_,
        patient=record.patient,
        visit_id=record.visits[visit].id,
        visit_date=record.visits[visit].visit_date,
        made_at=MADE,
        program_version="0.1.0",
        clinic=Clinic("clinic-1", "Maple Lane", {"country_iso3": "GBR", "china_north": False, "baseline_year": 2020.0}),
        inputs=(
            InputUsed("sbp_mmhg", 140.5, date(2024, 1, 2), origin, (140.0, 141.0), "mean"),
            InputUsed("smoker", "never", None, None, derived_from=("a", "b"), age_days=3),
            InputUsed("diabetes", True, date(2024, 1, 2), None),
        ),
        results=results,
        explanations=(
            Explanation("score2", "risk_10y", "one_at_a_time", 0.3, None, (Driver("sbp_mmhg", 140.5, 120, 0.2),)),
        ),
        headline_pack="score2",
        next_visit=date(2024, 4, 4),
    )


def test_an_assessment_reads_back_exactly(people: Vault) -> None:
    saved = assessment(people, "ann")
    assert save_assessments(people, [saved], "user-1") == 1
    assert load_assessment(people, "A1") == saved


def test_a_saved_assessment_does_not_follow_the_record_or_the_settings(people: Vault) -> None:
    saved = assessment(people, "ann")
    save_assessments(people, [saved], "user-1")
    edit_identity(people, "ann", {"name": "Other"}, "user-1")
    update_settings(people, {"country_iso3": "CHN"}, "user-1")
    assert load_assessment(people, "A1") == saved
    assert load_patient(people, "ann").name == "Other"


def test_what_queries_need_stands_in_columns(people: Vault) -> None:
    save_assessments(people, [assessment(people, "ann")], "user-1")
    assert people._database.rows(
        "SELECT pack, version, digest, status, output, number, category, band FROM assessment_result"
    ) == [
        ("findrisc", "2", "cd", "refused", "points", None, None, None),
        ("score2", "1.0.0", "ab" * 32, "ok", "risk_10y", 0.1 + 0.2, None, "high"),
    ]
    ((sha256, content),) = people._database.rows("SELECT sha256, content FROM assessment")
    assert hashlib.sha256(zlib.decompress(content)).hexdigest() == sha256


@pytest.mark.parametrize("table", ["assessment", "assessment_result", "report"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET rowid = 9", "UPDATE {} SET version = 'x'", "DELETE FROM {}"])
def test_nothing_saved_can_be_changed(people: Vault, table: str, verb: str) -> None:
    save_assessments(people, [assessment(people, "ann")], "user-1")
    save_report(people, SavedReport("R1", "A1", "patient", "en", "a4", 2, "ef" * 32, MADE), "user-1")
    before = people._database.rows(f"SELECT * FROM {table}")  # noqa: S608 - a name above
    with pytest.raises(BugError), people.scratch() as database:
        database.run(verb.format(table))
    assert people._database.rows(f"SELECT * FROM {table}") == before  # noqa: S608 - a name above


def test_the_same_assessment_is_not_saved_twice(people: Vault) -> None:
    save_assessments(people, [assessment(people, "ann")], "user-1")
    with pytest.raises(BugError):
        save_assessments(people, [assessment(people, "bo", id_="A2"), assessment(people, "ann")], "user-1")
    assert assessments_of(people, "bo") == ()  # all or nothing


def test_an_assessment_of_nobody_stored_is_refused(people: Vault) -> None:
    saved = assessment(people, "ann")
    with pytest.raises(UsageError, match="person_unknown"):
        save_assessments(people, [replace(saved, patient=Patient("nobody"))], "user-1")
    with pytest.raises(UsageError, match="visit_unknown"):
        save_assessments(people, [replace(saved, visit_id="nowhere")], "user-1")
    with pytest.raises(UsageError, match="assessment_unknown"):
        load_assessment(people, "A1")


def test_the_latest_visit_and_then_the_latest_making_comes_first(people: Vault) -> None:
    early, late, again = (
        assessment(people, "ann", 0, "early"),
        assessment(people, "ann", 1, "late"),
        replace(assessment(people, "ann", 1, "again"), made_at=MADE + timedelta(hours=1)),
    )
    save_assessments(people, [late, early, assessment(people, "bo", 0, "bo"), again], "user-1")
    assert [head.id for head in assessments_of(people, "ann")] == ["again", "late", "early"]
    assert [one.id for one in latest_assessments(people)] == ["again", "bo"]
    assert [one.id for one in latest_assessments(people, ["bo", "ann", "bo"])] == ["bo", "again"]
    merge_people(people, "ann", "bo", "user-1")
    assert [one.id for one in latest_assessments(people)] == ["again"]
    assert len(assessments_of(people, "bo")) == 4


def test_many_are_saved_in_one_transaction(people: Vault) -> None:
    one = assessment(people, "ann")
    assert save_assessments(people, (replace(one, id=f"A{n}") for n in range(1200)), "user-1") == 1200
    assert people._database.one("SELECT action, detail FROM audit ORDER BY seq DESC LIMIT 1") == (
        "assessment.save",
        '{"assessments":1200}',
    )
    assert load_assessment(people, "A1199") == replace(one, id="A1199")


@pytest.mark.untied
def test_an_assessment_of_an_earlier_program_still_reads(people: Vault) -> None:
    """Fields that came later are absent, fields that went are still there."""
    save_assessments(people, [assessment(people, "ann")], "user-1")
    content = json.loads(zlib.decompress(people._database.rows("SELECT content FROM assessment")[0][0]))
    del content["next_visit"], content["inputs"][0]["age_days"], content["patient"]["room"]
    content["gone"] = content["results"][0]["gone"] = {"x": 1}
    written = json.dumps(content).encode()
    row = (hashlib.sha256(written).hexdigest(), zlib.compress(written))
    with people.scratch() as database:
        database.run(
            "INSERT INTO assessment SELECT 99, 'old', patient, visit, day, made_at, program_version, headline_pack,"
            " ?, ?, change FROM assessment",
            row,
        )
    old = load_assessment(people, "old")
    assert (old.next_visit, old.inputs[0].age_days, old.patient.birth_date) == (None, 0, PartialDate(1960, 5))


@pytest.mark.untied
@pytest.mark.parametrize("content", [zlib.compress(b"{}"), b"\x00", zlib.compress(b"[1"), b""])
def test_an_altered_assessment_is_damage_and_not_shown(people: Vault, content: bytes) -> None:
    save_assessments(people, [assessment(people, "ann")], "user-1")
    with people.scratch() as database:
        database.run(
            "INSERT INTO assessment SELECT 99, 'bad', patient, visit, day, made_at, program_version, headline_pack,"
            " sha256, ?, change FROM assessment",
            (content,),
        )
    with pytest.raises(StoreError, match="store_damaged"):
        load_assessment(people, "bad")


def test_reports_made_of_an_assessment_are_listed(people: Vault) -> None:
    save_assessments(people, [assessment(people, "ann")], "user-1")
    made = [SavedReport(f"R{n}", "A1", "patient", "zh", "a4", 2, "ef" * 32, MADE) for n in (1, 2)]
    for report in made:
        save_report(people, report, "user-1")
    assert reports_of(people, "A1") == tuple(made)
    assert people._database.one("SELECT subjects FROM audit ORDER BY seq DESC LIMIT 1") == ('["ann"]',)
    with pytest.raises(UsageError, match="assessment_unknown"):
        save_report(people, replace(made[0], assessment_id="A9"), "user-1")
