"""Cells of a table that nobody mapped yet: what says that nothing is known, and what is a number."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence

import numpy as np

from engine.domain.batch import FloatArray

_EMPTY = {"", "na", "n/a", "nan", "null", "none", "missing", "unknown", ".", "-", "--", "?", "缺失", "未知", "不详"}


def plain(cell: str) -> str:
    """Return a cell without edges and full-width signs; empty where it says that nothing is known."""
    folded = unicodedata.normalize("NFKC", cell).strip()
    return "" if folded.casefold() in _EMPTY else folded


def number(cell: str) -> float:
    """Return the number of a plain cell; NaN where it holds none, or none that is finite."""
    try:
        value = float(cell)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) and "_" not in cell else math.nan


class PlainReader:
    """Reads a column of such cells: numbers, or positions in a list of words. Each distinct cell is read once.

    NaN: nothing is known; infinity: something that is no value of this column, as in a Batch.
    """

    _MOST_KEPT = 1 << 16

    def __init__(self, words: Sequence[str] | None = None) -> None:
        """``words``: those of a category; None: a column of numbers."""
        self._places: Mapping[str, float] | None = None
        if words is not None:
            self._places = {word: float(place) for place, word in enumerate(words)}
        self._known: dict[str, float] = {}

    def read(self, cells: Sequence[str]) -> FloatArray:
        """Return float64[len(cells)]."""
        if len(self._known) > self._MOST_KEPT:
            self._known.clear()
        known = self._known
        for cell in set(cells) - known.keys():
            known[cell] = self._value(plain(cell))
        return np.fromiter(map(known.__getitem__, cells), dtype=np.float64, count=len(cells))

    def _value(self, cell: str) -> float:
        if not cell:
            return math.nan
        if self._places is not None:
            return self._places.get(cell, math.inf)
        value = number(cell)
        return math.inf if math.isnan(value) else value
