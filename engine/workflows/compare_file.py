"""``lantern compare``: two tools side by side for every row of a CSV file. Stores nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.domain.batch import Batch, FloatArray
from engine.domain.ports import CancelToken, Progress, no_progress
from engine.domain.results import Results
from engine.errors import UsageError
from engine.fields import Dictionary
from engine.packs import Pack, PackLibrary
from engine.packs.difference import asks_only, years_of
from engine.packs.manifest import Manifest, OutputKind, Words
from engine.risk.explain import headline
from engine.risk.predictor import Predictor
from engine.risk.predictors import Predictors
from engine.workflows.result_text import number_cells, result_columns
from engine.workflows.scored_columns import ENDING, Cells, PlacedColumns, Scored
from engine.workflows.scored_table import UsedPack, used_pack, write_scored_table
from engine.workflows.tool_choice import Place

DIFFERENCE = "difference"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two tools: what it foretells, over how many years (None: it does not say), and what only it asks for.

    ``ok`` and ``refused`` count rows.
    """

    pack: UsedPack
    outcome: Words
    years: float | None
    only_inputs: tuple[str, ...]
    ok: int
    refused: int


@dataclass(frozen=True, slots=True)
class CompareSummary:
    """How the rows of a file ended with two tools, and in what the tools differ."""

    sides: tuple[Side, Side]
    rows: int
    both: int


def compare_files(
    pack_ids: Sequence[str],
    input_path: Path,
    output_path: Path,
    library: PackLibrary,
    dictionary: Dictionary,
    country: str | None = None,
    *,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> CompareSummary:
    """Write the input's rows with the answers of two packs.

    Columns that are added: every output, ``band``, ``status`` and ``reasons`` of each pack, with its id and a dot
    before them; then ``difference``, the second main number less the first, where both are risks over the same time
    and both packs answer.

    Args:
        pack_ids: two packs of the library.
        input_path: CSV, UTF-8, canonical columns.
        output_path: appears only when complete; a file of that name is replaced.
        library: the packs at hand.
        dictionary: the fields.
        country: taken where a row has none (ISO 3166).
        progress: told bytes read of bytes in all.
        cancel: stops the work between two blocks; nothing is then left behind.

    Raises:
        UsageError: ``compare_two`` when these are not two different packs.
        PackError, InputError, Cancelled: as ``write_scored_table``.
    """
    if len(pack_ids) != 2 or pack_ids[0] == pack_ids[1]:
        raise UsageError("compare_two")
    predictors = Predictors(library, dictionary)
    first, second = (predictors.get(pack_id) for pack_id in pack_ids)
    columns = CompareColumns(first, second)
    placed = columns if country is None else PlacedColumns(columns, Place(country, dictionary))
    packs = [first.pack, second.pack]
    write_scored_table(placed, packs, ".".join(pack_ids), input_path, output_path, dictionary, progress, cancel)
    return columns.summary()


class CompareColumns:
    """The columns of two packs and the difference between them, counting how rows ended."""

    def __init__(self, first: Predictor, second: Predictor) -> None:
        self._predictors = first, second
        self._comparable = _comparable(first.pack.manifest, second.pack.manifest)
        self.reads = first.reads() | second.reads()
        self.names = (*_named(first.pack), *_named(second.pack), DIFFERENCE)
        self._rows = self._both = 0
        self._ok = [0, 0]

    def cells(self, batch: Batch) -> Cells:
        """Return the cells for rows as they were read."""
        first, second = (predictor.predict(batch) for predictor in self._predictors)
        self._rows += batch.rows
        self._both += int((~first.refused & ~second.refused).sum())
        for place, results in enumerate((first, second)):
            self._ok[place] += int((~results.refused).sum())
        cells = [*result_columns(first), *result_columns(second), number_cells(self._difference(first, second))]
        scored = [
            Scored(predictor.pack, results, None)
            for predictor, results in zip(self._predictors, (first, second), strict=True)
        ]
        return Cells(cells, scored)

    def summary(self) -> CompareSummary:
        """Return how the rows so far ended."""
        first, second = self._predictors
        return CompareSummary((self._side(0, first, second), self._side(1, second, first)), self._rows, self._both)

    def _side(self, place: int, predictor: Predictor, other: Predictor) -> Side:
        manifest = predictor.pack.manifest
        return Side(
            pack=used_pack(predictor.pack, self._rows),
            outcome=manifest.outcome,
            years=_years(manifest),
            only_inputs=asks_only(manifest, other.pack.manifest),
            ok=self._ok[place],
            refused=self._rows - self._ok[place],
        )

    def _difference(self, first: Results, second: Results) -> FloatArray:
        if self._comparable is None:
            return np.full(first.rows, np.nan)
        one, other = self._comparable
        difference: FloatArray = second.outputs[other] - first.outputs[one]
        return difference


def _named(pack: Pack) -> list[str]:
    names = [each.name for each in pack.manifest.outputs]
    ending = ",".join(f"{pack.manifest.id}.{name}" for name in ENDING.split(","))
    return [*(f"{pack.manifest.id}.{name}" for name in names), ending]


def _comparable(first: Manifest, second: Manifest) -> tuple[str, str] | None:
    """Return the main numbers of both if one can be taken from the other: risks over the same time."""
    one, other = headline(first), headline(second)
    if one is None or other is None or _years(first) != _years(second):
        return None
    kinds = {first.output(one).kind, second.output(other).kind}
    return (one, other) if kinds == {OutputKind.FRACTION} else None


def _years(manifest: Manifest) -> float | None:
    """Return over how many years the main number of a pack looks ahead."""
    return years_of(manifest, headline(manifest))
