"""From raw columns to the matrix that a model multiplies: every step is kept, so that a graph can take it again.

Missing numbers become the median of the training people, with a flag beside them where enough were missing; numbers
are held within the training range; splines are restricted cubic ones with knots at fixed percentiles (Harrell FE.
Regression Modeling Strategies. 2nd ed. Springer 2015, section 2.4, doi:10.1007/978-3-319-19425-7); each category gets
a column, a category that training did not know has none; and all columns are brought to mean 0 and deviation 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.domain.batch import BoolArray, FloatArray, IntArray
from engine.errors import InputError
from engine.learning.table import Float32Array, Table

_PERCENTILES = {3: (10.0, 50.0, 90.0), 4: (5.0, 35.0, 65.0, 95.0), 5: (5.0, 27.5, 50.0, 72.5, 95.0)}
_FEWEST_VALUES = 8  # different ones, for a curve
_FEWEST_FOR_FOUR_KNOTS = 100
_FEWEST_FLAGGED = 5  # people; a flag of fewer is a name, not a predictor
_FEWEST_IN_LEVEL = 5
_NO_LIMIT = 1e30
_NO_LEVEL = -1.0


@dataclass(frozen=True, slots=True)
class Design:
    """How a matrix is made of raw columns. ``k``: raw inputs; ``p``: columns of the matrix.

    ``fill``, ``low``, ``high`` [k]: what stands for a missing value, and the training range. ``straight``: raw columns
    that enter as they are. ``bend_of``, ``bend_at``, ``bend_factor`` [knots] and ``bend_weights`` [knots, terms]: raw
    column, place and scale of each knot, and how cubes behind the knots become spline terms. ``level_of``,
    ``level_is``: raw column and position of each category. ``flag_of``: raw columns with a flag for "missing".
    ``centre``, ``factor`` [p]: what is taken off and multiplied at the end; a column without spread has factor 0.
    """

    inputs: tuple[str, ...]
    names: tuple[str, ...]
    fill: FloatArray
    low: FloatArray
    high: FloatArray
    straight: IntArray
    bend_of: IntArray
    bend_at: FloatArray
    bend_factor: FloatArray
    bend_weights: FloatArray
    level_of: IntArray
    level_is: FloatArray
    flag_of: IntArray
    centre: FloatArray
    factor: FloatArray

    def transform(self, raw: Float32Array) -> FloatArray:
        """Return the matrix float64[rows, p] of raw columns float32[rows, k]."""
        joined: FloatArray = (self._joined(raw) - self.centre) * self.factor
        return joined

    def for_trees(self, raw: Float32Array) -> Float32Array:
        """Return what trees split on: numbers with their gaps, texts, and a column a category; float32."""
        levels = (self._within(raw)[:, self.level_of] == self.level_is).astype(np.float32)
        joined: Float32Array = np.concatenate([raw[:, self.straight], levels], axis=1)
        return joined

    def fold(self, weights: FloatArray, bias: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return weights [straight + knots + levels + flags, q] and bias [q] that do the same before the last steps.

        A graph so needs one multiplication for the spline terms, the scaling and the first layer together.
        """
        scaled = weights * self.factor[:, None]
        first, last = len(self.straight), len(self.straight) + self.bend_weights.shape[1]
        folded = [scaled[:first], self.bend_weights @ scaled[first:last], scaled[last:]]
        return np.concatenate(folded), bias - self.centre @ scaled

    def uses(self, column: int) -> BoolArray:
        """Return which columns of the matrix are made of a raw column, bool[p]."""
        parts = [self.straight == column, self.term_of() == column, self.level_of == column, self.flag_of == column]
        return np.concatenate(parts)

    def term_of(self) -> IntArray:
        """Return the raw column of each spline term."""
        first: IntArray = np.argmax(self.bend_weights != 0, axis=0) if self.bend_weights.size else np.zeros(0, np.int64)
        return self.bend_of[first]

    def only(self, kept: BoolArray, inputs: IntArray) -> Design:
        """Return the design of some columns of the matrix, bool[p], on some raw columns, in their order.

        Whatever the kept columns are made of is among the inputs.
        """
        straight, terms, levels, flags = np.split(kept, np.cumsum(self._sizes())[:-1])
        knots = (self.bend_weights[:, terms] != 0).any(axis=1)
        place = np.full(len(self.inputs), -1, dtype=np.int64)
        place[inputs] = np.arange(len(inputs))
        return Design(
            inputs=tuple(self.inputs[each] for each in inputs),
            names=tuple(name for name, keep in zip(self.names, kept, strict=True) if keep),
            fill=self.fill[inputs],
            low=self.low[inputs],
            high=self.high[inputs],
            straight=place[self.straight[straight]],
            bend_of=place[self.bend_of[knots]],
            bend_at=self.bend_at[knots],
            bend_factor=self.bend_factor[knots],
            bend_weights=self.bend_weights[np.ix_(knots, terms)],
            level_of=place[self.level_of[levels]],
            level_is=self.level_is[levels],
            flag_of=place[self.flag_of[flags]],
            centre=self.centre[kept],
            factor=self.factor[kept],
        )

    def _sizes(self) -> tuple[int, int, int, int]:
        return len(self.straight), self.bend_weights.shape[1], len(self.level_of), len(self.flag_of)

    def _within(self, raw: Float32Array) -> FloatArray:
        filled = np.where(np.isnan(raw), self.fill, raw.astype(np.float64))
        within: FloatArray = np.minimum(np.maximum(filled, self.low), self.high)
        return within

    def _joined(self, raw: Float32Array) -> FloatArray:
        within = self._within(raw)
        behind = np.maximum((within[:, self.bend_of] - self.bend_at) * self.bend_factor, 0.0)
        parts = [
            within[:, self.straight],
            (behind * behind * behind) @ self.bend_weights,
            within[:, self.level_of] == self.level_is,
            np.isnan(raw[:, self.flag_of]),
        ]
        return np.concatenate(parts, axis=1, dtype=np.float64)


