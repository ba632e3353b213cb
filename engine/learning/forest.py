"""Trees as plain arrays: what they answer, without what grew them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.domain.batch import BoolArray, FloatArray, IntArray
from engine.learning.table import Float32Array

_BLOCK = 1 << 18  # values looked at in one go: rows times trees
_GRID = 2.0**-20  # of the log odds


@dataclass(frozen=True, slots=True)
class Forest:
    """Nodes of all trees, one after the other; ``roots``: where each tree begins. The score is on the log odds.

    At an inner node a row goes to ``left`` where its value of ``column`` is at most ``cut``, or missing and
    ``missing_left``, else to ``right``; both are places among all nodes. A leaf has ``column`` -1 and adds ``value``.
    ``cut`` is float32: rounded down, it parts float32 values exactly as the finer one did. ``value`` is a multiple of
    2^-20 (``on_grid``): sums of such numbers are exact in float32 up to 16, in whatever order trees are added.
    """

    roots: IntArray
    column: IntArray
    cut: NDArray[np.float32]
    left: IntArray
    right: IntArray
    missing_left: BoolArray
    value: FloatArray
    base: float

    def score(self, values: Float32Array) -> FloatArray:
        """Return float64[rows]."""
        scores = np.empty(len(values))
        step = max(1, _BLOCK // max(1, len(self.roots)))
        for start in range(0, len(values), step):
            part = values[start : start + step]
            scores[start : start + step] = self.value[self.leaves(part)].sum(axis=1) + self.base
        return scores

    def leaves(self, values: Float32Array) -> IntArray:
        """Return the leaf of each row in each tree, [rows, trees]."""
        place = np.tile(self.roots, (len(values), 1))
        rows = np.arange(len(values))[:, None]
        while True:
            column = self.column[place]
            inner = column >= 0
            if not inner.any():
                return place
            seen = values[rows, np.maximum(column, 0)]
            goes_left = (seen <= self.cut[place]) | (np.isnan(seen) & self.missing_left[place])
            place = np.where(inner, np.where(goes_left, self.left[place], self.right[place]), place)


def rounded_down(cuts: FloatArray) -> NDArray[np.float32]:
    """Return the largest float32 at or below each number."""
    near = cuts.astype(np.float32)
    lower: NDArray[np.float32] = np.where(near.astype(np.float64) > cuts, np.nextafter(near, np.float32(-np.inf)), near)
    return lower


def on_grid(values: FloatArray) -> FloatArray:
    """Return the nearest multiples of 2^-20; a leaf moves by less than a millionth of the log odds."""
    result: FloatArray = np.rint(values / _GRID) * _GRID
    return result
