"""Stores what a file of another system brings: values, entries of lists, and what is kept as it came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.domain.entries import Counts, IdentifiedEntries, ParkedRow
from engine.domain.kept import KeptItem, KeptState, ListArrival
from engine.store.entries import take_in
from engine.store.gate import needs
from engine.store.groups import RecordGroups, select_in
from engine.store.ingest.arrivals import store_arrivals
from engine.store.ingest.kept import kept_before, load_kept, store_kept
from engine.store.people import person_key
from engine.store.permissions import Permission
from engine.store.vault import Vault

_MOST_SUBJECTS = 20


@dataclass(frozen=True, slots=True)
class RecordCounts:
    """What a file changed. ``rows`` are its visits (a person and a day each); the rest counts entries of lists."""

    rows: Counts
    entries_changed: int = 0
    kept_new: int = 0


@needs(Permission.RECORD_WRITE)
def apply_records(
    vault: Vault,
    identified: IdentifiedEntries,
    arrivals: Sequence[ListArrival],
    kept: Sequence[KeptItem],
    parked: Sequence[ParkedRow] = (),
    *,
    actor: str,
    rehearse: bool = False,
) -> RecordCounts:
    """Store a file of records, all or nothing. ``rehearse`` does all of it and undoes it, for the counts.

    Raises:
        StoreError: the disk is full or failed; nothing is stored then. BugError: the parts do not hold together.
    """
    named = dict.fromkeys([*identified.person_ids, *(arrival.person_id for arrival in arrivals)])
    named |= dict.fromkeys(item.person_id for item in kept)
    subjects = list(named) if len(named) <= _MOST_SUBJECTS else []
    with vault.change(actor, "entry.records", subjects) as change:
        counts = take_in(vault, change, identified, parked)
        import_key = int(change.rows("SELECT max(key) FROM import WHERE change = ?", (change.id,))[0][0])
        sql = (
            "SELECT patient.id, patient.key FROM json_each(?) AS wanted CROSS JOIN patient ON patient.id = wanted.value"
        )
        keys: dict[str, int] = dict(select_in(vault, sql, named))
        known = sorted({key for id_, key in keys.items() if id_ not in identified.new_person_ids})
        before = kept_before(vault, known)  # of who is new nothing is there yet
        ids, entries_changed = store_arrivals(vault, change, arrivals, keys, known, before)
        sources = [(arrival.source, ids[position]) for position, arrival in enumerate(arrivals)]
        kept_new = store_kept(change, [*sources, *((item, None) for item in kept)], keys, before, import_key)
        change.note(entries_changed=entries_changed, kept=kept_new)
        if rehearse:
            change.discard()
    return RecordCounts(counts, entries_changed, kept_new)


@needs(Permission.RECORD_READ, person=True)
def kept_items(vault: Vault, person_id: str) -> tuple[KeptItem, ...]:
    """Return what files said of a person and has no place here or was refused, in the order it came.

    Raises:
        UsageError: ``person_unknown``.
    """
    members = RecordGroups(vault).of(person_key(vault, person_id))
    return tuple(
        replace(item, person_id=person_id)
        for _, item, _ in load_kept(vault, members)
        if item.state is not KeptState.STORED
    )
