"""Which version of FHIR a resource is of: nothing in an instance says so, but some elements exist in one alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

Resource = Mapping[str, Any]


class Version(StrEnum):
    """Versions whose resources can be told; R4 and R4B are read."""

    DSTU2 = "dstu2"
    STU3 = "stu3"
    R4 = "r4"
    R5 = "r5"


_Test = Callable[[Resource], bool]


def _has(*names: str) -> _Test:
    return lambda resource: any(name in resource for name in names)


def _plain(name: str) -> _Test:
    """A code where R4 has a CodeableConcept."""
    return lambda resource: isinstance(resource.get(name), str)


def _concept(name: str) -> _Test:
    return lambda resource: isinstance(resource.get(name), dict) and "coding" in resource[name]


def _single(name: str) -> _Test:
    """One object where R4 has a list."""
    return lambda resource: isinstance(resource.get(name), dict)


def _listed(name: str) -> _Test:
    return lambda resource: isinstance(resource.get(name), list)


def _listed_family(resource: Resource) -> bool:
    names = resource.get("name")
    return isinstance(names, list) and any(
        isinstance(name, dict) and isinstance(name.get("family"), list) for name in names
    )


# The first test that holds decides. HL7: the pages of differences of R4 and R5.
_TESTS: Mapping[str, tuple[tuple[Version, _Test], ...]] = {
    "Patient": ((Version.DSTU2, _has("careProvider")), (Version.DSTU2, _listed_family)),
    "Observation": (
        (Version.STU3, _has("context", "comment")),
        (Version.DSTU2, _has("comments")),
        (Version.DSTU2, _single("category")),
        (Version.R4, _has("note", "partOf", "focus")),
        (Version.R5, _has("triggeredBy", "instantiatesCanonical")),
    ),
    "Condition": (
        (Version.DSTU2, _has("patient", "dateRecorded", "notes")),
        (Version.STU3, _has("context", "assertedDate")),
        (Version.STU3, _plain("clinicalStatus")),
        (Version.STU3, _plain("verificationStatus")),
        (Version.R5, _has("participant")),
        (Version.R4, _has("encounter", "recordedDate")),
        (Version.R4, _concept("clinicalStatus")),
    ),
    "Encounter": (
        (Version.DSTU2, _has("patient", "indication")),
        (Version.DSTU2, _plain("class")),
        (Version.STU3, _has("reason")),
        (Version.R5, _has("actualPeriod")),
        (Version.R5, _listed("class")),
        (Version.R4, _has("reasonCode", "reasonReference")),
    ),
    "MedicationRequest": (
        (Version.STU3, _has("context", "definition")),
        (Version.R5, _has("medication")),
        (Version.R4, _has("encounter", "reasonCode", "doNotPerform")),
    ),
    "MedicationStatement": (
        (Version.DSTU2, _has("patient", "wasNotTaken")),
        (Version.STU3, _has("taken", "reasonNotTaken")),
        (Version.R5, _has("medication")),
    ),
    "MedicationOrder": ((Version.DSTU2, _has("resourceType")),),
    "AllergyIntolerance": (
        (Version.DSTU2, _has("substance")),
        (Version.STU3, _plain("clinicalStatus")),
        (Version.STU3, _plain("verificationStatus")),
        (Version.STU3, _has("assertedDate")),
        (Version.R4, _concept("clinicalStatus")),
        (Version.R4, _has("recordedDate")),
    ),
    "Immunization": (
        (Version.DSTU2, _has("wasNotGiven", "reported")),
        (Version.STU3, _has("notGiven", "date")),
        (Version.R4, _has("occurrenceDateTime", "occurrenceString")),
    ),
    "DiagnosticReport": (
        (Version.STU3, _has("context", "codedDiagnosis", "image")),
        (Version.DSTU2, _single("performer")),
        (Version.DSTU2, _single("category")),
    ),
    "Procedure": (
        (Version.DSTU2, _has("notPerformed")),
        (Version.STU3, _has("context", "notDone", "definition")),
        (Version.R5, _has("occurrenceDateTime", "occurrencePeriod")),
    ),
    "CarePlan": ((Version.STU3, _has("context", "definition")), (Version.R4, _has("encounter", "instantiatesUri"))),
    "Claim": ((Version.STU3, _has("information")), (Version.R4, _has("supportingInfo"))),
    "Goal": ((Version.R4, _has("lifecycleStatus")), (Version.STU3, _plain("status"))),
    "ImagingStudy": ((Version.STU3, _has("patient", "uid")),),
}


def version_of(resource: Resource) -> Version | None:
    """Return the version that a resource shows; None where it could be of several."""
    tests = _TESTS.get(str(resource.get("resourceType")), ())
    return next((version for version, test in tests if test(resource)), None)
