"""What one column of a file is taken for."""

from __future__ import annotations

from dataclasses import dataclass

from engine.intake.headers import HeaderReading


@dataclass(frozen=True, slots=True)
class Role:
    """What one column is taken for. ``target`` None: listed and left out; then ``suggested`` may name a field.

    ``reading`` counts the readings of a visit from 1. ``swapped`` marks a column whose content is that of another.
    """

    index: int
    header: str
    name: str
    target: str | None
    said: HeaderReading
    reading: int = 1
    rule: str | None = None
    suggested: str | None = None
    swapped: bool = False

    @property
    def side(self) -> str | None:
        """Left or right arm, where the header says so."""
        return self.said.side

    @property
    def visit(self) -> int | None:
        """The number of the visit, in files with several visits side by side."""
        return self.said.visit
