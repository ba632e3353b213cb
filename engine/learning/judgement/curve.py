"""The smooth calibration curve: observed against told risk, with a band.

A logistic regression on a restricted cubic spline of the told log odds (Austin PC, Steyerberg EW. Stat Med
2014;33:517-535, doi:10.1002/sim.5941; Harrell FE. Regression Modeling Strategies, 2nd ed., 2015, section 2.4.5). The
mean distance between the curve and the told risks is the integrated calibration index (Austin PC, Steyerberg EW. Stat
Med 2019;38:4051-4065, doi:10.1002/sim.8281).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.domain.batch import FloatArray
from engine.learning.judgement.logistic import fit_logistic, log_odds, probability
from engine.learning.judgement.people import People, counted, drawn, everybody_once

_KNOTS = {4: (5, 35, 65, 95), 3: (10, 50, 90)}  # percentiles, after Harrell
_POINTS = 60
_FEWEST_VALUES = 8  # different risks, for a curve that bends
_DRAWS_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class SmoothCurve:
    """Observed risk (with its 95 % band) at told risks, all fractions, from the 1st to the 99th percentile told.

    ``mean_distance``, ``median_distance``, ``ninth_decile_distance``: between curve and told risk over the people
    whose outcome is known.
    """

    told: FloatArray
    observed: FloatArray
    low: FloatArray
    high: FloatArray
    mean_distance: float
    median_distance: float
    ninth_decile_distance: float


def smooth_curve(people: People, risk: FloatArray, *, seed: int, times: int) -> SmoothCurve | None:
    """Return the curve; None where the outcomes or the risks do not allow one."""
    odds, weights = log_odds(risk), people.weights(everybody_once(people.count))
    known = weights[0] > 0  # who left before the horizon tells nothing: where only they are, a curve is a guess
    knots = _knots(odds[known])
    if knots is None:
        return None
    lowest, highest = np.percentile(risk[known], (1, 99))
    told = np.linspace(float(lowest), float(highest), _POINTS)
    design, grid = (_terms(values, knots) for values in (odds, log_odds(told)))
    event = people.happened
    best = fit_logistic(design, event, weights)
    if np.isnan(best).any():
        return None
    counts = counted(drawn(people.count, times, seed))
    draws = [
        fit_logistic(design, event, people.weights(counts[start : start + _DRAWS_AT_ONCE]))
        for start in range(0, times, _DRAWS_AT_ONCE)
    ]
    band = probability(np.concatenate(draws) @ grid.T)
    low, high = np.nanpercentile(band, (2.5, 97.5), axis=0)
    distance = np.abs(probability(design @ best[0]) - risk)[known]
    middle, far = np.percentile(distance, (50, 90))
    observed = probability(grid @ best[0])
    return SmoothCurve(told, observed, low, high, float(distance.mean()), float(middle), float(far))


def restricted_cubic(values: FloatArray, knots: FloatArray) -> FloatArray:
    """Return values and their spline terms, people x (knots - 1): cubic between the knots, straight outside."""
    last, before = knots[-1], knots[-2]
    scale = (last - knots[0]) ** 2

    def cubed(knot: float) -> FloatArray:
        return np.maximum(values - knot, 0.0) ** 3

    terms = [
        (
            cubed(knot)
            - cubed(before) * (last - knot) / (last - before)
            + cubed(last) * (before - knot) / (last - before)
        )
        / scale
        for knot in knots[:-2]
    ]
    return np.stack([values, *terms], axis=-1)


def _knots(odds: FloatArray) -> FloatArray | None:
    """Return as many knots as the told risks allow; fewer than three mean a straight line through two."""
    several = len(np.unique(odds)) >= _FEWEST_VALUES
    for percentiles in _KNOTS.values() if several else ():
        knots = np.percentile(odds, percentiles)
        if np.diff(knots).min() > 1e-6:
            return np.asarray(knots, dtype=np.float64)
    ends = np.array([odds.min(), odds.max()])
    return ends if ends[1] - ends[0] > 1e-6 else None


def _terms(odds: FloatArray, knots: FloatArray) -> FloatArray:
    centre, spread = knots.mean(), knots[-1] - knots[0]
    moved = (odds - centre) / spread
    terms = restricted_cubic(moved, (knots - centre) / spread)
    return np.concatenate([np.ones((len(odds), 1)), terms], axis=1)
