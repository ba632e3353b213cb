"""Writes the values of new visits: the path that a hundred thousand rows take, columnar as far as Python goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.domain.batch import BoolArray, IntArray
from engine.domain.coded import Coded
from engine.domain.record import Value
from engine.store.audit.digests import Rest, WrittenValues, leaves_of_values
from engine.store.database import Cell
from engine.store.ingest.columns import ValueColumn
from engine.store.ingest.incoming import Incoming
from engine.store.ingest.people import People, Visits
from engine.store.values import VISIT_SHIFT, measurement_key
from engine.store.vault import Change

_CHUNK = 25_000  # rows at a time: bounds the memory of a file of any length
_VISIT = "key, id, patient, day, row, change"
Array = NDArray[Any]


def insert_visits(change: Change, incoming: Incoming, people: People, visits: Visits, first_id: int) -> None:
    """Make the new visits. Their ids count up from ``first_id``, which is drawn at random once."""
    rows, days, dates = incoming.entries.rows, incoming.days, incoming.date_column
    texts: Sequence[str | None] = [None] * incoming.rows if dates is None else dates.texts
    for start in range(0, len(visits.new), _CHUNK):
        bare: list[tuple[Cell, ...]] = []
        written: list[tuple[Cell, ...]] = []
        some = zip(visits.new[start : start + _CHUNK], visits.new_rows[start : start + _CHUNK], strict=True)
        for number, (key, row) in enumerate(some, first_id + start):
            made = (key, f"{number:032x}", people.row_keys[row], days[row], rows[row], change.id)
            if texts[row] is None:
                bare.append(made)
            else:
                written.append((*made, texts[row]))
        for columns, lines in ((_VISIT, bare), (f"{_VISIT}, written", written)):
            change.insert("visit", columns, lines, [int(line[0] or 0) for line in lines])


def insert_values(change: Change, incoming: Incoming, columns: Sequence[ValueColumn], visits: Visits) -> None:
    """Write all values of the first rows of new visits."""
    for start in range(0, len(visits.new), _CHUNK):
        keys = np.array(visits.new[start : start + _CHUNK], dtype=np.int64)
        rows = np.array(visits.new_rows[start : start + _CHUNK], dtype=np.int64)
        written: list[WrittenValues] = []
        for numeric in (True, False):
            chosen = [column for column in columns if column.numeric == numeric]
            if chosen:
                written += _insert_chunk(change, incoming, chosen, keys, rows)
        change.sealed("measurement", leaves_of_values(written))
    if any(column.qualifiers or column.conversions for column in columns):
        _insert_marks(change, incoming, columns, dict(zip(visits.new_rows, visits.new, strict=True)))


def _insert_chunk(
    change: Change, incoming: Incoming, columns: Sequence[ValueColumn], visits: IntArray, rows: IntArray
) -> Iterator[WrittenValues]:
    """Write one rectangle of values, all numbers or all texts; an empty place is left out. Yield what was written."""
    numeric = columns[0].numeric
    values = _values(columns, rows)
    filled = ~np.isnan(values) if numeric else _present(values)
    codes = np.array([column.code for column in columns], dtype=np.int64)
    keys = (visits[:, None] << VISIT_SHIFT) | codes
    lines = np.broadcast_to(np.array(incoming.entries.rows, dtype=np.int64)[rows][:, None], values.shape)
    texts = _texts(columns, rows)
    own = filled & _present(texts)
    bare = filled & ~own
    for name, chosen in ((f"key, {_kind(numeric)}, row", bare), (f"key, {_kind(numeric)}, row, written", own)):
        parts = (keys[chosen], values[chosen], lines[chosen], texts[chosen])
        _insert(change, f"{name}, change", parts if chosen is own else parts[:3])
        yield _written(change, numeric, *parts)


def _kind(numeric: bool) -> str:
    return "number" if numeric else "text"


def _written(
    change: Change, numeric: bool, keys: IntArray, values: Array, lines: IntArray, texts: Array
) -> WrittenValues:
    numbers = values if numeric else np.zeros(keys.size)
    rests: list[Rest] | None = None
    if not numeric:
        rests = [(True, text, written, None, None) for text, written in zip(values, texts, strict=True)]
    elif texts.any():
        rests = [(False, None, written, None, None) for written in texts]
    return WrittenValues(keys, numbers, lines, np.full(keys.size, change.id), rests)


def _insert(change: Change, columns: str, parts: Sequence[Array]) -> None:
    rows: Iterator[tuple[Cell, ...]] = zip(*(part.tolist() for part in parts), repeat(change.id), strict=False)
    change.insert_sealed("measurement", columns, rows)


def _values(columns: Sequence[ValueColumn], rows: IntArray) -> Array:
    kind = np.float64 if columns[0].numeric else np.object_
    return np.array([_picked(column.values, rows, kind) for column in columns]).T


def _texts(columns: Sequence[ValueColumn], rows: IntArray) -> Array:
    blank = np.full(rows.size, None, dtype=np.object_)
    table = [blank if column.texts is None else _picked(column.texts, rows, np.object_) for column in columns]
    return np.array(table).T


def _picked(column: Sequence[Value | None], rows: IntArray, kind: type[np.generic]) -> Array:
    """Return what some rows of a column say; None of numbers as NaN."""
    said = Coded.of(column)
    codes: IntArray = np.asarray(said.codes)[rows]
    if len(said.cells) <= rows.size:
        different: Array = np.array(said.cells, dtype=kind)
        return different[codes]
    return np.array([said.cells[code] for code in codes.tolist()], dtype=kind)


def _present(values: Array) -> BoolArray:
    return np.asarray(values != np.array(None, dtype=np.object_), dtype=np.bool_)


def _insert_marks(change: Change, incoming: Incoming, columns: Sequence[ValueColumn], visits: dict[int, int]) -> None:
    """Add the few qualifiers and row-wise conversions; a qualifier may stand without a value."""
    for column in columns:
        for row, qualifier in column.qualifiers.items():
            if row in visits:
                key = measurement_key(visits[row], column.code)
                written = None if column.texts is None else column.texts[row]
                change.insert(
                    "measurement",
                    "key, qualifier, row, change, written;"
                    " ON CONFLICT(key) DO UPDATE SET qualifier = excluded.qualifier",
                    [(key, qualifier, incoming.entries.rows[row], change.id, written)],
                    [visits[row]],
                )
        for row, conversion in column.conversions.items():
            if row in visits:
                key = measurement_key(visits[row], column.code)
                change.run("UPDATE measurement SET conversion = ? WHERE key = ?", (conversion, key))
