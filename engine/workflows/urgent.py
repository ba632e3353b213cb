"""Who cannot wait: what of an assessment somebody must have seen before anything of it is printed or saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from engine.domain.assessment import Assessment
from engine.report import alarms
from engine.workflows.clinics import OpenClinic
from engine.workflows.scoring import manifests_of


@dataclass(frozen=True, slots=True)
class UrgentPerson:
    """Somebody of whom something cannot wait; ``words`` in every language, of the assessment that holds them.

    ``number``: the clinic's own, where there is one.
    """

    person_id: str
    name: str | None
    number: str | None
    assessment_id: str
    visit_date: date
    words: tuple[Mapping[str, str], ...]


def urgent_of(clinic: OpenClinic, assessment: Assessment) -> UrgentPerson | None:
    """Return what of an assessment cannot wait; None where everything can."""
    told = alarms(assessment, manifests_of(assessment, clinic.library))
    if not told:
        return None
    patient = assessment.patient
    words = tuple({"en": each.en, "zh": each.zh} for each in told)
    return UrgentPerson(patient.id, patient.name, patient.patient_id, assessment.id, assessment.visit_date, words)
