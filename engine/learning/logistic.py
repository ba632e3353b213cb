"""Logistic regression with a penalty: ridge by Newton's method, ridge and lasso together by coordinate descent.

The sum of the log losses plus ``penalty`` times (``lasso`` * sum |b| + (1 - ``lasso``) / 2 * sum b^2) is minimised; the
intercept is free. scikit-learn's C is 1 / ``penalty``. Newton's steps are iteratively reweighted least squares;
coordinate descent works on the same quadratic (Friedman J, Hastie T, Tibshirani R. J Stat Softw 2010;33:1-22,
doi:10.18637/jss.v033.i01).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.domain.batch import FloatArray
from engine.errors import InputError

_MOST_STEPS = 100
_MOST_SWEEPS = 10_000
_TOLERANCE = 1e-10
_HALVINGS = 30
_SMALLEST_WEIGHT = 1e-12


@dataclass(frozen=True, slots=True)
class Linear:
    """Coefficients [p] on a design's columns, and the intercept; the score is on the log odds."""

    coefficients: FloatArray
    intercept: float

    def score(self, design: FloatArray) -> FloatArray:
        """Return float64[rows]."""
        scores: FloatArray = design @ self.coefficients + self.intercept
        return scores


def sigmoid(score: FloatArray) -> FloatArray:
    """Return 1 / (1 + e^-score) without overflow."""
    small = np.exp(-np.abs(score))
    result: FloatArray = np.where(score >= 0, 1.0, small) / (1.0 + small)
    return result


def log_loss(score: FloatArray, outcome: FloatArray) -> float:
    """Return the sum of the log losses of scores (log odds) against outcomes (0, 1)."""
    return float(np.logaddexp(0.0, score).sum() - outcome @ score)


def fit_logistic(
    design: FloatArray, outcome: FloatArray, penalty: float, lasso: float = 0.0, start: Linear | None = None
) -> Linear:
    """Return the model that minimises the penalised loss.

    Args:
        design: float64[rows, p].
        outcome: 0 or 1 a row.
        penalty: above 0.
        lasso: the share of the absolute values in the penalty, 0 to 1.
        start: where to begin, such as the answer at a penalty nearby.

    Raises:
        InputError: ``learning_one_outcome`` when all outcomes are the same.
    """
    if len(np.unique(outcome)) < 2:
        raise InputError("learning_one_outcome")
    if penalty <= 0 or not 0 <= lasso <= 1:
        raise ValueError("penalty above 0, lasso from 0 to 1")
    rate = float(outcome.mean())
    begin = start or Linear(np.zeros(design.shape[1]), float(np.log(rate / (1 - rate))))
    together = np.concatenate([[begin.intercept], begin.coefficients])
    matrix = np.column_stack([np.ones(len(design)), design])
    problem = _Problem(matrix, outcome, penalty, lasso)
    for _ in range(_MOST_STEPS):
        before = together
        together = problem.step(before)
        if float(np.abs(together - before).max()) < _TOLERANCE * (1 + float(np.abs(together).max())):
            break
    return Linear(together[1:], float(together[0]))


class _Problem:
    def __init__(self, matrix: FloatArray, outcome: FloatArray, penalty: float, lasso: float) -> None:
        self._matrix, self._outcome = matrix, outcome
        self._ridge = np.full(matrix.shape[1], penalty * (1 - lasso))
        self._lasso = np.full(matrix.shape[1], penalty * lasso)
        self._ridge[0] = self._lasso[0] = 0.0
        self._only_ridge = lasso == 0

    def step(self, place: FloatArray) -> FloatArray:
        """Return a place with a smaller loss: the minimum of the quadratic, halved towards here until it is."""
        score = self._matrix @ place
        risk = sigmoid(score)
        weight = np.maximum(risk * (1 - risk), _SMALLEST_WEIGHT)
        gradient = self._matrix.T @ (risk - self._outcome)
        hessian = (self._matrix.T * weight) @ self._matrix
        if self._only_ridge:
            hessian[np.diag_indices_from(hessian)] += self._ridge
            aim = place - np.linalg.solve(hessian, gradient + self._ridge * place)
        else:
            aim = self._descended(place, gradient, hessian)
        here = self._loss(place, score)
        direction, length = aim - place, 1.0
        for _ in range(_HALVINGS):
            there = place + length * direction
            if self._loss(there, self._matrix @ there) <= here + 1e-12 * abs(here):
                return there
            length /= 2
        return place

    def _loss(self, place: FloatArray, score: FloatArray) -> float:
        penalty = float(self._lasso @ np.abs(place) + self._ridge @ (place * place) / 2)
        return log_loss(score, self._outcome) + penalty

    def _descended(self, place: FloatArray, gradient: FloatArray, hessian: FloatArray) -> FloatArray:
        """Return the minimum of gradient . d + d . hessian . d / 2 + penalty, one coordinate after the other."""
        aim = place.copy()
        slope = gradient.copy()  # of the quadratic, at aim
        curve = np.diag(hessian) + self._ridge
        for _ in range(_MOST_SWEEPS):
            largest = 0.0
            for each in range(len(aim)):
                if curve[each] <= 0:
                    continue
                pull = hessian[each, each] * aim[each] - slope[each]
                new = np.sign(pull) * max(abs(pull) - self._lasso[each], 0.0) / curve[each]
                moved = float(new - aim[each])
                if moved:
                    slope += hessian[:, each] * moved
                    aim[each] = new
                    largest = max(largest, abs(moved))
            if largest < _TOLERANCE / 10:
                break
        return aim
