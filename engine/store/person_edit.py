"""Corrects who a person is; joins two records into one and takes them apart again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from engine.errors import BugError, UsageError
from engine.store.gate import inner, needs
from engine.store.identity import IDENTITY_FIELDS
from engine.store.ingest.attributes import Held, load_held, write_held
from engine.store.ingest.given import by_hand, remember_given
from engine.store.people import person_key
from engine.store.permissions import Permission
from engine.store.settings import actor_names
from engine.store.vault import Change, Vault


@dataclass(frozen=True, slots=True)
class Merge:
    """One record that is shown as part of another."""

    id: str
    survivor_id: str
    absorbed_id: str
    merged_at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class IdentityValue:
    """One value that a patient-level field has or had. Days are visit dates that gave it."""

    field: str
    value: str
    first_on: date
    last_on: date
    given_at: datetime
    actor: str
    counts: bool


@needs(Permission.PEOPLE_WRITE)
def edit_identity(vault: Vault, person_id: str, values: Mapping[str, str | None], actor: str) -> None:
    """Correct patient-level fields (name, phone, birth date as text, ...). None takes a value away.

    The values that counted until now stay in the history, and no later import brings them back.

    Raises:
        UsageError: ``person_unknown``.
        BugError: for a field that is not patient-level identity.
    """
    if not set(values) <= set(IDENTITY_FIELDS):
        raise BugError("identity_field")
    set_identity(vault, person_id, values, actor, "person.edit")


@inner
def set_identity(vault: Vault, person_id: str, values: Mapping[str, str | None], actor: str, action: str) -> None:
    """Make these the values that count; see :func:`edit_identity`."""
    key = person_key(vault, person_id)
    with vault.change(actor, action, (person_id,)) as change:
        correct_identity(vault, change, key, values)
        change.note(fields=" ".join(sorted(values)))


@inner
def correct_identity(vault: Vault, change: Change, patient: int, values: Mapping[str, str | None]) -> None:
    """Make these the values that count, within a change; see :func:`edit_identity`."""
    today = vault.clock.today().toordinal()
    held = load_held(vault, [patient])
    said = [by_hand(vault.field_key(change, name), value, today) for name, value in values.items()]
    remember_given(vault, change, {patient: said})
    for name, value in values.items():
        _set_value(change, held.setdefault((patient, vault.field_key(change, name)), {}), value, today)
    write_held(vault, change, held, {}, {})


def _set_value(change: Change, values: dict[str, Held], value: str | None, today: int) -> None:
    latest = max([today, *(one.last_on for one in values.values() if not one.ended)])
    for old, one in values.items():
        if old != value and not one.ended:
            one.ended = one.touched = True
            one.last_change = change.id
    if value is None:
        return
    known = values.get(value)
    if known is None:
        values[value] = Held(latest, latest, 0, change.id, fresh=True)
    else:
        known.ended, known.touched = False, True
        known.last_on, known.last_change = latest, change.id


@needs(Permission.RECORD_READ, person=True)
def identity_history(vault: Vault, person_id: str) -> tuple[IdentityValue, ...]:
    """Return every value that a person's patient-level fields have or had, by field, the latest last.

    Raises:
        UsageError: ``person_unknown``.
    """
    name_of = actor_names(vault)
    rows = vault.rows(
        "SELECT field.name, value, first_on, last_on, moment, actor, ended IS NULL FROM attribute"
        " JOIN field ON field.key = attribute.field JOIN change ON change.key = attribute.change"
        " WHERE patient = ? ORDER BY attribute.field, last_on, last_change",
        (person_key(vault, person_id),),
    )
    return tuple(
        IdentityValue(
            field=field,
            value=value,
            first_on=date.fromordinal(first_on),
            last_on=date.fromordinal(last_on),
            given_at=datetime.fromisoformat(moment),
            actor=name_of(actor),
            counts=bool(counts),
        )
        for field, value, first_on, last_on, moment, actor, counts in rows
    )


@needs(Permission.RECORD_WRITE)
def merge_people(vault: Vault, survivor_id: str, absorbed_id: str, actor: str) -> str:
    """Show one record as part of another and return the id of the merge.

    Nothing is moved: visits and lists keep the record they were entered under, so that taking the two apart again
    is exact, whatever was edited in between.

    Raises:
        UsageError: ``person_unknown``; ``merge_same`` when both are one already.
    """
    survivor, absorbed = person_key(vault, survivor_id), person_key(vault, absorbed_id)
    if survivor == absorbed:
        raise UsageError("merge_same")
    with vault.change(actor, "person.merge", (survivor_id, absorbed_id)) as change:
        id_ = vault.random(16).hex()
        change.run(
            "INSERT INTO merge(id, survivor, absorbed, change) VALUES (?, ?, ?, ?)",
            (id_, survivor, absorbed, change.id),
        )
        _point_to_roots(vault, change)
        change.note(merge=id_)
    return id_


@needs(Permission.RECORD_WRITE)
def unmerge_people(vault: Vault, merge_id: str, actor: str) -> None:
    """Take two merged records apart. Each has what was entered under it, before, during and after the merge.

    Raises:
        UsageError: ``merge_unknown``.
    """
    found = vault.one(
        "SELECT one.id, other.id FROM merge JOIN patient AS one ON one.key = merge.survivor"
        " JOIN patient AS other ON other.key = merge.absorbed WHERE merge.id = ? AND merge.ended IS NULL",
        (merge_id,),
    )
    if found is None:
        raise UsageError("merge_unknown")
    with vault.change(actor, "person.unmerge", found) as change:
        change.run("UPDATE merge SET ended = ? WHERE id = ?", (change.id, merge_id))
        _point_to_roots(vault, change)
        change.note(merge=merge_id)


@needs(Permission.PEOPLE_READ, person=True)
def merges_of(vault: Vault, person_id: str) -> tuple[Merge, ...]:
    """Return the merges that make up a person now, the first one first.

    Raises:
        UsageError: ``person_unknown``.
    """
    name_of = actor_names(vault)
    rows = vault.rows(
        "SELECT merge.id, one.id, other.id, moment, actor FROM merge"
        " JOIN patient AS one ON one.key = merge.survivor JOIN patient AS other ON other.key = merge.absorbed"
        " JOIN change ON change.key = merge.change WHERE merge.ended IS NULL AND one.root = ? ORDER BY merge.key",
        (person_key(vault, person_id),),
    )
    return tuple(
        Merge(id_, one, other, datetime.fromisoformat(moment), name_of(actor))
        for id_, one, other, moment, actor in rows
    )


def _point_to_roots(vault: Vault, change: Change) -> None:
    """Work every record's root out from the merges in force."""
    into: dict[int, int] = dict(vault.rows("SELECT absorbed, survivor FROM merge WHERE ended IS NULL"))
    ever = [row[0] for row in vault.rows("SELECT DISTINCT absorbed FROM merge")]
    for key in ever:
        root = key
        while root in into:
            root = into[root]
        change.run("UPDATE patient SET root = ? WHERE key = ? AND root <> ?", (root, key, root))
