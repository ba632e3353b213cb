"""What is wrong with a value, a row or a file: codes, never sentences."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why an entry is not simply accepted. The words of the import rules."""

    IMPOSSIBLE_VALUE = "impossible_value"
    IMPLAUSIBLE_VALUE = "implausible_value"
    AMBIGUOUS_DATE = "ambiguous_date"
    AMBIGUOUS_UNIT = "ambiguous_unit"
    MISSING_IDENTITY = "missing_identity"
    DUPLICATE_PERSON = "duplicate_person"
    FUTURE_DATE = "future_date"
    UNREADABLE_VALUE = "unreadable_value"
    BAD_ROW_SHAPE = "bad_row_shape"
    IMPOSSIBLE_TIME = "impossible_time"
    DUPLICATE_READING = "duplicate_reading"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an entry.

    ``text`` is what was written and ``low``/``high`` the limits in the canonical unit; they are shown to the person
    who entered the value and never logged. An implausible value can be confirmed; every other problem refuses.
    """

    reason: Reason
    fields: tuple[str, ...]
    text: str | None = None
    low: float | None = None
    high: float | None = None
    unit: str | None = None

    @property
    def can_confirm(self) -> bool:
        """Whether a person may keep the value as it stands."""
        return self.reason is Reason.IMPLAUSIBLE_VALUE
