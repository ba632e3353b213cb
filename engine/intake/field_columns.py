"""Columns of fields: what the different cells of a column mean, still one code per row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as with_default

import numpy as np
from numpy.typing import NDArray

from engine.domain.problems import Reason
from engine.domain.record import Conversion, Value

Codes = NDArray[np.int32]
# What a resident number says of its owner where other columns say it too: held against them and never stored.
BY_RESIDENT_ID = "resident_id:"


@dataclass(frozen=True, slots=True)
class FieldColumn:
    """One reading of one field over all rows.

    ``codes[row]`` is the position of the row's cell in ``values`` (canonical, or None) and ``texts`` (as written).
    ``faults`` tells what is wrong with a cell in itself, ``qualifiers`` and ``cell_conversions`` what it carries,
    all by position; ``conversion`` is what the whole column shares.
    """

    field: str
    codes: Codes
    values: tuple[Value | None, ...]
    texts: tuple[str, ...]
    faults: Mapping[int, Reason] = with_default(default_factory=dict)
    qualifiers: Mapping[int, str] = with_default(default_factory=dict)
    conversion: Conversion | None = None
    cell_conversions: Mapping[int, Conversion] = with_default(default_factory=dict)
    header: str | None = None
    index: int | None = None
    reading: int = 1
    side: str | None = None
    rule: str | None = None
    set_for_file: bool = False

    def taken(self, rows: NDArray[np.intp]) -> FieldColumn:
        """Return the column of some rows only."""
        return replace(self, codes=self.codes[rows])

    def numbers(self) -> NDArray[np.float64]:
        """Return the values as float64 by position; NaN for empty, faulty and other than numbers."""
        return np.array(
            [
                float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else np.nan
                for value in self.values
            ],
            dtype=np.float64,
        )

    def filled(self) -> NDArray[np.bool_]:
        """Return by row whether there is a value, a qualifier or a fault."""
        marks = np.array([value is not None for value in self.values], dtype=np.bool_)
        for position in (*self.faults, *self.qualifiers):
            marks[position] = True
        result: NDArray[np.bool_] = marks[self.codes]
        return result

    def has(self, reason: Reason) -> NDArray[np.bool_]:
        """Return by row whether the cell has this fault."""
        marks = np.zeros(len(self.values), dtype=np.bool_)
        marks[[position for position, fault in self.faults.items() if fault is reason]] = True
        result: NDArray[np.bool_] = marks[self.codes]
        return result


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """What a column was taken for: shown to the person, one line per column of the file.

    ``field`` is a field, a target beside the fields, or None (listed and left out); ``suggested`` what it could be.
    ``unit`` is the UCUM code, ``unit_names`` how people write it (several where cells differ); ``unit_source`` one of
    fixed, header, cell, mixed, answer. ``codes`` are the different cells of a coded column with their values.
    """

    index: int
    header: str
    field: str | None = None
    unit: str | None = None
    unit_names: tuple[str, ...] = ()
    unit_source: str | None = None
    codes: tuple[tuple[str, Value], ...] = ()
    date_order: str | None = None
    date_kind: str | None = None
    decimal: str | None = None
    reading: int | None = None
    visit: int | None = None
    rule: str | None = None
    suggested: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A column understood: the columns of fields it gives, and its line in the map."""

    columns: tuple[FieldColumn, ...]
    map: ColumnMap
