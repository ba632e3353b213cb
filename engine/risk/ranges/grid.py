"""A pack's answers for every combination of plausible values, and how far they reach.

Missing fields count as independent among people of the same age, sex and diabetes. Each number takes five values (its
5th to its 95th percentile, weighted so that mean and variance are those of a normal distribution); each boolean or
category takes all its codes. All combinations are scored. The range goes from the 5th to the 95th percentile of the
answers, and over the codes it covers everything: from the lowest such end to the highest. With one missing number that
is what the corners give; with several, the corners alone would promise more than nine of ten.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from engine.domain.batch import Batch, BoolArray, FloatArray, IntArray
from engine.domain.results import REFUSALS, Code, Note, Results
from engine.risk.predictor import Predictor
from engine.risk.ranges.gaps import Gap, Group
from engine.risk.ranges.quantiles import weighted_quantiles

LOW, TYPICAL, HIGH = 0.05, 0.5, 0.95
# Combinations of one person, enough for five missing numbers: who lacks more is not known well enough for a range.
_MOST_COMBINATIONS = 5**5
_ROWS_AT_ONCE = 1 << 15
# A range that leaves out more than this share of the plausible values would say too much.
_MOST_LEFT_OUT = 0.5


@dataclass(frozen=True, slots=True)
class Grid:
    """The answers for some rows of a batch.

    ``answers``: output -> float64[rows, combinations], NaN where the pack gives none. ``numbers`` and ``codes`` are the
    gaps; combinations run over the numbers first, then over the codes. ``remarks``: notes that hold whatever is
    missing, bool[rows].
    """

    rows: IntArray
    numbers: tuple[Gap, ...]
    codes: tuple[Gap, ...]
    answers: Mapping[str, FloatArray]
    remarks: Mapping[Note, BoolArray]

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """All gaps, in the order of the combinations."""
        return (*self.numbers, *self.codes)

    def shape(self) -> tuple[int, ...]:
        """Return how many points each gap has."""
        return tuple(gap.values.shape[1] for gap in self.gaps)

    def spread(self, answers: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return low, typical and high of one output, float64[rows]."""
        return _spread(answers, _product(self.numbers, len(self.rows)), _product(self.codes, len(self.rows)))

    def width_when_known(self, answers: FloatArray, known: int) -> FloatArray:
        """Return how wide the range of one output is for each value of a gap, float64[rows, points of the gap]."""
        rows, points = len(self.rows), self.gaps[known].values.shape[1]
        table = np.moveaxis(answers.reshape(rows, *self.shape()), 1 + known, 1).reshape(rows * points, -1)
        numbers = tuple(gap for position, gap in enumerate(self.numbers) if position != known)
        codes = tuple(gap for position, gap in enumerate(self.codes, len(self.numbers)) if position != known)
        weights, shares = (np.repeat(_product(gaps, rows), points, axis=0) for gaps in (numbers, codes))
        low, _, high = _spread(table, weights, shares)
        return (high - low).reshape(rows, points)


def _spread(answers: FloatArray, weights: FloatArray, shares: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return low, typical and high of answers, float64[rows, combinations], by the weights of numbers and of codes."""
    rows = len(answers)
    table = answers.reshape(rows, weights.shape[1], shares.shape[1]).transpose(0, 2, 1)
    low, typical, high = weighted_quantiles(table, weights[:, np.newaxis, :], (LOW, TYPICAL, HIGH))
    lowest: FloatArray = np.fmin.reduce(low, axis=1)
    highest: FloatArray = np.fmax.reduce(high, axis=1)
    return lowest, typical[np.arange(rows), shares.argmax(axis=1)], highest


def grids(predictor: Predictor, group: Group) -> Iterator[Grid]:
    """Yield the answers of a group, some rows at a time; rows that get no range are left out."""
    numbers = tuple(gap for gap in group.gaps if gap.is_number)
    codes = tuple(gap for gap in group.gaps if not gap.is_number)
    combinations = math.prod(gap.values.shape[1] for gap in group.gaps)
    if combinations > _MOST_COMBINATIONS:
        return
    step = max(1, _ROWS_AT_ONCE // combinations)
    for start in range(0, len(group.rows), step):
        chosen = np.arange(start, min(start + step, len(group.rows)))
        mine = [tuple(gap.take(chosen) for gap in gaps) for gaps in (numbers, codes)]
        grid = _score(predictor, group.rows[chosen], group.people.take(chosen), mine[0], mine[1])
        if len(grid.rows):
            yield grid


def _score(
    predictor: Predictor, rows: IntArray, people: Batch, numbers: tuple[Gap, ...], codes: tuple[Gap, ...]
) -> Grid:
    gaps = (*numbers, *codes)
    places = np.indices([gap.values.shape[1] for gap in gaps]).reshape(len(gaps), -1)
    combinations = places.shape[1]
    columns = {name: np.repeat(people.column(name), combinations) for name in predictor.wanted}
    for gap, place in zip(gaps, places, strict=True):
        columns[gap.missing] = gap.values[:, place].reshape(-1)
    results = predictor.predict(Batch(len(rows) * combinations, columns), supposed=True)
    shape = (len(rows), combinations)
    kept = _with_range(results, shape, numbers, codes)
    chosen = np.flatnonzero(kept)
    answers = {
        name: values.reshape(shape)[chosen]
        for name, values in results.outputs.items()
        if name not in results.output_categories
    }
    remarks = {
        note: np.logical_and.reduce(where.reshape(shape), axis=1)[chosen]
        for note, where in results.raised.items()
        if note.code not in REFUSALS
    }
    taken = [tuple(gap.take(chosen) for gap in kind) for kind in (numbers, codes)]
    return Grid(rows[chosen], taken[0], taken[1], answers, remarks)


def _with_range(
    results: Results, shape: tuple[int, int], numbers: tuple[Gap, ...], codes: tuple[Gap, ...]
) -> BoolArray:
    """Return which rows may have a range.

    A plausible value may lie outside what the pack takes; what is left then stands for all, as long as it is most of
    it and no code is left out altogether. A combination that fails for another reason shows that more is missing.
    """
    rows = shape[0]
    failed = results.refused.reshape(shape)
    other = np.zeros(shape, dtype=np.bool_)
    for note, where in results.raised.items():
        if note.code in REFUSALS and note.code is not Code.OUT_OF_RANGE:
            other |= where.reshape(shape)
    weights, shares = _product(numbers, rows), _product(codes, rows)
    table = failed.reshape(rows, weights.shape[1], shares.shape[1])
    left_out = (table * weights[:, :, np.newaxis]).sum(axis=1) / weights.sum(axis=1)[:, np.newaxis]
    kept: BoolArray = ~other.any(axis=1) & (left_out <= _MOST_LEFT_OUT).all(axis=1)
    return kept


def _product(gaps: tuple[Gap, ...], rows: int) -> FloatArray:
    """Return the weight of every combination of these gaps, float64[rows, combinations]; one where there is none."""
    weights = np.ones((rows, 1))
    for gap in gaps:
        weights = (weights[:, :, np.newaxis] * gap.weights[:, np.newaxis, :]).reshape(rows, -1)
    return weights
