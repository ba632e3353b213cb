"""Bends scores until the risks they mean are those that came true: a line on the log odds, or a rising curve.

Line: Platt's, without his shifted targets (Cox DR. Biometrika 1958;45:562-565, doi:10.1093/biomet/45.3-4.562). Curve:
isotonic regression with its flat steps drawn together to their centres, so that it rises everywhere (Oron AP, Flournoy
N. Stat Biopharm Res 2017;9:258-267, doi:10.1080/19466315.2017.1286256). Fit either on scores of people that the model
had not seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.domain.batch import FloatArray
from engine.learning.logistic import fit_logistic, sigmoid

_NARROWEST = 0.1  # log odds between two points of a curve: a steeper step would make much of a rounding
_NO_PENALTY = 1e-8


@dataclass(frozen=True, slots=True)
class Line:
    """Risk = sigmoid(``slope`` * score + ``intercept``)."""

    slope: float = 1.0
    intercept: float = 0.0

    def risk(self, score: FloatArray) -> FloatArray:
        """Return fractions."""
        return sigmoid(self.slope * score + self.intercept)


@dataclass(frozen=True, slots=True)
class Curve:
    """Risk is ``risks`` at ``scores``, straight between them, and level beyond the ends."""

    scores: FloatArray
    risks: FloatArray

    def risk(self, score: FloatArray) -> FloatArray:
        """Return fractions."""
        result: FloatArray = np.interp(score, self.scores, self.risks)
        return result


Calibration = Line | Curve
PLAIN = Line()


def fit_line(score: FloatArray, outcome: FloatArray) -> Line:
    """Return the line of the largest likelihood; raises as ``fit_logistic``."""
    spread = float(score.std()) or 1.0
    found = fit_logistic((score / spread)[:, None], outcome, _NO_PENALTY)
    return Line(float(found.coefficients[0]) / spread, found.intercept)


def fit_curve(score: FloatArray, outcome: FloatArray) -> Curve:
    """Return the rising curve of the least squares, through the centres of its steps."""
    order = np.argsort(score, kind="stable")
    centres, means, counts = pooled(score[order], outcome[order])
    points: list[list[float]] = []
    for centre, mean, count in zip(centres.tolist(), means.tolist(), counts.tolist(), strict=True):
        if points and centre - points[-1][0] < _NARROWEST:
            last = points[-1]
            share = count / (last[2] + count)
            points[-1] = [last[0] + share * (centre - last[0]), last[1] + share * (mean - last[1]), last[2] + count]
        else:
            points.append([centre, mean, count])
    together = np.array(points)
    return Curve(together[:, 0].copy(), _inside(together[:, 1], together[:, 2]))


def _inside(risks: FloatArray, people: FloatArray) -> FloatArray:
    """Return rising risks without 0 and 1, which no number of people shows: as if half a person had been otherwise.

    An end stays nearer to 0 (or 1) than its neighbour.
    """
    low, high = 0.5 / (people[0] + 1), 1 - 0.5 / (people[-1] + 1)
    inside = risks.copy()
    if risks[0] == 0:
        inside[0] = min(low, risks[1] / 2) if len(risks) > 1 else low
    if risks[-1] == 1:
        inside[-1] = max(high, (1 + inside[-2]) / 2) if len(risks) > 1 else high
    return inside


def pooled(score: FloatArray, outcome: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return centre, mean outcome and people of the steps of isotonic regression; ``score`` rises.

    Pools neighbours while a later mean is not above an earlier one (Ayer M et al. Ann Math Stat 1955;26:641-647,
    doi:10.1214/aoms/1177728423).
    """
    different, first, counts = np.unique(score, return_index=True, return_counts=True)
    sums = np.add.reduceat(outcome, first)
    blocks: list[tuple[float, float, float]] = []  # sum of scores, sum of outcomes, people
    for place, total, count in zip(different.tolist(), sums.tolist(), counts.tolist(), strict=True):
        block = (place * count, total, float(count))
        while blocks and blocks[-1][1] * block[2] >= block[1] * blocks[-1][2]:
            before = blocks.pop()
            block = (before[0] + block[0], before[1] + block[1], before[2] + block[2])
        blocks.append(block)
    scores, outcomes, people = np.array(blocks).T
    return scores / people, outcomes / people, people
