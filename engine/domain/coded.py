"""Long columns that say few different things: each thing once, and a number for every row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar, overload

Thing = TypeVar("Thing")


class Coded(Sequence[Thing]):
    """A column whose element ``i`` is ``cells[codes[i]]``; four bytes a row where ``codes`` is an array of them.

    ``cells`` may hold what no row says any more. Two columns of the same rows may share ``codes``.
    """

    __slots__ = ("cells", "codes")
    __hash__ = None  # type: ignore[assignment]  # equal to lists, which have none

    def __init__(self, cells: Sequence[Thing], codes: Sequence[int]) -> None:
        self.cells = cells
        self.codes = codes

    @classmethod
    def of(cls, column: Sequence[Thing]) -> Coded[Thing]:
        """Return a column in this form; one that is not is taken as saying something else in each row."""
        return column if isinstance(column, Coded) else cls(column, range(len(column)))

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.codes)

    @overload
    def __getitem__(self, at: int) -> Thing: ...
    @overload
    def __getitem__(self, at: slice) -> Coded[Thing]: ...
    def __getitem__(self, at: int | slice) -> Thing | Coded[Thing]:
        """Return what a row says, or some of the rows."""
        if isinstance(at, slice):
            return Coded(self.cells, self.codes[at])
        return self.cells[self.codes[at]]

    def __iter__(self) -> Iterator[Thing]:
        """Yield what each row says."""
        return map(self.cells.__getitem__, self.codes)

    def __eq__(self, other: object) -> bool:
        """Whether the rows of another sequence say the same."""
        if not isinstance(other, Sequence) or isinstance(other, str):
            return NotImplemented
        return len(self) == len(other) and all(mine == its for mine, its in zip(self, other, strict=True))

    def __repr__(self) -> str:
        """Show the rows as a list does."""
        return repr(list(self))

    def different(self) -> set[Thing]:
        """Return what the rows say, each once."""
        return {self.cells[code] for code in set(self.codes)}

    def picked(self, rows: Iterable[int]) -> list[Thing]:
        """Return what some rows say."""
        cells, codes = self.cells, self.codes
        return [cells[codes[row]] for row in rows]
