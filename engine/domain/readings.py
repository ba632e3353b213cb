"""Several readings of one field at one visit: the one place that says what the visit's value is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.domain.batch import FloatArray, IntArray
from engine.domain.record import Value

MEAN_OF_ALL = "mean_of_all"  # numbers
LAST = "last"  # codes, yes/no, dates and text


def rule_for(values: Sequence[Value]) -> str:
    """Return the name of the rule for readings of this kind."""
    numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
    return MEAN_OF_ALL if numbers else LAST


def visit_value(values: Sequence[Value]) -> Value:
    """Return the visit's value of one or more readings in order; a single reading is returned as it is."""
    if len(values) == 1 or rule_for(values) == LAST:
        return values[-1]
    total = 0.0
    for value in values:  # plain left-to-right addition, bit for bit what ``mean_by_position`` does
        total += float(value)
    return total / len(values)


def mean_by_position(positions: IntArray, numbers: FloatArray, rows: int) -> FloatArray:
    """Return float64[rows]: the mean of the numbers at each position, in the order given; NaN where there is none."""
    count = np.bincount(positions, minlength=rows)
    total = np.bincount(positions, weights=numbers, minlength=rows)
    with np.errstate(invalid="ignore"):
        return np.asarray(total / count, dtype=np.float64)
