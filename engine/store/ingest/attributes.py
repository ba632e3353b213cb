"""Who the people are: keeps each value that was given for a patient-level field, and which one counts.

The value that counts is the one of the latest visit date that gave it. Each distinct value is one row with the first
and the last visit date on which it was given, so a file with ten thousand visits of known people adds almost nothing.
A value that a person took away by hand is not brought back by a file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from engine.domain.batch import IntArray
from engine.domain.entries import EntryColumn
from engine.store.identity import IDENTITY_FIELDS, search_text
from engine.store.ingest.incoming import Fate, Incoming
from engine.store.ingest.people import People, Visits, select_in
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


@dataclass(frozen=True, slots=True)
class _Run:
    """A value given by consecutive visits of one person."""

    person: int
    value: str
    first_on: int
    last_on: int
    row: int  # position of the first
    written: str | None


def store_people(vault: Vault, change: Change, incoming: Incoming, people: People, visits: Visits) -> set[int]:
    """Store the new people and what rows say about who they are; return the rows that said something new."""
    held = load_held(vault, people.known)
    numbers = _numbers_of_merged(vault)
    order = _by_person_and_day(incoming, people, visits)
    brought: set[int] = set()
    for column in incoming.identity_columns:
        field = vault.field_key(change, column.field)
        for run in _runs(column, order, people, incoming):
            if column.field == "patient_id" and run.value in numbers[run.person]:
                continue  # the number of a record that was merged into this one is no new number
            values = held.setdefault((run.person, field), {})
            if _take_in(values, run, incoming, change):
                brought.add(run.row)
    write_held(vault, change, held, people.new)
    return brought


def load_held(vault: Vault, keys: Iterable[int]) -> HeldValues:
    """Return every value held for the patient-level fields of these people."""
    sql = (
        "SELECT patient, field, attribute.value, first_on, last_on, row, last_change, ended, written"
        " FROM json_each(?) AS wanted JOIN attribute ON attribute.patient = wanted.value"
    )
    held: HeldValues = {}
    for patient, field, value, first_on, last_on, row, last_change, ended, written in select_in(vault, sql, keys):
        values = held.setdefault((patient, field), {})
        values[value] = Held(first_on, last_on, row, last_change, ended is not None, written=written)
    return held


def write_held(vault: Vault, change: Change, held: HeldValues, new: Mapping[int, str]) -> None:
    """Write what was added or touched, the people who are new, and the values that count now."""
    _write_attributes(change, held)
    names = {key: name for name, key in vault.field_keys().items()}
    current: dict[int, dict[str, str | None]] = {key: {} for key in new}
    for (person, field), values in held.items():
        if any(one.fresh or one.touched for one in values.values()):
            current.setdefault(person, {})[names[field]] = _counting(values)
    _insert_people(change, {key: current[key] for key in new}, new)
    _update_people(vault, change, {key: identity for key, identity in current.items() if key not in new})


def _counting(values: Mapping[str, Held]) -> str | None:
    alive = [(one.rank, value) for value, one in values.items() if not one.ended]
    return max(alive)[1] if alive else None


def _take_in(values: dict[str, Held], run: _Run, incoming: Incoming, change: Change) -> bool:
    one = values.get(run.value)
    row = incoming.entries.rows[run.row]
    if one is None:
        values[run.value] = Held(run.first_on, run.last_on, row, change.id, fresh=True, written=run.written)
        return True
    if one.ended and not incoming.typed:
        return False
    revived, one.ended = one.ended, False
    if revived or run.first_on < one.first_on or run.last_on > one.last_on:
        one.first_on, one.last_on = min(one.first_on, run.first_on), max(one.last_on, run.last_on)
        one.last_change, one.touched = change.id, not one.fresh
    return revived


def _by_person_and_day(incoming: Incoming, people: People, visits: Visits) -> IntArray:
    alive = np.flatnonzero(np.array(visits.fates, dtype=np.int64) != Fate.REPEATED)
    persons = np.array(people.row_keys, dtype=np.int64)[alive]
    days = np.array(incoming.days, dtype=np.int64)[alive]
    return np.asarray(alive[np.lexsort((alive, days, persons))], dtype=np.int64)


def _runs(column: EntryColumn, order: IntArray, people: People, incoming: Incoming) -> Iterator[_Run]:
    filled = np.fromiter((value is not None for value in column.values), dtype=np.bool_, count=incoming.rows)
    rows = order[filled[order]]
    if not rows.size:
        return
    values = np.array([str(column.values[row]) for row in rows.tolist()], dtype=object)
    persons = np.array(people.row_keys, dtype=np.int64)[rows]
    days = np.array(incoming.days, dtype=np.int64)[rows]
    differs = (persons[1:] != persons[:-1]) | (values[1:] != values[:-1]).astype(np.bool_)
    starts = np.concatenate(([0], np.flatnonzero(differs) + 1))
    ends = np.concatenate((starts[1:], [rows.size])) - 1
    found = (persons[starts], values[starts], days[starts], days[ends], rows[starts])
    for person, value, first_on, last_on, row in zip(*(part.tolist() for part in found), strict=True):
        yield _Run(person, value, first_on, last_on, row, column.texts[row])


def _numbers_of_merged(vault: Vault) -> defaultdict[int, set[str]]:
    numbers: defaultdict[int, set[str]] = defaultdict(set)
    for root, number in vault.rows("SELECT root, patient_id FROM patient WHERE root <> key AND patient_id IS NOT NULL"):
        numbers[root].add(number)
    return numbers


def _write_attributes(change: Change, held: HeldValues) -> None:
    plain: list[tuple[Cell, ...]] = []
    written: list[tuple[Cell, ...]] = []
    touched: list[tuple[Cell, ...]] = []
    for (person, field), values in sorted(held.items()):
        for value, one in values.items():
            if one.fresh:
                row = (person, field, value, one.first_on, one.last_on, one.row, change.id, change.id)
                (plain if one.written is None else written).append(row if one.written is None else (*row, one.written))
            elif one.touched:
                ended = change.id if one.ended else None
                touched.append((one.first_on, one.last_on, one.last_change, ended, person, field, value))
    change.many(
        "INSERT INTO attribute(patient, field, value, first_on, last_on, row, change, last_change)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        plain,
    )
    change.many(
        "INSERT INTO attribute(patient, field, value, first_on, last_on, row, change, last_change, written)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        written,
    )
    change.many(
        "UPDATE attribute SET first_on = ?, last_on = ?, last_change = ?, ended = ?"
        " WHERE patient = ? AND field = ? AND value = ?",
        touched,
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
    sql = f"SELECT patient.key, {columns} FROM json_each(?) AS wanted JOIN patient ON patient.key = wanted.value"  # noqa: S608 - column names of ours
    updates: list[tuple[Cell, ...]] = []
    for key, *old in select_in(vault, sql, current):
        before = dict(zip(IDENTITY_FIELDS, old, strict=True))
        after = {**before, **current[key]}
        if after != before:
            updates.append((*(after[field] for field in IDENTITY_FIELDS), search_text(after), key))
    assignments = ", ".join(f"{field} = ?" for field in IDENTITY_FIELDS)
    change.many(f"UPDATE patient SET {assignments}, search = ? WHERE key = ?", updates)  # noqa: S608 - column names of ours
