"""``lantern whatif``: what would lower a number, for every row of a CSV file. Stores nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from engine.domain.batch import Batch
from engine.domain.ports import CancelToken, Progress, no_progress
from engine.domain.record import Value
from engine.errors import UsageError
from engine.fields import Dictionary
from engine.fields.canonical import read_cell
from engine.packs import PackLibrary
from engine.risk.predictor import Predictor
from engine.risk.predictors import Predictors
from engine.risk.treatments import treatments_for
from engine.risk.what_if import changeable, lowers, what_if
from engine.workflows.explain_columns import numeric_output
from engine.workflows.result_text import number_cells, result_columns
from engine.workflows.scored_columns import ENDING, Cells, PlacedColumns, Scored
from engine.workflows.scored_table import AssessFileSummary, write_scored_table
from engine.workflows.tool_choice import Place

CHANGED, TOGETHER, PEER, TREATED = "whatif.", "whatif.together", "peer", "treated."


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: of which output (None: the first number), with which values tried in place of the good ones.

    ``targets``: field -> text, as in a cell of the table. ``country`` (ISO 3166) is taken where a row has none.
    """

    output: str | None = None
    targets: Mapping[str, str] = field(default_factory=dict)
    country: str | None = None


_USUAL = Question()


def what_if_file(
    pack_id: str,
    input_path: Path,
    output_path: Path,
    library: PackLibrary,
    dictionary: Dictionary,
    question: Question = _USUAL,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> AssessFileSummary:
    """Write the input's rows with the answers of a pack and what would lower one of its numbers.

    Columns that are added: those of ``assess_file``; then, in the unit of the output, ``whatif.FIELD`` with that input
    alone at its good value, ``whatif.together`` with the best combination of these, ``peer`` for the same person with
    every good value, and ``treated.NAME`` for one step of a treatment by its trials. A cell is empty where a change
    would not lower the number.

    Args:
        pack_id: a pack of the library.
        input_path: CSV, UTF-8, canonical columns.
        output_path: appears only when complete; a file of that name is replaced.
        library: the packs at hand.
        dictionary: the fields.
        question: of which number, and with which values.
        progress: told bytes read of bytes in all.
        cancel: stops the work between two blocks; nothing is then left behind.

    Raises:
        UsageError: ``output_unknown``, ``output_no_number``, ``what_if_no_risk`` for a number of which less is not
            better, ``change_unknown``, ``change_value``.
        PackError, InputError, Cancelled: as ``write_scored_table``.
    """
    predictor = Predictors(library, dictionary).get(pack_id)
    columns = WhatIfColumns(predictor, dictionary, question.output, _values(question.targets, predictor, dictionary))
    placed = columns if question.country is None else PlacedColumns(columns, Place(question.country, dictionary))
    return write_scored_table(placed, [predictor.pack], pack_id, input_path, output_path, dictionary, progress, cancel)


class WhatIfColumns:
    """The columns of one pack, and those that say what would lower one of its numbers."""

    def __init__(
        self, predictor: Predictor, dictionary: Dictionary, output: str | None, targets: Mapping[str, Value]
    ) -> None:
        """``output``: a number of the pack; None: its first. Raises UsageError as ``what_if_file``."""
        manifest = predictor.pack.manifest
        self._predictor = predictor
        self._dictionary = dictionary
        self._targets = targets
        self._output = numeric_output(manifest, output)
        if not lowers(manifest, self._output):
            raise UsageError("what_if_no_risk", pack=manifest.id)
        treatments = treatments_for(manifest, self._output)
        self.reads = predictor.reads(
            [name for each in treatments for name in (each.field, each.unless) if name is not None]
        )
        changes = [f"{CHANGED}{name}" for name in changeable(manifest)]
        treated = [f"{TREATED}{treatment.id}" for treatment in treatments]
        outputs = [each.name for each in manifest.outputs]
        self.names = (*outputs, ENDING, *changes, TOGETHER, PEER, *treated)

    def cells(self, batch: Batch) -> Cells:
        """Return the cells for rows as they were read."""
        results = self._predictor.predict(batch)
        cells = result_columns(results)
        found = what_if(self._predictor, batch, self._dictionary, self._output, self._targets)
        if found is None:
            raise UsageError("what_if_no_risk", pack=self._predictor.pack.manifest.id)
        together = np.where(found.best < found.value, found.best, np.nan)
        cells += [number_cells(column) for column in (*found.alone.T, together, found.peer, *found.treated.T)]
        return Cells(cells, [Scored(self._predictor.pack, results, None)])


def _values(targets: Mapping[str, str], predictor: Predictor, dictionary: Dictionary) -> Mapping[str, Value]:
    """Return the targets as values; what cannot change or is no value is refused."""
    allowed = changeable(predictor.pack.manifest)
    found: dict[str, Value] = {}
    for name, text in targets.items():
        if name not in allowed:
            raise UsageError("change_unknown", field=name, allowed=", ".join(allowed))
        number = read_cell(dictionary[name], text.strip())
        value = dictionary[name].decode(number) if np.isfinite(number) else None
        if value is None:
            raise UsageError("change_value", field=name)
        found[name] = value
    return found
