"""Shares of people with their intervals."""

from __future__ import annotations

import math

from engine.domain.recalibration import Estimate
from engine.statistics.normal import NORMAL_95


def share(count: int, people: int) -> Estimate:
    """Return ``count`` of ``people`` as a fraction with Wilson's 95 % interval (J Am Stat Assoc 1927;22:209-212)."""
    value = count / people
    squared = NORMAL_95**2 / people
    middle = (value + squared / 2) / (1 + squared)
    half = NORMAL_95 * math.sqrt(value * (1 - value) / people + squared / (4 * people)) / (1 + squared)
    return Estimate(value, max(0.0, middle - half), min(1.0, middle + half))
