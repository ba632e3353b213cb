"""Who the people are: keeps each value that was given for a patient-level field, and which one counts.

The value that counts is the one of the latest visit date that gave it. Each distinct value is one row with the first
and the last visit date on which it was given, so a file with ten thousand visits of known people adds almost nothing.
A value that a person took away by hand is not brought back by a file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from engine.store.database import Cell
from engine.store.gate import inner
from engine.store.groups import select_in
from engine.store.identity import IDENTITY_FIELDS, search_text
from engine.store.ingest.given import Entry, by_file, remember_given
from engine.store.ingest.incoming import Incoming
from engine.store.ingest.people import People, Visits
from engine.store.ingest.runs import Given, Runs, rows_by_person_and_day, runs_of
from engine.store.vault import Change, Vault

_COLUMNS = "patient, field, value, first_on, last_on, row, change, last_change"
_COLUMNS_WRITTEN = f"{_COLUMNS}, written"
_NOBODY = 1 << 62  # above every key

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


# Field -> person -> the value that counts.
Current = dict[str, dict[int, str | None]]


@inner
def store_people(vault: Vault, change: Change, incoming: Incoming, people: People, visits: Visits) -> set[int]:
    """Store the new people and what rows say about who they are; return the rows that said something new.

    A new person who is described the same way throughout, as nearly all are, goes past the book-keeping of values.
    """
    order = rows_by_person_and_day(incoming, people, visits)
    spoken_of = {people.row_keys[row] for row in order.tolist()}
    held = load_held(vault, spoken_of.intersection(people.known))
    first_new = min(people.new, default=_NOBODY)
    brought: set[int] = set()
    current: Current = {}
    steady: list[Runs] = []
    said: defaultdict[int, list[Entry]] = defaultdict(list)
    for column in incoming.identity_columns:
        runs = runs_of(column, vault.field_key(change, column.field), order, people, incoming)
        plain = runs.all_there_is_of(first_new)
        steady.append(runs.where(plain))
        current[column.field] = dict(zip(steady[-1].persons.tolist(), steady[-1].values.tolist(), strict=True))
        for given in runs.where(~plain).each():
            if given.person < first_new:
                said[given.person].append(by_file(runs.field, given, incoming.entries.rows[given.row]))
            if _take_in(held.setdefault((given.person, runs.field), {}), given, incoming, change):
                brought.add(given.row)
    remember_given(vault, change, said)
    _insert_steady(change, incoming, steady)
    write_held(vault, change, held, current, people.new)
    return brought


@inner
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


@inner
def write_held(vault: Vault, change: Change, held: HeldValues, current: Current, new: Mapping[int, str]) -> None:
    """Write the values that were added or touched, the people who are ``new``, and what counts now.

    ``current`` holds what is known already to count; it is added to.
    """
    names = {key: name for name, key in vault.field_keys().items()}
    fresh: list[tuple[Cell, ...]] = []
    touched: list[tuple[Cell, ...]] = []
    for (person, field), values in held.items():
        if not any(one.fresh or one.touched for one in values.values()):
            continue
        current.setdefault(names[field], {})[person] = _counting(values)
        for value, one in values.items():
            if one.fresh:
                given = (person, field, value, one.first_on, one.last_on, one.row, change.id, change.id, one.written)
                fresh.append(given)
            elif one.touched:
                ended = change.id if one.ended else None
                touched.append((one.first_on, one.last_on, one.last_change, ended, person, field, value))
    change.insert("attribute", _COLUMNS_WRITTEN, fresh, {person for person, _ in held})
    change.many(
        "UPDATE attribute SET first_on = ?, last_on = ?, last_change = ?, ended = ?"
        " WHERE patient = ? AND field = ? AND value = ?",
        touched,
    )
    _insert_people(change, current, new)
    update_people(vault, change, current, new)


def _counting(values: Mapping[str, Held]) -> str | None:
    alive = [(one.rank, value) for value, one in values.items() if not one.ended]
    return max(alive)[1] if alive else None


def _take_in(values: dict[str, Held], given: Given, incoming: Incoming, change: Change) -> bool:
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


def _insert_steady(change: Change, incoming: Incoming, steady: Sequence[Runs]) -> None:
    """Insert runs in the order of the table, which appends instead of searching."""
    if not steady:
        return
    persons = np.concatenate([runs.persons for runs in steady])
    fields = np.concatenate([np.full(runs.persons.size, runs.field) for runs in steady])
    lines = np.array(incoming.entries.rows, dtype=np.int64)[np.concatenate([runs.rows for runs in steady])]
    first_on = np.concatenate([runs.first_on for runs in steady])
    last_on = np.concatenate([runs.last_on for runs in steady])
    values = np.concatenate([runs.values for runs in steady])
    texts = np.array([text for runs in steady for text in runs.texts()], dtype=np.object_)
    order = np.lexsort((fields, persons))
    for columns, chosen in (
        (_COLUMNS, order[texts[order] == np.array(None)]),
        (_COLUMNS_WRITTEN, order[texts[order] != np.array(None)]),
    ):
        stamp = repeat(change.id, chosen.size)
        parts = [part[chosen].tolist() for part in (persons, fields, values, first_on, last_on, lines)]
        written = [texts[chosen].tolist()] if columns is _COLUMNS_WRITTEN else []
        rows = zip(*parts, stamp, repeat(change.id, chosen.size), *written, strict=True)
        change.insert("attribute", columns, rows, persons.tolist())


def _insert_people(change: Change, current: Current, new: Mapping[int, str]) -> None:
    given = [field for field in IDENTITY_FIELDS if field in current]
    names = ", ".join(["key", "root", "id", "change", "search", *given])
    change.insert("patient", names, _new_people(change, current, new, given), new)


def _new_people(
    change: Change, current: Current, new: Mapping[int, str], given: Sequence[str]
) -> Iterator[tuple[Cell, ...]]:
    for key, id_ in new.items():
        identity = {field: current[field].get(key) for field in given}
        yield key, key, id_, change.id, search_text(identity), *identity.values()


@inner
def update_people(vault: Vault, change: Change, current: Current, new: Mapping[int, str]) -> None:
    """Write what counts now to the rows of people who are there."""
    columns = ", ".join(IDENTITY_FIELDS)
    sql = f"SELECT patient.key, {columns} FROM json_each(?) AS wanted CROSS JOIN patient ON patient.key = wanted.value"  # noqa: S608 - column names of ours
    updates: list[tuple[Cell, ...]] = []
    known = dict.fromkeys(key for values in current.values() for key in values if key not in new)
    for key, *old in select_in(vault, sql, known):
        before = dict(zip(IDENTITY_FIELDS, old, strict=True))
        after = {**before, **{field: values[key] for field, values in current.items() if key in values}}
        if after != before:
            updates.append((*(after[field] for field in IDENTITY_FIELDS), search_text(after), key))
    assignments = ", ".join(f"{field} = ?" for field in IDENTITY_FIELDS)
    change.many(f"UPDATE patient SET {assignments}, search = ? WHERE key = ?", updates)  # noqa: S608 - column names of ours
