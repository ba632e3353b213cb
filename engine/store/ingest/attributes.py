"""Who the people are: keeps each value that was given for a patient-level field, and which one counts.

The value that counts is the one of the latest visit date that gave it. Each distinct value is one row with the first
and the last visit date on which it was given, so a file with ten thousand visits of known people adds almost nothing.
A value that a person took away by hand is not brought back by a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import starmap
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.domain.batch import BoolArray, IntArray
from engine.domain.entries import EntryColumn
from engine.store.groups import select_in
from engine.store.identity import IDENTITY_FIELDS, search_text
from engine.store.ingest.incoming import Fate, Incoming
from engine.store.ingest.people import People, Visits
from engine.store.vault import Cell, Change, Vault

PersonField = tuple[int, int]


@dataclass(slots=True)
class Held:
    """One value of one person's field as it is stored or will be."""

    first_on: int
    last_on: int
    row: int
    last_change: int
    ended: bool = False
    fresh: bool = False
    touched: bool = False
    written: str | None = None

    @property
    def rank(self) -> tuple[int, int, int]:
        """What decides which of several values counts: the later visit date, then the later import, then row."""
        return self.last_on, self.last_change, self.row


HeldValues = dict[PersonField, dict[str, Held]]


class _Given(NamedTuple):
    """One value that a person's visits gave from one day to another."""

    person: int
    value: str
    first_on: int
    last_on: int
    row: int  # position of the first row
    written: str | None


@dataclass(frozen=True, slots=True)
class _Runs:
    """The values of one column, as given by consecutive visits of one person; one element per run."""

    column: EntryColumn
    field: int
    persons: IntArray
    values: NDArray[np.object_]
    first_on: IntArray
    last_on: IntArray
    rows: IntArray  # position of the first row

    def where(self, chosen: BoolArray) -> _Runs:
        """Return only the chosen runs."""
        return _Runs(
            self.column,
            self.field,
            self.persons[chosen],
            self.values[chosen],
            self.first_on[chosen],
            self.last_on[chosen],
            self.rows[chosen],
        )

    def each(self) -> Iterator[_Given]:
        """Yield the runs one by one."""
        texts = [self.column.texts[row] for row in self.rows.tolist()]
        parts = (self.persons, self.values, self.first_on, self.last_on, self.rows)
        return starmap(_Given, zip(*(part.tolist() for part in parts), texts, strict=True))


def store_people(vault: Vault, change: Change, incoming: Incoming, people: People, visits: Visits) -> set[int]:
    """Store the new people and what rows say about who they are; return the rows that said something new.

    A new person who is described the same way throughout, as nearly all are, goes past the book-keeping of values.
    """
    held = load_held(vault, people.known)
    order = _by_person_and_day(incoming, people, visits)
    first_new = min(people.new, default=None)
    brought: set[int] = set()
    current: dict[int, dict[str, str | None]] = {key: {} for key in people.new}
    steady: list[tuple[Cell, ...]] = []
    for column in incoming.identity_columns:
        runs = _runs(column, vault.field_key(change, column.field), order, people, incoming)
        plain = _steady(runs, first_new)
        for person, value, first_on, last_on, row, text in runs.where(plain).each():
            current[person][column.field] = value
            steady.append((person, runs.field, value, first_on, last_on, incoming.entries.rows[row], text))
        for given in runs.where(~plain).each():
            if _take_in(held.setdefault((given.person, runs.field), {}), given, incoming, change):
                brought.add(given.row)
    _insert_attributes(change, steady)
    write_held(vault, change, held, current, people.new)
    return brought


def _steady(runs: _Runs, first_new: int | None) -> BoolArray:
    """Return the runs that are all there is to say of a new person."""
    if first_new is None or not runs.persons.size:
        return np.zeros(runs.persons.shape, dtype=np.bool_)
    alone = np.ones(runs.persons.shape, dtype=np.bool_)
    same = runs.persons[1:] == runs.persons[:-1]
    alone[1:] &= ~same
    alone[:-1] &= ~same
    return alone & (runs.persons >= first_new)


def load_held(vault: Vault, keys: Iterable[int]) -> HeldValues:
    """Return every value held for the patient-level fields of these people."""
    sql = (
        "SELECT patient, field, attribute.value, first_on, last_on, row, last_change, ended, written"
        " FROM json_each(?) AS wanted CROSS JOIN attribute ON attribute.patient = wanted.value"
    )
    held: HeldValues = {}
    for patient, field, value, first_on, last_on, row, last_change, ended, written in select_in(vault, sql, keys):
        values = held.setdefault((patient, field), {})
        values[value] = Held(first_on, last_on, row, last_change, ended is not None, written=written)
    return held


