"""What a file changes against the one of the same shape that was imported before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from engine.domain.entries import Counts
from engine.domain.record import Value


@dataclass(frozen=True, slots=True)
class ChangedValue:
    """One value that the file replaces. ``row`` is that of the file."""

    number: str | None
    visit_date: date
    field: str
    old: Value | None
    new: Value | None
    row: int | None


@dataclass(frozen=True, slots=True)
class MissingRow:
    """One visit that the file before had and this one has not. ``row`` is that of the file before."""

    number: str | None
    visit_date: date
    row: int


@dataclass(frozen=True, slots=True)
class FileDifference:
    """Next month's file against the last one.

    Rows of this file: ``rows_new + rows_changed + rows_unchanged + rows_parked = rows``. Rows of the file before:
    ``rows_still + rows_missing = rows_before``. ``changed`` and ``missing`` hold the first hundred of each.
    """

    import_id: str
    file_name: str | None
    received_at: datetime
    rows: int
    people_new: int
    rows_new: int
    rows_changed: int
    rows_unchanged: int
    rows_parked: int
    values_new: int
    values_changed: int
    rows_before: int
    rows_still: int
    rows_missing: int
    changed: tuple[ChangedValue, ...] = ()
    missing: tuple[MissingRow, ...] = ()

    @property
    def counts(self) -> Counts:
        """How the rows of the file would end."""
        return Counts(self.rows, self.rows_new, self.rows_changed, self.rows_unchanged, self.rows_parked)
