"""Risks of people who were followed for different times."""

from __future__ import annotations

import numpy as np

from engine.domain.batch import BoolArray, FloatArray
from engine.domain.recalibration import Estimate
from engine.statistics.normal import NORMAL_95


def kaplan_meier(years: FloatArray, event: BoolArray, at: float) -> Estimate | None:
    """Return the share with the event by ``at`` years, with the 95 % interval on the log(-log) scale; None: unknown.

    Kaplan EL, Meier P. J Am Stat Assoc 1958;53:457-481; Greenwood's variance; Kalbfleisch and Prentice's interval.
    It is unknown where nobody was followed until then.
    """
    moments = np.unique(years[event & (years <= at)])
    ordered, ended = np.sort(years), np.sort(years[event])
    at_risk = len(years) - np.searchsorted(ordered, moments, side="left")
    ends = np.searchsorted(ended, moments, side="right") - np.searchsorted(ended, moments, side="left")
    if not len(years) or years.max() < at:
        return None
    left = float(np.prod(1 - ends / at_risk))
    if left in (0.0, 1.0):
        return Estimate(1 - left, *((1.0, 1.0) if left == 0.0 else (0.0, _upper_when_none(len(years)))))
    error = float(np.sqrt((ends / (at_risk * (at_risk - ends))).sum())) / abs(np.log(left))
    low, high = (left ** np.exp(sign * NORMAL_95 * error) for sign in (-1.0, 1.0))
    return Estimate(1 - left, 1 - float(low), 1 - float(high))


def _upper_when_none(people: int) -> float:
    """Return the exact upper 97.5 % limit of a share when none of so many had the event."""
    return float(1 - 0.025 ** (1 / people))
