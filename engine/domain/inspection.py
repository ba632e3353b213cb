"""All that is known of one value: where it came from, how it was converted, who changed it, what stood there before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from engine.domain.record import Origin, Value


@dataclass(frozen=True, slots=True)
class InspectedState:
    """One state of a value. ``ended_*``: when, by whom and how it stopped counting; None for the one that counts.

    ``ended_by_import``: it was replaced by a file; ``ended_by_undo``: it went with its file. ``import_id`` is of the
    file it came from, ``taken_back`` whether that file was taken back since.
    """

    value: Value | None
    qualifier: str | None
    origin: Origin
    import_id: str | None = None
    taken_back: bool = False
    ended_at: datetime | None = None
    ended_by: str | None = None
    ended_by_import: bool = False
    ended_by_undo: bool = False


@dataclass(frozen=True, slots=True)
class InspectedValue:
    """One reading of a field at one visit, the present state first; no present state where it was removed.

    ``visit_id`` and ``visit_date`` are None for what is said of the person and not of a visit.
    """

    field: str
    reading: int
    states: tuple[InspectedState, ...]
    visit_id: str | None = None
    visit_date: date | None = None

    @property
    def present(self) -> InspectedState | None:
        """The state that counts."""
        return next((state for state in self.states if state.ended_at is None), None)
