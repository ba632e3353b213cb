"""Small logistic regressions, many at once: one for each draw of people."""

from __future__ import annotations

import numpy as np

from engine.domain.batch import BoolArray, FloatArray

_MOST_STEPS = 40
_LARGEST_STEP = 4.0  # in standard deviations of a column: Newton's steps from afar can overshoot
_SMALL_STEP = 1e-8
_EDGE = 1e-12


def log_odds(risk: FloatArray) -> FloatArray:
    """Return the log odds of risks; 0 and 1 count as the nearest number inside."""
    inside = np.clip(risk, _EDGE, 1 - _EDGE)
    odds: FloatArray = np.log(inside) - np.log1p(-inside)
    return odds


def probability(odds: FloatArray) -> FloatArray:
    """Return the risks of log odds."""
    risk: FloatArray = 0.5 * (1 + np.tanh(odds / 2))
    return risk


def fit_logistic(
    design: FloatArray, event: BoolArray, weight: FloatArray, offset: FloatArray | float = 0.0
) -> FloatArray:
    """Return the coefficients of each draw by maximum likelihood; draws x columns.

    ``design``: people x columns, or draws x people x columns; ``weight``: draws x people. NaN where there is no finite
    answer: one outcome alone, or outcomes told apart without a mistake.
    """
    columns = design.shape[-1]
    found = np.zeros((len(weight), columns))
    alone = ((weight * event).sum(axis=1) <= 0) | ((weight * ~event).sum(axis=1) <= 0)
    active = ~alone
    for _ in range(_MOST_STEPS):
        rows = np.flatnonzero(active)
        if not len(rows):
            break
        mine = design[rows] if design.ndim == 3 else design
        shift = offset[rows] if isinstance(offset, np.ndarray) and offset.ndim == 2 else offset
        step, lost = _step(mine, event, weight[rows], shift, found[rows])
        found[rows] += step
        alone[rows[lost]] = True
        active[rows] = ~lost & (np.abs(step).max(axis=1) > _SMALL_STEP)
    found[alone | active] = np.nan
    return found


def _step(
    design: FloatArray, event: BoolArray, weight: FloatArray, offset: FloatArray | float, now: FloatArray
) -> tuple[FloatArray, BoolArray]:
    risk = probability((design @ now[:, :, None])[..., 0] + offset)
    across = np.swapaxes(design, -1, -2)
    gradient = (across @ (weight * (event - risk))[:, :, None])[..., 0]
    spread = weight * risk * (1 - risk)
    information = (across * spread[:, None, :]) @ design
    finite = np.isfinite(information).all(axis=(1, 2)) & np.isfinite(gradient).all(axis=1)
    information[~finite] = gradient[~finite] = 0.0
    lost: BoolArray = ~(np.linalg.cond(information) < 1e13)
    information[lost] = np.eye(design.shape[-1])
    step: FloatArray = np.linalg.solve(information, gradient[:, :, None])[..., 0].astype(np.float64)
    step[lost] = 0.0
    largest = np.abs(step).max(axis=1, keepdims=True)
    return step * np.minimum(1.0, _LARGEST_STEP / np.maximum(largest, _LARGEST_STEP)), lost
