"""Figures with their 95 % intervals, and differences between two risks of the same people."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from engine.domain.batch import BoolArray, FloatArray
from engine.domain.recalibration import Estimate
from engine.learning.judgement.figures import Figure, measure
from engine.learning.judgement.people import People, counted, drawn, everybody_once
from engine.learning.judgement.ranked import delong
from engine.statistics.normal import NORMAL_95
from engine.statistics.shares import share


def figures(people: People, risk: FloatArray, threshold: float, *, seed: int, times: int) -> Mapping[Figure, Estimate]:
    """Return every figure that these people tell, with its interval.

    AUROC: DeLong's interval on the log odds, and accuracy, recall and precision Wilson's, where every outcome is
    known. All others: percentiles of ``times`` bootstrap samples of people, the model being held as it is.
    """
    drawn_figures = measure(people, risk, counted(drawn(people.count, times, seed)), threshold)
    told = {
        figure: _between(float(value[0]), drawn_figures[figure])
        for figure, value in measure(people, risk, everybody_once(people.count), threshold).items()
    }
    found = {figure: estimate for figure, estimate in told.items() if estimate is not None}
    if not people.censored:
        found.update(_exact(people, risk, threshold, found))
    return found


def differences(
    people: People, first: FloatArray, second: FloatArray, threshold: float, *, seed: int, times: int
) -> Mapping[Figure, Estimate]:
    """Return each figure of ``first`` less that of ``second``, both drawn on the same people.

    AUROC by DeLong's paired variance where every outcome is known; all others by paired bootstrap.
    """
    once, counts = everybody_once(people.count), counted(drawn(people.count, times, seed))
    values = [measure(people, risk, once, threshold) for risk in (first, second)]
    draws = [measure(people, risk, counts, threshold) for risk in (first, second)]
    told = {
        figure: _between(float(value[0] - values[1][figure][0]), draws[0][figure] - draws[1][figure])
        for figure, value in values[0].items()
    }
    found = {figure: estimate for figure, estimate in told.items() if estimate is not None}
    event = people.happened
    if not people.censored and min(event.sum(), (~event).sum()) >= 2:
        areas, covariance = delong(event, np.stack([first, second]))
        distance = float(areas[0] - areas[1])
        half = NORMAL_95 * math.sqrt(max(0.0, covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]))
        found[Figure.AUROC] = Estimate(distance, distance - half, distance + half)
    return found


def auroc_interval(event: BoolArray, risk: FloatArray) -> Estimate:
    """Return the AUROC with DeLong's interval on the log odds; there are at least two people with either outcome."""
    areas, covariance = delong(event, risk[None])
    return _on_log_odds(float(areas[0]), float(covariance[0, 0]), int(min(event.sum(), (~event).sum())))


def _exact(
    people: People, risk: FloatArray, threshold: float, found: Mapping[Figure, Estimate]
) -> dict[Figure, Estimate]:
    event, called = people.happened, risk >= threshold
    shares = {
        Figure.ACCURACY: (int((called == event).sum()), len(event)),
        Figure.RECALL: (int((called & event).sum()), int(event.sum())),
        Figure.PRECISION: (int((called & event).sum()), int(called.sum())),
    }
    exact = {figure: share(count, of) for figure, (count, of) in shares.items() if of}
    if Figure.AUROC in found and min(event.sum(), (~event).sum()) >= 2:
        exact[Figure.AUROC] = auroc_interval(event, risk)
    return exact


def _on_log_odds(area: float, variance: float, fewer: int) -> Estimate:
    """Return an AUROC with its interval; told apart without a mistake, that of ``fewer`` in as many successes."""
    if not 0 < area < 1:
        return share(fewer if area else 0, fewer)
    middle, half = math.log(area / (1 - area)), NORMAL_95 * math.sqrt(variance) / (area * (1 - area))
    low, high = (1 / (1 + math.exp(-(middle + sign * half))) for sign in (-1, 1))
    return Estimate(area, low, high)


def _between(value: float, draws: FloatArray) -> Estimate | None:
    """Return a value with the middle 95 % of its draws; None where it, or most draws, cannot be told."""
    known = draws[np.isfinite(draws)]
    if not math.isfinite(value) or len(known) < len(draws) / 2:
        return None
    low, high = np.percentile(known, (2.5, 97.5))
    return Estimate(value, float(low), float(high))
