"""Whose a resource is, and which of its versions counts: what must never be taken for somebody else's, or for final."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.domain.kept import KeptState
from engine.intake.records.plan import RecordPlan
from engine.intake.tables import RejectedFile
from tests.engine.intake.records.planned import plan_text, reasons, values
from tests.engine.intake.records.test_fhir import PATIENT, SUBJECT, bundle, condition, observation, quantity

OTHER = {**PATIENT, "identifier": [{"value": "Q8"}], "name": [{"text": "Bo Kim"}], "birthDate": "1980-01-01"}


def glucose(value: str = "5.6", **content: Any) -> dict[str, Any]:
    return observation("2345-7", **{**quantity(float(value), "mmol/L"), **content})


def placed(*entries: tuple[str | None, dict[str, Any]], kind: str = "collection") -> dict[str, Any]:
    listed = [{**({"fullUrl": url} if url else {}), "resource": resource} for url, resource in entries]
    return {"resourceType": "Bundle", "type": kind, "entry": listed}


def whose(plan: RecordPlan) -> dict[str, list[str]]:
    """Return the glucose values by the number of the person they would be stored for."""
    assert plan.identified is not None
    columns = {column.field: column for column in plan.identified.entries.columns if column.reading == 1}
    ids, glucoses = plan.identified.person_ids, columns.get("glucose_mmol_l")
    numbers = {id_: str(said) for id_, said in zip(ids, columns["patient_id"].values, strict=True) if said is not None}
    found: dict[str, list[str]] = {}
    for id_, value in zip(ids, glucoses.values if glucoses else (), strict=bool(glucoses)):
        if value is not None:
            found.setdefault(numbers[id_], []).append(str(value))
    return found


def test_the_same_id_at_two_servers_is_two_people(tmp_path: Path) -> None:
    here, there = "http://a.example/fhir/", "http://b.example/fhir/"
    made = placed(
        (f"{here}Patient/p", PATIENT),
        (f"{there}Patient/p", OTHER),
        (f"{here}Observation/1", glucose("5.1", id="1")),
        (f"{there}Observation/1", glucose("6.1", id="1")),
        (None, glucose("7.1", subject={"reference": f"{there}Patient/p"}, effectiveDateTime="2024-03-06")),
        (None, glucose("8.1", subject={"reference": "http://c.example/fhir/Patient/p"})),
        (None, glucose("9.1")),
    )
    plan = plan_text(tmp_path, json.dumps(made))
    assert whose(plan) == {"P7": ["5.1"], "Q8": ["6.1", "7.1"]}
    assert plan.resources["Observation"].refused == 2  # of a third server, and of either of two


def test_what_is_on_a_line_of_its_own_is_about_the_patient_of_that_line(tmp_path: Path) -> None:
    lines = [
        json.dumps(
            placed((None, {**who, "id": "1"}), (None, glucose(value, id="1", subject={"reference": "Patient/1"})))
        )
        for who, value in ((PATIENT, "5.1"), (OTHER, "6.1"))
    ]
    plan = plan_text(tmp_path, "\n".join(lines))
    assert whose(plan) == {"P7": ["5.1"], "Q8": ["6.1"]}


def test_one_id_of_two_people_means_neither(tmp_path: Path) -> None:
    plan = plan_text(tmp_path, json.dumps(placed((None, PATIENT), (None, OTHER), (None, glucose()))))
    assert (plan.people, plan.resources["Observation"].refused) == (2, 1)


@pytest.mark.parametrize("reference", ["urn:uuid:{}", "Patient/{}", "https://public.example/r4/Patient/{}"])
def test_an_id_that_is_one_of_a_kind_is_found_under_every_address(tmp_path: Path, reference: str) -> None:
    own = "3a77c3ad-6d14-4ec5-ac60-05a01355bb27"
    made = placed(
        (f"http://inner.example/fhir/Patient/{own}", {**PATIENT, "id": own}),
        ("http://inner.example/fhir/Observation/1", glucose(id="1", subject={"reference": reference.format(own)})),
    )
    assert whose(plan_text(tmp_path, json.dumps(made))) == {"P7": ["5.6"]}


def test_a_later_version_counts_and_a_repeat_counts_once(tmp_path: Path) -> None:
    first, second = (glucose(value, id="x", meta={"versionId": at}) for value, at in (("5.1", "9"), ("6.1", "10")))
    plan = plan_text(tmp_path, bundle(PATIENT, second, first, glucose("7.1", id="y"), glucose("7.1", id="y")))
    assert values(plan)["glucose_mmol_l"] == [6.1, 7.1]
    tally = plan.resources["Observation"]
    assert (tally.read, tally.stored, tally.refused) == (4, 2, 2)
    assert {item.why for item in plan.listed(KeptState.REFUSED)} == {"replaced", "repeated"}


def test_a_history_begins_with_what_is_newest(tmp_path: Path) -> None:
    made = placed((None, PATIENT), (None, glucose("6.1", id="x")), (None, glucose("5.1", id="x")), kind="history")
    made["entry"].insert(1, {"request": {"method": "DELETE", "url": "Observation/gone"}})
    made["entry"].append({"resource": glucose("9.1", id="gone")})
    plan = plan_text(tmp_path, json.dumps(made))
    assert values(plan)["glucose_mmol_l"] == [6.1]
    assert {item.why for item in plan.listed(KeptState.REFUSED)} == {"replaced", "withdrawn"}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ({"status": "preliminary"}, "not_final"),
        ({"status": "registered"}, "not_final"),
        ({"status": "cancelled"}, "not_done"),
        ({"focus": [{"reference": "Patient/baby"}]}, "about_other"),
        ({"modifierExtension": [{"url": "http://x.example/not", "valueBoolean": True}]}, "unknown_modifier"),
        ({"effectiveDateTime": "04.03.2024"}, "unreadable_date"),
        ({"effectiveDateTime": "2024-02-30"}, "unreadable_date"),
        ({"effectiveDateTime": "2024"}, "no_date"),
        ({"dataAbsentReason": {"coding": [{"code": "error"}]}}, "no_value"),
        (quantity(5.6, "mmol/L", comparator="ad"), "unreadable_value"),
        ({"valueQuantity": None, "valueRange": {"low": {"value": 4}, "high": {"value": 6}}}, "unreadable_value"),
    ],
)
def test_what_is_not_a_final_number_of_the_patient_on_a_day_is_refused(
    tmp_path: Path, content: dict[str, Any], why: str
) -> None:
    plan = plan_text(tmp_path, bundle(PATIENT, glucose(**content)))
    assert "glucose_mmol_l" not in values(plan)
    assert set(reasons(plan, KeptState.REFUSED).values()) == {why}


@pytest.mark.parametrize("day", ["2024-3-4", "2024/03/04", "20240304", "2024-03-04 08:15", "2024-03-04T23:30:00-08:00"])
def test_a_day_is_the_one_that_is_written_down(tmp_path: Path, day: str) -> None:
    plan = plan_text(tmp_path, bundle(PATIENT, glucose(effectiveDateTime=day)))
    assert plan.identified is not None
    assert plan.identified.visit_dates == ["2024-03-04"]


def test_results_that_a_report_holds_within_itself_are_results(tmp_path: Path) -> None:
    report = {
        "resourceType": "DiagnosticReport",
        "status": "final",
        **SUBJECT,
        "contained": [glucose(id="1"), {**observation("99-9", valueString="x"), "id": "2"}],
        "result": [{"reference": "#1"}, {"reference": "#2"}],
    }
    plan = plan_text(tmp_path, bundle(PATIENT, report))
    assert values(plan)["glucose_mmol_l"] == [5.6]
    tally = plan.resources["DiagnosticReport"]
    assert (tally.read, tally.stored) == (1, 1)
    assert "99-9" in {item.code for item in plan.listed(KeptState.UNMAPPED)}
    wrong = plan_text(tmp_path, bundle(PATIENT, {**report, "status": "entered-in-error"}))
    assert "glucose_mmol_l" not in values(wrong)
    assert wrong.resources["DiagnosticReport"].refused == 1


def test_results_of_a_report_made_by_mistake_are_mistakes(tmp_path: Path) -> None:
    report = {"resourceType": "DiagnosticReport", "status": "entered-in-error", **SUBJECT}
    made = bundle(PATIENT, glucose(), {**report, "result": [{"reference": "urn:uuid:1"}]})
    assert plan_text(tmp_path, made).resources["Observation"].refused == 1


def test_what_must_not_be_given_is_no_medicine(tmp_path: Path) -> None:
    order = {"resourceType": "MedicationRequest", "status": "active", "intent": "order", "authoredOn": "2024-03-04"}
    plan = plan_text(
        tmp_path,
        bundle(PATIENT, {**order, **SUBJECT, "medicationCodeableConcept": {"text": "x"}, "doNotPerform": True}),
    )
    assert (plan.arrivals, plan.resources["MedicationRequest"].refused) == ((), 1)
    never = {**order, **SUBJECT, "medicationCodeableConcept": {"text": "x"}, "status": "cancelled"}
    assert plan_text(tmp_path, bundle(PATIENT, never)).arrivals == ()


def test_a_condition_that_ended_at_no_date_is_not_taken_for_one_that_lasts(tmp_path: Path) -> None:
    ended = condition("195967001", abatementAge={"value": 50, "code": "a"})
    plan = plan_text(tmp_path, bundle(PATIENT, ended))
    assert plan.arrivals == ()
    assert set(reasons(plan, KeptState.UNMAPPED).values()) == {"ended_without_date"}


@pytest.mark.parametrize("name", ["NKDA", "No known drug allergies", "None", "无药物过敏史", "否认药物过敏史"])
def test_words_that_say_nothing_is_known_are_no_allergy(tmp_path: Path, name: str) -> None:
    allergy = {"resourceType": "AllergyIntolerance", "patient": {"reference": "Patient/p"}, "code": {"text": name}}
    plan = plan_text(tmp_path, bundle(PATIENT, allergy))
    assert plan.arrivals == ()
    assert reasons(plan, KeptState.UNMAPPED) == {name: "none_stated"}


def test_a_line_that_was_cut_off_is_refused_and_the_others_are_read(tmp_path: Path) -> None:
    strange = glucose("6.1", note=[{"text": "a\u2028b\x85c"}])
    lines = [json.dumps(each, ensure_ascii=False) for each in (PATIENT, glucose(), strange)]
    plan = plan_text(tmp_path, "\r\n".join([lines[0], "", *lines[1:], lines[1][:40]]))
    assert values(plan)["glucose_mmol_l"] == [5.6, 6.1]
    assert {kind: (one.read, one.refused) for kind, one in plan.resources.items()} == {
        "?": (1, 1),
        "Observation": (2, 0),
        "Patient": (1, 0),
    }
    with pytest.raises(RejectedFile):
        plan_text(tmp_path, json.dumps(json.loads(bundle(PATIENT, glucose())), indent=1)[:-3])


def test_a_pressure_in_one_text_is_two_numbers(tmp_path: Path) -> None:
    whole = {**observation("85354-9", valueString="142/91"), "id": "a"}
    odd = {**observation("85354-9", valueString="142/91/80"), "id": "b"}
    plan = plan_text(tmp_path, bundle(PATIENT, whole, odd))
    assert (values(plan)["sbp_mmhg"], values(plan)["dbp_mmhg"]) == ([142.0], [91.0])
    assert (plan.resources["Observation"].stored, plan.resources["Observation"].unmapped) == (1, 1)
    swapped = plan_text(tmp_path, bundle(PATIENT, observation("55284-4", valueString="80/142 mmHg")))
    assert swapped.resources["Observation"].refused == 1
