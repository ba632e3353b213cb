"""What each input adds, as columns of a scored table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.domain.batch import Batch, FloatArray
from engine.domain.results import Results
from engine.errors import UsageError
from engine.fields import Dictionary
from engine.packs.manifest import Manifest, OutputKind
from engine.risk.explain_players import reference_players
from engine.risk.explain_shapley import attribute
from engine.risk.predictor import Predictor
from engine.workflows.result_text import number_cells

CONTRIBUTION, REFERENCE = "contribution.", "reference"


def numeric_output(manifest: Manifest, wanted: str | None) -> str:
    """Return the output that is meant: the one that is named, else the first number of the pack.

    Raises:
        UsageError: ``output_unknown``; ``output_no_number``, also for a pack that gives none.
    """
    numbers = [each.name for each in manifest.outputs if each.kind is not OutputKind.CATEGORY]
    if wanted is not None and wanted not in [each.name for each in manifest.outputs]:
        raise UsageError("output_unknown", pack=manifest.id, allowed=", ".join(numbers))
    if not numbers or (wanted is not None and wanted not in numbers):
        raise UsageError("output_no_number", pack=manifest.id)
    return numbers[0] if wanted is None else wanted


class ExplainColumns:
    """``contribution.FIELD`` for each input with a reference, and ``reference``, in the unit of the output.

    A cell is empty where an input takes no part: it is not known, or the pack refuses at its reference. The
    contributions of a row and its reference add up to the output.
    """

    def __init__(self, predictor: Predictor, dictionary: Dictionary, output: str | None) -> None:
        """``output``: a number of the pack; None: its first. Raises UsageError as ``numeric_output``."""
        self._predictor = predictor
        self._dictionary = dictionary
        self._output = numeric_output(predictor.pack.manifest, output)
        players = reference_players(predictor.pack.manifest)
        self.names = (*(f"{CONTRIBUTION}{player.lead}" for player in players), REFERENCE)

    def cells(self, batch: Batch, results: Results) -> list[Sequence[str]]:
        """Return the cells of each column for rows that were scored."""
        found = attribute(self._predictor, batch, self._dictionary, self._output)
        if found is None:
            return [[""] * results.rows for _ in self.names]
        amounts: list[FloatArray] = list(np.ascontiguousarray(found.amounts.T))
        return [number_cells(column) for column in (*amounts, found.reference)]
