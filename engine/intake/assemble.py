"""Columns of fields become entries: one value per row, with the text it was read from where that differs."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.domain.coded import Coded
from engine.domain.entries import Entries, EntryColumn, IdentifiedEntries, Source
from engine.domain.record import Value
from engine.fields.canonical import write_number
from engine.intake.field_columns import BY_RESIDENT_ID, FieldColumn
from engine.intake.identity import Resolution
from engine.intake.interpret import STEERING

Rows = NDArray[np.intp]
Said = TypeVar("Said")


def canonical_text(value: Value) -> str:
    """Write a canonical value as text: numbers shortest, without a decimal that says nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return write_number(value) if isinstance(value, float) else str(value)


def build_entries(columns: Sequence[FieldColumn], numbers: NDArray[np.int32], kept: Rows, source: Source) -> Entries:
    """Build the entries of some rows.

    The visit date is among the columns, for the text it was read from; empty columns are left out.

    Args:
        columns: all fields.
        numbers: the row numbers of the kept rows in the file.
        kept: positions of the kept rows.
        source: where they came from.
    """
    wanted = (
        column for column in columns if column.field not in STEERING and not column.field.startswith(BY_RESIDENT_ID)
    )
    built = (_entry_column(column, kept) for column in wanted)
    return Entries(source, numbers.tolist(), tuple(column for column in built if column is not None))


def _entry_column(column: FieldColumn, kept: Rows) -> EntryColumn | None:
    """Build one column; None when no row has anything in it."""
    codes = column.codes[kept]
    said = [position for position, value in enumerate(column.values) if value is not None]
    if not np.isin(codes, [*said, *column.qualifiers]).any():
        return None
    texts = [_text(value, text) for value, text in zip(column.values, column.texts, strict=True)]
    of_rows = _codes(codes)
    return EntryColumn(
        field=column.field,
        values=Coded(column.values, of_rows),
        texts=Coded(texts, of_rows),
        reading=column.reading,
        header=column.header,
        index=column.index,
        conversion=column.conversion,
        rule=column.rule,
        set_for_file=column.set_for_file,
        qualifiers=_by_row(column.qualifiers, codes),
        row_conversions=_by_row(column.cell_conversions, codes),
    )


def _text(value: Value | None, written: str) -> str | None:
    """Return what must be kept of the original: nothing when it is the canonical value written out, or empty."""
    if not written or (value is not None and canonical_text(value) == written):
        return None
    return written


def _codes(codes: NDArray[np.int32]) -> array[int]:
    made = array("i")
    made.frombytes(codes.astype(np.intc).tobytes())
    return made


def _by_row(by_position: Mapping[int, Said], codes: NDArray[np.int32]) -> dict[int, Said] | None:
    """Spread what some cells carry over the rows that hold these cells."""
    if not by_position:
        return None
    rows = np.flatnonzero(np.isin(codes, list(by_position))).tolist()
    return {row: by_position[int(codes[row])] for row in rows} or None


def visit_days(columns: Sequence[FieldColumn], count: int) -> Sequence[str | None]:
    """Return the day of every row; None where it has none."""
    visits = next((column for column in columns if column.field == "visit_date"), None)
    if visits is None:
        return [None] * count
    return Coded([None if value is None else str(value) for value in visits.values], _codes(visits.codes))


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
