"""The rule chosen for repeated readings at import reaches the table, the risk and the page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.domain.assessment import Assessment
from engine.domain.ports import FixedClock
from engine.intake.typed import TypedValue
from engine.store import export_visits
from engine.workflows.assess import current_assessments
from engine.workflows.clinics import OpenClinic, open_clinic
from engine.workflows.import_files import ImportRequest, import_file
from engine.workflows.patients import find_patients
from engine.workflows.record import enter_visit, load_person, merge_people
from tests.made_once import new_clinic

CLOCK = FixedClock(datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
PASSPHRASE = "a passphrase for tests"
WHO = "patient id,name,date of birth,sex,visit date,smoker,diabetes,"
ANN = "P1,Ann Lee,1966-02-03,F,2026-11-20,never,no,"
ARMS = "Left SBP,Left DBP,Right SBP,Right DBP"
TURNS = "SBP1,DBP1,SBP2,DBP2"


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[OpenClinic]:
    new_clinic(tmp_path / "clinic", "CHN", PASSPHRASE, CLOCK)
    with open_clinic(tmp_path / "clinic", PASSPHRASE, CLOCK) as opened:
        yield opened


def bring(clinic: OpenClinic, folder: Path, head: str, row: str, rule: str | None = None, who: str = ANN) -> None:
    file = folder / "table.csv"
    file.write_text(f"{WHO}{head}\n{who}{row}\n", encoding="utf-8")
    answers = {} if rule is None else {"repeated_readings": rule}
    outcome = import_file(clinic, file, ImportRequest(answers=answers))
    assert [question.id for question in outcome.open_questions] == []
    assert outcome.stored
    assert outcome.counts.rows_new + outcome.counts.rows_updated == 1


def exported(clinic: OpenClinic) -> list[tuple[object, object]]:
    table = export_visits(clinic.vault)
    rows = [dict(zip(table.fields, cells, strict=True)) for cells in table.rows]
    return [(row["sbp_mmhg"], row.get("dbp_mmhg")) for row in rows]


def shown(assessment: Assessment, field: str = "sbp_mmhg") -> tuple[object, object, object]:
    used = next(used for used in assessment.inputs if used.field == field)
    return used.value, used.readings, used.readings_rule


@pytest.mark.parametrize(
    ("head", "rule", "pressures"),
    [
        (TURNS, "mean", (130.0, 85.0)),
        (TURNS, "first", (120.0, 90.0)),
        (TURNS, "last", (140.0, 80.0)),
        (ARMS, "mean", (130.0, 85.0)),
        (ARMS, "first", (120.0, 90.0)),
        (ARMS, "last", (140.0, 80.0)),
        (ARMS, "higher_arm", (140.0, 80.0)),  # not the higher diastolic pressure, that of the other arm
    ],
)
def test_the_chosen_rule_makes_the_exported_and_the_assessed_value(
    clinic: OpenClinic, tmp_path: Path, head: str, rule: str, pressures: tuple[float, float]
) -> None:
    bring(clinic, tmp_path, head, "120,90,140,80", rule)
    assert exported(clinic) == [pressures]
    (assessment,) = current_assessments(clinic)
    assert shown(assessment) == (pressures[0], (120.0, 140.0), rule)
    assert shown(assessment, "dbp_mmhg") == (pressures[1], (90.0, 80.0), rule)
    if rule in ("first", "higher_arm"):
        used = next(used for used in assessment.inputs if used.field == "sbp_mmhg")
        assert used.origin is not None
        assert used.origin.text == f"{pressures[0]:.0f}" or used.origin.text is None
        assert used.origin.column == {(TURNS, "first"): "SBP1", (ARMS, "first"): "Left SBP"}.get(
            (head, rule), "Right SBP"
        )


def test_the_risk_is_that_of_the_higher_arm(clinic: OpenClinic, tmp_path: Path) -> None:
    other = ANN.replace("P1,Ann Lee", "P2,Bea Roy")
    bring(clinic, tmp_path, ARMS + ",BMI", "120,80,160,90,24", "higher_arm")
    bring(clinic, tmp_path, "SBP,DBP,BMI", "160,90,24", who=other)
    bring(clinic, tmp_path, ARMS + ",BMI", "120,80,160,90,24", "mean", ANN.replace("P1,Ann Lee", "P3,Cay Orr"))
    by_arm, single, mean = (one.results for one in current_assessments(clinic))
    answered = [result.outputs for result in by_arm if result.outputs]
    assert answered
    assert answered == [result.outputs for result in single if result.outputs]
    assert answered != [result.outputs for result in mean if result.outputs]


@pytest.mark.parametrize(
    ("row", "pressures"),
    [
        ("140,80,140,95", (140.0, 80.0)),  # equal: the first
        ("120,80,140,", (140.0, None)),  # the other arm's diastolic pressure never stands beside it
        ("120,80,,", (120.0, 80.0)),
        (",,140,90", (140.0, 90.0)),
    ],
)
def test_an_arm_is_taken_as_a_whole(
    clinic: OpenClinic, tmp_path: Path, row: str, pressures: tuple[float, float | None]
) -> None:
    bring(clinic, tmp_path, ARMS, row, "higher_arm")
    assert exported(clinic) == [pressures]
    (assessment,) = current_assessments(clinic)
    found = {used.field: used.value for used in assessment.inputs}
    assert (found["sbp_mmhg"], found.get("dbp_mmhg")) == pressures


def test_the_pulse_goes_with_its_arm(clinic: OpenClinic, tmp_path: Path) -> None:
    head = "Left SBP,Left DBP,Left pulse,Right SBP,Right DBP,Right pulse"
    bring(clinic, tmp_path, head, "150,80,61,140,90,99", "higher_arm")
    (assessment,) = current_assessments(clinic)
    assert shown(assessment, "pulse_bpm") == (61.0, (61.0, 99.0), "higher_arm")


def test_a_single_pulse_stands_for_both_arms(clinic: OpenClinic, tmp_path: Path) -> None:
    bring(clinic, tmp_path, ARMS + ",Pulse", "120,80,140,90,77", "higher_arm")
    (assessment,) = current_assessments(clinic)
    assert shown(assessment, "pulse_bpm") == (77.0, (), None)


def test_of_two_files_about_a_visit_the_later_choice_holds(clinic: OpenClinic, tmp_path: Path) -> None:
    bring(clinic, tmp_path, "SBP,DBP", "120,90")
    bring(clinic, tmp_path, ARMS, "120,90,140,80", "higher_arm")  # the first reading stays as it was
    assert exported(clinic) == [(140.0, 80.0)]
    bring(clinic, tmp_path, TURNS, "122,92,141,81", "first")
    assert exported(clinic) == [(122.0, 92.0)]
    bring(clinic, tmp_path, TURNS, "121,90,140,80", "mean")
    assert exported(clinic) == [(130.5, 85.0)]
    (assessment,) = current_assessments(clinic)
    assert shown(assessment) == (130.5, (121.0, 140.0), "mean")


def test_a_corrected_reading_keeps_the_rule_and_typed_readings_have_the_default(
    clinic: OpenClinic, tmp_path: Path
) -> None:
    bring(clinic, tmp_path, ARMS, "120,90,140,80", "higher_arm")
    (found,) = find_patients(clinic)
    enter_visit(clinic, [TypedValue("visit_date", "2026-11-20"), TypedValue("sbp_mmhg", "144", None, 2)], found.id)
    assert exported(clinic) == [(144.0, 80.0)]
    typed = [TypedValue("sbp_mmhg", "150"), TypedValue("sbp_mmhg", "140", None, 2)]
    enter_visit(clinic, [TypedValue("visit_date", "2026-11-22"), *typed], found.id)
    assert exported(clinic) == [(144.0, 80.0), (145.0, None)]


def test_merged_people_keep_the_rule_of_each_file(clinic: OpenClinic, tmp_path: Path) -> None:
    bring(clinic, tmp_path, ARMS, "120,90,140,80", "higher_arm")
    other = ANN.replace("P1,Ann Lee", "P2,Zoe Orr").replace("1966-02-03", "1971-08-09").replace("11-20", "11-21")
    bring(clinic, tmp_path, TURNS, "110,70,130,80", "first", other)
    one, two = (found.id for found in find_patients(clinic))
    merge_people(clinic, one, two)
    assert sorted(exported(clinic), key=repr) == [(110.0, 70.0), (140.0, 80.0)]
    (assessment,) = current_assessments(clinic)
    assert shown(assessment) == (110.0, (110.0, 130.0), "first")
    assert len(load_person(clinic, assessment.patient.id).visits) == 2


@pytest.mark.shared
def test_three_readings_give_the_true_means(clinic: OpenClinic, shared: Path) -> None:
    file = shared / "data" / "messy" / "readings_a.csv"
    truth = json.loads(file.with_name("readings_a.csv.truth.json").read_text(encoding="utf-8"))
    import_file(clinic, file, ImportRequest(answers={"repeated_readings": truth["readings_rule"]}))
    table = export_visits(clinic.vault)
    found = {row["patient_id"]: row for row in (dict(zip(table.fields, cells, strict=True)) for cells in table.rows)}
    assert len(found) == truth["counts"]["rows_imported"]
    for record in truth["records"]:
        values = record["values"]
        for field in {"sbp_mmhg", "dbp_mmhg", "pulse_bpm"} & set(values):
            assert found[values["patient_id"]][field] == pytest.approx(values[field], abs=1e-4)
