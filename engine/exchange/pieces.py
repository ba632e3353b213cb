"""The pieces of FHIR R4 resources: codes, references, dates, narratives."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from html import escape
from typing import Any

from engine.resources import resources_folder

Json = dict[str, Any]
LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
UCUM = "http://unitsofmeasure.org"
TERMS = "http://terminology.hl7.org/CodeSystem/"
PROFILES = "http://hl7.org/fhir/uv/ips/StructureDefinition/"
ABSENT = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
OWN = "urn:lantern:"
_UNKNOWN = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_NAMES = uuid.UUID("5f0f4c1e-1f1c-4d0e-9a55-6c616e746572")  # under which ids of ours become UUIDs


@cache
def layout() -> Mapping[str, Any]:
    """Return how a summary is laid out."""
    found: Mapping[str, Any] = json.loads((resources_folder() / "codes" / "ips.json").read_text(encoding="utf-8"))
    return found


def url_of(kind: str, *names: object) -> str:
    """Return the address of a resource within the document: the same for the same thing in every export."""
    return f"urn:uuid:{uuid.uuid5(_NAMES, '/'.join(map(str, (kind, *names))))}"


def coding(system: str, code: str, display: str = "") -> Json:
    """Return a Coding."""
    return {"system": system, "code": code, **({"display": display} if display else {})}


def concept(codings: Iterable[Json], text: str = "") -> Json:
    """Return a CodeableConcept."""
    listed = list(codings)
    return {**({"coding": listed} if listed else {}), **({"text": text} if text else {})}


def term(system: str, code: str) -> Json:
    """Return a CodeableConcept of one of HL7's own code systems."""
    return concept([coding(f"{TERMS}{system}", code)])


def unknown() -> Json:
    """Return what stands for a value that must be there and is not known."""
    return {"extension": [{"url": _UNKNOWN, "valueCode": "unknown"}]}


def resource(kind: str, profile: str | None, content: Mapping[str, Any]) -> Json:
    """Return a resource of a profile of the summary."""
    meta = {"meta": {"profile": [f"{PROFILES}{profile}"]}} if profile else {}
    return {"resourceType": kind, **meta, **{name: part for name, part in content.items() if part is not None}}


def narrative(heads: Sequence[str], rows: Iterable[Sequence[str]], empty: str) -> Json:
    """Return a table as narrative; a sentence where it has no rows."""
    lines = ["".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows]
    if lines:
        head = "".join(f"<th>{escape(text)}</th>" for text in heads)
        inner = f"<table><thead><tr>{head}</tr></thead><tbody>" + "".join(f"<tr>{line}</tr>" for line in lines)
        inner += "</tbody></table>"
    else:
        inner = f"<p>{escape(empty)}</p>"
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{inner}</div>'}
