"""Dates that may be known only to the month or the year."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache


class Precision(StrEnum):
    """How far a date is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True, order=True)
class PartialDate:
    """A calendar date known to the day, the month or the year.

    A missing part counts as the first (so an age may come out up to a year too high); it is never invented: the text
    form shows only what is known.
    """

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if self.day is not None and self.month is None:
            raise ValueError("a day needs a month")
        date(self.year, self.month or 1, self.day or 1)

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Read ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``; raise ValueError for anything else."""
        return _parsed(text)

    @property
    def precision(self) -> Precision:
        """How far this date is known."""
        if self.day is not None:
            return Precision.DAY
        return Precision.MONTH if self.month is not None else Precision.YEAR

    @property
    def earliest(self) -> date:
        """The first day this date can be."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def latest(self) -> date:
        """The last day this date can be."""
        month = self.month or 12
        return date(self.year, month, self.day or monthrange(self.year, month)[1])

    def __str__(self) -> str:
        text = f"{self.year:04d}"
        if self.month is not None:
            text += f"-{self.month:02d}"
        if self.day is not None:
            text += f"-{self.day:02d}"
        return text


def completed_years(birth: date, on: date) -> int:
    """Completed years between two days; 29 February counts as 1 March in other years."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


@lru_cache(maxsize=4096)  # a file says the same days over and over
def _parsed(text: str) -> PartialDate:
    parts = text.split("-")
    lengths = tuple(len(part) for part in parts)
    if lengths not in {(4,), (4, 2), (4, 2, 2)} or not all(part.isascii() and part.isdigit() for part in parts):
        raise ValueError("not a date")
    return PartialDate(*(int(part) for part in parts))
