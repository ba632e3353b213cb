"""What was done to one person's record: one flat list of who changed what, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from engine.domain.record import SourceKind, Value


class HistoryAction(StrEnum):
    """What was done. The first three are of values, of who the person is, and of entries of lists."""

    ENTERED = "entered"
    CHANGED = "changed"
    REMOVED = "removed"
    VISIT_ADDED = "visit_added"
    VISIT_MOVED = "visit_moved"  # old and new: the days as ISO text
    VISIT_TAKEN_OVER = "visit_taken_over"  # moved between people; old and new: their ids
    VISIT_REMOVED = "visit_removed"
    MERGED = "merged"  # new: the id of the record that became part of this one
    UNMERGED = "unmerged"  # old: that id


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One thing that was done.

    ``field``: a field of the dictionary; for entries of lists the list (``condition``, ``medicine``, ``allergy``,
    ``relative``, ``health_check``, ``answer``) when one was entered or removed, and ``condition.certainty`` and the
    like when part of one changed; None for visits as a whole. ``subject``: for lists, the code or text of the entry.
    ``old`` and ``new`` are canonical; a value that is only a word such as "negative" is that word, and a sign such as
    "<" written before a number stands in ``old_qualifier`` and ``new_qualifier``. ``source``: typed, or by an import.
    """

    moment: datetime
    actor: str
    source: SourceKind
    action: HistoryAction
    field: str | None = None
    subject: str | None = None
    reading: int | None = None
    old: Value | None = None
    new: Value | None = None
    old_qualifier: str | None = None
    new_qualifier: str | None = None
    visit_id: str | None = None
    visit_date: date | None = None
