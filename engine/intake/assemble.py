"""Columns of fields become entries: one value per row, with the text it was read from where that differs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.domain.entries import Entries, EntryColumn, IdentifiedEntries, Source
from engine.domain.record import Conversion, Value
from engine.intake.field_columns import FieldColumn
from engine.intake.identity import Resolution
from engine.intake.interpret import STEERING

Rows = NDArray[np.intp]


def canonical_text(value: Value) -> str:
    """Write a canonical value as text: numbers shortest, without a decimal that says nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def build_entries(columns: Sequence[FieldColumn], numbers: NDArray[np.int32], kept: Rows, source: Source) -> Entries:
    """Build the entries of some rows.

    Args:
        columns: all fields.
        numbers: the row numbers of the kept rows in the file.
        kept: positions of the kept rows.
        source: where they came from.
    """
    wanted = [column for column in columns if column.field not in STEERING and column.field != "visit_date"]
    built = (_entry_column(column, kept) for column in wanted)
    return Entries(source, numbers.tolist(), tuple(column for column in built if column is not None))


def _entry_column(column: FieldColumn, kept: Rows) -> EntryColumn | None:
    """Build one column; None when no row has anything in it."""
    codes = column.codes[kept]
    if not np.isin(codes, _said(column)).any():
        return None
    return EntryColumn(
        field=column.field,
        values=_spread(column.values, codes),
        texts=_spread([_text(value, text) for value, text in zip(column.values, column.texts, strict=True)], codes),
        reading=column.reading,
        header=column.header,
        index=column.index,
        conversion=column.conversion,
        rule=column.rule,
        set_for_file=column.set_for_file,
        qualifiers=_by_row(column.qualifiers, codes) or None,
        row_conversions=_by_row(column.cell_conversions, codes) or None,
    )


def _said(column: FieldColumn) -> list[int]:
    filled = [position for position, value in enumerate(column.values) if value is not None]
    return [*filled, *column.qualifiers]


def _text(value: Value | None, written: str) -> str | None:
    """Return what must be kept of the original: nothing when it is the canonical value written out, or empty."""
    if not written or (value is not None and canonical_text(value) == written):
        return None
    return written


def _spread(cells: Sequence[object], codes: NDArray[np.int32]) -> list:  # type: ignore[type-arg]
    table = np.empty(len(cells), dtype=object)
    table[:] = list(cells)
    return table[codes].tolist()


def _by_row(by_position: object, codes: NDArray[np.int32]) -> dict:  # type: ignore[type-arg]
    """Spread what some cells carry over the rows that hold these cells."""
    found: dict[int, str | Conversion] = {}
    mapping = dict(by_position)  # type: ignore[call-overload]
    if mapping:
        for row in np.flatnonzero(np.isin(codes, list(mapping))).tolist():
            found[row] = mapping[int(codes[row])]
    return found


def visit_days(columns: Sequence[FieldColumn], count: int) -> list[str | None]:
    """Return the day of every row; None where it has none."""
    days = np.full(count, None, dtype=object)
    for column in columns:
        if column.field == "visit_date":
            values = np.empty(len(column.values), dtype=object)
            values[:] = list(column.values)
            own = values[column.codes]
            days = np.where(np.equal(days, None), own, days)
    return days.tolist()  # type: ignore[no-any-return]


def identified_entries(
    entries: Entries, resolution: Resolution, kept: Rows, days: Sequence[str | None]
) -> IdentifiedEntries:
    """Join entries with the people and days of their rows."""
    positions = kept.tolist()
    return IdentifiedEntries(
        entries=entries,
        person_ids=[str(resolution.person_ids[row]) for row in positions],
        new_person_ids=resolution.new_person_ids,
        visit_dates=[days[row] or "" for row in positions],
    )
