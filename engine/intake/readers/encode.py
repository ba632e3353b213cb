"""Rows become columns of different cells and codes while they are read, so memory grows with what differs."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.intake.tables import LONGEST_CELL, CellKind, Column

CHUNK_ROWS = 20_000
SHOWN_OF_LONG = 200
Cell = TypeVar("Cell", bound=Hashable)


class ColumnEncoder(Generic[Cell]):
    """Collects the cells of all columns, a chunk of rows at a time."""

    def __init__(self, width: int) -> None:
        self._indexes: list[dict[Cell, int]] = [{} for _ in range(width)]
        self._codes: list[list[NDArray[np.int32]]] = [[] for _ in range(width)]

    def add(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Take rows; each must have exactly one cell per column."""
        if not rows:
            return
        for index, parts, column in zip(self._indexes, self._codes, zip(*rows, strict=True), strict=True):
            place = index.setdefault
            # The length before the insertion is the new cell's code.
            parts.append(np.array([place(cell, len(index)) for cell in column], dtype=np.int32))

    def codes(self, column: int) -> NDArray[np.int32]:
        """Return the codes of one column, all chunks joined."""
        parts = self._codes[column]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int32)

    def cells(self, column: int) -> list[Cell]:
        """Return the different cells of one column in code order."""
        return list(self._indexes[column])


def finish_column(
    header: str, hint: str | None, cells: Sequence[str], kinds: Sequence[CellKind] | None, codes: NDArray[np.int32]
) -> Column:
    """Make a column; a cell longer than any spreadsheet holds is cut and marked."""
    marks = np.zeros(len(cells), dtype=np.int8) if kinds is None else np.array(kinds, dtype=np.int8)
    shown = list(cells)
    for position, cell in enumerate(cells):
        if len(cell) > LONGEST_CELL:
            shown[position] = f"{cell[:SHOWN_OF_LONG]}…"
            marks[position] = CellKind.TOO_LONG
    return Column(header, hint, tuple(shown), marks, codes)
