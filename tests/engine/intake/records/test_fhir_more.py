"""FHIR R4 as systems write it beside the usual: other references, patients inside, units of other systems, mistakes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.domain.kept import KeptState
from tests.engine.intake.records.planned import plan_text, reasons, values
from tests.engine.intake.records.test_fhir import PATIENT, bundle, observation, quantity

MRN = {"system": "http://clinic.example/mrn", "value": "P7"}
NUMBERED = {**PATIENT, "identifier": [{**MRN, "type": {"coding": [{"code": "MR"}]}}]}


def pressure(**content: Any) -> dict[str, Any]:
    return observation("8480-6", **{**quantity(142, "mm[Hg]"), **content})


@pytest.mark.parametrize(
    "subject",
    [
        {"identifier": MRN},
        {"reference": "Patient?identifier=http://clinic.example/mrn|P7"},
        {"reference": "Patient/p/_history/3"},
        {"reference": "https://other.example/fhir/Patient/p"},
    ],
)
def test_a_patient_is_found_however_the_reference_names_them(tmp_path: Path, subject: dict[str, Any]) -> None:
    plan = plan_text(tmp_path, bundle(NUMBERED, pressure(subject=subject)))
    assert values(plan)["sbp_mmhg"] == [142.0]


def test_a_number_that_two_patients_have_means_neither(tmp_path: Path) -> None:
    other = {**NUMBERED, "id": "q", "name": [{"text": "Bo Kim"}], "birthDate": "1980-01-01"}
    plan = plan_text(tmp_path, bundle(NUMBERED, other, pressure(subject={"identifier": MRN})))
    assert "sbp_mmhg" not in values(plan)
    assert plan.resources["Observation"].refused == 1


def test_a_patient_may_stand_inside_what_is_said_of_them(tmp_path: Path) -> None:
    inside = {**NUMBERED, "id": "me"}
    first, second = (
        pressure(contained=[inside], subject={"reference": "#me"}, effectiveDateTime=f"2024-03-0{day}")
        for day in (4, 5)
    )
    plan = plan_text(tmp_path, bundle(first, second))
    assert (plan.people, values(plan)["sbp_mmhg"]) == (1, [142.0, 142.0])
    assert values(plan)["patient_id"] == ["P7"]
    nobody = plan_text(tmp_path, bundle(pressure(contained=[inside], subject={"reference": "#other"})))
    assert nobody.resources["Observation"].refused == 1


@pytest.mark.parametrize(
    ("unit", "value"),
    [
        ({"system": "http://unitsofmeasure.org", "code": "mg/dL", "unit": "milligrams"}, 193.35),
        ({"system": "http://snomed.info/sct", "code": "258797006", "unit": "mg/dL"}, 193.35),
        ({"unit": "mg/dL"}, 193.35),
        ({"system": "http://unitsofmeasure.org", "code": "mmol/L"}, 5.0),
        ({"system": "http://unitsofmeasure.org", "code": "umol/L"}, 5000),
        ({"system": "http://unitsofmeasure.org", "code": "g/L"}, 1.9335),
    ],
)
def test_units_are_read_by_the_system_they_are_of(tmp_path: Path, unit: dict[str, str], value: float) -> None:
    plan = plan_text(tmp_path, bundle(PATIENT, observation("2093-3", valueQuantity={"value": value, **unit})))
    assert values(plan)["total_cholesterol_mmol_l"] == [pytest.approx(5.0)]


@pytest.mark.parametrize(
    "when",
    [
        {"effectivePeriod": {"start": "2024-03-04", "end": "2024-03-06"}},
        {"effectivePeriod": {"end": "2024-03-04T10:00:00Z"}},
        {"effectiveTiming": {"event": ["2024-03-04", "2024-03-09"]}},
        {"effectiveInstant": "2024-03-04T10:00:00.000Z"},
    ],
)
def test_a_time_may_be_a_period_an_instant_or_events(tmp_path: Path, when: dict[str, Any]) -> None:
    one = pressure(**when)
    del one["effectiveDateTime"]
    plan = plan_text(tmp_path, bundle(PATIENT, one))
    assert plan.identified is not None
    assert plan.identified.visit_dates == ["2024-03-04"]


@pytest.mark.parametrize(
    "content",
    [
        {"resourceType": "DiagnosticReport", "result": [{"reference": "urn:uuid:1"}]},
        {"resourceType": "FamilyMemberHistory", "relationship": {"coding": [{"code": "MTH"}]}},
        {"resourceType": "Encounter", "class": {"code": "AMB"}, "period": {"start": "2024-03-04"}},
        {"resourceType": "Procedure", "code": {"text": "Bypass"}, "performedDateTime": "2024-03-04"},
        {"resourceType": "Immunization", "vaccineCode": {"text": "Flu"}, "occurrenceDateTime": "2024-03-04"},
        {"resourceType": "MedicationStatement", "medicationCodeableConcept": {"text": "Amlodipine 5 mg"}},
    ],
)
def test_what_was_entered_by_mistake_is_refused_whatever_it_is(tmp_path: Path, content: dict[str, Any]) -> None:
    who = "patient" if content["resourceType"] in {"FamilyMemberHistory", "Immunization"} else "subject"
    wrong = {**content, who: {"reference": "Patient/p"}, "status": "entered-in-error"}
    plan = plan_text(tmp_path, bundle(PATIENT, pressure(note=[{"text": "x"}]), wrong))
    assert plan.resources[content["resourceType"]].refused == 1
    assert set(reasons(plan, KeptState.REFUSED).values()) == {"entered_in_error"}


def test_an_entry_without_a_kind_is_counted_and_listed(tmp_path: Path) -> None:
    entries = [{"resource": PATIENT}, {"resource": {"id": "x"}}, {"request": {"method": "DELETE"}}]
    text = json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})
    plan = plan_text(tmp_path, text)
    assert {kind: (one.read, one.unmapped) for kind, one in plan.resources.items()} == {"?": (1, 1), "Patient": (1, 0)}
