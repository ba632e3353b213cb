"""Corrects visits: moved to another day or person, removed, single values taken out. The history stays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from engine.errors import InputError, UsageError
from engine.store.gate import inner, needs
from engine.store.groups import RecordGroups
from engine.store.ingest.revise import keep_past
from engine.store.people import person_key
from engine.store.permissions import Permission
from engine.store.settings import actor_names
from engine.store.values import column_code, measurement_key
from engine.store.vault import Change, Vault


@dataclass(frozen=True, slots=True)
class VisitMove:
    """One time a visit was moved."""

    from_person_id: str
    from_date: date
    to_person_id: str
    to_date: date
    moved_at: datetime
    actor: str


@needs(Permission.RECORD_WRITE)
def move_visit(
    vault: Vault, visit_id: str, actor: str, *, to_date: date | None = None, to_person_id: str | None = None
) -> None:
    """Move a visit with all its values and answers to another day, another person, or both.

    Raises:
        UsageError: ``visit_unknown`` or ``person_unknown``.
        InputError: ``visit_day_taken`` when the person has another visit on that day.
    """
    key, patient, day = visit_place(vault, visit_id)
    to_patient = patient if to_person_id is None else person_key(vault, to_person_id)
    to_day = day if to_date is None else to_date.toordinal()
    check_day_free(vault, key, to_patient, to_day)
    with vault.change(actor, "visit.move", _ids(vault, patient, to_patient)) as change:
        put_visit(change, key, (patient, day), (to_patient, to_day))
        change.note(visit=visit_id)


@inner
def check_day_free(vault: Vault, visit: int, to_patient: int, to_day: int) -> None:
    """Check that a visit may go there.

    Raises:
        InputError: ``visit_day_taken`` when the person has another visit on that day.
    """
    for other in RecordGroups(vault).of(to_patient):
        if vault.one(
            "SELECT 1 FROM visit WHERE patient = ? AND day = ? AND ended IS NULL AND key <> ?", (other, to_day, visit)
        ):
            raise InputError("visit_day_taken")


def put_visit(change: Change, visit: int, from_place: tuple[int, int], to_place: tuple[int, int]) -> None:
    """Move a visit from one record and day to another; where it was stays in the history."""
    change.run("UPDATE visit SET patient = ?, day = ? WHERE key = ?", (*to_place, visit))
    change.run(
        "INSERT INTO visit_move(visit, from_patient, from_day, to_patient, to_day, change) VALUES (?, ?, ?, ?, ?, ?)",
        (visit, *from_place, *to_place, change.id),
    )


@needs(Permission.RECORD_READ)
def visit_moves(vault: Vault, visit_id: str) -> tuple[VisitMove, ...]:
    """Return how a visit was moved, the first move first.

    Raises:
        UsageError: ``visit_unknown``.
    """
    key, _, _ = visit_place(vault, visit_id)
    name_of = actor_names(vault)
    rows = vault.rows(
        "SELECT one.id, from_day, other.id, to_day, moment, actor FROM visit_move"
        " JOIN patient AS one ON one.key = from_patient JOIN patient AS other ON other.key = to_patient"
        " JOIN change ON change.key = visit_move.change WHERE visit = ? ORDER BY visit_move.key",
        (key,),
    )
    return tuple(
        VisitMove(
            from_person_id=one,
            from_date=date.fromordinal(from_day),
            to_person_id=other,
            to_date=date.fromordinal(to_day),
            moved_at=datetime.fromisoformat(moment),
            actor=name_of(actor),
        )
        for one, from_day, other, to_day, moment, actor in rows
    )


@needs(Permission.RECORD_WRITE)
def remove_visit(vault: Vault, visit_id: str, actor: str) -> None:
    """Take a visit out of the record: it was entered by mistake. Importing the same row again does not bring it back.

    Raises:
        UsageError: ``visit_unknown``.
    """
    key, patient, _ = visit_place(vault, visit_id)
    with vault.change(actor, "visit.remove", _ids(vault, patient)) as change:
        change.run("UPDATE visit SET ended = ? WHERE key = ?", (change.id, key))
        change.note(visit=visit_id)


@needs(Permission.RECORD_WRITE)
def remove_value(vault: Vault, visit_id: str, field: str, reading: int, actor: str) -> None:
    """Take one reading out of a visit; no later import brings the same value back.

    Raises:
        UsageError: ``visit_unknown`` or ``value_unknown``.
    """
    key, patient, _ = visit_place(vault, visit_id)
    measurement = measurement_at(vault, key, field, reading)
    with vault.change(actor, "value.remove", _ids(vault, patient)) as change:
        keep_past(change, [measurement])
        change.note(visit=visit_id, field=field, reading=reading)


@inner
def visit_on(vault: Vault, change: Change, patient: int, day: date) -> int:
    """Return the key of a person's visit on a day, making it when there is none."""
    found = visit_at(vault, patient, day)
    if found is not None:
        return found
    key = int(change.rows("SELECT coalesce(max(key), 0) + 1 FROM visit")[0][0])
    row = (key, vault.random(16).hex(), patient, day.toordinal(), change.id)
    change.insert("visit", "key, id, patient, day, change", [row], [key])
    return key


@inner
def visit_at(vault: Vault, patient: int, day: date) -> int | None:
    """Return the key of the visit that takes what is entered for a person and day; None when there is none yet."""
    for member in RecordGroups(vault).of(patient):
        found = vault.one(
            "SELECT key FROM visit WHERE patient = ? AND day = ? AND ended IS NULL ORDER BY key",
            (member, day.toordinal()),
        )
        if found is not None:
            return int(found[0])
    return None


@inner
def visit_key(vault: Vault, visit_id: str) -> int:
    """Return the key of a visit that counts.

    Raises:
        UsageError: ``visit_unknown``.
    """
    return visit_place(vault, visit_id)[0]


@inner
def visit_place(vault: Vault, visit_id: str) -> tuple[int, int, int]:
    """Return the key of a visit that counts, of the record it stands under, and its day.

    Raises:
        UsageError: ``visit_unknown``.
    """
    found = vault.one("SELECT key, patient, day FROM visit WHERE id = ? AND ended IS NULL", (visit_id,))
    if found is None:
        raise UsageError("visit_unknown")
    return int(found[0]), int(found[1]), int(found[2])


@inner
def measurement_at(vault: Vault, visit: int, field: str, reading: int) -> int:
    """Return the key of a present reading of a visit.

    Raises:
        UsageError: ``value_unknown``.
    """
    field_key = vault.field_keys().get(field)
    if field_key is not None:
        key = measurement_key(visit, column_code(field_key, reading))
        if vault.one("SELECT 1 FROM measurement WHERE key = ?", (key,)):
            return key
    raise UsageError("value_unknown")


def _ids(vault: Vault, *patients: int) -> list[str]:
    found = {
        key: id_
        for key, id_ in vault.rows("SELECT key, id FROM patient WHERE key IN (?, ?)", (patients[0], patients[-1]))
    }
    return [found[key] for key in dict.fromkeys(patients)]
