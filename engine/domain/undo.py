"""What taking an import back does: counts of what goes and comes back, and what stays because of later edits."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class ConflictKind(StrEnum):
    """What stays although the import that it came from or stood beside is taken back."""

    VALUE = "value"  # typed over a value of the file
    IDENTITY = "identity"  # who somebody is, put right by hand after the file said it
    ENTRY = "entry"  # an entry of a list, changed or taken off by hand since
    VISIT = "visit"  # a visit that the file made and that holds what was typed since
    PERSON = "person"  # somebody whom the file brought and of whom something else was entered since
    REPORT = "report"  # somebody whom the file brought and for whom pages were made


@dataclass(frozen=True, slots=True)
class Conflict:
    """One thing that stays. ``number``: the clinic's, of the person; ``field``: of the dictionary, or the list."""

    kind: ConflictKind
    person_id: str
    number: str | None = None
    visit_date: date | None = None
    field: str | None = None
    subject: str | None = None


@dataclass(slots=True)
class UndoCounts:
    """What goes, and what comes back.

    ``values_back`` were replaced by the file; ``values_moved`` stay because a later file says the same, and are now
    that file's. ``rows_waiting`` no longer wait for a person.
    """

    people_gone: int = 0
    visits_gone: int = 0
    values_gone: int = 0
    values_back: int = 0
    values_moved: int = 0
    people_corrected: int = 0
    entries_gone: int = 0
    entries_back: int = 0
    readings_gone: int = 0
    kept_gone: int = 0
    rows_waiting: int = 0


@dataclass(frozen=True, slots=True)
class UndoSummary:
    """An import taken back, or what taking it back would do (``done``)."""

    import_id: str
    file_name: str | None
    received_at: datetime
    done: bool
    counts: UndoCounts
    conflicts: tuple[Conflict, ...] = field(default=())
