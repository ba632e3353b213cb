"""Limits as the reference has them: a value within 1e-9 of a limit is on it, and ages compare completed years."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from engine.domain.batch import BoolArray, FloatArray, IntArray
from engine.fields import Field, Kind

# 130 mg/dL stored as 3.3617... mmol/L must not fall below 130 again through its last digits.
RELATIVE_TOLERANCE = 1e-9
AGE = "age"
_TOGETHER = 16_384  # values: 128 kB
_LARGEST = float(np.finfo(np.float64).max)  # only infinity lies beyond


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


@dataclass(frozen=True, slots=True)
class Bounds:
    """What values of several fields can be, a row for each: within ``low`` and ``high``, some only ``whole`` numbers.

    float64[fields, 1] and positions of the rows. Where a field has no limit, everything finite lies within.
    """

    low: FloatArray
    high: FloatArray
    whole: IntArray

    def invalid(self, table: FloatArray) -> BoolArray:
        """Return where a table float64[fields, rows] (ages as ``comparable``) holds no value of its field."""
        bad: BoolArray = table < self.low
        bad |= table > self.high
        if len(self.whole):
            some = table[self.whole]
            bad[self.whole] |= np.floor(some) < some
        return bad


class FieldBounds:
    """The bounds of many fields, to be looked at together: all for one person, one by one for a block of people.

    Each operation costs as much to start as a thousand values take, and a table beyond the processor's cache costs more
    than it saves.
    """

    def __init__(self, fields: Iterable[Field]) -> None:
        self._fields = tuple(fields)
        self._groups: dict[int, tuple[tuple[tuple[str, ...], Bounds], ...]] = {}

    def groups(self, rows: int) -> tuple[tuple[tuple[str, ...], Bounds], ...]:
        """Return the names and bounds of those that go together for so many rows, in order."""
        size = min(max(1, _TOGETHER // max(1, rows)), len(self._fields))
        found = self._groups.get(size)
        if found is None:
            parts = [self._fields[start : start + size] for start in range(0, len(self._fields), size or 1)]
            found = tuple((tuple(field.name for field in part), bounds_of(part)) for part in parts)
            self._groups[size] = found
        return found


def bounds_of(fields: Iterable[Field]) -> Bounds:
    """Return the hard limits, kinds and codes of fields as bounds."""
    ends = [_ends(field) for field in fields]
    low, high = (np.array([end[side] for end in ends], dtype=np.float64).reshape(-1, 1) for side in (0, 1))
    return Bounds(low, high, np.flatnonzero([end[2] for end in ends]))


def _ends(field: Field) -> tuple[float, float, bool]:
    """Return the lowest and highest value that a field can have, the tolerance taken off, and whether it is whole."""
    if field.kind is Kind.BOOLEAN:
        return 0.0, 1.0, True
    if field.kind is Kind.CATEGORY:
        return 0.0, len(field.category_codes) - 1.0, True
    low = high = None
    if field.kind is Kind.NUMBER:
        low, high = field.hard_min, field.hard_max
    return (
        -_LARGEST if low is None else low - RELATIVE_TOLERANCE * abs(low),
        _LARGEST if high is None else high + RELATIVE_TOLERANCE * abs(high),
        False,
    )


def invalid(field: Field, column: FloatArray) -> BoolArray:
    """Return where a Batch column is present but no value of its field: wrong kind or code, beyond hard limits."""
    bad: BoolArray = bounds_of([field]).invalid(comparable(field.name, column)[np.newaxis])[0]
    return bad
