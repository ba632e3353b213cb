"""What a person does with one record: type a visit, keep the lists, put right what was entered wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from engine.codes import recognise_medicine
from engine.domain.dates import PartialDate
from engine.domain.entries import Counts, IdentifiedEntries
from engine.domain.problems import Problem
from engine.domain.record import Medicine, Origin, Record, SourceKind
from engine.errors import UsageError
from engine.intake.typed import TypedValue, validate_typed
from engine.store import apply_entries, lists, person_edit, visit_edit
from engine.store.lists import ListItem
from engine.store.records import load_record
from engine.workflows.clinics import OpenClinic

VISIT_DATE = "visit_date"


@dataclass(frozen=True, slots=True)
class VisitEntered:
    """How typing a visit ended: stored for a person, or everything that is wrong with it and nothing stored."""

    person_id: str | None
    counts: Counts
    problems: tuple[Problem, ...] = ()


def load_person(clinic: OpenClinic, person_id: str) -> Record:
    """Return everything known of a person; UsageError ``person_unknown``."""
    return load_record(clinic.vault, person_id)


def enter_visit(
    clinic: OpenClinic,
    values: Sequence[TypedValue],
    person_id: str | None = None,
    confirmed: frozenset[str] = frozenset(),
) -> VisitEntered:
    """Store what was typed for one visit, of a known person or (``person_id`` None) of a new one.

    Args:
        clinic: the open clinic.
        values: the filled boxes, ``visit_date`` among them.
        person_id: whose visit it is.
        confirmed: fields of which an implausible value is kept as it stands.

    Raises:
        UsageError: ``person_unknown``. StoreError: it cannot be stored; nothing of it was.
    """
    typed = validate_typed(values, clinic.clock, clinic.actor, needs_identity=person_id is None, confirmed=confirmed)
    if typed.entries is None:
        return VisitEntered(person_id, Counts(rows_read=1, rows_rejected=1), typed.problems)
    if person_id is not None:
        load_record(clinic.vault, person_id)
    person = person_id or clinic.new_id()
    day = next(str(column.values[0]) for column in typed.entries.columns if column.field == VISIT_DATE)
    new = frozenset[str]() if person_id else frozenset({person})
    identified = IdentifiedEntries(typed.entries, [person], new, [day])
    return VisitEntered(person, apply_entries(clinic.vault, identified, actor=clinic.actor))


def add_medicine(
    clinic: OpenClinic,
    person_id: str,
    text: str,
    start: PartialDate | None = None,
    stop: PartialDate | None = None,
) -> str:
    """Add a medicine as written, with the ingredient, classes and dose recognised in it; return the entry's id.

    Raises:
        UsageError: ``medicine_empty``, ``person_unknown``.
    """
    written = " ".join(text.split())
    if not written:
        raise UsageError("medicine_empty")
    found = recognise_medicine(written)
    medicine = Medicine(
        id=clinic.new_id(),
        text=written,
        origin=typed_origin(clinic),
        ingredient=found.ingredient,
        classes=found.classes,
        dose_text=found.dose_text,
        start=start,
        stop=stop,
    )
    return lists.add_item(clinic.vault, person_id, medicine, clinic.actor)


def typed_origin(clinic: OpenClinic) -> Origin:
    """Return the provenance of what is typed now by who has the clinic open."""
    return Origin(SourceKind.TYPED, clinic.clock.now(), clinic.actor)


def add_entry(clinic: OpenClinic, person_id: str, item: ListItem) -> str:
    """Add a condition, allergy, relative, check, answer or medicine; return its id."""
    return lists.add_item(clinic.vault, person_id, item, clinic.actor)


def edit_entry(clinic: OpenClinic, item: ListItem) -> None:
    """Replace the entry with this id; what it said before stays in its history."""
    lists.edit_item(clinic.vault, item, clinic.actor)


def remove_entry(clinic: OpenClinic, kind: type[ListItem], item_id: str) -> None:
    """Take an entry off its list that was entered by mistake; it stays in the history."""
    lists.end_item(clinic.vault, kind, item_id, clinic.actor)


def confirm_list(clinic: OpenClinic, person_id: str, name: str) -> None:
    """Record that a list (medicines, conditions, allergies, checks) is complete today, even if empty."""
    lists.confirm_list(clinic.vault, person_id, name, clinic.clock.today(), clinic.actor)


def remove_value(clinic: OpenClinic, visit_id: str, field: str, reading: int = 1) -> None:
    """Take a value off a visit that was entered by mistake; it stays in the history."""
    visit_edit.remove_value(clinic.vault, visit_id, field, reading, clinic.actor)


def move_visit(clinic: OpenClinic, visit_id: str, to_day: date | None = None, to_person: str | None = None) -> None:
    """Move a visit to another day or person; where it was stays in the history."""
    visit_edit.move_visit(clinic.vault, visit_id, clinic.actor, to_date=to_day, to_person_id=to_person)


def merge_people(clinic: OpenClinic, survivor: str, absorbed: str) -> str:
    """Show two records as one person; return the id with which ``unmerge_people`` takes them apart again."""
    return person_edit.merge_people(clinic.vault, survivor, absorbed, clinic.actor)


def unmerge_people(clinic: OpenClinic, merge_id: str) -> None:
    """Take two merged records apart, exactly as they were; what was added since stays where it was added."""
    person_edit.unmerge_people(clinic.vault, merge_id, clinic.actor)
