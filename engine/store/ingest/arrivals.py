"""Entries of lists that a file brings: what is there already is left, what lacks something gains it, the rest is new.

The word of a person wins: an entry that somebody typed or changed is never altered by a file, and one that somebody
took off its list is not brought back by the file that brought it before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine.domain.kept import ListArrival
from engine.domain.record import Allergy, Check, Condition, Medicine, Relative, SourceKind
from engine.store.gate import inner
from engine.store.groups import RecordGroups
from engine.store.ingest.kept import KeptBefore, saying
from engine.store.lists import cells_text, load_items, put_items, replace_item
from engine.store.origins import Origins
from engine.store.vault import Change, Vault

Entry = Condition | Medicine | Allergy | Check | Relative
KINDS: tuple[type[Entry], ...] = (Condition, Medicine, Allergy, Check, Relative)


@inner
def store_arrivals(
    vault: Vault,
    change: Change,
    arrivals: Sequence[ListArrival],
    keys: Mapping[str, int],
    known: Sequence[int],
    before: KeptBefore,
) -> tuple[dict[int, str], int]:
    """Store entries; return the id of the entry of each (by position) and how many changed something.

    ``keys``: id of a person -> key of the record, for everybody named; ``known``: the keys of those who were there
    before; ``before``: what files said of them.
    """
    groups = RecordGroups(vault)
    present = _present(vault, groups.whole(known), groups)
    ids: dict[int, str] = {}
    fresh: list[tuple[int, Entry]] = []
    again: dict[str, tuple[int, Entry]] = {}  # what this file says of entries that are there
    changed = 0
    for position, arrival in enumerate(arrivals):
        owner = keys[arrival.person_id]
        stored = before.entries.get(saying(owner, arrival.source))
        if stored is not None:
            ids[position] = stored
            _note_again(again, stored, owner, arrival.entry)
            continue
        listed = present[groups.root(owner), type(arrival.entry)]
        at = next((at for at, item in enumerate(listed) if _same(item, arrival.entry, dated=arrival.dated)), None)
        if at is None:
            item = replace(arrival.entry, id=vault.random(16).hex())
            listed.append(item)
            fresh.append((owner, item))
            changed += 1
        else:
            item = listed[at]
            if all(waiting.id != item.id for _, waiting in fresh):
                _note_again(again, item.id, owner, arrival.entry)
            fuller = filled(item, arrival.entry)
            if fuller != item and item.origin.kind is SourceKind.IMPORTED:
                listed[at] = fuller
                changed += 1
                _revise(change, owner, fuller, fresh)
        ids[position] = item.id
    put_items(change, fresh)
    change.many(
        "INSERT OR IGNORE INTO item_again(id, change, patient, list, cells) VALUES (?, ?, ?, ?, ?)",
        ((id_, change.id, owner, *cells_text(entry)) for id_, (owner, entry) in again.items()),
    )
    return ids, changed


def _note_again(again: dict[str, tuple[int, Entry]], item_id: str, owner: int, entry: Entry) -> None:
    said = again.get(item_id)
    again[item_id] = (owner, entry if said is None else filled(said[1], entry))


def _revise(change: Change, owner: int, item: Entry, fresh: list[tuple[int, Entry]]) -> None:
    """Bring an entry up to what is known now; one of this file is not written yet."""
    for at, (_, waiting) in enumerate(fresh):
        if waiting.id == item.id:
            fresh[at] = (owner, item)
            return
    replace_item(change, owner, item)


def _present(vault: Vault, members: Sequence[int], groups: RecordGroups) -> defaultdict[tuple[int, type], list[Entry]]:
    found: defaultdict[tuple[int, type], list[Entry]] = defaultdict(list)
    if not members:
        return found
    origins = Origins(vault)
    for kind in KINDS:
        for member, item in load_items(vault, kind, members, origins):
            found[groups.root(member), kind].append(item)
    return found


def _same(item: Entry, entry: Entry, *, dated: bool) -> bool:
    """Whether two entries of one list are about the same thing."""
    if isinstance(item, Condition) and isinstance(entry, Condition):
        days = item.onset == entry.onset or None in {item.onset, entry.onset}
        return item.code == entry.code and item.certainty == entry.certainty and (days if dated else True)
    if isinstance(item, Medicine) and isinstance(entry, Medicine):
        return item.text.casefold() == entry.text.casefold() and (item.dose_text or "") == (entry.dose_text or "")
    if isinstance(item, Allergy) and isinstance(entry, Allergy):
        return item.substance.casefold() == entry.substance.casefold()
    if isinstance(item, Check) and isinstance(entry, Check):
        return (item.code, item.status, item.on) == (entry.code, entry.status, entry.on)
    if isinstance(item, Relative) and isinstance(entry, Relative):
        return (item.relation, item.condition) == (entry.relation, entry.condition)
    return False


def filled(item: Entry, entry: Entry) -> Entry:
    """Return an entry with what it lacked and another says of the same thing."""
    if isinstance(item, Condition) and isinstance(entry, Condition):
        return replace(item, onset=item.onset or entry.onset, end=item.end or entry.end, note=item.note or entry.note)
    if isinstance(item, Medicine) and isinstance(entry, Medicine):
        starts = [day for day in (item.start, entry.start) if day is not None]
        start = min(starts, key=lambda day: day.earliest) if starts else None
        later = entry.start is not None and item.stop is not None and entry.start.earliest > item.stop.latest
        stop = entry.stop if later or item.stop is None else item.stop  # taken up again, or stopped since
        return replace(item, start=start, stop=stop)
    if isinstance(item, Allergy) and isinstance(entry, Allergy):
        return replace(item, reaction=item.reaction or entry.reaction)
    return item
