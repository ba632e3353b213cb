"""The patient summary: its structure held against the rules of the profile, and read back into another clinic."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.domain.dates import PartialDate
from engine.domain.ports import FixedClock
from engine.domain.record import (
    Allergy,
    Certainty,
    Check,
    CheckStatus,
    Condition,
    Medicine,
    Origin,
    Record,
    Relative,
    Severity,
    SourceKind,
)
from engine.store import add_item, confirm_list, find_patients, load_records
from engine.workflows.clinics import ClinicRequest, OpenClinic, create, open_clinic
from engine.workflows.export_fhir import export_fhir
from engine.workflows.import_files import ImportRequest, import_file
from engine.workflows.import_records import import_records

CLOCK = FixedClock(datetime(2026, 11, 22, 12, tzinfo=UTC))
PASSPHRASE = "a clinic of nobody at all"
ORIGIN = Origin(SourceKind.TYPED, CLOCK.now())
HEAD = (
    "Patient ID,Name,Date of birth,Sex,Phone,Address,Visit date,SBP (mmHg),DBP (mmHg),Weight (kg),HbA1c (%),"
    "Total cholesterol (mg/dL),Smoking status"
)
ROWS = (
    "P1,Ann Lee,1950-03-01,F,555-1,1 Elm St,2024-01-05,142,91,70.5,6.1,<200,never",
    "P1,Ann Lee,1950-03-01,F,555-1,1 Elm St,2024-03-05,138,88,69,,210,",
    "P2,王小明,1961-07,M,,,2024-02-01,120,80,,5.5,190,current",
)


def _clinic(folder: Path) -> Iterator[OpenClinic]:
    create(ClinicRequest(folder, "Maple Lane", "USA"), PASSPHRASE, CLOCK)
    with open_clinic(folder, PASSPHRASE, CLOCK) as opened:
        yield opened


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[OpenClinic]:
    yield from _clinic(tmp_path / "one")


@pytest.fixture
def other(tmp_path: Path) -> Iterator[OpenClinic]:
    yield from _clinic(tmp_path / "other")


def _filled(clinic: OpenClinic, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("\n".join((HEAD, *ROWS)) + "\n", encoding="utf-8")
    assert import_file(clinic, table, ImportRequest()).stored
    first = next(person.id for person in find_patients(clinic.vault) if person.patient_id == "P1")
    day = PartialDate(2020, 5)
    for item in (
        Condition("", "hypertension", Certainty.CONFIRMED, ORIGIN, day, None, "home readings"),
        Condition("", "myocardial_infarction", Certainty.CONFIRMED, ORIGIN, PartialDate(2019, 1, 2)),
        Condition("", "asthma", Certainty.REFUTED, ORIGIN),
        Condition("", "pneumonia", Certainty.CONFIRMED, ORIGIN, PartialDate(2018), PartialDate(2018)),
        Condition("", "diabetes_type2", Certainty.SUSPECTED, ORIGIN),
        Medicine("", "Amlodipine 5mg", ORIGIN, "amlodipine", ("ccb",), "5mg", day),
        Medicine("", "something of the village", ORIGIN, start=day, stop=PartialDate(2021, 2, 3)),
        Allergy("", "penicillin", Severity.SEVERE, Certainty.CONFIRMED, ORIGIN, None, "rash <b>all over</b>"),
        Allergy("", "nuts & seeds", Severity.UNKNOWN, Certainty.SUSPECTED, ORIGIN),
        Check("", "vaccine_influenza", CheckStatus.DONE, ORIGIN, PartialDate(2023, 10, 1)),
        Check("", "vaccine_zoster", CheckStatus.REFUSED, ORIGIN),
        Check("", "vaccine_hpv", CheckStatus.NEVER, ORIGIN),
        Check("", "colonoscopy", CheckStatus.DONE, ORIGIN, PartialDate(2022), "normal"),
        Relative("", "mother", "cancer_breast", ORIGIN, 52, deceased=True),
    ):
        add_item(clinic.vault, first, item, clinic.actor)
    second = next(person.id for person in find_patients(clinic.vault) if person.patient_id == "P2")
    confirm_list(clinic.vault, second, "allergies", date(2024, 2, 1), clinic.actor)
    confirm_list(clinic.vault, first, "medicines", date(2024, 3, 5), clinic.actor)


def _plain(thing: Any) -> Any:
    """A record without what belongs to one store: ids, origins and the order of entries of a list."""
    if isinstance(thing, Record):
        who = replace(thing.patient, id="")
        return (_plain(who), *(_plain(getattr(thing, each.name)) for each in fields(thing)[1:]))
    if is_dataclass(thing) and not isinstance(thing, type):
        return tuple((f.name, _plain(getattr(thing, f.name))) for f in fields(thing) if f.name not in {"id", "origin"})
    if isinstance(thing, tuple):
        return sorted(map(_plain, thing), key=repr)
    return dict(thing) if isinstance(thing, dict) else thing


def _records(clinic: OpenClinic) -> dict[str | None, Any]:
    ids = [person.id for person in find_patients(clinic.vault)]
    return {record.patient.patient_id: _plain(record) for record in load_records(clinic.vault, ids)}


def _read_back(clinic: OpenClinic, other: OpenClinic, file: Path) -> None:
    export_fhir(clinic, file)
    outcome = import_records(other, file, ImportRequest())
    assert outcome.stored, (outcome.reject_detail, outcome.questions)
    assert {item.why for item in outcome.kept} <= {"not_used"}


def test_a_record_that_is_read_back_elsewhere_is_the_same(
    clinic: OpenClinic, other: OpenClinic, tmp_path: Path
) -> None:
    _filled(clinic, tmp_path)
    _read_back(clinic, other, tmp_path / "all.ndjson")
    assert _records(other) == _records(clinic)


def test_reading_its_own_summary_changes_nothing_in_a_clinic(clinic: OpenClinic, tmp_path: Path) -> None:
    _filled(clinic, tmp_path)
    before = _records(clinic)
    export_fhir(clinic, tmp_path / "all.ndjson")
    outcome = import_records(clinic, tmp_path / "all.ndjson", ImportRequest())
    assert (outcome.stored, outcome.entries_changed) == (True, 0)
    assert _records(clinic) == before


@pytest.mark.shared
def test_what_other_systems_sent_goes_round_too(
    clinic: OpenClinic, other: OpenClinic, tmp_path: Path, shared: Path
) -> None:
    folder = shared / "data" / "interchange" / "fhir_r4_synthea"
    for file in sorted(folder.glob("*.json"))[:4]:
        assert import_records(clinic, file, ImportRequest()).stored
    _read_back(clinic, other, tmp_path / "all.ndjson")
    assert _records(other) == _records(clinic)


# --- the rules of the profile, checked without any of the code that writes it ---

REQUIRED_SECTIONS = {"11450-4": "Condition", "48765-2": "AllergyIntolerance", "10160-0": "MedicationStatement"}
MUST_HAVE = {
    "Composition": ("status", "type", "subject", "date", "author", "title", "section"),
    "Patient": ("name",),
    "Organization": ("name",),
    "Condition": ("code", "subject", "clinicalStatus"),
    "AllergyIntolerance": ("code", "patient"),
    "MedicationStatement": ("status", "medicationCodeableConcept", "subject"),
    "Immunization": ("status", "vaccineCode", "patient"),
    "Observation": ("status", "category", "code", "subject", "effectiveDateTime", "performer"),
    "Procedure": ("status", "code", "subject"),
    "FamilyMemberHistory": ("status", "patient", "relationship"),
    "Encounter": ("status", "class"),
}
EITHER = {
    "Patient": ("birthDate", "_birthDate"),
    "MedicationStatement": ("effectiveDateTime", "effectivePeriod", "_effectiveDateTime"),
    "Immunization": ("occurrenceDateTime", "_occurrenceDateTime"),
    "Procedure": ("performedDateTime", "_performedDateTime"),
    "Observation": (
        "valueQuantity",
        "valueCodeableConcept",
        "valueString",
        "valueBoolean",
        "valueDateTime",
        "component",
    ),
}


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("reference"), str):
            yield node["reference"]
        for part in node.values():
            yield from references(part)
    elif isinstance(node, list):
        for part in node:
            yield from references(part)


def broken_rules(bundle: dict[str, Any]) -> list[str]:
    """Rules of a FHIR document, and of the patient summary, that a Bundle breaks."""
    by_url = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
    wrong = [name for name in ("identifier", "timestamp", "entry") if not bundle.get(name)]
    if (bundle.get("resourceType"), bundle.get("type")) != ("Bundle", "document"):
        wrong.append("no document")
    if len(by_url) != len(bundle["entry"]):
        wrong.append("two entries of one address")
    first = bundle["entry"][0]["resource"]
    if first["resourceType"] != "Composition" or first["type"]["coding"][0]["code"] != "60591-5":
        wrong.append("no summary first")
    return (
        wrong + unconnected(bundle["entry"][0]["fullUrl"], by_url) + _of_resources(by_url) + _of_sections(first, by_url)
    )


def unconnected(start: str, by_url: dict[str, Any]) -> list[str]:
    wrong: list[str] = []
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        url = waiting.pop()
        if url not in by_url:
            wrong.append(f"reference to nothing: {url}")
        elif url not in reached:
            waiting += references(by_url[url])
        reached.add(url)
    return wrong + [f"unreachable: {url}" for url in by_url if url not in reached]


def _of_resources(by_url: dict[str, Any]) -> list[str]:
    wrong = []
    for url, resource in by_url.items():
        kind = resource["resourceType"]
        wrong += [f"{kind} without {name}" for name in MUST_HAVE[kind] if name not in resource]
        if kind in EITHER and not any(name in resource for name in EITHER[kind]):
            wrong.append(f"{kind} without any of {EITHER[kind]}")
        if resource["id"] != url.rsplit(":", 1)[1]:
            wrong.append(f"{kind} under another id")
        if kind == "Condition" and "abatementDateTime" in resource:
            over = {"inactive", "resolved", "remission"}
            wrong += [] if resource["clinicalStatus"]["coding"][0]["code"] in over else ["con-4: over and active"]
    return wrong


def _of_sections(composition: dict[str, Any], by_url: dict[str, Any]) -> list[str]:
    wrong = []
    sections = {section["code"]["coding"][0]["code"]: section for section in composition["section"]}
    for code, kind in REQUIRED_SECTIONS.items():
        kinds = {by_url[entry["reference"]]["resourceType"] for entry in sections[code]["entry"]}
        wrong += [] if kinds == {kind} else [f"section {code}"]
    for section in composition["section"]:
        text = section["text"]
        if text["status"] != "generated" or not text["div"].startswith('<div xmlns="http://www.w3.org/1999/xhtml">'):
            wrong.append(f"narrative of {section['title']}")
        wrong += ["a name that is markup"] if "<b>" in text["div"] else []
    return wrong


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_summary_keeps_the_rules_of_the_profile(clinic: OpenClinic, tmp_path: Path, language: str) -> None:
    _filled(clinic, tmp_path)
    export_fhir(clinic, tmp_path / "all.ndjson", language=language)
    bundles = [json.loads(line) for line in (tmp_path / "all.ndjson").read_text(encoding="utf-8").splitlines()]
    assert len(bundles) == 2
    assert [broken_rules(bundle) for bundle in bundles] == [[], []]


def test_the_check_of_the_rules_sees_what_is_broken(clinic: OpenClinic, tmp_path: Path) -> None:
    _filled(clinic, tmp_path)
    first = [person.id for person in find_patients(clinic.vault)][:1]
    assert export_fhir(clinic, tmp_path / "one.json", first) == 1
    bundle = json.loads((tmp_path / "one.json").read_text(encoding="utf-8"))
    assert broken_rules(bundle) == []
    lost = bundle["entry"].pop()["fullUrl"]
    assert f"reference to nothing: {lost}" in broken_rules(bundle)
    del bundle["entry"][0]["resource"]["section"][0]["entry"][0]
    assert any(rule.startswith("unreachable") for rule in broken_rules(bundle))
