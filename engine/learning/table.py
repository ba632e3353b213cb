"""Predictors as columns: numbers, categories by position, and short texts as hashed counts of their letters."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.domain.batch import FloatArray, IntArray
from engine.errors import InputError

Float32Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Table:
    """Predictors of people, one value a row.

    ``numbers``: measurements and truths (0, 1), NaN where absent. ``categories``: positions from 0 in a list of
    codes, NaN where absent. ``texts``: a matrix [rows, width] each, as ``engine.fields.hashed_text`` gives it.
    """

    rows: int
    numbers: Mapping[str, FloatArray]
    categories: Mapping[str, FloatArray] = field(default_factory=dict)
    texts: Mapping[str, FloatArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, column in {**self.numbers, **self.categories, **self.texts}.items():
            if len(column) != self.rows:
                raise ValueError(f"column {name} has not {self.rows} rows")

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns of ``raw`` in their order; those of a text are its name, a dot and a number."""
        texts = (f"{name}.{place}" for name, matrix in self.texts.items() for place in range(matrix.shape[1]))
        return (*self.numbers, *self.categories, *texts)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns as they are called; a text has one name."""
        return (*self.numbers, *self.categories, *self.texts)

    def raw(self) -> Float32Array:
        """Return what a graph takes: float32[rows, inputs]. A model is trained on these numbers, not on finer ones.

        Raises:
            InputError: ``learning_infinite`` when a value is infinite, ``learning_no_columns`` when there is nothing.
        """
        columns = [column[:, None] for column in (*self.numbers.values(), *self.categories.values())]
        columns += list(self.texts.values())
        if not columns:
            raise InputError("learning_no_columns")
        with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite and is refused
            joined: Float32Array = np.concatenate(columns, axis=1).astype(np.float32)
        beyond = np.isinf(joined).any(axis=0)
        if beyond.any():
            place = int(np.argmax(beyond))
            row = int(np.argmax(np.isinf(joined[:, place])))
            raise InputError("learning_infinite", column=self.inputs[place], row=row + 2)  # the heads are row 1
        return joined

    def take(self, rows: IntArray) -> Table:
        """Return these rows, in this order."""
        parts = (self.numbers, self.categories, self.texts)
        numbers, categories, texts = ({name: column[rows] for name, column in part.items()} for part in parts)
        return Table(len(rows), numbers, categories, texts)

    def only(self, names: Collection[str]) -> Table:
        """Return these columns, in their order."""
        parts = (self.numbers, self.categories, self.texts)
        kept = [{name: column for name, column in part.items() if name in names} for part in parts]
        return Table(self.rows, *kept)
