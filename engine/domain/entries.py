"""Entries: what arrives, column by column, before and after validation. One typed visit is a table of one row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.domain.problems import Problem
from engine.domain.record import Conversion, SourceKind, Value


@dataclass(frozen=True, slots=True)
class Source:
    """Where a set of entries came from: stored once per import."""

    kind: SourceKind
    received_at: datetime
    actor: str | None = None
    file_name: str | None = None
    file_sha256: str | None = None
    sheet: str | None = None


@dataclass(frozen=True, slots=True)
class EntryColumn:
    """The values of one field over all rows.

    What the whole column shares (header, unit, rule) stands here once. ``values[i]`` is canonical (number, code,
    true/false, text; dates as ISO text) or None when absent; ``texts[i]`` is the original text, or None when it is
    exactly the canonical value written out. ``qualifiers`` holds "<", ">", "negative", ... by row where written.
    """

    field: str
    values: Sequence[Value | None]
    texts: Sequence[str | None]
    reading: int = 1
    header: str | None = None
    index: int | None = None
    conversion: Conversion | None = None
    rule: str | None = None
    set_for_file: bool = False
    qualifiers: Mapping[int, str] | None = None
    # where units differ from row to row: row position -> conversion
    row_conversions: Mapping[int, Conversion] | None = None


@dataclass(frozen=True, slots=True)
class Entries:
    """A columnar set of entries that passed validation: ready to store.

    ``rows[i]`` is the row number in the source (1-based, as a person counts). All columns have ``len(rows)`` values.
    """

    source: Source
    rows: Sequence[int]
    columns: tuple[EntryColumn, ...]


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """What import needs to know of a stored person to recognise them. ``id`` is the program's own.

    ``root``: the id of the record that this one was merged into, its own where it was not; None where nobody asked.
    """

    id: str
    patient_id: str | None
    name: str | None
    birth_date: str | None  # as PartialDate text
    sex: str | None
    phone: str | None = None
    root: str | None = None


@dataclass(frozen=True, slots=True)
class IdentifiedEntries:
    """Entries whose every row belongs to a person and a day.

    ``person_ids[i]`` is the program's own id of the person of row i; ids in ``new_person_ids`` are not stored yet.
    ``visit_dates[i]`` is the ISO date of the visit. Patient-level fields (name, phone, ...) are among the columns.
    """

    entries: Entries
    person_ids: Sequence[str]
    new_person_ids: frozenset[str]
    visit_dates: Sequence[str]


@dataclass(frozen=True, slots=True)
class ParkedRow:
    """A row kept back until a person decides, with every reason and its cells as written (header, text)."""

    row: int
    problems: tuple[Problem, ...]
    cells: tuple[tuple[str, str], ...] = ()
    visit_group: int | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How the rows of one import ended. They always reconcile."""

    rows_read: int = 0
    rows_new: int = 0
    rows_updated: int = 0
    rows_repeated: int = 0
    rows_parked: int = 0
    rows_rejected: int = 0

    def reconciles(self) -> bool:
        """Whether every row read is accounted for exactly once."""
        ended = self.rows_new + self.rows_updated + self.rows_repeated + self.rows_parked + self.rows_rejected
        return self.rows_read == ended
