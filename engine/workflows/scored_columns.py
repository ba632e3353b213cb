"""What a scored table has beside the columns it came with: of one pack, or of the pack that speaks for each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from engine.domain.batch import Batch, BoolArray
from engine.domain.results import Code, Results, Status
from engine.fields import Dictionary
from engine.packs import Pack
from engine.packs.manifest import OutputKind
from engine.risk.choice import COUNTRY
from engine.risk.plausible import PlausibleValues
from engine.risk.predictor import Predictor
from engine.risk.ranges import GROUPED_BY, Ranges, find_ranges
from engine.workflows.explain_columns import ExplainColumns
from engine.workflows.result_text import BAND, REASONS, STATUS, number_cells, range_columns, result_columns
from engine.workflows.tool_choice import Place, Tools

PACK = "pack"
ENDS = ("low", "typical", "high")
STABLE_ENDS = ("low", "high")
ENDING = f"{BAND},{STATUS},{REASONS}"  # written as one column, because few combinations occur
_NO_TOOL = f",{Status.REFUSED},{COUNTRY}:{Code.OUT_OF_RANGE}"


@dataclass(frozen=True, slots=True)
class Scored:
    """What one pack answered for some rows."""

    pack: Pack
    results: Results
    ranges: Ranges | None


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of some rows, column by column, and the answers behind them."""

    columns: Sequence[Sequence[str]]
    scored: Sequence[Scored]


class Columns(Protocol):
    """Columns that are added to a table. ``names`` may hold several joined by commas, and so do the cells then."""

    names: tuple[str, ...]
    reads: frozenset[str]

    def cells(self, batch: Batch) -> Cells:
        """Return the cells for rows as they were read; none needs quoting."""
        ...


class PackColumns:
    """The columns of one pack: its outputs, band, status, reasons, the ends of a range, and what explains.

    With ``stability`` also ``<output>_low`` and ``<output>_high`` of outputs that models of other samples stand beside.
    """

    def __init__(
        self,
        predictor: Predictor,
        dictionary: Dictionary,
        plausible: PlausibleValues | None,
        explain: ExplainColumns | None = None,
        *,
        stability: bool = False,
    ) -> None:
        """``plausible`` None: no ranges are wanted."""
        self._predictor = predictor
        self._dictionary = dictionary
        self._plausible = plausible
        self._explain = explain
        self.reads = predictor.reads(GROUPED_BY if plausible is not None else ())
        manifest = predictor.pack.manifest
        numbers = [each.name for each in manifest.outputs if each.kind is not OutputKind.CATEGORY]
        ends = [f"{name}.{end}" for name in numbers for end in ENDS] if plausible is not None else []
        outputs = [each.name for each in manifest.outputs]
        self._stable = [each.name for each in manifest.outputs if stability and each.stability is not None]
        stable = [f"{name}_{end}" for name in self._stable for end in STABLE_ENDS]
        self.names = (*outputs, ENDING, *stable, *ends, *(explain.names if explain is not None else ()))

    def cells(self, batch: Batch) -> Cells:
        """Return the cells for rows as they were read."""
        results = self._predictor.predict(batch, stability=bool(self._stable))
        ranges = None
        if self._plausible is not None:
            ranges = find_ranges(self._predictor, batch, results, self._plausible, self._dictionary)
        columns = result_columns(results, ranges)
        for name in self._stable:
            columns += [number_cells(end) for end in (results.stability[name].low, results.stability[name].high)]
        if ranges is not None:
            columns += range_columns(ranges)
        if self._explain is not None:
            columns += self._explain.cells(batch, results)
        return Cells(columns, [Scored(self._predictor.pack, results, ranges)])


class PlacedColumns:
    """The same columns for people whose country is given for the whole table."""

    def __init__(self, columns: Columns, place: Place) -> None:
        self._columns = columns
        self._place = place
        self.names = columns.names
        self.reads = columns.reads | place.fields

    def cells(self, batch: Batch) -> Cells:
        """Return the cells for rows as they were read."""
        return self._columns.cells(self._place.fill(batch))


class ChosenColumns:
    """The columns of whichever tool speaks for a row, its id first; empty where that tool has no such column."""

    def __init__(self, tools: Tools, by_pack: Mapping[str, Columns], *, ranges: bool, ranges_count: bool) -> None:
        self._tools = tools
        self._by_pack = by_pack
        self._ranges = ranges
        self._ranges_count = ranges_count
        # As with one pack: the outputs of all tools, then how the row ended, then the rest.
        parts = [_split(columns.names) for columns in by_pack.values()]
        self.names = (PACK, *dict.fromkeys(name for place in range(3) for part in parts for name in part[place]))
        self.reads = frozenset[str]().union(*(columns.reads for columns in by_pack.values()))

    def cells(self, batch: Batch) -> Cells:
        """Return the cells for rows as they were read."""
        table = {name: [_NO_TOOL if name == ENDING else ""] * batch.rows for name in self.names}
        scored: list[Scored] = []
        chosen = self._tools.chooser.choose(batch, ranges=self._ranges, ranges_count=self._ranges_count)
        for pack, rows in chosen.parts():
            columns = self._by_pack[pack.manifest.id]
            found = columns.cells(batch.take(rows))
            scored += found.scored
            for name, cells in zip(
                (PACK, *columns.names), ([pack.manifest.id] * len(rows), *found.columns), strict=True
            ):
                for row, cell in zip(rows.tolist(), cells, strict=True):
                    table[name][row] = cell
        if ENDING in table:
            _tell_why(table[ENDING], chosen.lacking)
        return Cells(list(table.values()), scored)


def _tell_why(endings: list[str], lacking: Mapping[str, BoolArray]) -> None:
    """Add to rows with a number which missing values kept a better tool from speaking."""
    for field, where in lacking.items():
        for row in np.flatnonzero(where).tolist():
            band, status, reasons = endings[row].split(",")
            if status == Status.OK:
                told = [*filter(None, reasons.split(";")), f"{field}:{Code.MISSING}"]
                endings[row] = f"{band},{status},{';'.join(dict.fromkeys(told))}"


def _split(names: Sequence[str]) -> tuple[Sequence[str], Sequence[str], Sequence[str]]:
    """Return the names before how a row ended, that name, and those after it."""
    place = names.index(ENDING) if ENDING in names else 0
    return names[:place], names[place : place + 1], names[place + 1 :]
