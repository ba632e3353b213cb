"""Which missing value to find out first, as columns of a table."""

from __future__ import annotations

from collections.abc import Sequence

from engine.domain.batch import Batch
from engine.fields import Dictionary
from engine.fields.canonical import write_number
from engine.risk.plausible import PlausibleValues
from engine.risk.predictor import Predictor
from engine.risk.ranges import GROUPED_BY, find_next_tests, find_ranges
from engine.workflows.explain_columns import numeric_output
from engine.workflows.result_text import result_columns
from engine.workflows.scored_columns import ENDING, Cells, Scored

NEXT, REMOVES, ALL = "next_test", "next_test.removes", "tests"
_DECIMALS = 4


class NextTestColumns:
    """How a row ended; what to find out first; the share of the range this takes away on average; all, best first.

    Empty where there is no range to make smaller. ``tests`` is ``field=share`` joined by ``;``.
    """

    def __init__(
        self, predictor: Predictor, dictionary: Dictionary, plausible: PlausibleValues, output: str | None
    ) -> None:
        """``output``: the number whose range counts; None: the pack's main one. Raises as ``numeric_output``."""
        self._predictor = predictor
        self._dictionary = dictionary
        self._plausible = plausible
        manifest = predictor.pack.manifest
        self._output = numeric_output(manifest, output or manifest.headline_output)
        self.names: tuple[str, ...] = (ENDING, NEXT, REMOVES, ALL)
        self.reads = predictor.reads(GROUPED_BY)

    def cells(self, batch: Batch) -> Cells:
        """Return the cells for rows as they were read."""
        results = self._predictor.predict(batch)
        ranges = find_ranges(self._predictor, batch, results, self._plausible, self._dictionary)
        tests = find_next_tests(self._predictor, batch, results, self._plausible, self._dictionary, self._output)
        table = [
            [(each.field, write_number(round(each.removes, _DECIMALS))) for each in tests.row(row)]
            for row in range(batch.rows)
        ]
        columns: list[Sequence[str]] = [
            result_columns(results, ranges)[-1],
            [row[0][0] if row else "" for row in table],
            [row[0][1] if row else "" for row in table],
            [";".join(f"{field}={share}" for field, share in row) for row in table],
        ]
        return Cells(columns, [Scored(self._predictor.pack, results, ranges)])
