"""Ranges for a batch: for everybody whom a pack refuses only because of missing inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.domain.batch import Batch, BoolArray, FloatArray, IntArray
from engine.domain.ranges import Assumption, OutputSpread, RangeResult
from engine.domain.results import Code, Note, PackRef, Results
from engine.fields import Dictionary
from engine.risk.plausible import PlausibleValues
from engine.risk.predictor import Predictor
from engine.risk.ranges.gaps import Gap, groups_with_gaps
from engine.risk.ranges.grid import Grid, grids


@dataclass(frozen=True, slots=True)
class Ranges:
    """The ranges of one pack for a batch, columnar.

    ``where``: which rows have one. ``low``, ``typical``, ``high``: output -> float64[rows], NaN where there is none.
    ``raised``: what is missing there, then the remarks that hold whatever it is. ``assumed``: rows and their gaps.
    """

    pack: PackRef
    where: BoolArray
    low: Mapping[str, FloatArray]
    typical: Mapping[str, FloatArray]
    high: Mapping[str, FloatArray]
    raised: Mapping[Note, BoolArray]
    assumed: Sequence[tuple[IntArray, tuple[Gap, ...]]]
    dictionary: Dictionary

    def row(self, index: int) -> RangeResult | None:
        """Return one person's range; None where there is none."""
        if not self.where[index]:
            return None
        outputs = (
            OutputSpread(name, float(low[index]), float(self.typical[name][index]), float(self.high[name][index]))
            for name, low in self.low.items()
        )
        return RangeResult(
            pack=self.pack,
            outputs=tuple(each for each in outputs if not np.isnan(each.width)),
            assumptions=self._assumptions(index),
            notes=tuple(note for note, where in self.raised.items() if where[index]),
        )

    def _assumptions(self, index: int) -> tuple[Assumption, ...]:
        for rows, gaps in self.assumed:
            for position in np.flatnonzero(rows == index):
                return tuple(gap.assumption(int(position), self.dictionary) for gap in gaps)
        return ()


def find_ranges(
    predictor: Predictor, batch: Batch, results: Results, plausible: PlausibleValues, dictionary: Dictionary
) -> Ranges:
    """Return low, typical and high of every numeric output where inputs are missing.

    Args:
        predictor: any pack; one whose manifest allows no ranges gives none.
        batch: the people, as they were scored.
        results: what the pack answered.
        plausible: what the missing fields could be.
        dictionary: the fields.

    Raises:
        PackError: the graph breaks.
    """
    building = _Building(results)
    if predictor.pack.manifest.gives_ranges:
        for group in groups_with_gaps(predictor, batch, results, plausible, dictionary):
            for grid in grids(predictor, group):
                building.add(grid)
    return building.ranges(results, dictionary)


class _Building:
    def __init__(self, results: Results) -> None:
        names = [name for name in results.outputs if name not in results.output_categories]
        self._rows = results.rows
        self._where = np.zeros(results.rows, dtype=np.bool_)
        self._ends = [{name: np.full(results.rows, np.nan) for name in names} for _ in range(3)]
        self._remarks: dict[Note, BoolArray] = {}
        self._assumed: list[tuple[IntArray, tuple[Gap, ...]]] = []

    def add(self, grid: Grid) -> None:
        """Write the ranges of some rows."""
        for name, answers in grid.answers.items():
            for ends, found in zip(self._ends, grid.spread(answers), strict=True):
                ends[name][grid.rows] = found
            self._where[grid.rows] |= ~np.isnan(self._ends[0][name][grid.rows])
        for note, where in grid.remarks.items():
            self._remarks.setdefault(note, np.zeros(self._rows, dtype=np.bool_))[grid.rows] = where
        self._assumed.append((grid.rows, grid.gaps))

    def ranges(self, results: Results, dictionary: Dictionary) -> Ranges:
        """Return what was written."""
        low, typical, high = self._ends
        missing = {note: where & self._where for note, where in results.raised.items() if note.code is Code.MISSING}
        raised = {**missing, **{note: where & self._where for note, where in self._remarks.items()}}
        return Ranges(
            results.pack,
            self._where,
            low,
            typical,
            high,
            {note: where for note, where in raised.items() if where.any()},
            self._assumed,
            dictionary,
        )
