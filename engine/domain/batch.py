"""People as columns: the one shape that scoring, ranges, explanation and training work on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of people, one float64 column of length ``rows`` per canonical field. One person is a batch of one.

    How a value is written, by the kind of its field (``engine.fields``):
    number: the value in the canonical unit; boolean: 0 or 1; category: position in the field's list of categories;
    date: day number of ``datetime.date.toordinal``. NaN: absent. Infinity: present but no value of that field
    (unreadable text, an unknown code); every limit refuses it. Text fields do not take part.
    """

    rows: int
    columns: Mapping[str, FloatArray]

    def __post_init__(self) -> None:
        for name, column in self.columns.items():
            if column.shape != (self.rows,) or column.dtype != np.float64:
                raise ValueError(f"column {name} is not float64[{self.rows}]")

    def column(self, field: str) -> FloatArray:
        """Return the column of a field; all absent when the batch does not have it."""
        found = self.columns.get(field)
        return np.full(self.rows, np.nan) if found is None else found

    def missing(self, field: str) -> BoolArray:
        """Return where the field is absent."""
        return np.isnan(self.column(field))

    def with_columns(self, columns: Mapping[str, FloatArray]) -> Batch:
        """Return a batch with these columns added or replaced."""
        return Batch(self.rows, {**self.columns, **columns})

    def slice(self, start: int, stop: int) -> Batch:
        """Return the rows from ``start`` up to ``stop``, without copying."""
        stop = min(stop, self.rows)
        return Batch(stop - start, {name: column[start:stop] for name, column in self.columns.items()})

    def take(self, rows: IntArray) -> Batch:
        """Return these rows, in this order."""
        return Batch(len(rows), {name: column[rows] for name, column in self.columns.items()})
