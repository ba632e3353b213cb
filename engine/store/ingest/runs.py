"""What the rows of a file say about who the people are, boiled down to one run per value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import starmap
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.domain.batch import BoolArray, IntArray
from engine.domain.coded import Coded
from engine.domain.entries import EntryColumn
from engine.store.ingest.incoming import Fate, Incoming
from engine.store.ingest.people import People, Visits


class Given(NamedTuple):
    """One value that a person's visits gave from one day to another."""

    person: int
    value: str
    first_on: int
    last_on: int
    row: int  # position of the first row
    written: str | None


@dataclass(frozen=True, slots=True)
class Runs:
    """The values of one column, as given by consecutive visits of one person; one element per run."""

    column: EntryColumn
    field: int
    persons: IntArray
    values: NDArray[np.object_]
    first_on: IntArray
    last_on: IntArray
    rows: IntArray  # position of the first row

    def where(self, chosen: BoolArray) -> Runs:
        """Return only the chosen runs."""
        return Runs(
            self.column,
            self.field,
            self.persons[chosen],
            self.values[chosen],
            self.first_on[chosen],
            self.last_on[chosen],
            self.rows[chosen],
        )

    def texts(self) -> list[str | None]:
        """Return the text as written of each run."""
        return Coded.of(self.column.texts).picked(self.rows.tolist())

    def each(self) -> Iterator[Given]:
        """Yield the runs one by one."""
        parts = (self.persons, self.values, self.first_on, self.last_on, self.rows)
        return starmap(Given, zip(*(part.tolist() for part in parts), self.texts(), strict=True))

    def all_there_is_of(self, first_new: int) -> BoolArray:
        """Return which runs are the only one of somebody new; new people have the keys from ``first_new`` on."""
        alone = self.persons >= first_new
        same = self.persons[1:] == self.persons[:-1]
        alone[1:] &= ~same
        alone[:-1] &= ~same
        return alone


def rows_by_person_and_day(incoming: Incoming, people: People, visits: Visits) -> IntArray:
    """Return the positions of the rows that are not repeated, by person, day and place in the file."""
    alive = np.flatnonzero(np.array(visits.fates, dtype=np.int64) != Fate.REPEATED)
    persons = np.array(people.row_keys, dtype=np.int64)[alive]
    days = np.array(incoming.days, dtype=np.int64)[alive]
    return np.asarray(alive[np.lexsort((alive, days, persons))], dtype=np.int64)


def runs_of(column: EntryColumn, field: int, order: IntArray, people: People, incoming: Incoming) -> Runs:
    """Return the runs of a column over rows in the order of :func:`rows_by_person_and_day`."""
    said = Coded.of(column.values)
    codes = np.asarray(said.codes)
    texts = np.array([None if value is None else str(value) for value in said.cells], dtype=np.object_)
    filled = np.fromiter((value is not None for value in said.cells), dtype=np.bool_, count=texts.size)
    rows = order[filled[codes[order]]]
    values = texts[codes[rows]]
    persons = np.array(people.row_keys, dtype=np.int64)[rows]
    days = np.array(incoming.days, dtype=np.int64)[rows]
    begins = np.ones(rows.size, dtype=np.bool_)
    begins[1:] = (persons[1:] != persons[:-1]) | (values[1:] != values[:-1]).astype(np.bool_)
    starts = np.flatnonzero(begins)
    ends = np.append(starts[1:], rows.size) - 1 if rows.size else starts
    return Runs(column, field, persons[starts], values[starts], days[starts], days[ends], rows[starts])
