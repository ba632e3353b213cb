"""The gate that no exported model passes untested: the file must give the numbers of the trained model.

An exporter can be wrong without a word (a public exporter of scikit-learn drops the calibration around a pipeline and
is off by half). So what the file gives is held against the model on people it was trained on, on people with each
input missing, on people beyond everything seen, and on both sides of every place where the model turns: the cuts of
trees, the knots of curves, the bands of points, codes that no category has. Values are float32, as the file takes them;
what is typed finer than that is rounded before either sees it. Running the file is the caller's: this room runs no
graphs.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.domain.batch import FloatArray
from engine.errors import PackError
from engine.learning.forest import Forest
from engine.learning.model import Trained
from engine.learning.points import Points
from engine.learning.stability import Resampled
from engine.learning.table import Float32Array

TOLERANCE = 1e-5
_MOST_PEOPLE = 2000  # of the training people; they are spread over all
_HUGE = (-1e30, -1e6, -1.0, -1e-30, -0.0, 1e-30, 0.5, 1e6, 1e30, 3.4e38, -3.4e38)
_MOST_EDGES = 40  # of one column

Run = Callable[[Float32Array], FloatArray]


def probes(raw: Float32Array, trained: Trained | None = None) -> Float32Array:
    """Return the rows of the gate: training people, each input missing, all missing, the extremes, and beyond.

    With a model also people at, just below and just above each place where it turns.
    """
    people = raw[:: max(1, len(raw) // _MOST_PEOPLE)][:_MOST_PEOPLE]
    typical = people[: min(8, len(people))]
    blocks = [people, np.full((1, raw.shape[1]), np.nan, dtype=np.float32)]
    with np.errstate(all="ignore"):
        lowest, highest = np.nanmin(raw, axis=0, initial=0.0), np.nanmax(raw, axis=0, initial=0.0)
    blocks += [lowest[None, :], highest[None, :]]
    blocks += [np.full((1, raw.shape[1]), value, dtype=np.float32) for value in _HUGE]
    turns = {} if trained is None else _turns(trained)
    for column in range(raw.shape[1]):
        for value in (np.nan, lowest[column], highest[column], -1e30, 1e30, -0.0):
            changed = typical.copy()
            changed[:, column] = value
            blocks.append(changed)
        blocks.append(_at(typical, column, turns.get(column, np.zeros(0, dtype=np.float32))))
    joined: Float32Array = np.concatenate(blocks)
    return joined


def _at(typical: Float32Array, column: int, places: Float32Array) -> Float32Array:
    """Return typical people with a column at some places and at the numbers next to them."""
    some = places[:: max(1, -(-len(places) // _MOST_EDGES))]
    near = np.concatenate([np.nextafter(some, np.float32(-np.inf)), some, np.nextafter(some, np.float32(np.inf))])
    near = near[np.isfinite(near)]
    changed: Float32Array = np.resize(typical, (len(near), typical.shape[1])) if len(near) else typical[:0].copy()
    changed[:, column] = near
    return changed


def _turns(trained: Trained) -> dict[int, Float32Array]:
    """Return for each raw column the places where a model turns, rising."""
    design, fitted = trained.design, trained.fitted
    found: dict[int, list[float]] = {}
    if isinstance(fitted, Points):
        for item in fitted.items:
            found.setdefault(item.column, []).extend((*item.cuts, *item.levels))
    else:
        for column, place in zip(design.bend_of.tolist(), design.bend_at.tolist(), strict=True):
            found.setdefault(column, []).append(place)
    if isinstance(fitted, Forest):
        split = fitted.column >= 0
        straight = split & (fitted.column < len(design.straight))
        columns = design.straight[fitted.column[straight]]
        for column, cut in zip(columns.tolist(), fitted.cut[straight].tolist(), strict=True):
            found.setdefault(column, []).append(cut)
    for column, level in zip(design.level_of.tolist(), design.level_is.tolist(), strict=True):
        found.setdefault(column, []).extend((level, level + 0.5, level + 1, -1.0))  # codes that nobody has, too
    for column in range(len(design.inputs)):
        found.setdefault(column, []).extend((float(design.low[column]), float(design.high[column])))
    with np.errstate(over="ignore"):
        return {column: np.unique(np.array(places, dtype=np.float32)) for column, places in found.items()}


def largest_difference(trained: Trained, run: Run, raw: Float32Array, resampled: Resampled | None = None) -> float:
    """Return the largest difference on the rows of the gate; infinity where either gives no number.

    Args:
        trained: the model.
        run: gives float64[rows, outputs] of float32[rows, inputs] by the exported file; with ``resampled`` the ends
            of its risks behind them.
        raw: training people.
        resampled: models of other samples in the file.
    """
    rows = probes(raw, trained)
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
