"""All that is known of one value: where it came from, how it was converted, who changed it, what stood there before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from engine.domain.record import Allergy, Condition, Conversion, Medicine, Origin, Relative, Value


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


Listed = Condition | Medicine | Allergy | Relative


@dataclass(frozen=True, slots=True)
class InspectedEntry:
    """One entry of a list: what it says in each of its states, the present one first; none where it was removed."""

    id: str
    states: tuple[tuple[Listed, InspectedState], ...]

    @property
    def present(self) -> Listed | None:
        """The entry as it stands in its list."""
        return next((item for item, state in self.states if state.ended_at is None), None)


@dataclass(frozen=True, slots=True)
class SeriesValue:
    """One number of a device: as written and converted. ``row`` is that of the file, 0 where it is not known."""

    field: str
    value: float
    written: str
    conversion: Conversion
    qualifier: str


@dataclass(frozen=True, slots=True)
class SeriesReading:
    """What a device saw in one act, by its own clock."""

    at: datetime
    row: int
    arm: str
    values: tuple[SeriesValue, ...]


@dataclass(frozen=True, slots=True)
class InspectedSeries:
    """What one file brought of one measure, by one method and device. ``newest``: the latest readings, the last first.

    ``readings`` counts all of them; ``first`` and ``last`` are of the clock of the device.
    """

    measure: str
    method: str | None
    device: str | None
    readings: int
    first: datetime
    last: datetime
    newest: tuple[SeriesReading, ...]
    origin: Origin
    import_id: str
