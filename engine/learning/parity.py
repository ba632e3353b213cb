"""The gate that no exported model passes untested: the file must give the numbers of the trained model.

An exporter can be wrong without a word (a public exporter of scikit-learn drops the calibration around a pipeline and
is off by half). So what the file gives is held against the model on people it was trained on, on people with each
input missing, and on people beyond everything seen. Running the file is the caller's: this room runs no graphs.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.domain.batch import FloatArray
from engine.errors import PackError
from engine.learning.model import Trained
from engine.learning.stability import Resampled
from engine.learning.table import Float32Array

TOLERANCE = 1e-5
_MOST_PEOPLE = 2000  # of the training people; they are spread over all
_HUGE = (-1e30, -1e6, -1.0, 0.5, 1e6, 1e30)

Run = Callable[[Float32Array], FloatArray]


def probes(raw: Float32Array) -> Float32Array:
    """Return the rows of the gate: training people, each input missing, all missing, the extremes, and beyond."""
    people = raw[:: max(1, len(raw) // _MOST_PEOPLE)][:_MOST_PEOPLE]
    typical = people[: min(8, len(people))]
    blocks = [people, np.full((1, raw.shape[1]), np.nan, dtype=np.float32)]
    with np.errstate(all="ignore"):
        lowest, highest = np.nanmin(raw, axis=0, initial=0.0), np.nanmax(raw, axis=0, initial=0.0)
    blocks += [lowest[None, :], highest[None, :]]
    blocks += [np.full((1, raw.shape[1]), value, dtype=np.float32) for value in _HUGE]
    for column in range(raw.shape[1]):
        for value in (np.nan, lowest[column], highest[column], -1e30, 1e30):
            changed = typical.copy()
            changed[:, column] = value
            blocks.append(changed)
    joined: Float32Array = np.concatenate(blocks)
    return joined


def largest_difference(trained: Trained, run: Run, raw: Float32Array, resampled: Resampled | None = None) -> float:
    """Return the largest difference on the rows of the gate; infinity where either gives no number.

    Args:
        trained: the model.
        run: gives float64[rows, outputs] of float32[rows, inputs] by the exported file; with ``resampled`` the ends
            of its risks behind them.
        raw: training people.
        resampled: models of other samples in the file.
    """
    rows = probes(raw)
    ours, theirs = trained.risks(rows), run(rows)
    if resampled is not None:
        ours = np.concatenate([ours, resampled.ends(rows)], axis=1)
    if ours.shape != theirs.shape or not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
        return float("inf")
    return float(np.abs(ours - theirs).max())


def check_same(trained: Trained, run: Run, raw: Float32Array, resampled: Resampled | None = None) -> float:
    """Return the largest difference, as ``largest_difference``.

    Raises:
        PackError: ``learning_not_the_same`` when it is above ``TOLERANCE``.
    """
    difference = largest_difference(trained, run, raw, resampled)
    if not difference <= TOLERANCE:
        raise PackError("learning_not_the_same", difference=f"{difference:.1e}")
    return difference
