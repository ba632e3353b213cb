"""Smaller models out of trained ones, and how much worse they may be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from engine.domain.batch import BoolArray, FloatArray, IntArray
from engine.learning.cox import Cox
from engine.learning.design import Design
from engine.learning.distil import distil
from engine.learning.forest import Forest
from engine.learning.half import halved
from engine.learning.logistic import Linear
from engine.learning.model import Trained
from engine.learning.network import Layer, Network
from engine.learning.points import Points
from engine.learning.prune import prune
from engine.learning.table import Table


class Smaller(StrEnum):
    """How a model is made smaller; its name is ``learning.smaller.<how>``."""

    PRUNE = "prune"
    FLOAT16 = "float16"
    POINTS = "points"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """By how much a smaller model may be worse on people it had not seen; declared before any was made.

    ``auroc`` (or the C index): lost. ``brier``: added, as a share of it. ``slope``: further from 1.
    """

    auroc: float
    brier: float
    slope: float


TOLERANCES = {
    Smaller.PRUNE: Tolerance(0.01, 0.02, 0.1),
    Smaller.FLOAT16: Tolerance(0.001, 0.002, 0.02),
    Smaller.POINTS: Tolerance(0.03, 0.06, 0.1),
}


def shrink(trained: Trained, table: Table, event: FloatArray, years: FloatArray | None, how: Smaller) -> Trained:
    """Return a smaller model on the same raw columns; ``table``: its training people.

    Raises:
        InputError: what the way raises.
    """
    if how is Smaller.FLOAT16:
        return halved(trained)
    raw = table.raw()
    if how is Smaller.PRUNE:
        return prune(trained, raw, event, years)
    kinds = (len(table.numbers), len(table.categories))
    risk = trained.risks(raw)[:, 0]
    points = distil(raw, kinds, risk, event, years, trained.horizons)
    return Trained(trained.design, points, horizons=trained.horizons)


def narrowed(trained: Trained, table: Table) -> tuple[Trained, tuple[str, ...]]:
    """Return the model on those inputs that it takes, and their names as the table has them; texts stay whole."""
    used = _used(trained)
    sizes = [1] * (len(table.numbers) + len(table.categories)) + [each.shape[1] for each in table.texts.values()]
    ends = np.cumsum([0, *sizes])
    names = table.names
    kept = [at for at in range(len(names)) if used[ends[at] : ends[at + 1]].any()]
    inputs = np.array([place for at in kept for place in range(ends[at], ends[at + 1])], dtype=np.int64)
    if not kept or len(kept) == len(names):
        return trained, names
    return _on(trained, inputs), tuple(names[at] for at in kept)


def _used(trained: Trained) -> BoolArray:
    """Return which raw columns have a part in the score."""
    design, fitted = trained.design, trained.fitted
    used = np.zeros(len(design.inputs), dtype=np.bool_)
    if isinstance(fitted, Points):
        used[[item.column for item in fitted.items]] = True
        return used
    if isinstance(fitted, Forest):
        split = np.unique(fitted.column[fitted.column >= 0])
        sources = np.concatenate([design.straight, design.level_of])
        used[sources[split]] = True
        return used
    live = _live(trained)
    for column in range(len(used)):
        used[column] = bool((design.uses(column) & live).any())
    return used


def _live(trained: Trained) -> BoolArray:
    fitted, factor = trained.fitted, trained.design.factor
    if isinstance(fitted, Network):
        parts = (fitted.layers[0].weights != 0).any(axis=1)
    elif isinstance(fitted, Linear | Cox):
        parts = fitted.coefficients != 0
    else:
        raise TypeError("no columns of a matrix")
    live: BoolArray = parts & (factor != 0)
    return live


def _on(trained: Trained, inputs: IntArray) -> Trained:
    """Return the model on some raw columns, which hold all that it takes."""
    design, fitted = trained.design, trained.fitted
    if isinstance(fitted, Points):
        place = {int(column): at for at, column in enumerate(inputs)}
        items = tuple(replace(item, column=place[item.column]) for item in fitted.items)
        return replace(trained, design=_of_inputs(design, inputs), fitted=Points(items, fitted.risks))
    if isinstance(fitted, Forest):
        narrow = _of_inputs(design, inputs)
        sources = np.concatenate([np.isin(design.straight, inputs), np.isin(design.level_of, inputs)])
        moved = np.cumsum(sources) - 1
        column = np.where(fitted.column >= 0, moved[np.maximum(fitted.column, 0)], -1)
        return replace(trained, design=narrow, fitted=replace(fitted, column=column))
    live = _live(trained)
    narrow = design.only(live, inputs)
    if isinstance(fitted, Network):
        first, *others = fitted.layers
        layers = (Layer(first.weights[live], first.bias), *others)
        return replace(trained, design=narrow, fitted=Network(layers, fitted.activation))
    return replace(trained, design=narrow, fitted=replace(fitted, coefficients=fitted.coefficients[live]))


def _of_inputs(design: Design, inputs: IntArray) -> Design:
    """Return the design with all columns of the matrix that are made of some inputs."""
    kept = np.zeros(len(design.names), dtype=np.bool_)
    for column in inputs:
        kept |= design.uses(int(column))
    return design.only(kept, inputs)
