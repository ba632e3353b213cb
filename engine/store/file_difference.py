"""Tells what storing a file would change against the file before it; everything is tried and undone again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from engine.domain.entries import IdentifiedEntries, ParkedRow
from engine.domain.file_difference import ChangedValue, FileDifference, MissingRow
from engine.store.database import Row
from engine.store.entries import take_in
from engine.store.gate import inner, needs
from engine.store.groups import RecordGroups
from engine.store.permissions import Permission
from engine.store.values import field_of, kind_of, restored
from engine.store.vault import Change, Vault

_MOST = 100  # of each kind told one by one

_CHANGED = (
    "SELECT now.key, past.number, past.text, now.number, now.text, now.row, patient.patient_id, visit.day"
    " FROM measurement_past AS past JOIN measurement AS now ON now.key = past.key"
    " JOIN visit ON visit.key = past.key >> 24 JOIN patient ON patient.key = visit.patient"
    " WHERE past.ended = ? ORDER BY now.row, now.key LIMIT ?"
)
_BEFORE = (
    "SELECT patient, day, row FROM import_row WHERE import = ?1"
    " UNION ALL SELECT patient, day, row FROM row_again WHERE import = ?1"
)


@needs(Permission.RECORD_WRITE)
def compare_file(
    vault: Vault, identified: IdentifiedEntries, parked: Sequence[ParkedRow], before: str, actor: str
) -> FileDifference | None:
    """Return what a file would change against an earlier import; None when that one counts no longer.

    Raises:
        StoreError: the disk is full or failed.
    """
    found = vault.one(
        "SELECT key, file_name, received_at FROM import WHERE id = ? AND ended IS NULL AND kind = 'imported'", (before,)
    )
    if found is None:
        return None
    key, file_name, received_at = found
    with vault.change(actor, "entry.import") as change:
        counts = take_in(vault, change, identified, parked)
        (values_new,) = change.rows("SELECT count(*) FROM measurement WHERE change = ?", (change.id,))[0]
        (values_changed,) = change.rows("SELECT count(*) FROM measurement_past WHERE ended = ?", (change.id,))[0]
        changed = _changed(vault, change)
        rows = vault.rows(_BEFORE, (key,))
        missing = _missing(vault, change, rows)
        told = _told(change, missing)
        change.discard()
    return FileDifference(
        import_id=before,
        file_name=file_name,
        received_at=datetime.fromisoformat(received_at),
        rows=counts.rows_read,
        people_new=len(set(identified.person_ids) & identified.new_person_ids),
        rows_new=counts.rows_new,
        rows_changed=counts.rows_updated,
        rows_unchanged=counts.rows_repeated,
        rows_parked=counts.rows_parked,
        values_new=values_new - values_changed,
        values_changed=values_changed,
        rows_before=len(rows),
        rows_still=len(rows) - len(missing),
        rows_missing=len(missing),
        changed=changed,
        missing=told,
    )


@inner
def _changed(vault: Vault, change: Change) -> tuple[ChangedValue, ...]:
    names = {key: name for name, key in vault.field_keys().items()}
    found = []
    for key, old_number, old_text, number, text, row, person, day in change.rows(_CHANGED, (change.id, _MOST)):
        name = names[field_of(key)]
        kind = kind_of(name)
        old, new = restored(kind, old_number, old_text), restored(kind, number, text)
        found.append(ChangedValue(person, date.fromordinal(day), name, old, new, row))
    return tuple(found)


@inner
def _missing(vault: Vault, change: Change, rows: Sequence[Row]) -> list[Row]:
    """Return the rows of the file before whose person and day this file does not have."""
    groups = RecordGroups(vault)
    (import_key,) = change.rows("SELECT max(key) FROM import WHERE change = ?", (change.id,))[0]
    here = {(groups.root(patient), day) for patient, day, _ in change.rows(_BEFORE, (import_key,))}
    return [row for row in rows if (groups.root(row[0]), row[1]) not in here]


@inner
def _told(change: Change, missing: Sequence[Row]) -> tuple[MissingRow, ...]:
    found = []
    for patient, day, row in sorted(missing, key=lambda one: one[2])[:_MOST]:
        (number,) = change.rows("SELECT patient_id FROM patient WHERE key = ?", (patient,))[0]
        found.append(MissingRow(number, date.fromordinal(day), row))
    return tuple(found)
