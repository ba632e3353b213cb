"""Typing at the desk: visits, lists and corrections on a real encrypted clinic, up to the printed page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from engine.domain.dates import PartialDate
from engine.domain.ports import FixedClock
from engine.domain.problems import Reason
from engine.domain.record import Certainty, Condition, Medicine, SourceKind
from engine.domain.report import Paper
from engine.errors import UsageError
from engine.intake.typed import TypedValue
from engine.report import ReportOptions
from engine.store import reports_of
from engine.workflows.assess import assess_people, current_assessments
from engine.workflows.clinics import OpenClinic, open_clinic
from engine.workflows.record import (
    add_entry,
    add_medicine,
    confirm_list,
    edit_entry,
    enter_visit,
    load_person,
    merge_people,
    move_visit,
    remove_entry,
    remove_value,
    typed_origin,
    unmerge_people,
)
from engine.workflows.reports import write_reports
from tests.made_once import new_clinic

CLOCK = FixedClock(datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
PASSPHRASE = "a passphrase for tests"
TAN = {
    "patient_id": "ML-0427",
    "name": "Tan Weiming",
    "birth_date": "1970-03-14",
    "sex": "M",
    "visit_date": "2026-11-23",
    "sbp_mmhg": "148",
    "dbp_mmhg": "92",
    "smoker": "current",
    "diabetes": "no",
    "cvd_history": "no",
}


def boxes(**more: str) -> list[TypedValue]:
    return [TypedValue(field, text) for field, text in {**TAN, **more}.items()]


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[OpenClinic]:
    new_clinic(tmp_path / "clinic", "CHN", PASSPHRASE, CLOCK)
    with open_clinic(tmp_path / "clinic", PASSPHRASE, CLOCK) as opened:
        yield opened


def enter_tan(clinic: OpenClinic) -> str:
    entered = enter_visit(clinic, [*boxes(), TypedValue("total_cholesterol_mmol_l", "224", "mg/dL")])
    assert entered.problems == ()
    assert entered.person_id is not None
    return entered.person_id


def test_a_typed_visit_is_stored_with_its_unit_and_who_typed_it(clinic: OpenClinic) -> None:
    record = load_person(clinic, enter_tan(clinic))
    assert (record.patient.name, str(record.patient.birth_date)) == ("Tan Weiming", "1970-03-14")
    cholesterol = next(m for m in record.visits[0].measurements if m.field == "total_cholesterol_mmol_l")
    assert cholesterol.value == pytest.approx(224 / 38.67, rel=1e-15)
    assert cholesterol.origin.kind is SourceKind.TYPED
    assert cholesterol.origin.text == "224"
    assert cholesterol.origin.conversion is not None
    assert cholesterol.origin.conversion.unit_from == "mg/dL"


def test_everything_wrong_with_a_visit_is_told_at_once_and_nothing_is_stored(clinic: OpenClinic) -> None:
    entered = enter_visit(clinic, boxes(sbp_mmhg="1480", dbp_mmhg="ninety", birth_date="2090-01-01"))
    found = {(problem.reason, field) for problem in entered.problems for field in problem.fields}
    assert (Reason.IMPOSSIBLE_VALUE, "sbp_mmhg") in found
    assert (Reason.UNREADABLE_VALUE, "dbp_mmhg") in found
    assert (Reason.FUTURE_DATE, "birth_date") in found
    assert list(current_assessments(clinic)) == []


def test_an_implausible_value_is_kept_once_confirmed(clinic: OpenClinic) -> None:
    entered = enter_visit(clinic, boxes(sbp_mmhg="260"))
    assert [problem.can_confirm for problem in entered.problems] == [True]
    assert enter_visit(clinic, boxes(sbp_mmhg="260"), confirmed=frozenset({"sbp_mmhg"})).counts.rows_new == 1


def test_a_second_visit_belongs_to_the_same_person(clinic: OpenClinic) -> None:
    person = enter_tan(clinic)
    later = [
        TypedValue("visit_date", "2026-11-20"),
        TypedValue("sbp_mmhg", "150"),
        TypedValue("sbp_mmhg", "140", None, 2),
    ]
    assert enter_visit(clinic, later, person).counts.rows_new == 1
    assert [visit.visit_date for visit in load_person(clinic, person).visits] == [
        date(2026, 11, 20),
        date(2026, 11, 23),
    ]
    with pytest.raises(UsageError, match="person_unknown"):
        enter_visit(clinic, later, "nobody")


def test_a_medicine_is_recognised_and_its_list_confirmed(clinic: OpenClinic) -> None:
    person = enter_tan(clinic)
    id_ = add_medicine(clinic, person, "Amlodipine 5 mg at night", start=PartialDate(2024))
    confirm_list(clinic, person, "medicines")
    record = load_person(clinic, person)
    assert [(m.ingredient, m.classes) for m in record.medicines] == [("amlodipine", ("ccb",))]
    assert record.patient.lists_confirmed == {"medicines": date(2026, 11, 23)}
    remove_entry(clinic, Medicine, id_)
    assert load_person(clinic, person).medicines == ()
    with pytest.raises(UsageError, match="medicine_empty"):
        add_medicine(clinic, person, "   ")


def test_a_condition_is_corrected_in_place(clinic: OpenClinic) -> None:
    person = enter_tan(clinic)
    origin = typed_origin(clinic)
    id_ = add_entry(clinic, person, Condition("", "hypertension", Certainty.SUSPECTED, origin))
    edit_entry(clinic, Condition(id_, "hypertension", Certainty.CONFIRMED, origin, onset=PartialDate(2019, 4)))
    (condition,) = load_person(clinic, person).conditions
    assert (condition.certainty, str(condition.onset)) == (Certainty.CONFIRMED, "2019-04")


def test_a_visit_is_moved_and_two_records_are_merged_and_taken_apart(clinic: OpenClinic) -> None:
    person = enter_tan(clinic)
    other = enter_visit(clinic, boxes(patient_id="ML-0500", name="Tan Wei Ming", visit_date="2026-10-01")).person_id
    assert other is not None
    move_visit(clinic, load_person(clinic, other).visits[0].id, to_day=date(2026, 10, 2))
    merge = merge_people(clinic, person, other)
    assert [visit.visit_date for visit in load_person(clinic, person).visits] == [date(2026, 10, 2), date(2026, 11, 23)]
    unmerge_people(clinic, merge)
    assert [visit.visit_date for visit in load_person(clinic, other).visits] == [date(2026, 10, 2)]
    assert load_person(clinic, other).patient.patient_id == "ML-0500"


def test_an_unchanged_record_keeps_its_assessment_and_a_changed_one_gets_a_new_one(clinic: OpenClinic) -> None:
    person = enter_tan(clinic)
    assert assess_people(clinic).people == 1
    (first,) = current_assessments(clinic)
    (again,) = current_assessments(clinic)
    assert again == first
    assert first.headline_pack == "who_cvd_2019_lab"
    remove_value(clinic, load_person(clinic, person).visits[0].id, "total_cholesterol_mmol_l")
    (changed,) = current_assessments(clinic)
    assert changed.id != first.id
    assert changed.headline_pack is None or changed.headline_pack == "who_cvd_2019_nonlab"
    lab = next(result for result in changed.results if result.pack.id == "who_cvd_2019_lab")
    assert [(note.subject, note.code.value) for note in lab.notes] == [("total_cholesterol_mmol_l", "missing")]


def test_the_same_assessment_prints_the_same_bytes(clinic: OpenClinic, tmp_path: Path) -> None:
    enter_tan(clinic)
    options = ReportOptions("zh", Paper.LETTER)
    (first,) = write_reports(clinic, None, options, tmp_path / "first")
    (second,) = write_reports(clinic, None, options, tmp_path / "second")
    assert first.report_id == second.report_id
    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.path.name.startswith("ML-0427-")
    (saved,) = reports_of(clinic.vault, first.assessment_id)  # a reprint is the same report
    assert (saved.id, saved.pages, saved.language, saved.paper) == (first.report_id, 2, "zh", "letter")


def test_a_long_list_of_medicines_takes_a_third_page(clinic: OpenClinic, tmp_path: Path) -> None:
    person = enter_tan(clinic)
    for number in range(40):
        add_medicine(clinic, person, f"herbal mixture {number}")
    (written,) = write_reports(clinic, [person], ReportOptions(), tmp_path)
    (saved,) = reports_of(clinic.vault, written.assessment_id)
    assert saved.pages > 2
