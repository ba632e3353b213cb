"""Whether and how the scores of trees and networks are bent, decided on people left out inside the training.

The rule, declared before any data were seen: of nothing, a line and a curve the smallest log loss on folds left out is
taken; a curve only where it is smaller by more than one standard error, and only from 1,000 people on
(Niculescu-Mizil A, Caruana R. ICML 2005:625-632, doi:10.1145/1102351.1102430) of whom 200 have the outcome and 200 do
not (Van Calster B et al. J Clin Epidemiol 2016;74:167-176, doi:10.1016/j.jclinepi.2015.12.005).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from engine.domain.batch import FloatArray, IntArray
from engine.errors import InputError
from engine.learning.calibration import PLAIN, Calibration, Line, fit_curve, fit_line
from engine.learning.folds import draw_folds

FOLDS = 5
_SEED = 0xCA11B8  # other folds than those of the searches and the cross-validation around it
_FEWEST_FOR_CURVE, _FEWEST_OF_EACH = 1000, 200
_EDGE = 1e-12
_FLATTEST, _STEPS = 0.05, 20

Fit = Callable[[FloatArray, FloatArray], Calibration]


def inner_folds(outcome: FloatArray, seed: int) -> IntArray | None:
    """Return the fold of each training person; None where they are too few to leave any out."""
    if min(outcome.sum(), len(outcome) - outcome.sum()) < 2 * FOLDS:
        return None
    drawn: IntArray = draw_folds(outcome, FOLDS, 1, seed ^ _SEED)[0]
    return drawn


def choose_calibration(score: FloatArray, outcome: FloatArray, fold: IntArray) -> Calibration:
    """Return what bends scores (log odds) of people that each model had not seen, by the rule above.

    Args:
        score: float64[rows], by the model that left the person's fold out.
        outcome: 0 or 1 a row.
        fold: of each row, from 0.
    """
    if told_apart(score, outcome):
        return PLAIN  # a line would be as steep as the arithmetic allows
    best: Calibration = PLAIN
    least = _losses(PLAIN.risk(score), outcome)
    bent = _unseen(rising_line, score, outcome, fold)
    if bent is not None and bent.mean() < least.mean():
        best, least = rising_line(score, outcome), bent
    with_outcome = int(outcome.sum())
    if len(outcome) >= _FEWEST_FOR_CURVE and min(with_outcome, len(outcome) - with_outcome) >= _FEWEST_OF_EACH:
        curved = _unseen(fit_curve, score, outcome, fold)
        if curved is not None:
            gain = least - curved
            if gain.mean() > float(gain.std(ddof=1)) / math.sqrt(len(gain)):
                best = fit_curve(score, outcome)
    return best


def rising_line(score: FloatArray, outcome: FloatArray) -> Line:
    """Return the line; a score that orders people backwards or not at all is not turned round but nearly levelled."""
    line = fit_line(score, outcome)
    if line.slope >= _FLATTEST:
        return line
    share, intercept = float(outcome.mean()), line.intercept
    for _ in range(_STEPS):
        risk = Line(_FLATTEST, intercept).risk(score)
        intercept += (share - float(risk.mean())) / float((risk * (1 - risk)).mean())
    return Line(_FLATTEST, intercept)


def _unseen(fit: Fit, score: FloatArray, outcome: FloatArray, fold: IntArray) -> FloatArray | None:
    """Return each person's log loss under a fit without their fold; None where a fit is not possible."""
    losses = np.empty(len(score))
    for each in np.unique(fold):
        outside = fold == each
        try:
            fitted = fit(score[~outside], outcome[~outside])
        except InputError:
            return None
        losses[outside] = _losses(fitted.risk(score[outside]), outcome[outside])
    return losses


def _losses(risk: FloatArray, outcome: FloatArray) -> FloatArray:
    inside = np.clip(risk, _EDGE, 1 - _EDGE)
    result: FloatArray = -np.where(outcome == 1, np.log(inside), np.log1p(-inside))
    return result


def told_apart(score: FloatArray, outcome: FloatArray) -> bool:
    """Tell whether one score parts everybody with the outcome from everybody without it, or all scores are alike."""
    with_it, without = score[outcome == 1], score[outcome == 0]
    return bool(with_it.min() > without.max() or with_it.max() < without.min() or np.ptp(score) == 0)
