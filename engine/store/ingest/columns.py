"""What a whole column shares is stored once; what is left goes with each value."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.domain.coded import Coded
from engine.domain.entries import EntryColumn
from engine.domain.record import Conversion, SourceKind, Value
from engine.errors import BugError
from engine.fields.dictionary import Kind
from engine.store.database import Cell
from engine.store.gate import inner
from engine.store.ingest.incoming import Incoming
from engine.store.values import column_code, kind_of
from engine.store.vault import Change, Vault

_MOST_SHARED_TEXTS = 64
_INSERT_LINE = (
    "INSERT INTO import_column(import, field, reading, header, position, conversion, rule, set_for_file, texts)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True)
class ValueColumn:
    """A column of measurements, ready to write.

    ``code`` is the lower part of the measurements' keys. ``texts`` is None when no value needs its own text.
    """

    code: int
    numeric: bool
    values: Sequence[Value | None]
    texts: Sequence[str | None] | None
    qualifiers: Mapping[int, str]
    conversions: Mapping[int, int]  # row position -> key of a conversion that differs from the column's


@inner
def store_columns(vault: Vault, change: Change, incoming: Incoming, import_key: int) -> list[ValueColumn]:
    """Store the column map of an import and return the measurement columns in the order of their keys.

    Raises:
        BugError: when a column holds a value that is none of its field's kind.
    """
    dates = (incoming.date_column,) if incoming.date_column else ()
    lines = [_line(vault, change, column, import_key, {}) for column in (*dates, *incoming.identity_columns)]
    made = []
    for column in incoming.value_columns:
        shared = _shared_texts(column)
        lines.append(_line(vault, change, column, import_key, shared or {}))
        own = None if shared is not None or not any(Coded.of(column.texts).different()) else column.texts
        of_rows = column.row_conversions or {}
        known = {one: _conversion(change, one) for one in set(of_rows.values())}
        conversions = {row: known[one] for row, one in of_rows.items()}
        made.append(
            ValueColumn(
                code=column_code(vault.field_key(change, column.field), column.reading),
                numeric=_is_numeric(column),
                values=column.values,
                texts=own,
                qualifiers=column.qualifiers or {},
                conversions=conversions,
            )
        )
    change.many(_INSERT_LINE, lines)
    return sorted(made, key=lambda column: column.code)


def shared_key(value: Value) -> str:
    """Return how a canonical value is named among the texts that a column shares."""
    return json.dumps(float(value) if isinstance(value, int) and not isinstance(value, bool) else value)


def _shared_texts(column: EntryColumn) -> dict[str, str] | None:
    """Return value -> text when the column writes each value in one way ("Yes" for true), else None."""
    if column.qualifiers:
        return None  # there a text may stand for no value at all
    pairs: set[tuple[Value, str | None]] = set()
    for value, text in _said(column):
        if value is not None:
            pairs.add((value, text))
            if len(pairs) > _MOST_SHARED_TEXTS:
                return None
    if len({value for value, _ in pairs}) != len(pairs):
        return None
    return {shared_key(value): text for value, text in pairs if text is not None}


def _said(column: EntryColumn) -> Iterable[tuple[Value | None, str | None]]:
    """Return what the rows of a column say, with the text of each; each at least once."""
    values, texts = Coded.of(column.values), Coded.of(column.texts)
    if values.codes is not texts.codes:
        return zip(values, texts, strict=True)
    return ((values.cells[code], texts.cells[code]) for code in set(values.codes))


def _is_numeric(column: EntryColumn) -> bool:
    """Return whether a column's values are written as numbers, having checked that all of them fit."""
    texts = {isinstance(value, str) for value in Coded.of(column.values).different() if value is not None}
    kind = kind_of(column.field)
    numeric = kind in (Kind.NUMBER, Kind.BOOLEAN) if kind is not None else texts != {True}
    if texts - {not numeric}:
        raise BugError("entry_value_kind")
    return numeric


def _line(
    vault: Vault, change: Change, column: EntryColumn, import_key: int, texts: Mapping[str, str]
) -> tuple[Cell, ...]:
    return (
        import_key,
        vault.field_key(change, column.field),
        column.reading,
        column.header,
        column.index,
        _conversion(change, column.conversion) if column.conversion else None,
        column.rule,
        int(column.set_for_file),
        json.dumps(texts, sort_keys=True) if texts else None,
    )


def _conversion(change: Change, conversion: Conversion) -> int:
    values = (conversion.unit_from, conversion.unit_to, conversion.factor, conversion.offset)
    change.run(
        "INSERT INTO conversion(unit_from, unit_to, factor, shift) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", values
    )
    found = change.rows(
        "SELECT key FROM conversion WHERE unit_from = ? AND unit_to = ? AND factor = ? AND shift = ?", values
    )
    return int(found[0][0])


@inner
def start_import(vault: Vault, change: Change, incoming: Incoming) -> int:
    """Store the import itself, with counts still at nought, and return its key."""
    source = incoming.entries.source
    return change.run(
        "INSERT INTO import(id, kind, received_at, file_name, file_sha256, sheet, rows_read, rows_new, rows_updated,"
        " rows_repeated, rows_parked, rows_rejected, change) VALUES (?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, 0, ?)",
        (
            vault.random(16).hex(),
            SourceKind(source.kind).value,
            source.received_at.isoformat(),
            source.file_name,
            source.file_sha256,
            source.sheet,
            change.id,
        ),
    )
