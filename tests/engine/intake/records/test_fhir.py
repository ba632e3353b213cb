"""FHIR R4: bundles and lines, references within the file alone, what resources mean, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.domain.entries import KnownPerson
from engine.domain.kept import KeptState
from engine.domain.record import Certainty, Condition, Medicine
from engine.intake.records.plan import RecordPlan
from engine.intake.tables import RejectedFile
from tests.engine.intake.records.planned import plan_text, reasons, values

LOINC, SCT = "http://loinc.org", "http://snomed.info/sct"
PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p",
    "identifier": [
        {"system": "http://hl7.org/fhir/sid/us-ssn", "value": "999"},
        {"type": {"coding": [{"code": "MR"}]}, "value": "P7"},
    ],
    "name": [{"use": "official", "family": "Lee", "given": ["Ann"]}],
    "gender": "female",
    "birthDate": "1950-03-01",
}
SUBJECT = {"subject": {"reference": "Patient/p"}}


def observation(code: str, **content: Any) -> dict[str, Any]:
    coded = {"code": {"coding": [{"system": LOINC, "code": code}]}}
    dated = {"effectiveDateTime": "2024-03-04T08:00:00+08:00"}
    return {"resourceType": "Observation", "status": "final", **coded, **SUBJECT, **dated, **content}


def quantity(value: float, unit: str, **more: Any) -> dict[str, Any]:
    return {"valueQuantity": {"value": value, "unit": unit, "code": unit, **more}}


def condition(code: str, **content: Any) -> dict[str, Any]:
    coded = {"code": {"coding": [{"system": SCT, "code": code}]}}
    return {"resourceType": "Condition", **coded, **SUBJECT, "recordedDate": "2024-03-04", **content}


def bundle(*resources: dict[str, Any]) -> str:
    entries = [{"fullUrl": f"urn:uuid:{at}", "resource": resource} for at, resource in enumerate(resources)]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "timestamp": "2024-03-05", "entry": entries})


def test_values_are_converted_and_keep_what_was_written(tmp_path: Path) -> None:
    plan = plan_text(
        tmp_path,
        bundle(
            PATIENT,
            observation("2093-3", **quantity(193.35, "mg/dL")),
            observation("4548-4", **quantity(43, "mmol/mol")),
            observation("33914-3", **quantity(88, "mL/min", comparator=">")),
            observation("72166-2", valueCodeableConcept={"coding": [{"system": SCT, "code": "266919005"}]}),
            observation("5196-1", valueCodeableConcept={"coding": [{"system": SCT, "code": "260385009"}]}),
        ),
    )
    found = values(plan)
    assert found["total_cholesterol_mmol_l"] == [pytest.approx(5.0)]
    assert found["hba1c_percent"] == [pytest.approx(6.0856, abs=1e-3)]
    assert (found["smoker"], found["hbsag_positive"]) == (["never"], [False])
    assert plan.identified is not None
    columns = {column.field: column for column in plan.identified.entries.columns}
    assert columns["total_cholesterol_mmol_l"].texts == ["193.35"]
    conversion = columns["total_cholesterol_mmol_l"].conversion
    assert conversion is not None
    assert (conversion.unit_from, conversion.unit_to) == ("mg/dL", "mmol/L")
    assert list((columns["egfr_ml_min_173"].qualifiers or {}).values()) == [">"]


def test_components_are_values_of_one_resource(tmp_path: Path) -> None:
    parts = [
        {"code": {"coding": [{"system": LOINC, "code": code}]}, **quantity(value, "mm[Hg]")}
        for code, value in (("8480-6", 142), ("8462-4", 91), ("8478-0", 108))
    ]
    plan = plan_text(tmp_path, bundle(PATIENT, observation("85354-9", component=parts)))
    assert (values(plan)["sbp_mmhg"], values(plan)["dbp_mmhg"]) == ([142.0], [91.0])
    tally = plan.resources["Observation"]
    assert (tally.read, tally.stored) == (1, 1)
    assert [item.code for item in plan.listed(KeptState.UNMAPPED)] == ["8478-0"]  # the part is listed all the same


def test_a_pair_that_cannot_be_is_refused_whole(tmp_path: Path) -> None:
    parts = [
        {"code": {"coding": [{"system": LOINC, "code": code}]}, **quantity(value, "mm[Hg]")}
        for code, value in (("8480-6", 80), ("8462-4", 120))
    ]
    plan = plan_text(tmp_path, bundle(PATIENT, observation("85354-9", component=parts)))
    assert "sbp_mmhg" not in values(plan)
    assert plan.resources["Observation"].refused == 1


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (quantity(1420, "mm[Hg]"), "impossible_value"),
        (quantity(260, "mm[Hg]"), "implausible_value"),
        (quantity(142, "stone"), "unit_unknown"),
        ({"valueQuantity": {"value": 142}}, "unit_missing"),
        ({"valueString": "high"}, "unreadable_value"),
        ({"dataAbsentReason": {"text": "unknown"}}, "no_value"),
        ({**quantity(142, "mm[Hg]"), "status": "entered-in-error"}, "entered_in_error"),
        ({**quantity(142, "mm[Hg]"), "effectiveDateTime": "2031-01-01"}, "future_date"),
        ({**quantity(142, "mm[Hg]"), "effectiveDateTime": "1940-01-01"}, "before_birth"),
        ({**quantity(142, "mm[Hg]"), "effectiveDateTime": "2024-03"}, "no_date"),
        ({**quantity(142, "mm[Hg]"), "effectiveDateTime": "2024-02-30"}, "unreadable_date"),
        ({**quantity(142, "mm[Hg]"), "subject": {"reference": "Patient/other"}}, "person_not_in_file"),
        ({**quantity(142, "mm[Hg]"), "subject": {"reference": "http://example.org/Patient/x"}}, "person_not_in_file"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_reason(tmp_path: Path, content: dict[str, Any], why: str) -> None:
    plan = plan_text(tmp_path, bundle(PATIENT, observation("8480-6", **content)))
    assert "sbp_mmhg" not in values(plan)
    assert [item.why for item in plan.listed(KeptState.REFUSED)] == [why]
    assert plan.resources["Observation"].refused == 1


@pytest.mark.parametrize("reference", ["Patient/p", "urn:uuid:0", "http://server.example/fhir/Patient/p"])
def test_references_are_found_in_the_file(tmp_path: Path, reference: str) -> None:
    seen = observation("8480-6", **quantity(142, "mm[Hg]")) | {"subject": {"reference": reference}}
    assert values(plan_text(tmp_path, bundle(PATIENT, seen)))["sbp_mmhg"] == [142.0]


def _conditions(plan: RecordPlan) -> list[tuple[str, Certainty, str | None]]:
    entries = [arrival.entry for arrival in plan.arrivals]
    return [
        (entry.code, entry.certainty, None if entry.end is None else str(entry.end))
        for entry in entries
        if isinstance(entry, Condition)
    ]


def test_conditions_say_how_sure_they_are_and_when_they_ended(tmp_path: Path) -> None:
    verified = {word: {"verificationStatus": {"coding": [{"code": word}]}} for word in ("refuted", "provisional")}
    resolved = {"clinicalStatus": {"coding": [{"code": "resolved"}]}}
    plan = plan_text(
        tmp_path,
        bundle(
            PATIENT,
            condition("38341003", onsetDateTime="2015"),
            condition("44054006", **verified["refuted"]),
            condition("195967001", **verified["provisional"]),
            condition("233604007", abatementDateTime="2020-01-05", **resolved),
            condition("90560007", **resolved),
            condition("444814009"),
        ),
    )
    assert _conditions(plan) == [
        ("hypertension", Certainty.CONFIRMED, None),
        ("diabetes_type2", Certainty.REFUTED, None),
        ("asthma", Certainty.SUSPECTED, None),
        ("pneumonia", Certainty.CONFIRMED, "2020-01-05"),
    ]
    assert reasons(plan, KeptState.UNMAPPED) == {"90560007": "ended_without_date", "444814009": "no_code"}


def test_prescriptions_of_one_medicine_are_one_entry(tmp_path: Path) -> None:
    def prescribed(day: str, status: str) -> dict[str, Any]:
        named = {"medicationCodeableConcept": {"text": "Simvastatin 20 MG Oral Tablet"}}
        what = {"resourceType": "MedicationRequest", "intent": "order", "status": status, "authoredOn": day}
        return {**what, **named, **SUBJECT}

    stopped = plan_text(
        tmp_path, bundle(PATIENT, prescribed("2012-01-01", "stopped"), prescribed("2015-01-01", "stopped"))
    )
    goes_on = plan_text(
        tmp_path, bundle(PATIENT, prescribed("2012-01-01", "stopped"), prescribed("2015-01-01", "active"))
    )
    for plan, stop in ((stopped, "2015-01-01"), (goes_on, "None")):
        (entry,) = (arrival.entry for arrival in plan.arrivals)
        assert isinstance(entry, Medicine)
        assert (entry.ingredient, str(entry.start), str(entry.stop)) == ("simvastatin", "2012-01-01", stop)
        assert plan.resources["MedicationRequest"].stored == 2


def test_a_medicine_may_stand_elsewhere_in_the_file_or_in_the_resource(tmp_path: Path) -> None:
    drug = {"resourceType": "Medication", "id": "m", "code": {"text": "Amlodipine 5 mg"}}
    inside = {"contained": [{**drug, "id": "c"}], "medicationReference": {"reference": "#c"}}
    shared = {"resourceType": "MedicationStatement", "status": "active", **SUBJECT}
    plan = plan_text(
        tmp_path,
        bundle(PATIENT, drug, {**shared, "medicationReference": {"reference": "Medication/m"}}, {**shared, **inside}),
    )
    assert {arrival.entry.ingredient for arrival in plan.arrivals if isinstance(arrival.entry, Medicine)} == {
        "amlodipine"
    }


def test_lines_of_resources_and_lines_of_bundles_are_read(tmp_path: Path) -> None:
    seen = observation("8480-6", **quantity(142, "mm[Hg]"))
    lines = plan_text(tmp_path, "\n".join(map(json.dumps, (PATIENT, seen))) + "\n")
    bundles = plan_text(tmp_path, f"{bundle(PATIENT)}\n{bundle(PATIENT | {'id': 'q'}, seen)}\n")
    assert values(lines)["sbp_mmhg"] == values(bundles)["sbp_mmhg"] == [142.0]
    assert bundles.people == 1  # the same number: the same person


def test_a_file_of_nobody_asks_whose_it_is(tmp_path: Path) -> None:
    known = (KnownPerson("id-7", "P7", "Ann Lee", "1950-03-01", "F"),)
    seen = json.dumps(observation("8480-6", **quantity(142, "mm[Hg]")))
    plan = plan_text(tmp_path, seen, known=known)
    assert [question.id for question in plan.questions] == ["whose_readings"]
    told = plan_text(tmp_path, seen, known=known, answers={"whose_readings": "P7"})
    assert told.can_be_stored
    assert told.identified is not None
    assert list(told.identified.person_ids) == ["id-7"]


def test_somebody_like_another_is_asked_about_and_waits(tmp_path: Path) -> None:
    known = (KnownPerson("id-1", "OTHER", "Lee, Ann", "1950-03-01", "F"),)
    plan = plan_text(tmp_path, bundle(PATIENT, observation("8480-6", **quantity(142, "mm[Hg]"))), known=known)
    assert [question.id for question in plan.questions] == ["duplicates"]
    assert [dict(row.cells)["patient_id"] for row in plan.parked] == ["P7"]
    assert {item.why for item in plan.listed(KeptState.REFUSED)} == {"duplicate_person"}
    assert all(tally.reconciles() for tally in plan.resources.values())


@pytest.mark.parametrize(
    ("resource", "detail"),
    [
        ({"resourceType": "MedicationOrder"}, "fhir_dstu2"),
        ({"resourceType": "Encounter", "class": "outpatient", "patient": {}}, "fhir_dstu2"),
        ({"resourceType": "Condition", "clinicalStatus": "active", "subject": {}}, "fhir_stu3"),
        ({"resourceType": "Immunization", "notGiven": False}, "fhir_stu3"),
        ({"resourceType": "Encounter", "class": [{"coding": []}], "actualPeriod": {}}, "fhir_r5"),
    ],
)
def test_other_versions_are_told_by_name(tmp_path: Path, resource: dict[str, Any], detail: str) -> None:
    with pytest.raises(RejectedFile) as refused:
        plan_text(tmp_path, bundle({"resourceType": "Patient", "id": "p"}, resource))
    assert refused.value.rejection.detail == detail


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b'{"resourceType": "Bundle", "entry": [', "fhir_not_json"),
        (b'{"resourceType": "Patient", "birthDate": "\xff"}', "fhir_not_utf8"),
        (b'{"resourceType": "Observation", "valueInteger": NaN}', "fhir_not_json"),
        (b'{"resourceType": "Bundle"}', "no_resources"),
        (b'{"resourceType": "Patient", "x": ' + b"[" * 200_000, "fhir_not_json"),
        (b'<Bundle xmlns="http://hl7.org/fhir"/>', "fhir_xml"),
    ],
)
def test_what_is_no_whole_file_is_refused(tmp_path: Path, content: bytes, detail: str) -> None:
    with pytest.raises(RejectedFile) as refused:
        plan_text(tmp_path, content)
    assert refused.value.rejection.detail == detail


@pytest.mark.parametrize("part", [None, [], {}, "text", 7, True, [None], [{"coding": "x"}], {"coding": [None, 5]}])
@pytest.mark.parametrize("name", ["code", "subject", "effectiveDateTime", "valueQuantity", "component", "status"])
def test_parts_of_another_shape_harm_nothing(tmp_path: Path, name: str, part: object) -> None:
    plan = plan_text(tmp_path, bundle(PATIENT, observation("8480-6", **quantity(142, "mm[Hg]")) | {name: part}))
    assert plan.resources["Observation"].read == 1
    assert all(tally.reconciles() for tally in plan.resources.values())
