"""Readings of devices over time: one act of measuring at one moment, many of them, column by column.

A series says what a device saw at home; it is never mixed with what was measured at a visit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.domain.batch import BoolArray, FloatArray, IntArray
from engine.domain.record import Conversion

NO_OFFSET = -32_768  # the file tells no zone
ABSENT = -1  # in ``decimals``: this field was not measured
ARMS = ("", "left", "right")
QUALIFIERS = ("", "<", ">", "<=", ">=")
# What is measured in one act, by its first field; what came alone stands by itself.
MEASURES: Mapping[str, tuple[str, ...]] = {
    "pressure": ("sbp_mmhg", "dbp_mmhg", "pulse_bpm"),
    "pulse": ("pulse_bpm",),
    "glucose": ("random_glucose_mmol_l",),
    "weight": ("weight_kg",),
    "height": ("height_cm",),
}


@dataclass(frozen=True, slots=True)
class Readings:
    """Readings of one measure, by one method and one device.

    By reading: ``wall`` (seconds of the wall clock since 1970, never shifted), ``offset`` (minutes east of UTC, or
    NO_OFFSET), ``rows`` (number in the file), ``acts`` (which reading of the file it is part of: a line of a diary may
    hold a pressure and a weight; it is not stored), ``arms`` (of ARMS). By reading and field: ``written`` and
    ``decimals`` (the number as written is ``written / 10 ** decimals``), ``units`` (of ``conversions``),
    ``qualifiers``.
    """

    measure: str
    method: str | None
    device: str | None
    wall: IntArray
    offset: NDArray[np.int16]
    rows: NDArray[np.int32]
    acts: NDArray[np.int32]
    arms: NDArray[np.int8]
    written: IntArray
    decimals: NDArray[np.int8]
    units: NDArray[np.int8]
    qualifiers: NDArray[np.int8]
    conversions: tuple[Conversion, ...]

    def __len__(self) -> int:
        return len(self.wall)

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of the columns."""
        return MEASURES[self.measure]

    def values(self) -> FloatArray:
        """Return the canonical values, one row a reading, one column a field; NaN where not measured."""
        factors = np.array([one.factor for one in self.conversions], dtype=np.float64)
        offsets = np.array([one.offset for one in self.conversions], dtype=np.float64)
        numbers = self.written / 10.0 ** np.maximum(self.decimals, 0)
        found = numbers * factors[self.units] + offsets[self.units]
        return np.where(self.decimals == ABSENT, np.nan, found)

    def instants(self) -> IntArray:
        """Return seconds since 1970 in UTC; of readings without a zone the wall clock."""
        known = self.offset != NO_OFFSET
        return np.asarray(self.wall - np.where(known, self.offset.astype(np.int64) * 60, 0), dtype=np.int64)

    def identities(self) -> list[tuple[Any, ...]]:
        """Return what makes two readings the same one: moment, arm, values; method and measure are shared."""
        known = (self.offset != NO_OFFSET).tolist()
        numbers = np.round(np.nan_to_num(self.values(), nan=-1.0), 4).tolist()
        parts = (self.instants().tolist(), known, self.arms.tolist(), numbers, self.qualifiers.tolist())
        return [
            (instant, zone, arm, tuple(values), tuple(signs))
            for instant, zone, arm, values, signs in zip(*parts, strict=True)
        ]

    def take(self, chosen: BoolArray | IntArray) -> Readings:
        """Return only the chosen readings."""
        return Readings(
            self.measure,
            self.method,
            self.device,
            self.wall[chosen],
            self.offset[chosen],
            self.rows[chosen],
            self.acts[chosen],
            self.arms[chosen],
            self.written[chosen],
            self.decimals[chosen],
            self.units[chosen],
            self.qualifiers[chosen],
            self.conversions,
        )


@dataclass(frozen=True, slots=True)
class StoredReadings:
    """Readings as they lie in the store, and the import that brought them."""

    readings: Readings
    import_id: str
    format: str
    file_name: str | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class SeriesHeld:
    """What the store holds of one measure of a person, by one method and one device.

    ``first`` and ``last`` are UTC where the device tells a zone, else wall clocks.
    """

    measure: str
    method: str | None
    device: str | None
    readings: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class SeriesCounts:
    """How the readings of a file ended: new ones, and those that an earlier file had brought."""

    new: int = 0
    known: int = 0
    import_id: str | None = None


def wall_time(seconds: int) -> datetime:
    """Return a wall clock as a moment without a zone."""
    return datetime(1970, 1, 1) + timedelta(seconds=seconds)
