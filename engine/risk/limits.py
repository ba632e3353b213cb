"""Limits as the reference has them: a value within 1e-9 of a limit is on it, and ages compare completed years."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from engine.domain.batch import BoolArray, FloatArray
from engine.fields import Field, Kind

# 130 mg/dL stored as 3.3617... mmol/L must not fall below 130 again through its last digits.
RELATIVE_TOLERANCE = 1e-9
AGE = "age"


@dataclass(frozen=True, slots=True)
class Limits:
    """A range of numbers; both ends belong to it unless marked exclusive. None: no limit on that side."""

    low: float | None
    high: float | None
    low_exclusive: bool = False
    high_exclusive: bool = False

    def outside(self, values: FloatArray) -> BoolArray:
        """Return where values lie outside; NaN never does."""
        below = above = None
        if self.low is not None:
            slack = RELATIVE_TOLERANCE * abs(self.low)
            below = values <= self.low + slack if self.low_exclusive else values < self.low - slack
        if self.high is not None:
            slack = RELATIVE_TOLERANCE * abs(self.high)
            above = values >= self.high - slack if self.high_exclusive else values > self.high + slack
        if below is None:
            return np.zeros(values.shape, dtype=np.bool_) if above is None else above
        return below if above is None else np.logical_or(below, above, out=below)


_limits = cache(Limits)


def anywhere(where: BoolArray) -> bool:
    """Return whether anything is true: the same as ``any``, at a fifth of its time for one person."""
    return bool(np.count_nonzero(where))


def completed_years(ages: FloatArray) -> FloatArray:
    """Return whole years of life: 79.9 is 79; an age within the tolerance of a birthday has reached it."""
    years: FloatArray = np.floor(ages + np.abs(ages) * RELATIVE_TOLERANCE)
    return years


def comparable(field: str, values: FloatArray) -> FloatArray:
    """Return what the limits of a canonical field compare: completed years for the age, the value itself for others."""
    return completed_years(values) if field == AGE else values


def invalid(field: Field, column: FloatArray) -> BoolArray:
    """Return where a Batch column is present but no value of its field: wrong kind or code, beyond hard limits."""
    if field.kind is Kind.NUMBER:
        beyond = _limits(field.hard_min, field.hard_max).outside(comparable(field.name, column))
        return beyond if field.hard_min is not None and field.hard_max is not None else beyond | np.isinf(column)
    bad: BoolArray = np.isinf(column)
    if field.kind is Kind.BOOLEAN:
        bad = (column != 0) & (column != 1) & (column == column)  # noqa: PLR0124  equal to itself: not NaN
    elif field.kind is Kind.CATEGORY:
        whole = (column == np.floor(column)) | np.isnan(column)
        bad = (column < 0) | (column >= len(field.category_codes)) | ~whole
    return bad