def fit_design(table: Table, *, splines: bool, flags: bool = True) -> Design:
    """Return the design that fits the training people; ``flags``: with columns that say where a value is missing.

    Raises:
        InputError: ``learning_nobody`` without people; ``learning_empty_column`` when nobody has a value of a number;
            what ``Table.raw`` raises.
    """
    if table.rows == 0:
        raise InputError("learning_nobody")
    raw = table.raw()
    numbers, categories = len(table.numbers), len(table.categories)
    missing = np.isnan(raw)
    if (empty := missing[:, :numbers].all(axis=0)).any():
        raise InputError("learning_empty_column", column=table.inputs[int(np.argmax(empty))])
    fill, low, high = _limits(raw, numbers, categories)
    straight = np.array([*range(numbers), *range(numbers + categories, raw.shape[1])], dtype=np.int64)
    bends = _Bends()
    for place in range(numbers if splines else 0):
        bends.add(place, raw[~missing[:, place], place].astype(np.float64))
    levels = [(place, level) for place in range(numbers, numbers + categories) for level in _levels(raw[:, place])]
    flagged = _flags(missing[:, : numbers + categories]) if flags else []
    design = Design(
        inputs=table.inputs,
        names=_names(table.inputs, straight, bends, levels, flagged),
        fill=fill,
        low=low,
        high=high,
        straight=straight,
        bend_of=np.array(bends.of, dtype=np.int64),
        bend_at=np.array(bends.at, dtype=np.float64),
        bend_factor=np.array(bends.factor, dtype=np.float64),
        bend_weights=bends.weights(),
        level_of=np.array([place for place, _ in levels], dtype=np.int64),
        level_is=np.array([level for _, level in levels], dtype=np.float64),
        flag_of=np.array(flagged, dtype=np.int64),
        centre=np.zeros(0),
        factor=np.zeros(0),
    )
    return _scaled(design, raw)


def spline_weights(knots: FloatArray) -> FloatArray:
    """Return [knots, knots - 2]: cubes of (x - knot) / (last - first) behind each knot, times this, are the terms.

    Beyond the outer knots the terms are straight lines. They are Harrell's, divided by (last - first).
    """
    count, last, before = len(knots), knots[-1], knots[-2]
    weights = np.zeros((count, count - 2))
    for term in range(count - 2):
        weights[term, term] = 1.0
        weights[-2, term] = -(last - knots[term]) / (last - before)
        weights[-1, term] = (before - knots[term]) / (last - before)
    return weights


