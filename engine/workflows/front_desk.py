"""A person as who may not read records sees them: who they are and when they come. And one record in an emergency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from engine.domain.problems import Problem
from engine.domain.record import Patient, Record
from engine.errors import UsageError
from engine.intake.typed import TypedValue
from engine.store.appointments import next_appointment
from engine.store.emergency import people_for_emergency
from engine.store.identity import IDENTITY_FIELDS, NEXT_VISIT
from engine.store.people import identity_of, load_patient
from engine.store.permissions import Permission
from engine.store.records import load_record
from engine.store.users import Emergency
from engine.workflows.audit import note_record
from engine.workflows.clinics import OpenClinic
from engine.workflows.record import VISIT_DATE, save_visit

__all__ = [
    "FRONT_FIELDS",
    "Emergency",
    "PersonFront",
    "emergency_now",
    "numbered",
    "open_front",
    "read_again",
    "save_front",
    "sees_records",
]

# What the front desk types, in the order of a page.
FRONT_FIELDS = ("name", "patient_id", "birth_date", "sex", "phone", "village", "address", "room", NEXT_VISIT)


@dataclass(frozen=True, slots=True)
class PersonFront:
    """Who somebody is (texts by field) and when they come; ``record`` only while an emergency opens it."""

    patient: Patient | None
    values: Mapping[str, str]
    next_visit: date | None
    record: Record | None = None


def sees_records(clinic: OpenClinic) -> bool:
    """Whether the role of who is here opens records: everybody else gets this page."""
    return clinic.vault.may(Permission.RECORD_READ)


def emergency_now(clinic: OpenClinic) -> Emergency | None:
    """Return the emergency that lasts now; None where there is none."""
    return clinic.vault.emergency


def numbered(clinic: OpenClinic, number: str) -> str:
    """Return the id of who has exactly this clinic number: for an emergency, where no list is shown.

    Raises:
        UsageError: ``person_unknown``: nobody, or several people.
    """
    found = people_for_emergency(clinic.vault, number)
    if len(found) != 1:
        raise UsageError("person_unknown")
    return found[0]


def open_front(clinic: OpenClinic, person_id: str | None) -> PersonFront:
    """Open a person's page (None: of somebody new). That it was opened is in the audit.

    Raises:
        UsageError: ``person_unknown``. AccessError: ``access_denied``.
    """
    if person_id is None:
        return PersonFront(None, {}, None)
    front = read_again(clinic, person_id)
    note_record(clinic, person_id if front.patient is None else front.patient.id)
    return front


def read_again(clinic: OpenClinic, person_id: str) -> PersonFront:
    """Read the same page anew, with the record while an emergency opens it."""
    patient = load_patient(clinic.vault, person_id)
    held = identity_of(patient)
    planned = next_appointment(clinic.vault, patient.id)
    values = {name: text for name in FRONT_FIELDS if (text := held.get(name))}
    if planned is not None:
        values[NEXT_VISIT] = planned.isoformat()
    opened = clinic.vault.may(Permission.RECORD_READ, (patient.id,))
    return PersonFront(patient, values, planned, load_record(clinic.vault, patient.id) if opened else None)


def save_front(
    clinic: OpenClinic, person_id: str | None, values: Mapping[str, str]
) -> tuple[str | None, tuple[Problem, ...]]:
    """Store who somebody is and when they come again, as typed; an empty text takes a value away.

    Only what is another than before is written. Return the person's id, and everything that is wrong: while anything
    is, nothing is stored.

    Raises:
        UsageError: ``person_unknown``. AccessError: ``access_denied``. StoreError: nothing was stored.
    """
    before = read_again(clinic, person_id).values if person_id is not None else {}
    changed = {name: text.strip() for name, text in values.items() if text.strip() != before.get(name, "")}
    if person_id is not None and not changed:
        return person_id, ()
    typed = [TypedValue(VISIT_DATE, clinic.clock.today().isoformat())]
    typed += [TypedValue(name, text) for name, text in changed.items() if text]
    removed = [(name, 1) for name, text in changed.items() if not text and name in before and name in IDENTITY_FIELDS]
    entered = save_visit(clinic, person_id, typed, removed=removed)
    return entered.person_id, entered.problems
