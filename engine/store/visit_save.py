"""Saves one form: a visit entered or corrected, moved, with readings taken out and who the person is put right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from engine.domain.entries import Counts, IdentifiedEntries
from engine.errors import UsageError
from engine.store.entries import take_in
from engine.store.gate import needs
from engine.store.groups import RecordGroups
from engine.store.identity import IDENTITY_FIELDS, LIST_DATES, NEXT_VISIT, UNSTORED_FIELDS
from engine.store.ingest.revise import keep_past
from engine.store.people import person_key
from engine.store.permissions import Permission
from engine.store.person_edit import correct_identity
from engine.store.vault import Change, Vault
from engine.store.visit_edit import check_day_free, measurement_at, put_visit, visit_at, visit_place


@dataclass(frozen=True, slots=True)
class VisitForm:
    """What a form says of one visit of one person.

    ``visit_id``: the visit that is corrected; when its day is another now, it moves there. ``removed``: readings to
    take out. ``identity``: patient-level fields of a known person to put right, None takes a value away; those of a
    new person are among the entries.
    """

    identified: IdentifiedEntries
    visit_id: str | None = None
    removed: Sequence[tuple[str, int]] = ()
    identity: Mapping[str, str | None] = field(default_factory=dict)


@needs(Permission.PEOPLE_WRITE)
def save_form(vault: Vault, form: VisitForm, actor: str) -> Counts:
    """Store all that a form says in one audited transaction, or nothing of it.

    What is replaced, taken out or moved stays in the history, and no later import brings it back.

    Raises:
        UsageError: ``person_unknown``, ``visit_unknown``, ``value_unknown``.
        InputError: ``visit_day_taken`` when the corrected visit would move onto another.
    """
    person = form.identified.person_ids[0]
    with vault.change(actor, "person.typed" if _is_identity_alone(form) else "entry.typed", (person,)) as change:
        identified = form.identified if form.identified.new_person_ids else _known(vault, change, form, person)
        counts = take_in(vault, change, identified)
        change.note(readings_removed=len(form.removed), fields_corrected=len(form.identity))
    return counts


def _is_identity_alone(form: VisitForm) -> bool:
    """Whether a form says who somebody is and when they come, and nothing of what was found."""
    told = {column.field for column in form.identified.entries.columns}
    alone = {*IDENTITY_FIELDS, *UNSTORED_FIELDS, NEXT_VISIT} - set(LIST_DATES.values())
    return told <= alone and set(form.identity) <= alone and not form.removed and form.visit_id is None


def _known(vault: Vault, change: Change, form: VisitForm, person: str) -> IdentifiedEntries:
    """Do what concerns a known person beside the entries, and return the entries that are left."""
    patient = person_key(vault, person)
    day = date.fromisoformat(form.identified.visit_dates[0])
    visit = _visit(vault, change, form, patient, day)
    keys = [measurement_at(vault, visit, name, reading) for name, reading in form.removed]
    keep_past(change, keys)
    if form.identity:
        correct_identity(vault, change, patient, form.identity)
    entries = form.identified.entries
    columns = tuple(column for column in entries.columns if column.field not in IDENTITY_FIELDS)
    sql = "SELECT patient.id FROM visit JOIN patient ON patient.key = visit.patient WHERE visit.key = ?"
    owner = vault.one(sql, (visit,))
    return replace(
        form.identified,
        entries=replace(entries, columns=columns),
        person_ids=[owner[0] if owner else _root_id(vault, patient)],
    )


def _visit(vault: Vault, change: Change, form: VisitForm, patient: int, day: date) -> int:
    """Return the key of the visit that the form is about, moved to its day; 0 when it is a new one."""
    if form.visit_id is None:
        return visit_at(vault, patient, day) or 0
    visit, owner, was_on = visit_place(vault, form.visit_id)
    if RecordGroups(vault).root(owner) != patient:
        raise UsageError("visit_unknown")
    if was_on != day.toordinal():
        check_day_free(vault, visit, owner, day.toordinal())
        put_visit(change, visit, (owner, was_on), (owner, day.toordinal()))
        change.note(visit_moved=form.visit_id)
    return visit


def _root_id(vault: Vault, patient: int) -> str:
    (found,) = vault.rows("SELECT id FROM patient WHERE key = ?", (patient,))
    return str(found[0])
