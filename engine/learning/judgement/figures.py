"""All figures of a risk, for many draws of people at once.

Sources: Steyerberg EW, Vickers AJ, Cook NR, et al. Epidemiology 2010;21:128-138, doi:10.1097/EDE.0b013e3181c30fb2;
calibration: Van Calster B, McLernon DJ, van Smeden M, et al. BMC Med 2019;17:230, doi:10.1186/s12916-019-1466-7.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import numpy as np

from engine.domain.batch import BoolArray, FloatArray
from engine.learning.judgement.logistic import fit_logistic, log_odds
from engine.learning.judgement.people import People
from engine.learning.judgement.ranked import Ranked, auroc, average_precision, c_index

_EDGE = 1e-15
_DRAWS_AT_ONCE = 16  # keeps the memory low; the answers do not depend on it


class Figure(StrEnum):
    """A figure; its name is ``learning.figure.<figure>``."""

    AUROC = "auroc"
    AVERAGE_PRECISION = "average_precision"
    C_INDEX = "c_index"  # where follow-up is known
    BRIER = "brier"
    SCALED_BRIER = "scaled_brier"  # 1 is perfect, 0 as good as telling everybody the overall risk
    LOG_LOSS = "log_loss"
    ACCURACY = "accuracy"
    RECALL = "recall"
    PRECISION = "precision"
    F1 = "f1"
    IN_THE_LARGE = "in_the_large"  # on log odds: 0 is right, above 0 the risks are too low
    SLOPE = "slope"  # 1 is right, below it risks are too far apart
    OBSERVED_EXPECTED = "observed_expected"


Measured = Mapping[Figure, FloatArray]


def measure(people: People, risk: FloatArray, counts: FloatArray, threshold: float) -> Measured:
    """Return each figure of every draw; NaN where a draw does not tell it.

    Args:
        people: outcomes.
        risk: fractions, one for each person, or draws x people.
        counts: how often everybody is in each draw, draws x people.
        threshold: risks from here on are called positive (accuracy, recall, precision, F1).
    """
    parts: dict[Figure, list[FloatArray]] = {}
    for start in range(0, len(counts), _DRAWS_AT_ONCE):
        some = slice(start, start + _DRAWS_AT_ONCE)
        for figure, values in _measure(people, risk if risk.ndim == 1 else risk[some], counts[some], threshold).items():
            parts.setdefault(figure, []).append(values)
    return {figure: np.concatenate(values) for figure, values in parts.items()}


def _measure(people: People, risk: FloatArray, counts: FloatArray, threshold: float) -> dict[Figure, FloatArray]:
    event, weight = people.happened, people.weights(counts)
    ranked = Ranked(risk)
    found = {
        Figure.AUROC: auroc(ranked, event, weight),
        Figure.AVERAGE_PRECISION: average_precision(ranked, event, weight),
        **_scores(event, risk, weight),
        **_at(threshold, event, risk, weight),
        **_calibration(event, risk, weight),
    }
    if people.years is not None:
        years, ended = people.years, people.event
        rows = np.broadcast_to(risk, counts.shape)
        found[Figure.C_INDEX] = np.array(
            [c_index(years, ended, mine, count) for mine, count in zip(rows, counts, strict=True)]
        )
    return found


def _scores(event: BoolArray, risk: FloatArray, weight: FloatArray) -> dict[Figure, FloatArray]:
    share = _mean(weight, event)
    brier = _mean(weight, (event - risk) ** 2)
    inside = np.clip(risk, _EDGE, 1 - _EDGE)
    return {
        Figure.BRIER: brier,
        Figure.SCALED_BRIER: 1 - _divided(brier, share * (1 - share)),
        Figure.LOG_LOSS: -_mean(weight, np.where(event, np.log(inside), np.log1p(-inside))),
    }


def _at(threshold: float, event: BoolArray, risk: FloatArray, weight: FloatArray) -> dict[Figure, FloatArray]:
    called = risk >= threshold
    found, flagged, ill = _mean(weight, called & event), _mean(weight, called), _mean(weight, event)
    return {
        Figure.ACCURACY: _mean(weight, called == event),
        Figure.RECALL: _divided(found, ill),
        Figure.PRECISION: _divided(found, flagged),
        Figure.F1: _divided(2 * found, flagged + ill),
    }


def _calibration(event: BoolArray, risk: FloatArray, weight: FloatArray) -> dict[Figure, FloatArray]:
    odds = log_odds(risk)
    level = fit_logistic(np.ones((risk.shape[-1], 1)), event, weight, odds)[:, 0]
    spread = odds.std(axis=-1, keepdims=True)
    scaled = (odds - odds.mean(axis=-1, keepdims=True)) / np.where(spread > 0, spread, 1.0)
    slope = fit_logistic(np.stack([np.ones_like(scaled), scaled], axis=-1), event, weight)[:, 1]
    return {
        Figure.IN_THE_LARGE: level,
        Figure.SLOPE: np.where(spread[..., 0] > 0, slope / np.where(spread > 0, spread, 1.0)[..., 0], np.nan),
        Figure.OBSERVED_EXPECTED: _divided(_mean(weight, event), _mean(weight, risk)),
    }


def _mean(weight: FloatArray, values: FloatArray | BoolArray) -> FloatArray:
    return _divided((weight * values).sum(axis=-1), weight.sum(axis=-1))


def _divided(upper: FloatArray, lower: FloatArray) -> FloatArray:
    return np.divide(upper, lower, out=np.full_like(upper, np.nan), where=lower > 0)
