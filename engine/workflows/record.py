"""What a person does with one record: type a visit, keep the lists, put right what was entered wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from engine.codes import recognise_medicine
from engine.domain.dates import PartialDate
from engine.domain.entries import Counts, IdentifiedEntries
from engine.domain.history import HistoryEntry
from engine.domain.problems import Problem, Reason
from engine.domain.record import Medicine, Origin, Record, SourceKind
from engine.errors import UsageError
from engine.intake.typed import TypedSoFar, TypedValue, read_typed, validate_typed
from engine.store import apply_entries, lists, person_edit, visit_edit
from engine.store.history import person_history
from engine.store.identity import IDENTITY_FIELDS
from engine.store.lists import ListItem
from engine.store.people import identity_of, load_patient
from engine.store.records import load_record
from engine.store.visit_save import VisitForm, save_form
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


def save_visit(
    clinic: OpenClinic,
    person_id: str | None,
    values: Sequence[TypedValue],
    confirmed: frozenset[str] = frozenset(),
    removed: Sequence[tuple[str, int]] = (),
    visit_id: str | None = None,
) -> VisitEntered:
    """Save a form: a visit of a known person or (``person_id`` None) of a new one, in one audited transaction.

    Boxes that are not among ``values`` stay as they are stored. Patient-level fields of a known person are put right
    whatever the day of the visit is. Nothing is stored while anything is wrong, and then all problems come back.

    Args:
        clinic: the open clinic.
        person_id: whose visit it is.
        values: the filled boxes, ``visit_date`` among them.
        confirmed: fields of which an implausible value is kept as it stands.
        removed: what was cleared, as field and reading; it goes to the history. A patient-level field is reading 1.
        visit_id: the visit that is corrected; with another day among the values it moves there. None: the visit of
            that day, which is made when there is none.

    Raises:
        UsageError: ``person_unknown``, ``visit_unknown``, ``value_unknown`` (cleared, but never stored).
        InputError: ``visit_day_taken`` when the corrected visit would move onto another.
        StoreError: it cannot be stored; nothing of it was.
    """
    known = None if person_id is None else load_patient(clinic.vault, person_id)
    identity = {} if known is None else identity_of(known)
    cleared = {field for field, _ in removed if field in IDENTITY_FIELDS}
    born = None if "birth_date" in cleared else identity.get("birth_date")
    typed = read_typed(values, clinic.clock, clinic.actor, needs_identity=known is None, confirmed=confirmed, born=born)
    given = _given(typed)
    after = {**identity, **dict.fromkeys(cleared), **given}
    problems = typed.problems
    if known is not None and not (after["patient_id"] or after["name"]):
        problems += (Problem(Reason.MISSING_IDENTITY, ("patient_id", "name")),)
    if problems:
        return VisitEntered(person_id, Counts(rows_read=1, rows_rejected=1), problems)
    person = clinic.new_id() if known is None else known.id
    day = next(str(column.values[0]) for column in typed.entries.columns if column.field == VISIT_DATE)
    filled = {(column.field, column.reading) for column in typed.entries.columns}
    form = VisitForm(
        identified=IdentifiedEntries(typed.entries, [person], frozenset({person} if known is None else ()), [day]),
        visit_id=visit_id,
        removed=tuple(place for place in removed if place not in filled and place[0] not in cleared),
        identity={field: value for field, value in after.items() if known is not None and value != identity[field]},
    )
    return VisitEntered(person, save_form(clinic.vault, form, clinic.actor))


def edit_person(clinic: OpenClinic, person_id: str, values: Mapping[str, str | None]) -> tuple[Problem, ...]:
    """Put patient-level fields right, written as text; None or an empty text takes one away. Return what is wrong.

    While anything is wrong nothing is changed. What counted until now stays in the history, and no later import brings
    it back.

    Raises:
        UsageError: ``person_unknown``. BugError: a field that is not patient-level identity.
    """
    record = load_record(clinic.vault, person_id)
    identity = identity_of(record.patient)
    boxes = [TypedValue(field, text) for field, text in values.items() if text is not None]
    typed = read_typed(boxes, clinic.clock, clinic.actor, needs_visit_date=False)
    after: dict[str, str | None] = {**identity, **dict.fromkeys(values), **_given(typed)}
    problems = list(typed.problems)
    if not (after["patient_id"] or after["name"]):
        problems.append(Problem(Reason.MISSING_IDENTITY, ("patient_id", "name")))
    birth = after["birth_date"]
    if birth is not None and any(visit.visit_date < PartialDate.parse(birth).earliest for visit in record.visits):
        problems.append(Problem(Reason.IMPOSSIBLE_VALUE, ("birth_date",), values.get("birth_date")))
    if problems:
        return tuple(problems)
    changed = {field: value for field, value in after.items() if field not in identity or value != identity[field]}
    if changed:
        person_edit.edit_identity(clinic.vault, record.patient.id, changed, clinic.actor)
    return ()


def _given(typed: TypedSoFar) -> dict[str, str]:
    """Return the patient-level fields among what was typed."""
    columns = (column for column in typed.entries.columns if column.field in IDENTITY_FIELDS)
    return {column.field: str(column.values[0]) for column in columns}


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


def visit_history(clinic: OpenClinic, person_id: str) -> tuple[HistoryEntry, ...]:
    """Return everything that was done to a person's record, by whom and when, the latest first.

    Raises:
        UsageError: ``person_unknown``.
    """
    return person_history(clinic.vault, person_id)


def remove_visit(clinic: OpenClinic, visit_id: str) -> None:
    """Take a visit out of the record that was entered by mistake; it stays in the history."""
    visit_edit.remove_visit(clinic.vault, visit_id, clinic.actor)


def move_visit(clinic: OpenClinic, visit_id: str, to_day: date | None = None, to_person: str | None = None) -> None:
    """Move a visit to another day or person; where it was stays in the history."""
    visit_edit.move_visit(clinic.vault, visit_id, clinic.actor, to_date=to_day, to_person_id=to_person)


def merge_people(clinic: OpenClinic, survivor: str, absorbed: str) -> str:
    """Show two records as one person; return the id with which ``unmerge_people`` takes them apart again."""
    return person_edit.merge_people(clinic.vault, survivor, absorbed, clinic.actor)


def unmerge_people(clinic: OpenClinic, merge_id: str) -> None:
    """Take two merged records apart, exactly as they were; what was added since stays where it was added."""
    person_edit.unmerge_people(clinic.vault, merge_id, clinic.actor)