def harrell_knots(values: FloatArray) -> FloatArray:
    """Return the knots of present values: 4, or 3 of fewer than 100 people; none where values do not differ enough."""
    if len(np.unique(values)) < _FEWEST_VALUES:
        return np.zeros(0)
    for count in (4, 3) if len(values) >= _FEWEST_FOR_FOUR_KNOTS else (3,):
        knots: FloatArray = np.percentile(values, _PERCENTILES[count])
        if (np.diff(knots) > 1e-6 * np.ptp(values)).all():
            return knots
    return np.zeros(0)


class _Bends:
    """Knots of all columns, one column after the other."""

    def __init__(self) -> None:
        self.of: list[int] = []
        self.at: list[float] = []
        self.factor: list[float] = []
        self.terms: list[int] = []  # the raw column of each spline term
        self._blocks: list[FloatArray] = []

    def add(self, place: int, values: FloatArray) -> None:
        knots = harrell_knots(values)
        if not len(knots):
            return
        self.of += [place] * len(knots)
        self.at += knots.tolist()
        self.factor += [1.0 / float(knots[-1] - knots[0])] * len(knots)
        self._blocks.append(spline_weights(knots))
        self.terms += [place] * (len(knots) - 2)

    def weights(self) -> FloatArray:
        joined = np.zeros((len(self.of), len(self.terms)))
        row = column = 0
        for block in self._blocks:
            joined[row : row + block.shape[0], column : column + block.shape[1]] = block
            row, column = row + block.shape[0], column + block.shape[1]
        return joined


def _limits(raw: Float32Array, numbers: int, categories: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    fill = np.zeros(raw.shape[1])
    low, high = np.full(raw.shape[1], -_NO_LIMIT), np.full(raw.shape[1], _NO_LIMIT)
    fill[:numbers] = np.nanmedian(raw[:, :numbers].astype(np.float64), axis=0) if numbers else 0
    fill[numbers : numbers + categories] = _NO_LEVEL
    low[numbers + categories :], high[numbers + categories :] = -1.0, 1.0  # parts of a text have length 1 together
    if numbers:
        low[:numbers], high[:numbers] = np.nanmin(raw[:, :numbers], axis=0), np.nanmax(raw[:, :numbers], axis=0)
    return fill, low, high


def _levels(column: Float32Array) -> list[float]:
    """Return the categories with enough people; the most frequent one is what the others are compared with."""
    found, counts = np.unique(column[~np.isnan(column)], return_counts=True)
    if len(found) < 2:
        return []
    reference = int(np.argmax(counts))
    return [
        float(level)
        for place, (level, count) in enumerate(zip(found, counts, strict=True))
        if place != reference and count >= _FEWEST_IN_LEVEL
    ]


def _flags(missing: BoolArray) -> list[int]:
    """Return the columns to flag; of columns that are missing together the first one."""
    flags: list[int] = []
    for place in np.flatnonzero(missing.sum(axis=0) >= _FEWEST_FLAGGED).tolist():
        if not any(np.array_equal(missing[:, place], missing[:, other]) for other in flags):
            flags.append(place)
    return flags


def _names(
    inputs: tuple[str, ...], straight: IntArray, bends: _Bends, levels: list[tuple[int, float]], flags: list[int]
) -> tuple[str, ...]:
    terms = [f"{inputs[place]} (curve {bends.terms[:at].count(place) + 1})" for at, place in enumerate(bends.terms)]
    return (
        *(inputs[place] for place in straight),
        *terms,
        *(f"{inputs[place]} = {level:g}" for place, level in levels),
        *(f"{inputs[place]} missing" for place in flags),
    )


def _scaled(design: Design, raw: Float32Array) -> Design:
    joined = design._joined(raw)  # the same steps before the last one
    deviation = joined.std(axis=0)
    spread = deviation > 1e-9 * (np.abs(joined).max(axis=0) + 1e-30)
    factor = np.zeros(len(deviation))
    factor[spread] = 1.0 / deviation[spread]
    values = {name: getattr(design, name) for name in Design.__slots__}
    return Design(**{**values, "centre": joined.mean(axis=0), "factor": factor})
