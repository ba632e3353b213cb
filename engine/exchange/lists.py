"""Entries of a person's lists as resources of the summary."""

from __future__ import annotations

from datetime import date

from engine.codes import load_codes, load_maps
from engine.domain.dates import PartialDate
from engine.domain.record import Allergy, Certainty, Check, CheckStatus, Condition, Medicine, Relative, Severity
from engine.exchange.pieces import ABSENT, ICD10, OWN, SNOMED, Json, coding, concept, resource, term, unknown

_CERTAINTY = {Certainty.CONFIRMED: "confirmed", Certainty.SUSPECTED: "unconfirmed", Certainty.REFUTED: "refuted"}
_SEVERITY = {Severity.SEVERE: "severe", Severity.MILD: "mild", Severity.UNKNOWN: None}
_RELATION = "v3-RoleCode"


def condition(item: Condition, subject: Json, language: str) -> Json:
    """Return a condition. Only an ICD-10 code that means this and nothing else stands beside the code of ours."""
    code = _condition_code(item.code, language)
    over = item.end is not None or item.certainty is Certainty.REFUTED
    content = {
        "clinicalStatus": term("condition-clinical", "inactive" if over and item.end is None else _clinical(over)),
        "verificationStatus": term("condition-ver-status", _CERTAINTY[item.certainty]),
        "category": [term("condition-category", "problem-list-item")],
        "code": code,
        "subject": subject,
        "onsetDateTime": _day(item.onset),
        "abatementDateTime": _day(item.end),
        "note": [{"text": item.note}] if item.note else None,
    }
    return resource("Condition", "Condition-uv-ips", content)


def _clinical(over: bool) -> str:
    return "resolved" if over else "active"


def _condition_code(code: str, language: str) -> Json:
    known = load_codes().conditions[code]
    codes = [coding(f"{OWN}condition", code, known.label(language))]
    if len(known.icd10) == 1 and not known.icd10_wider and load_codes().condition_proven_by(known.icd10[0]) == code:
        codes.append(coding(ICD10, known.icd10[0]))
    snomed = next((sct for sct, ours in load_maps().snomed.items() if ours == code), None)
    if snomed is not None and list(load_maps().snomed.values()).count(code) == 1:
        codes.append(coding(SNOMED, snomed))
    return concept(codes, known.label(language))


def medicine(item: Medicine, subject: Json, today: date) -> Json:
    """Return a medicine as it was written."""
    period = {"start": _day(item.start), "end": _day(item.stop)}
    dated = {name: day for name, day in period.items() if day is not None}
    over = item.stop is not None and item.stop.earliest <= today
    content = {
        "status": "completed" if over else "active",
        "medicationCodeableConcept": concept((), item.text),
        "subject": subject,
        "effectivePeriod": dated or None,
        "_effectiveDateTime": None if dated else unknown(),
        "dosage": [{"text": item.dose_text}] if item.dose_text else None,
    }
    return resource("MedicationStatement", "MedicationStatement-uv-ips", content)


def allergy(item: Allergy, patient: Json) -> Json:
    """Return an allergy or intolerance."""
    severity = _SEVERITY[item.severity]
    reaction: Json | None = None
    if item.reaction or severity:
        manifestation = concept((), item.reaction) if item.reaction else term("data-absent-reason", "unknown")
        reaction = {"manifestation": [manifestation], **({"severity": severity} if severity else {})}
    refuted = item.certainty is Certainty.REFUTED
    content = {
        "clinicalStatus": None if refuted else term("allergyintolerance-clinical", "active"),
        "verificationStatus": term("allergyintolerance-verification", _CERTAINTY[item.certainty]),
        "code": concept((), item.substance),
        "patient": patient,
        "reaction": [reaction] if reaction else None,
    }
    return resource("AllergyIntolerance", "AllergyIntolerance-uv-ips", content)


def is_vaccine(item: Check) -> bool:
    """Whether a check is a vaccination."""
    return item.code.startswith("vaccine_")


def check(item: Check, patient: Json, language: str) -> Json:
    """Return a vaccination as Immunization, another test or screening as Procedure."""
    never = item.status is CheckStatus.NEVER
    label = load_codes().checks[item.code].label(language)
    code = concept([coding(f"{OWN}check", item.code, CheckStatus.NEVER.value if never else label)], label)
    done = item.status is CheckStatus.DONE
    refused = term("v3-ActReason", "PATOBJ") if item.status is CheckStatus.REFUSED else None
    shared = {"status": "completed" if done else "not-done", "statusReason": refused}
    if is_vaccine(item):
        day = {"occurrenceDateTime": str(item.on)} if item.on else {"_occurrenceDateTime": unknown()}
        return resource(
            "Immunization", "Immunization-uv-ips", {**shared, "vaccineCode": code, "patient": patient, **day}
        )
    day = {"performedDateTime": str(item.on)} if item.on else {"_performedDateTime": unknown()}
    outcome = concept((), item.result) if item.result else None
    content = {**shared, "code": code, "subject": patient, **day, "outcome": outcome}
    return resource("Procedure", "Procedure-uv-ips", content)


def relative(item: Relative, patient: Json, language: str) -> Json:
    """Return a condition of a relative."""
    known = load_codes().relatives[item.relation]
    codes = [coding(f"{OWN}relative", item.relation, known.label(language))]
    role = next((code for code, ours in load_maps().relation.items() if ours == item.relation), None)
    if role is not None:
        codes.append(coding(f"http://terminology.hl7.org/CodeSystem/{_RELATION}", role))
    held: Json = {"code": _condition_code(item.condition, language)}
    if item.age_at_onset is not None:
        age = {"value": item.age_at_onset, "unit": "a", "system": "http://unitsofmeasure.org", "code": "a"}
        held["onsetAge"] = age
    content = {
        "status": "partial",
        "patient": patient,
        "relationship": concept(codes, known.label(language)),
        "deceasedBoolean": item.deceased,
        "condition": [held],
    }
    return resource("FamilyMemberHistory", None, content)


def none_of(name: str, known: bool, subject: Json, day: str | None) -> Json:
    """Return the statement that a list is empty: known to be (``known``), or without information.

    Args:
        name: problems, allergies or medicines.
        known: whether the list was confirmed as complete.
        subject: whom it is about.
        day: when it was confirmed.
    """
    word = {"problems": "problem", "allergies": "allergy", "medicines": "medication"}[name]
    codes = {"problem": "no-known-problems", "allergy": "no-known-allergies", "medication": "no-known-medications"}
    code = concept([coding(ABSENT, codes[word] if known else f"no-{word}-info")])
    if name == "problems":
        status = term("condition-clinical", "active")
        content = {"clinicalStatus": status, "code": code, "subject": subject, "recordedDate": day}
        return resource("Condition", "Condition-uv-ips", content)
    if name == "allergies":
        status = term("allergyintolerance-clinical", "active")
        content = {"clinicalStatus": status, "code": code, "patient": subject, "recordedDate": day}
        return resource("AllergyIntolerance", "AllergyIntolerance-uv-ips", content)
    dated = {"effectiveDateTime": day} if day else {"_effectiveDateTime": unknown()}
    content = {"status": "unknown", "medicationCodeableConcept": code, "subject": subject, **dated}
    return resource("MedicationStatement", "MedicationStatement-uv-ips", content)


def _day(day: PartialDate | None) -> str | None:
    return None if day is None else str(day)
