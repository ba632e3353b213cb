"""A short score of whole points: what it is and what it answers. ``distil`` makes one of a trained model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.domain.batch import FloatArray, IntArray
from engine.learning.table import Float32Array

POINTS = "points"


@dataclass(frozen=True, slots=True)
class Item:
    """One input of the score. ``column``: its raw column.

    A number: ``cuts`` float32, rising, and ``points`` of the bands below, between and from them on (half-open: a value
    at a cut belongs to the band above). A category: ``levels`` (positions) with ``points`` of each and, last, of any
    other. ``missing``: the points where there is no value.
    """

    column: int
    points: tuple[int, ...]
    missing: int
    cuts: tuple[float, ...] = ()
    levels: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if len(self.points) != len(self.cuts) + len(self.levels) + 1 or bool(self.cuts) == bool(self.levels):
            raise ValueError("bands of a number or levels of a category")

    def of(self, values: Float32Array) -> IntArray:
        """Return the points of values float32[rows]."""
        points = np.array(self.points, dtype=np.int64)
        if self.levels:
            found = points[-1] + sum(
                (values == np.float32(level)) * (points[place] - points[-1]) for place, level in enumerate(self.levels)
            )
        else:
            found = points[np.searchsorted(np.array(self.cuts, dtype=np.float32), values, side="right")]
        result: IntArray = np.where(np.isnan(values), self.missing, found)
        return result

    @property
    def most(self) -> int:
        """The largest number of points."""
        return max(*self.points, self.missing)


@dataclass(frozen=True, slots=True)
class Points:
    """The items, and ``risks`` [totals, horizons] (one column without horizons): the risk at each total from 0 on."""

    items: tuple[Item, ...]
    risks: FloatArray

    def __post_init__(self) -> None:
        if min((each for item in self.items for each in (*item.points, item.missing)), default=0) < 0:
            raise ValueError("points from 0 on")
        if len(self.risks) != 1 + sum(item.most for item in self.items):
            raise ValueError("a risk for each total")

    def total(self, raw: Float32Array) -> IntArray:
        """Return the sum of the points, int64[rows], of raw columns float32[rows, inputs]."""
        result: IntArray = np.zeros(len(raw), dtype=np.int64)
        for item in self.items:
            result = result + item.of(raw[:, item.column])
        return result
