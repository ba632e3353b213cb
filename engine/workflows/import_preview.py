"""What a person looks at before a file is stored: its first rows as written, one row as it would be stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.domain.entries import EntryColumn, IdentifiedEntries
from engine.domain.record import Conversion, Value
from engine.intake.plan import ImportPlan
from engine.intake.questions import Names
from engine.intake.sheet_rows import NotPatient
from engine.intake.tables import Table

SAMPLE_ROWS = 8
_LONGEST_SAMPLE = 200  # signs of a cell; more than a column shows
_MOST_EXAMPLES = 200
CONVERTED, QUALIFIED = "converted", "qualified"


@dataclass(frozen=True, slots=True)
class SampleRow:
    """A row of the file as it is written; ``row`` is its number there."""

    row: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredValue:
    """One value as it would be stored, and the text it was read from (None: exactly the value)."""

    field: str
    value: Value | None
    written: str | None = None
    header: str | None = None
    reading: int = 1
    conversion: Conversion | None = None
    qualifier: str | None = None


@dataclass(frozen=True, slots=True)
class StoredRow:
    """The first row that would be stored."""

    row: int
    values: tuple[StoredValue, ...]


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A row that holds no patient, with its cells as written (header, text)."""

    row: int
    kind: str
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ImportNote:
    """Something done to many cells of a field, such as changing the unit: how many rows, and examples of them."""

    kind: str
    field: str
    rows: int
    examples: tuple[tuple[int, StoredValue], ...]
    conversion: Conversion | None = None


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """``names`` are those of the columns in the ids of questions, in file order; ``rows`` the first rows."""

    names: tuple[str, ...]
    rows: tuple[SampleRow, ...]
    first_row: int
    last_row: int
    stored: StoredRow | None = None
    skipped: tuple[SkippedRow, ...] = ()
    notes: tuple[ImportNote, ...] = ()


def preview_of(table: Table, plan: ImportPlan) -> ImportPreview:
    """Return what is to be looked at of a table and what would be done with it."""
    other = {row.row for row in plan.not_patients}
    rows: list[int] = table.rows.tolist()
    shown = [position for position, row in enumerate(rows[: SAMPLE_ROWS + len(other)]) if row not in other]
    samples = [
        SampleRow(rows[position], tuple(column.text(position)[:_LONGEST_SAMPLE] for column in table.columns))
        for position in shown[:SAMPLE_ROWS]
    ]
    return ImportPreview(
        names=_names(table),
        rows=tuple(samples),
        first_row=rows[0],
        last_row=rows[-1],
        stored=None if plan.identified is None else _stored_row(plan.identified),
        skipped=_skipped(table, plan.not_patients),
        notes=() if plan.identified is None else tuple(_notes(plan.identified)),
    )


def _names(table: Table) -> tuple[str, ...]:
    names = Names(tuple(column.header for column in table.columns))
    return tuple(names[index] for index in range(len(table.columns)))


def _stored_row(identified: IdentifiedEntries) -> StoredRow | None:
    entries = identified.entries
    if not entries.rows:
        return None
    values = (_stored_value(column, 0) for column in entries.columns)
    return StoredRow(entries.rows[0], tuple(value for value in values if value is not None))


def _stored_value(column: EntryColumn, at: int) -> StoredValue | None:
    qualifier = (column.qualifiers or {}).get(at)
    value = column.values[at]
    if value is None and qualifier is None:
        return None
    own = (column.row_conversions or {}).get(at, column.conversion)
    written = column.texts[at]
    return StoredValue(
        field=column.field,
        value=value,
        written=None if written is None else written[:_LONGEST_SAMPLE],
        header=column.header,
        reading=column.reading,
        conversion=own if own is not None and own.unit_from != own.unit_to else None,
        qualifier=qualifier,
    )


def _skipped(table: Table, others: Sequence[NotPatient]) -> tuple[SkippedRow, ...]:
    if not others:
        return ()
    places = {row: position for position, row in enumerate(table.rows.tolist())}
    return tuple(
        SkippedRow(
            other.row,
            other.kind.value,
            tuple(
                (column.header, text[:_LONGEST_SAMPLE])
                for column in table.columns
                if (text := column.text(places[other.row]))
            ),
        )
        for other in others
    )


def _notes(identified: IdentifiedEntries) -> Iterator[ImportNote]:
    rows = identified.entries.rows
    for column in identified.entries.columns:
        for kind, changed in ((CONVERTED, _converted(column)), (QUALIFIED, sorted(column.qualifiers or {}))):
            if not changed:
                continue
            examples = [(rows[at], _stored_value(column, at)) for at in changed[:_MOST_EXAMPLES]]
            kept = tuple((row, value) for row, value in examples if value is not None)
            yield ImportNote(kind, column.field, len(changed), kept, kept[0][1].conversion if kept else None)


def _converted(column: EntryColumn) -> list[int]:
    """Return the rows of a column whose number was changed to another unit."""
    own = column.row_conversions or {}
    if column.conversion is None:
        changed = [at for at, conversion in sorted(own.items()) if conversion.unit_from != conversion.unit_to]
    else:
        same = {at for at, conversion in own.items() if conversion.unit_from == conversion.unit_to}
        changed = [at for at in range(len(column.values)) if at not in same]
    return [at for at in changed if column.values[at] is not None]
