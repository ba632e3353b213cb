"""Is acting on the risk better than treating everybody or nobody? The decision curve.

Net benefit: the share of people rightly treated less the share wrongly treated, the latter weighed by the odds of the
threshold (Vickers AJ, Elkin EB. Med Decis Making 2006;26:565-574, doi:10.1177/0272989X06295361). Told per 100 people.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.domain.batch import FloatArray
from engine.learning.judgement.people import People, counted, drawn, everybody_once

_PER = 100


@dataclass(frozen=True, slots=True)
class DecisionCurve:
    """Net benefit per 100 people at each threshold; treating nobody is 0 everywhere.

    ``low`` and ``high``: the 95 % interval of ``model``. ``better_low`` and ``better_high``: that of the model's
    benefit over the better of treating everybody and treating nobody.
    """

    threshold: FloatArray
    model: FloatArray
    low: FloatArray
    high: FloatArray
    treat_all: FloatArray
    better: FloatArray
    better_low: FloatArray
    better_high: FloatArray


def decision_curve(people: People, risk: FloatArray, thresholds: FloatArray, *, seed: int, times: int) -> DecisionCurve:
    """Return the curve at thresholds above 0 and below 1."""
    if not ((thresholds > 0) & (thresholds < 1)).all():
        raise ValueError("thresholds lie between 0 and 1")
    model, everybody = _benefits(people, risk, thresholds, everybody_once(people.count))
    drawn_model, drawn_everybody = _benefits(people, risk, thresholds, counted(drawn(people.count, times, seed)))
    low, high = np.nanpercentile(drawn_model, (2.5, 97.5), axis=0)
    better_low, better_high = np.nanpercentile(drawn_model - np.maximum(drawn_everybody, 0.0), (2.5, 97.5), axis=0)
    better = model[0] - np.maximum(everybody[0], 0.0)
    return DecisionCurve(thresholds, model[0], low, high, everybody[0], better, better_low, better_high)


def net_benefit(people: People, risk: FloatArray, threshold: float, counts: FloatArray) -> FloatArray:
    """Return the net benefit per 100 people of acting from a threshold on, in each draw; ``counts``: draws x people."""
    model, _ = _benefits(people, risk, np.array([threshold]), counts)
    return model[:, 0]


def _benefits(
    people: People, risk: FloatArray, thresholds: FloatArray, counts: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the net benefit of the model and of treating everybody; draws x thresholds."""
    weight = people.weights(counts)
    weight = _PER * weight / weight.sum(axis=1, keepdims=True)
    worth = np.where(people.happened[:, None], 1.0, -thresholds / (1 - thresholds))
    return weight @ (worth * (risk[:, None] >= thresholds)), weight @ worth
