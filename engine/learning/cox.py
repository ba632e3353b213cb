"""Cox regression with a ridge penalty, for people of whom some left before the outcome came.

The partial likelihood with Breslow's handling of ties, maximised by Newton's method; the baseline is Breslow's
(Breslow N. Biometrics 1974;30:89-99, doi:10.2307/2529620). ``penalty`` / 2 times the sum of the squared coefficients is
taken off the log likelihood.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.domain.batch import BoolArray, FloatArray
from engine.errors import InputError

_MOST_STEPS = 100
_TOLERANCE = 1e-10
_HALVINGS = 30


@dataclass(frozen=True, slots=True)
class Cox:
    """Coefficients [p] on a design's columns, and the baseline's cumulative hazard at a score of 0.

    ``times`` [events] in years, rising; ``hazard`` [events] the cumulative hazard from each of them on.
    """

    coefficients: FloatArray
    times: FloatArray
    hazard: FloatArray

    def score(self, design: FloatArray) -> FloatArray:
        """Return the log of the hazard ratio to a score of 0, float64[rows]."""
        scores: FloatArray = design @ self.coefficients
        return scores

    def baseline(self, years: float) -> float:
        """Return the cumulative hazard of a score of 0 up to and including a time."""
        before = int(np.searchsorted(self.times, years, side="right"))
        return float(self.hazard[before - 1]) if before else 0.0


def fit_cox(design: FloatArray, years: FloatArray, event: BoolArray, penalty: float) -> Cox:
    """Return the model that maximises the penalised partial likelihood.

    Args:
        design: float64[rows, p], columns around 0.
        years: followed, above 0.
        event: whether the time ended with the outcome.
        penalty: 0 or more.

    Raises:
        InputError: ``learning_follow_up`` for a time that is none; ``learning_no_events`` without an event.
    """
    wrong = ~(np.isfinite(years) & (years > 0))
    if wrong.any():
        raise InputError("learning_follow_up", row=int(np.argmax(wrong)) + 1)
    if not event.any():
        raise InputError("learning_no_events")
    problem = _Problem(design, years, event, penalty)
    place = np.zeros(design.shape[1])
    here, gradient, hessian = problem.at(place)
    for _ in range(_MOST_STEPS):
        direction = np.linalg.solve(hessian, gradient)
        length = 1.0
        for _ in range(_HALVINGS):
            there, new_gradient, new_hessian = problem.at(place + length * direction)
            if there >= here - 1e-12 * abs(here):
                break
            length /= 2
        place = place + length * direction
        here, gradient, hessian = there, new_gradient, new_hessian
        if float(np.abs(length * direction).max(initial=0.0)) < _TOLERANCE:
            break
    return Cox(place, *problem.breslow(place))


def breslow(
    design: FloatArray, years: FloatArray, event: BoolArray, coefficients: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the times of the events and the baseline's cumulative hazard that go with given coefficients."""
    return _Problem(design, years, event, 0.0).breslow(coefficients)


class _Problem:
    """Rows in the order of falling time: whoever is at risk at a time stands at or before its last row."""

    def __init__(self, design: FloatArray, years: FloatArray, event: BoolArray, penalty: float) -> None:
        order = np.argsort(-years, kind="stable")
        self._design, self._event = design[order], event[order]
        falling = years[order]
        self._penalty = penalty
        times, first = np.unique(-falling, return_index=True)
        ends = np.append(first[1:], len(falling)) - 1  # the last row of each time
        happened = np.add.reduceat(self._event.astype(np.float64), first)
        kept = happened > 0
        self._times, self._ends, self._count = -times[kept], ends[kept], happened[kept]
        self._sum = self._design[self._event].sum(axis=0)

    def at(self, place: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Return the penalised log likelihood, its gradient, and minus its second derivatives.

        The second derivatives need no sum over pairs of columns at each event: the sums over risk sets change places
        with those over people, and each person has the hazard that passed while they were at risk.
        """
        score = self._design @ place
        shift = float(score.max(initial=0.0))
        ratio = np.exp(score - shift)
        at_risk = np.cumsum(ratio)[self._ends]
        means = np.cumsum(ratio[:, None] * self._design, axis=0)[self._ends] / at_risk[:, None]
        likelihood = float(score[self._event].sum() - self._count @ (np.log(at_risk) + shift))
        likelihood -= self._penalty / 2 * float(place @ place)
        gradient = self._sum - self._count @ means - self._penalty * place
        passed = np.zeros(len(score) + 1)
        np.add.at(passed, self._ends, self._count / at_risk)
        exposed = np.cumsum(passed[:-1][::-1])[::-1]  # the hazard at all events while the person was at risk
        hessian = (self._design.T * (ratio * exposed)) @ self._design - (means.T * self._count) @ means
        hessian[np.diag_indices_from(hessian)] += self._penalty + 1e-12
        return likelihood, gradient, hessian

    def breslow(self, place: FloatArray) -> tuple[FloatArray, FloatArray]:
        ratio = np.exp(self._design @ place)
        steps = self._count / np.cumsum(ratio)[self._ends]
        return self._times[::-1].copy(), np.cumsum(steps[::-1])
