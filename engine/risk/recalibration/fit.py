"""Intercept and slope by maximum likelihood, with intervals. NumPy alone.

Hazard scale: the number of events of a person is taken as Poisson with the expected cumulative hazard as offset; the
intercept is the log of observed to expected, the slope the coefficient of the log cumulative hazard (Crowson CS,
Atkinson EJ, Therneau TM. Stat Methods Med Res 2016;25:1692-1706, doi:10.1177/0962280213497434). Odds scale: logistic
regression on the log odds (Cox DR. Biometrika 1958;45:562-565, doi:10.1093/biomet/45.3-4.562).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.domain.batch import FloatArray
from engine.domain.recalibration import Estimate, Scale
from engine.risk.recalibration.follow_up import FollowUp
from engine.statistics.normal import NORMAL_95

_EDGE = 1e-12  # risks of exactly 0 or 1 have no logarithm
_MOST_STEPS = 50
_SMALL_STEP = 1e-10


@dataclass(frozen=True, slots=True)
class Parameters:
    """How a risk is changed: intercept + slope * (risk on the scale)."""

    intercept: float = 0.0
    slope: float = 1.0


@dataclass(frozen=True, slots=True)
class Solution:
    """Parameters with their uncertainty. ``slope`` is None where it was held at 1."""

    parameters: Parameters
    intercept: Estimate
    slope: Estimate | None
    log_likelihood: float


def on_scale(risk: FloatArray, scale: Scale) -> FloatArray:
    """Return risks (fractions) on a scale; 0 and 1 count as the nearest number inside."""
    inside = np.clip(risk, _EDGE, 1 - _EDGE)
    if scale is Scale.HAZARD:
        hazard: FloatArray = np.log(-np.log1p(-inside))
        return hazard
    odds: FloatArray = np.log(inside) - np.log1p(-inside)
    return odds


def recalibrated(risk: FloatArray, scale: Scale, parameters: Parameters) -> FloatArray:
    """Return the risks after the change, fractions; the order of people stays while the slope is above 0."""
    moved = parameters.intercept + parameters.slope * on_scale(risk, scale)
    with np.errstate(over="ignore"):
        changed: FloatArray = -np.expm1(-np.exp(moved)) if scale is Scale.HAZARD else 1 / (1 + np.exp(-moved))
    return changed


def log_likelihood(follow_up: FollowUp, parameters: Parameters) -> float:
    """Return the log likelihood of parameters, without what does not depend on them."""
    predictor = parameters.intercept + parameters.slope * on_scale(follow_up.risk, follow_up.scale)
    return _log_likelihood(follow_up, predictor)


def fit_intercept(follow_up: FollowUp) -> Solution:
    """Return the best intercept with the slope held at 1; there must be an event (and on odds somebody without)."""
    start = on_scale(follow_up.risk, follow_up.scale)
    coefficients, covariance = _newton(follow_up, np.ones((follow_up.people, 1)), start)
    intercept = float(coefficients[0])
    predictor = intercept + start
    return Solution(
        Parameters(intercept),
        _estimate(intercept, float(covariance[0, 0])),
        None,
        _log_likelihood(follow_up, predictor),
    )


def fit_both(follow_up: FollowUp) -> Solution | None:
    """Return the best intercept and slope; None where risks do not differ or the outcomes allow no finite answer."""
    values = on_scale(follow_up.risk, follow_up.scale)
    centre = float(values.mean())
    if float(np.ptp(values)) < _SMALL_STEP:
        return None
    design = np.column_stack([np.ones(follow_up.people), values - centre])
    try:
        coefficients, covariance = _newton(follow_up, design, np.zeros(follow_up.people))
    except np.linalg.LinAlgError:
        return None
    slope = float(coefficients[1])
    intercept = float(coefficients[0]) - slope * centre
    variance = float(covariance[0, 0] - 2 * centre * covariance[0, 1] + centre**2 * covariance[1, 1])
    return Solution(
        Parameters(intercept, slope),
        _estimate(intercept, variance),
        _estimate(slope, float(covariance[1, 1])),
        _log_likelihood(follow_up, intercept + slope * values),
    )


def observed_to_expected(follow_up: FollowUp) -> Estimate:
    """Return events observed to expected with its 95 % interval; nothing observed gives 0 up to 3.69 / expected.

    Hazards: exp of the intercept, its log having the standard error 1 / sqrt(observed). Odds: the ratio of the
    numbers, standard error of the log sqrt((1 - observed share) / observed) (Riley 2021, doi:10.1002/sim.9025).
    """
    observed = follow_up.events
    expected = expected_events(follow_up)
    if observed == 0:
        return Estimate(0.0, 0.0, _NONE_SEEN / expected)
    share = observed / follow_up.people if follow_up.scale is Scale.ODDS else 0.0
    error = np.sqrt((1 - share) / observed)
    ratio = observed / expected
    return Estimate(ratio, float(ratio * np.exp(-NORMAL_95 * error)), float(ratio * np.exp(NORMAL_95 * error)))


def expected_events(follow_up: FollowUp) -> float:
    """Return how many events the risks promise in the time that people were followed."""
    if follow_up.scale is Scale.ODDS:
        return float(follow_up.risk.sum())
    return float((np.exp(on_scale(follow_up.risk, Scale.HAZARD)) * follow_up.exposure).sum())


_NONE_SEEN = 3.6888794541139363  # -log(0.025): the exact upper limit of a Poisson mean when nothing was seen


def _newton(follow_up: FollowUp, design: FloatArray, start: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Maximise the likelihood of ``start + design @ coefficients``; return coefficients and their covariance.

    Steps are halved while they make things worse. LinAlgError when there is no finite maximum.
    """
    coefficients = np.zeros(design.shape[1])
    best = _log_likelihood(follow_up, start)
    for _ in range(_MOST_STEPS):
        mean, weight = _moments(follow_up, start + design @ coefficients)
        information = design.T @ (design * weight[:, None])
        step: FloatArray = np.linalg.solve(information, design.T @ (follow_up.event - mean)).astype(np.float64)
        step, best = _shortened(follow_up, design, start + design @ coefficients, step, best)
        coefficients = coefficients + step
        if float(np.abs(step).max()) < _SMALL_STEP:
            return coefficients, np.linalg.inv(information).astype(np.float64)
    raise np.linalg.LinAlgError("no finite maximum")


def _shortened(
    follow_up: FollowUp, design: FloatArray, predictor: FloatArray, step: FloatArray, best: float
) -> tuple[FloatArray, float]:
    for _ in range(_MOST_STEPS):
        reached = _log_likelihood(follow_up, predictor + design @ step)
        if reached >= best - abs(best) * _EDGE:
            return step, reached
        step = step / 2
    return step, best


def _moments(follow_up: FollowUp, predictor: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return mean and variance of each person's outcome."""
    if follow_up.scale is Scale.HAZARD:
        mean: FloatArray = np.exp(predictor) * follow_up.exposure
        return mean, mean
    mean = 1 / (1 + np.exp(-predictor))
    return mean, mean * (1 - mean)


def _log_likelihood(follow_up: FollowUp, predictor: FloatArray) -> float:
    with np.errstate(over="ignore"):
        cost = (
            np.exp(predictor) * follow_up.exposure if follow_up.scale is Scale.HAZARD else np.logaddexp(0.0, predictor)
        )
    return float((follow_up.event * predictor - cost).sum())


def _estimate(value: float, variance: float) -> Estimate:
    half = NORMAL_95 * float(np.sqrt(variance))
    return Estimate(value, value - half, value + half)
