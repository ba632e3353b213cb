"""All readings of a file as one table: moments, values of every field, arm, person, device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.domain.batch import IntArray
from engine.domain.problems import Reason
from engine.domain.record import Conversion
from engine.domain.series import ABSENT, NO_OFFSET
from engine.intake.devices.raw import RawColumn, RawPart, Role
from engine.intake.devices.times import Times
from engine.intake.devices.values import Conversions, Values
from engine.intake.text import clean_line, word_key

_ARMS = {
    **dict.fromkeys(("左", "左手", "左臂", "左上臂", "left", "l", "left arm", "links", "gauche"), 1),
    **dict.fromkeys(("右", "右手", "右臂", "右上臂", "right", "r", "right arm", "rechts", "droite"), 2),
}


@dataclass(frozen=True, slots=True)
class SetAside:
    """A reading that is not stored: its row, why, which fields, and of which earlier row it is the repeat."""

    row: int
    reason: Reason
    fields: tuple[str, ...] = ()
    member: str | None = None
    same_as_row: int | None = None
    cells: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Gathered:
    """Readings of all parts, one row each; columns of values in the order of ``fields``.

    ``time_faults`` and ``value_faults`` hold reasons or None; ``shape`` the fields of broken shapes by position.
    """

    parts: tuple[RawPart, ...]
    part: NDArray[np.int32]
    place: NDArray[np.int32]  # within its part
    rows: NDArray[np.int32]
    wall: IntArray
    offset: NDArray[np.int16]
    time_faults: NDArray[np.object_]
    fields: tuple[str, ...]
    written: IntArray
    decimals: NDArray[np.int8]
    units: NDArray[np.int8]
    qualifiers: NDArray[np.int8]
    value_faults: NDArray[np.object_]
    shape: dict[int, tuple[str, ...]]
    arms: NDArray[np.int8]
    persons: NDArray[np.int32]
    names: tuple[str, ...]
    names_header: str
    methods: NDArray[np.int8]
    method_names: tuple[str, ...]
    devices: NDArray[np.int32]
    device_names: tuple[str, ...]
    conversions: tuple[Conversion, ...]
    empty: int

    @property
    def count(self) -> int:
        """How many readings there are."""
        return len(self.rows)

    def instants(self) -> IntArray:
        """Return seconds in UTC; of readings without a zone the wall clock."""
        known = self.offset != NO_OFFSET
        return np.asarray(self.wall - np.where(known, self.offset.astype(np.int64) * 60, 0), dtype=np.int64)

    def aside(self, position: int, reason: Reason, fields: Sequence[str] = (), same_as: int | None = None) -> SetAside:
        """Return a reading as one that is set aside, with its cells as written."""
        part, place = self.parts[self.part[position]], self.place[position]
        cells = ((column.header, column.cells[column.codes[place]]) for column in part.columns)
        written = () if reason is Reason.DUPLICATE_READING else tuple(pair for pair in cells if pair[1])
        same = None if same_as is None else int(self.rows[same_as])
        return SetAside(int(self.rows[position]), reason, tuple(fields), part.member, same, written)


class _Words:
    """Numbers different words; the first is always "", nothing."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {"": 0}

    def place(self, word: str | None) -> int:
        return self._places.setdefault(word or "", len(self._places))

    @property
    def all(self) -> tuple[str, ...]:
        return tuple(self._places)


