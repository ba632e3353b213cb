"""Which missing value to find out first: how much of the range each would take away on average."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.domain.batch import Batch, BoolArray, FloatArray
from engine.domain.ranges import NextTest
from engine.domain.results import Results
from engine.fields import Dictionary
from engine.risk.plausible import PlausibleValues
from engine.risk.predictor import Predictor
from engine.risk.ranges.gaps import groups_with_gaps
from engine.risk.ranges.grid import Grid, grids


@dataclass(frozen=True, slots=True)
class NextTests:
    """What to find out about everybody, columnar.

    ``width`` of the range of ``output``, float64[rows], NaN where there is none. ``removes``: field -> the share of it,
    0-1, that knowing the field would take away on average, NaN where the field is not missing.
    """

    output: str
    width: FloatArray
    removes: Mapping[str, FloatArray]

    @property
    def where(self) -> BoolArray:
        """Which rows have a range to make smaller."""
        return ~np.isnan(self.width)

    def row(self, index: int) -> tuple[NextTest, ...]:
        """Return what to find out about one person, what helps most first."""
        found = [NextTest(name, float(shares[index])) for name, shares in self.removes.items()]
        return tuple(sorted((each for each in found if not np.isnan(each.removes)), key=lambda each: -each.removes))


def find_next_tests(
    predictor: Predictor,
    batch: Batch,
    results: Results,
    plausible: PlausibleValues,
    dictionary: Dictionary,
    output: str,
) -> NextTests:
    """Return how much knowing each missing input would take away of the range of one output.

    The width that is left is averaged over the plausible values of the input, each weighted by how common it is.

    Raises:
        KeyError: the output is no number of the pack.
        PackError: the graph breaks.
    """
    width = np.full(results.rows, np.nan)
    removes: dict[str, FloatArray] = {}
    if predictor.pack.manifest.gives_ranges:
        for group in groups_with_gaps(predictor, batch, results, plausible, dictionary):
            for grid in grids(predictor, group):
                answers = grid.answers[output]
                low, _, high = grid.spread(answers)
                width[grid.rows] = high - low
                for position, gap in enumerate(grid.gaps):
                    left = _left(grid, answers, position)
                    share = np.divide(high - low - left, high - low, out=np.zeros(len(low)), where=high > low)
                    removes.setdefault(gap.assumed, np.full(results.rows, np.nan))[grid.rows] = share
    return NextTests(output, width, removes)


def _left(grid: Grid, answers: FloatArray, position: int) -> FloatArray:
    """Return the width that is left on average when one gap is known."""
    width = grid.width_when_known(answers, position)
    weights = np.where(np.isnan(width), 0.0, grid.gaps[position].weights)
    total = weights.sum(axis=1)
    left = (weights * np.nan_to_num(width)).sum(axis=1)
    averaged: FloatArray = np.divide(left, total, out=np.zeros_like(left), where=total > 0)
    return averaged
