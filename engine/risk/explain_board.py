"""People with some of their inputs replaced, scored in batches: what explanations and what-if are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.domain.batch import Batch, BoolArray, FloatArray, IntArray
from engine.risk.explain_players import Player, replaced
from engine.risk.predictor import BLOCK_ROWS, Predictor

# Rows scored together: bounds the memory.
ROWS_AT_ONCE = 4 * BLOCK_ROWS


def frozen(predictor: Predictor, batch: Batch) -> Batch:
    """Return what the pack looks at, entered or derived, and nothing that it would be derived from again."""
    completed = predictor.complete(batch)
    return Batch(batch.rows, {field: completed.column(field) for field in predictor.wanted})


@dataclass(frozen=True, slots=True)
class Board:
    """Scores people with some inputs replaced: field -> float64[others], one replacement a person of the background."""

    predictor: Predictor
    people: Batch
    players: Sequence[Player]
    replacements: Mapping[str, FloatArray]
    output: str

    @property
    def others(self) -> int:
        """How many people the comparison is with."""
        return next((len(column) for column in self.replacements.values()), 1)

    def score(self, rows: IntArray, moving: Sequence[int], combinations: BoolArray, which: IntArray) -> FloatArray:
        """Return float64[rows, combinations], each with one of the others; NaN where the pack gives no number."""
        step = max(1, ROWS_AT_ONCE // len(rows))
        parts = [
            self._score(rows, moving, combinations[start : start + step], which[start : start + step])
            for start in range(0, len(combinations), step)
        ]
        return np.concatenate(parts, axis=1)

    def _score(self, rows: IntArray, moving: Sequence[int], combinations: BoolArray, which: IntArray) -> FloatArray:
        shape = (len(rows), len(combinations))
        columns = {name: np.broadcast_to(column[rows][:, None], shape) for name, column in self.people.columns.items()}
        for place, position in enumerate(moving):
            for field in self.players[position].fields:
                stays = columns[field]
                columns[field] = np.where(
                    combinations[:, place], stays, replaced(stays, self.replacements[field][which])
                )
        flat = Batch(shape[0] * shape[1], {name: np.ravel(column) for name, column in columns.items()})
        return self.predictor.predict(flat, supposed=True).outputs[self.output].reshape(shape)