def gather(
    parts: Sequence[RawPart], times: Sequence[Times], values: Sequence[Sequence[Values]], conversions: Conversions
) -> Gathered:
    """Put the parts of a file below each other; lines on which nothing was measured are counted and left out."""
    fields = tuple(dict.fromkeys(column.field for columns in values for column in columns))
    names, methods, devices = _Words(), _Words(), _Words()
    tables = [
        _table(part, time, columns, fields, (names, methods, devices))
        for part, time, columns in zip(parts, times, values, strict=True)
    ]
    joined = {key: np.concatenate([table[key] for table in tables]) for key in tables[0]} if tables else {}
    kept = joined["filled"] if joined else np.zeros(0, dtype=np.bool_)
    shape = _shapes(parts)
    kept[list(shape)] = True
    moved = np.cumsum(kept) - 1
    joined = {key: column[kept] for key, column in joined.items()}
    number = [np.full(len(part.rows), at, dtype=np.int32) for at, part in enumerate(parts)]
    place = [np.arange(len(part.rows), dtype=np.int32) for part in parts]
    header = next((column.header for part in parts for column in part.of(Role.PERSON)), "")
    return Gathered(
        parts=tuple(parts),
        part=np.concatenate([*number, np.zeros(0, np.int32)])[kept],
        place=np.concatenate([*place, np.zeros(0, np.int32)])[kept],
        rows=joined["rows"],
        wall=joined["wall"],
        offset=joined["offset"],
        time_faults=joined["time_faults"],
        fields=fields,
        written=joined["written"],
        decimals=joined["decimals"],
        units=joined["units"],
        qualifiers=joined["qualifiers"],
        value_faults=joined["value_faults"],
        shape={int(moved[position]): missing for position, missing in shape.items()},
        arms=joined["arms"],
        persons=joined["persons"],
        names=names.all,
        names_header=header,
        methods=joined["methods"],
        method_names=methods.all,
        devices=joined["devices"],
        device_names=devices.all,
        conversions=conversions.all,
        empty=int((~kept).sum()),
    )


def _shapes(parts: Sequence[RawPart]) -> dict[int, tuple[str, ...]]:
    found, start = {}, 0
    for part in parts:
        found.update({start + position: missing for position, missing in part.faults.items()})
        start += len(part.rows)
    return found


def _table(
    part: RawPart, time: Times, columns: Sequence[Values], fields: Sequence[str], words: tuple[_Words, _Words, _Words]
) -> dict[str, NDArray[np.generic]]:
    count = len(part.rows)
    wide = (count, len(fields))
    written = np.zeros(wide, dtype=np.int64)
    decimals = np.full(wide, ABSENT, dtype=np.int8)
    units, qualifiers = np.zeros(wide, dtype=np.int8), np.zeros(wide, dtype=np.int8)
    faults = np.full(wide, None, dtype=np.object_)
    filled = np.zeros(count, dtype=np.bool_)
    methods = np.zeros(count, dtype=np.int8)
    names, known_methods, devices = words
    for column in columns:
        at, has = fields.index(column.field), column.filled
        for table, found in (
            (written, column.written),
            (decimals, column.decimals),
            (units, column.units),
            (qualifiers, column.qualifiers),
            (faults, column.faults),
        ):
            table[has, at] = found[has]
        if column.method:
            methods[has] = known_methods.place(column.method)
        filled |= has
    return {
        "rows": part.rows,
        "wall": time.wall,
        "offset": time.offset,
        "time_faults": time.faults,
        "written": written,
        "decimals": decimals,
        "units": units,
        "qualifiers": qualifiers,
        "value_faults": faults,
        "filled": filled,
        "arms": _arms(part),
        "persons": _coded(part.of(Role.PERSON), names, count),
        "methods": methods,
        "devices": _coded(part.of(Role.DEVICE), devices, count),
    }


def _arms(part: RawPart) -> NDArray[np.int8]:
    columns = part.of(Role.ARM)
    if not columns:
        return np.zeros(len(part.rows), dtype=np.int8)
    known = [_ARMS.get(word_key(cell), 0) for cell in columns[0].cells] or [0]
    return np.array(known, dtype=np.int8)[columns[0].codes]


def _coded(columns: Sequence[RawColumn], words: _Words, count: int) -> NDArray[np.int32]:
    """Return a number for what the columns say together."""
    if not columns:
        return np.zeros(count, dtype=np.int32)
    if len(columns) == 1:
        places = [words.place(clean_line(cell)) for cell in columns[0].cells] or [0]
        return np.array(places, dtype=np.int32)[columns[0].codes]
    pairs = np.stack([column.codes for column in columns], axis=1)
    different, codes = np.unique(pairs, axis=0, return_inverse=True)
    said = [
        " ".join(clean_line(column.cells[code]) for column, code in zip(columns, row, strict=True)).strip()
        for row in different.tolist()
    ]
    return np.array([words.place(one) for one in said] or [0], dtype=np.int32)[codes.reshape(-1)]