def write_held(
    vault: Vault,
    change: Change,
    held: HeldValues,
    current: dict[int, dict[str, str | None]],
    new: Mapping[int, str],
) -> None:
    """Write the values that were added or touched, the people who are ``new``, and what counts now.

    ``current`` holds what is known already to count, by person; it is added to.
    """
    names = {key: name for name, key in vault.field_keys().items()}
    fresh: list[tuple[Cell, ...]] = []
    touched: list[tuple[Cell, ...]] = []
    for (person, field), values in held.items():
        if not any(one.fresh or one.touched for one in values.values()):
            continue
        current.setdefault(person, {})[names[field]] = _counting(values)
        for value, one in values.items():
            if one.fresh:
                fresh.append((person, field, value, one.first_on, one.last_on, one.row, one.written))
            elif one.touched:
                ended = change.id if one.ended else None
                touched.append((one.first_on, one.last_on, one.last_change, ended, person, field, value))
    _insert_attributes(change, fresh)
    change.many(
        "UPDATE attribute SET first_on = ?, last_on = ?, last_change = ?, ended = ?"
        " WHERE patient = ? AND field = ? AND value = ?",
        touched,
    )
    _insert_people(change, {key: current[key] for key in new}, new)
    _update_people(vault, change, {key: identity for key, identity in current.items() if key not in new})


def _counting(values: Mapping[str, Held]) -> str | None:
    alive = [(one.rank, value) for value, one in values.items() if not one.ended]
    return max(alive)[1] if alive else None


def _take_in(values: dict[str, Held], given: _Given, incoming: Incoming, change: Change) -> bool:
    one = values.get(given.value)
    if one is None:
        line = incoming.entries.rows[given.row]
        values[given.value] = Held(given.first_on, given.last_on, line, change.id, fresh=True, written=given.written)
        return True
    if one.ended and not incoming.typed:
        return False
    revived, one.ended = one.ended, False
    if revived or given.first_on < one.first_on or given.last_on > one.last_on:
        one.first_on, one.last_on = min(one.first_on, given.first_on), max(one.last_on, given.last_on)
        one.last_change, one.touched = change.id, not one.fresh
    return revived


def _by_person_and_day(incoming: Incoming, people: People, visits: Visits) -> IntArray:
    alive = np.flatnonzero(np.array(visits.fates, dtype=np.int64) != Fate.REPEATED)
    persons = np.array(people.row_keys, dtype=np.int64)[alive]
    days = np.array(incoming.days, dtype=np.int64)[alive]
    return np.asarray(alive[np.lexsort((alive, days, persons))], dtype=np.int64)


def _runs(column: EntryColumn, field: int, order: IntArray, people: People, incoming: Incoming) -> _Runs:
    filled = np.fromiter((value is not None for value in column.values), dtype=np.bool_, count=incoming.rows)
    rows = order[filled[order]]
    values = np.empty(rows.size, dtype=np.object_)
    values[:] = [str(column.values[row]) for row in rows.tolist()]
    persons = np.array(people.row_keys, dtype=np.int64)[rows]
    days = np.array(incoming.days, dtype=np.int64)[rows]
    begins = np.ones(rows.size, dtype=np.bool_)
    begins[1:] = (persons[1:] != persons[:-1]) | (values[1:] != values[:-1]).astype(np.bool_)
    starts = np.flatnonzero(begins)
    ends = np.append(starts[1:], rows.size) - 1 if rows.size else starts
    return _Runs(column, field, persons[starts], values[starts], days[starts], days[ends], rows[starts])


def _insert_attributes(change: Change, given: Sequence[tuple[Cell, ...]]) -> None:
    """Insert (person, field, value, first day, last day, row, text as written), in the order of the table."""
    ordered = sorted(given, key=lambda row: row[:3])
    change.many(
        "INSERT INTO attribute(patient, field, value, first_on, last_on, row, change, last_change)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        ((*row[:-1], change.id, change.id) for row in ordered if row[-1] is None),
    )
    change.many(
        "INSERT INTO attribute(patient, field, value, first_on, last_on, row, written, change, last_change)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ((*row, change.id, change.id) for row in ordered if row[-1] is not None),
    )


def _insert_people(change: Change, current: Mapping[int, Mapping[str, str | None]], ids: Mapping[int, str]) -> None:
    given = [field for field in IDENTITY_FIELDS if any(field in identity for identity in current.values())]
    marks = ", ".join("?" * (len(given) + 5))
    change.many(
        f"INSERT INTO patient({', '.join(['key', 'id', 'root', 'search', 'change', *given])}) VALUES ({marks})",  # noqa: S608 - column names of ours
        (
            (key, ids[key], key, search_text(identity), change.id, *(identity.get(field) for field in given))
            for key, identity in current.items()
        ),
    )


def _update_people(vault: Vault, change: Change, current: Mapping[int, Mapping[str, str | None]]) -> None:
    columns = ", ".join(IDENTITY_FIELDS)
    sql = f"SELECT patient.key, {columns} FROM json_each(?) AS wanted CROSS JOIN patient ON patient.key = wanted.value"  # noqa: S608 - column names of ours
    updates: list[tuple[Cell, ...]] = []
    for key, *old in select_in(vault, sql, current):
        before = dict(zip(IDENTITY_FIELDS, old, strict=True))
        after = {**before, **current[key]}
        if after != before:
            updates.append((*(after[field] for field in IDENTITY_FIELDS), search_text(after), key))
    assignments = ", ".join(f"{field} = ?" for field in IDENTITY_FIELDS)
    change.many(f"UPDATE patient SET {assignments}, search = ? WHERE key = ?", updates)  # noqa: S608 - column names of ours
