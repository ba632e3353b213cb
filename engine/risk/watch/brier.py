"""The Brier score of risks with censored outcomes, against one number for everybody.

Graf E, Schmoor C, Sauerbrei W, Schumacher M. Stat Med 1999;18:2529-2545: who was followed up to the moment, or had the
event before it, stands for those who left earlier (inverse probability of censoring weights).
"""

from __future__ import annotations

import numpy as np

from engine.domain.batch import BoolArray, FloatArray
from engine.domain.models import BrierScore
from engine.domain.recalibration import Estimate, Scale
from engine.risk.recalibration.fit import on_scale
from engine.risk.recalibration.follow_up import FollowUp
from engine.statistics.normal import NORMAL_95


def brier(people: FollowUp, years: float | None) -> BrierScore | None:
    """Return the score at ``years`` (None: no time counts); None where nobody is left to tell it.

    ``gain`` has its interval from the spread of what each person adds, weights taken as known.
    """
    if people.people < 2:
        return None
    event, told, weight = people.event.astype(np.float64), people.risk, np.ones(people.people)
    share = float(event.mean())
    if years is not None and people.horizon_years is not None:
        came = people.event & (people.years <= years)
        share = 1 - _left(people.years, people.event, np.array([years]), before=False)[0]
        event, told = came.astype(np.float64), _risk_by(people, years)
        weight = _weights(people, came, years)
    if not weight.any():
        return None
    model, base = weight * (told - event) ** 2, weight * (share - event) ** 2
    gain = base - model
    half = NORMAL_95 * float(gain.std(ddof=1)) / float(np.sqrt(people.people))
    value = float(gain.mean())
    return BrierScore(years, float(model.mean()), float(base.mean()), Estimate(value, value - half, value + half))


def _risk_by(people: FollowUp, years: float) -> FloatArray:
    """Return the risks by ``years``, accrued evenly over the horizon."""
    hazard = np.exp(on_scale(people.risk, Scale.HAZARD)) * (years / (people.horizon_years or years))
    by: FloatArray = -np.expm1(-hazard)
    return by


def _weights(people: FollowUp, came: BoolArray, years: float) -> FloatArray:
    """Return whom each stands for: 0 for who left before ``years`` without the event."""
    known = came | (people.years >= years)
    # Who left at the same moment as an event came was still there when it came.
    stayed = _left(people.years, ~people.event, np.minimum(people.years, years), before=True)
    weight = np.zeros(people.people)
    np.divide(1.0, stayed, out=weight, where=known & (stayed > 0))
    return weight


def _left(years: FloatArray, ended: BoolArray, at: FloatArray, *, before: bool) -> FloatArray:
    """Return the product-limit share without ``ended`` up to each moment, or just before it."""
    moments = np.unique(years[ended])
    ordered, ends_at = np.sort(years), np.sort(years[ended])
    at_risk = len(years) - np.searchsorted(ordered, moments, side="left")
    ends = np.searchsorted(ends_at, moments, side="right") - np.searchsorted(ends_at, moments, side="left")
    steps = np.concatenate([[1.0], np.cumprod(1 - ends / at_risk)])
    found: FloatArray = steps[np.searchsorted(moments, at, side="left" if before else "right")]
    return found
