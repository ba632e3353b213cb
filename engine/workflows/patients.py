"""Find patients."""

from __future__ import annotations

from engine.domain.record import Patient
from engine.store import people
from engine.workflows.audit import note_list
from engine.workflows.clinics import OpenClinic


def find_patients(clinic: OpenClinic, query: str = "", limit: int | None = None) -> tuple[Patient, ...]:
    """Return the people whose name, number or telephone holds every word of ``query``, best match first.

    That they were shown is written into the audit.
    """
    found = people.find_patients(clinic.vault, query, limit)
    note_list(clinic, len(found))
    return found


def patients_numbered(clinic: OpenClinic, patient_id: str) -> tuple[str, ...]:
    """Return the ids of the people with this clinic number: none, one, or by mistake several."""
    return people.people_numbered(clinic.vault, patient_id)
