"""The entries of one file or form, looked at from the store's side."""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from operator import itemgetter

from engine.domain.coded import Coded
from engine.domain.entries import Entries, EntryColumn, IdentifiedEntries
from engine.domain.record import SourceKind, Value
from engine.errors import BugError
from engine.store.identity import IDENTITY_FIELDS, UNSTORED_FIELDS

_CHUNK = 50_000  # rows whose content is held as text at a time


class Fate(IntEnum):
    """What happens to a row."""

    NEW = 0  # the first row of a visit that was not stored
    LATER = 1  # more about a visit that is stored, or was given earlier in the file
    REPEATED = 2  # nothing that was not stored already


@dataclass(frozen=True, slots=True)
class Incoming:
    """Identified entries with what the store needs of each row. All sequences have one element per row."""

    identified: IdentifiedEntries
    days: Sequence[int]
    digests: Sequence[int]
    date_column: EntryColumn | None
    identity_columns: tuple[EntryColumn, ...]
    value_columns: tuple[EntryColumn, ...]

    @property
    def entries(self) -> Entries:
        """The entries themselves."""
        return self.identified.entries

    @property
    def typed(self) -> bool:
        """Whether a person typed these entries; typing may bring back what an import may not."""
        return self.entries.source.kind is SourceKind.TYPED

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.entries.rows)


def look_at(identified: IdentifiedEntries) -> Incoming:
    """Prepare entries for storing.

    Raises:
        BugError: when columns and rows do not match, two columns give the same reading of a field, or a visit date is
            none.
    """
    entries = identified.entries
    _check_shape(identified)
    columns = [column for column in entries.columns if column.field not in UNSTORED_FIELDS]
    return Incoming(
        identified=identified,
        days=_days(identified.visit_dates),
        digests=row_digests(columns, len(entries.rows)),
        date_column=next((column for column in entries.columns if column.field == "visit_date"), None),
        identity_columns=tuple(column for column in columns if column.field in IDENTITY_FIELDS),
        value_columns=tuple(column for column in columns if column.field not in IDENTITY_FIELDS),
    )


def _days(dates: Sequence[str]) -> Sequence[int]:
    try:
        ordinals = {text: date.fromisoformat(text).toordinal() for text in set(dates)}
    except ValueError:
        raise BugError("entries_visit_date") from None  # the original error quotes the date
    return array("i", (ordinals[text] for text in dates))


def _check_shape(identified: IdentifiedEntries) -> None:
    rows = len(identified.entries.rows)
    columns = identified.entries.columns
    lengths = {len(column.values) for column in columns} | {len(column.texts) for column in columns}
    lengths |= {len(identified.person_ids), len(identified.visit_dates)}
    if lengths != {rows}:
        raise BugError("entries_shape")
    if len({(column.field, column.reading) for column in columns}) != len(columns):
        raise BugError("entries_column_twice")


def row_digests(columns: Sequence[EntryColumn], rows: int) -> Sequence[int]:
    """Return a 64-bit digest of each row's canonical content, the same on every machine and in every column order.

    Two rows are only ever compared within one person's day, so 64 bits leave no room for an accident.
    """
    ordered = sorted(columns, key=lambda column: (column.field, column.reading))
    if not ordered:
        return array("q", [_digest("")]) * rows
    told = [_Told(column) for column in ordered]
    digests = array("q")
    for start in range(0, rows, _CHUNK):
        tokens = [column.tokens(start, start + _CHUNK) for column in told]
        digests.extend(_digest("".join(row)) for row in zip(*tokens, strict=True))
    return digests


def _digest(text: str) -> int:
    content = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big", signed=True)


class _Told:
    """A column as text that cannot run into its neighbour; an absent value leaves no trace."""

    def __init__(self, column: EntryColumn) -> None:
        self._name = f"{column.field}#{column.reading}"
        values = Coded.of(column.values)
        self._codes = values.codes
        self._of_cells = [_token(self._name, value) for value in values.cells]
        self._qualifiers = sorted((column.qualifiers or {}).items())

    def tokens(self, start: int, stop: int) -> list[str]:
        """Return the texts of some rows."""
        of_cells = self._of_cells
        tokens = [of_cells[code] for code in self._codes[start:stop]]
        first = bisect_left(self._qualifiers, start, key=itemgetter(0))
        for row, qualifier in self._qualifiers[first : bisect_left(self._qualifiers, stop, key=itemgetter(0))]:
            tokens[row - start] += f"{self._name}?{qualifier};"
        return tokens


def _token(name: str, value: Value | None) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"{name}={len(value)}:{value};"
    return f"{name}={value};" if isinstance(value, bool) else f"{name}={float(value)!r};"
