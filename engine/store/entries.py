"""Stores entries: a typed visit and a file of a hundred thousand rows go the same way, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.domain.entries import Counts, IdentifiedEntries, ParkedRow
from engine.store.gate import inner, needs
from engine.store.ingest.attributes import store_people
from engine.store.ingest.bulk import insert_values, insert_visits
from engine.store.ingest.columns import start_import, store_columns
from engine.store.ingest.incoming import Fate, Incoming, look_at
from engine.store.ingest.parked import store_parked
from engine.store.ingest.people import People, Visits, find_people, place_rows
from engine.store.ingest.revise import revise_visits
from engine.store.ingest.runs import rows_by_person_and_day
from engine.store.permissions import Permission
from engine.store.vault import Change, Vault

_MOST_SUBJECTS = 20  # people named in the audit entry; a longer list is told by the import itself


@needs(Permission.RECORD_WRITE)
def apply_entries(
    vault: Vault,
    identified: IdentifiedEntries,
    *,
    actor: str,
    parked: Sequence[ParkedRow] = (),
    rows_rejected: int = 0,
    rehearse: bool = False,
    also: Callable[[Change, str], None] | None = None,
) -> Counts:
    """Store validated entries, all or nothing, and return how the rows ended.

    Rows are taken in file order. A visit is a person and a day. A row of a visit not stored yet is new; the same
    visit with exactly the content that was stored for it before (in this file or an earlier one) is repeated and
    changes nothing; anything else adds or supersedes values and is updated. ``rehearse`` does all of it and undoes
    it, for the counts. ``also`` writes more within the same change; it is handed the id of the import.

    Raises:
        StoreError: the disk is full or failed; nothing is stored then.
        BugError: the entries do not hold together.
    """
    incoming = look_at(identified)
    action = "entry.typed" if incoming.typed else "entry.import"
    subjects = list(dict.fromkeys(identified.person_ids))[: _MOST_SUBJECTS + 1]
    with vault.change(actor, action, subjects if len(subjects) <= _MOST_SUBJECTS else ()) as change:
        counts = _take_in(vault, change, incoming, parked, rows_rejected)
        if also is not None and not rehearse:
            also(change, str(change.rows("SELECT id FROM import WHERE change = ?", (change.id,))[0][0]))
        if rehearse:
            change.discard()
    return counts


@inner
def take_in(vault: Vault, change: Change, identified: IdentifiedEntries, parked: Sequence[ParkedRow] = ()) -> Counts:
    """Store validated entries within a change that does more than this; see :func:`apply_entries`."""
    return _take_in(vault, change, look_at(identified), parked, 0)


def _take_in(
    vault: Vault, change: Change, incoming: Incoming, parked: Sequence[ParkedRow], rows_rejected: int
) -> Counts:
    import_key = start_import(vault, change, incoming)
    people = find_people(vault, incoming)
    visits = place_rows(vault, incoming, people)
    changed = store_people(vault, change, incoming, people, visits)
    first_id = int.from_bytes(vault.random(16), "big") >> 1  # room to count up
    insert_visits(change, incoming, people, visits, first_id)
    columns = store_columns(vault, change, incoming, import_key)
    insert_values(change, incoming, columns, visits)
    changed |= revise_visits(vault, change, incoming, columns, visits)
    _remember_rows(change, incoming, people, visits, import_key)
    store_parked(vault, change, parked, import_key)
    counts = _count(incoming, visits, changed, len(parked), rows_rejected)
    _finish(change, import_key, counts)
    return counts


def _remember_rows(change: Change, incoming: Incoming, people: People, visits: Visits, import_key: int) -> None:
    """Keep the digest of every row that was stored, under the person and day of the file, and which came again."""
    if incoming.typed:
        return
    order = rows_by_person_and_day(incoming, people, visits).tolist()  # nearly that of the table
    persons, days, digests = people.row_keys, incoming.days, incoming.digests
    keys, lines = visits.row_keys, incoming.entries.rows
    change.many(
        "INSERT INTO import_row(patient, day, digest, visit, import, row) VALUES (?, ?, ?, ?, ?, ?)",
        ((persons[row], days[row], digests[row], keys[row], import_key, lines[row]) for row in order),
    )
    repeated = [row for row, fate in enumerate(visits.fates) if fate is Fate.REPEATED]
    change.many(
        "INSERT OR IGNORE INTO row_again(patient, day, digest, import, row) VALUES (?, ?, ?, ?, ?)",
        ((persons[row], days[row], digests[row], import_key, lines[row]) for row in repeated),
    )


def _count(incoming: Incoming, visits: Visits, changed: set[int], parked: int, rejected: int) -> Counts:
    updated = sum(fate is Fate.LATER and row in changed for row, fate in enumerate(visits.fates))
    new = len(visits.new)
    return Counts(
        rows_read=incoming.rows + parked + rejected,
        rows_new=new,
        rows_updated=updated,
        rows_repeated=incoming.rows - new - updated,
        rows_parked=parked,
        rows_rejected=rejected,
    )


def _finish(change: Change, import_key: int, counts: Counts) -> None:
    change.run(
        "UPDATE import SET rows_read = ?, rows_new = ?, rows_updated = ?, rows_repeated = ?, rows_parked = ?,"
        " rows_rejected = ? WHERE key = ?",
        (
            counts.rows_read,
            counts.rows_new,
            counts.rows_updated,
            counts.rows_repeated,
            counts.rows_parked,
            counts.rows_rejected,
            import_key,
        ),
    )
    change.note(
        rows_read=counts.rows_read,
        rows_new=counts.rows_new,
        rows_updated=counts.rows_updated,
        rows_repeated=counts.rows_repeated,
        rows_parked=counts.rows_parked,
        rows_rejected=counts.rows_rejected,
    )
