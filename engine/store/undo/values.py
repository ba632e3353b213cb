"""The values of visits without the import that is taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from engine.domain.undo import ConflictKind
from engine.store.database import Cell, Row
from engine.store.gate import inner
from engine.store.groups import select_in
from engine.store.ingest.revise import keep_past
from engine.store.undo.work import Work, tell_conflicts
from engine.store.values import field_of, visit_of

_CHUNK = 2_000  # visits whose values are held at a time
_COLUMNS = "key, number, text, row, change, written, qualifier, conversion"
_FROM = "FROM json_each(?) AS wanted CROSS JOIN {table} AS value ON value.key >= wanted.value << 24"
_WITHIN = " AND value.key < (wanted.value + 1) << 24"


@dataclass(frozen=True, slots=True)
class _State:
    """One state of a reading: as it lies in the table, and the change that ended it."""

    row: Row
    ended: int | None = None

    @property
    def content(self) -> tuple[Cell, ...]:
        return (self.row[1], self.row[2], self.row[6])

    @property
    def change(self) -> int:
        return int(self.row[4])


@inner
def take_back_values(work: Work, visits: Collection[int], moved: Collection[int]) -> set[int]:
    """Bring the values of these visits to what they are without the import; return the visits only it spoke of."""
    waiting = iter(sorted(visits))
    alone: set[int] = set()
    while chunk := list(islice(waiting, _CHUNK)):
        own = _only_of_this(work, chunk)
        alone |= own
        work.counts.values_gone += _count(work, own)
        _settle_chunk(work, [visit for visit in chunk if visit not in own], moved)
    return alone


def _only_of_this(work: Work, visits: Sequence[int]) -> set[int]:
    """Return the visits that an import made that counts no longer, and of which nothing else says anything."""
    made = {
        key
        for key, change in select_in(
            work.vault,
            "SELECT visit.key, visit.change FROM json_each(?) AS wanted CROSS JOIN visit ON visit.key = wanted.value"
            " WHERE visit.ended IS NULL",
            visits,
        )
        if change in work.taken
    }
    for table in ("measurement", "measurement_past", "measurement_again"):
        sql = f"SELECT DISTINCT value.key >> 24 {_FROM.format(table=table)}{_WITHIN} WHERE value.change <> {work.at}"
        made -= {row[0] for row in select_in(work.vault, sql, list(made))}
    return made - _spoken_of(work, made)


def _spoken_of(work: Work, visits: Collection[int]) -> set[int]:
    """Return the visits that a row of a file leads to, or at which a question was answered."""
    answered = select_in(
        work.vault,
        "SELECT answer.visit FROM json_each(?) AS wanted CROSS JOIN answer ON answer.visit = wanted.value"
        " WHERE answer.ended IS NULL",
        visits,
    )
    return {row[0] for row in answered} | (work.row_visits & set(visits))


def _count(work: Work, visits: Collection[int]) -> int:
    sql = f"SELECT count(*) {_FROM.format(table='measurement')}{_WITHIN}"
    return sum(row[0] for row in select_in(work.vault, sql, visits))


def _settle_chunk(work: Work, visits: Sequence[int], moved: Collection[int]) -> None:
    states, again = _load(work, visits)
    gone: list[int] = []
    back: list[Row] = []
    names = {key: name for name, key in work.vault.field_keys().items()}
    kept: list[tuple[int, str]] = []
    for key in sorted(states.keys() | (again.keys() & set(moved))):
        slot = states.get(key, [])
        present = slot[-1] if slot and slot[-1].ended is None else None
        if _edited(work, slot) and present is not None and work.by_hand(present.change):
            kept.append((visit_of(key), names[field_of(key)]))
        if key not in moved and (present is None or present.change != work.at):
            continue
        counts = settled(work, slot, again.get(key, ()))
        if counts is not None and present is not None and counts.row == present.row:
            continue
        if present is not None:
            gone.append(key)
        if counts is not None:
            back.append(counts.row)
        _tally(work, present, counts)
    keep_past(work.change, gone)
    work.change.insert("measurement", _COLUMNS, back, {visit_of(row[0]) for row in back})
    _tell(work, kept)


def _tally(work: Work, present: _State | None, counts: _State | None) -> None:
    if counts is None:
        work.counts.values_gone += 1
    elif present is not None and counts.content == present.content:
        work.counts.values_moved += 1
    else:
        work.counts.values_back += 1


def _edited(work: Work, slot: Sequence[_State]) -> bool:
    """Whether a person corrected what the file said."""
    return any(one.change == work.at and one.ended is not None and work.by_hand(one.ended) for one in slot)


def settled(work: Work, slot: Sequence[_State], again: Sequence[_State]) -> _State | None:
    """Return what counts of a reading without the imports that are taken back; None where it has no value then.

    What was said last counts. A file that says what a person corrected or removed before says nothing.
    """
    events: list[tuple[int, int, int, _State, bool]] = []
    for place, one in enumerate(slot):
        events.append((one.change, 2, place, one, False))
        if one.ended is not None and work.by_hand(one.ended):
            events.append((one.ended, 0, place, one, True))
    events += [(one.change, 1, int(one.row[3] or 0), one, False) for one in again]
    events.sort(key=lambda event: event[:3])
    counts: _State | None = None
    withdrawn: set[tuple[Cell, ...]] = set()
    for change, _, _, one, withdraws in events:
        if withdraws:
            withdrawn.add(one.content)
            counts = None
        elif change not in work.files or (change not in work.taken and one.content not in withdrawn):
            counts = one
    return counts


def _load(work: Work, visits: Sequence[int]) -> tuple[dict[int, list[_State]], dict[int, list[_State]]]:
    """Return the states of every reading of these visits in their order, and what files said again."""
    columns = ", ".join(f"value.{name}" for name in _COLUMNS.split(", "))
    states: defaultdict[int, list[_State]] = defaultdict(list)
    past = f"SELECT value.past, value.ended, {columns} {_FROM.format(table='measurement_past')}{_WITHIN}"
    for found in sorted(select_in(work.vault, past, visits), key=lambda found: found[0]):
        states[found[2]].append(_State(found[2:], found[1]))
    present = f"SELECT {columns} {_FROM.format(table='measurement')}{_WITHIN}"
    for row in select_in(work.vault, present, visits):
        states[row[0]].append(_State(row))
    again: defaultdict[int, list[_State]] = defaultdict(list)
    said = f"SELECT {columns} {_FROM.format(table='measurement_again')}{_WITHIN}"
    for row in select_in(work.vault, said, visits):
        again[row[0]].append(_State(row))
    return states, again


def _tell(work: Work, kept: Sequence[tuple[int, str]]) -> None:
    places = _places(work, {visit for visit, _ in kept})
    tell_conflicts(work, ((ConflictKind.VALUE, *places[visit], name, None) for visit, name in kept))


def _places(work: Work, visits: Collection[int]) -> dict[int, tuple[int, int]]:
    sql = (
        "SELECT visit.key, visit.patient, visit.day FROM json_each(?) AS wanted"
        " CROSS JOIN visit ON visit.key = wanted.value"
    )
    return {key: (patient, day) for key, patient, day in select_in(work.vault, sql, visits)}


@inner
def end_visits(work: Work, visits: Collection[int], alone: Collection[int]) -> None:
    """End the visits that only this import spoke of, and those of which nothing is left now."""
    made = _made_by_files(work, [visit for visit in visits if visit not in alone])
    held = set(_holding(work, made))
    empty = made - held - _spoken_of(work, made)
    ended = sorted({*alone, *empty})
    work.change.many("UPDATE visit SET ended = ? WHERE key = ?", ((work.change.id, key) for key in ended))
    work.counts.visits_gone += len(ended)
    by_hand = made - empty - work.row_visits
    places = _places(work, by_hand)
    tell_conflicts(work, ((ConflictKind.VISIT, *places[visit], None, None) for visit in sorted(by_hand)))


def _made_by_files(work: Work, visits: Collection[int]) -> set[int]:
    sql = (
        "SELECT visit.key, visit.change FROM json_each(?) AS wanted CROSS JOIN visit ON visit.key = wanted.value"
        " WHERE visit.ended IS NULL"
    )
    return {key for key, change in select_in(work.vault, sql, visits) if change in work.taken}


def _holding(work: Work, visits: Collection[int]) -> Iterator[int]:
    sql = f"SELECT DISTINCT value.key >> 24 {_FROM.format(table='measurement')}{_WITHIN}"
    return (row[0] for row in select_in(work.vault, sql, visits))
