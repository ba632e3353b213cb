"""The moments of a part: read, put on the calendar, given their offset."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from engine.domain.batch import IntArray
from engine.domain.problems import Reason
from engine.domain.series import NO_OFFSET
from engine.intake.devices.raw import RawColumn, RawPart, Role
from engine.intake.devices.stamps import (
    Moment,
    Placed,
    month_words,
    place,
    proven_order,
    read_moment,
    read_offset,
)
from engine.intake.lexicon import load_months
from engine.intake.questions import Interview, Question, QuestionKind

DAY_FIRST, MONTH_FIRST, UNPROVEN = "DMY", "MDY", "?"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}")
_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Times:
    """The moments of all readings of a part: wall clock, offset, and what is wrong, by reading.

    ``order`` is that of days and months where it had to be found out; ``unknown_zones`` are written zones that no
    list knows: there the wall clock stands alone.
    """

    wall: IntArray
    offset: NDArray[np.int16]
    faults: NDArray[np.object_]
    order: str | None
    unknown_zones: tuple[str, ...] = ()


def read_times(part: RawPart, interview: Interview, today: date) -> Times:
    """Read the moments of a part. Asks which comes first, day or month, where the file does not prove it."""
    codes, moments, header = _moments(part)
    order = _order(moments, part.date_order, header, interview)
    last = ((today - date(1970, 1, 1)).days + 1) * _SECONDS
    placed = [_no_later(place(moment, order or DAY_FIRST), last) for moment in moments]
    wall = np.array([one.wall for one in placed] or [0], dtype=np.int64)[codes]
    faults = np.array([one.fault and Reason(one.fault) for one in placed] or [None], dtype=np.object_)[codes]
    own = np.array([NO_OFFSET if one.offset is None else one.offset for one in placed] or [0], dtype=np.int16)[codes]
    zones = part.of(Role.ZONE)
    if not zones:
        return Times(wall, own, faults, order)
    offset, unknown = _in_zones(wall, faults, zones[0])
    return Times(wall, np.where(offset == NO_OFFSET, own, offset).astype(np.int16), faults, order, unknown)


def _no_later(placed: Placed, last: int) -> Placed:
    if placed.fault is None and placed.wall >= last:
        return placed._replace(fault=Reason.FUTURE_DATE.value)
    return placed


def _moments(part: RawPart) -> tuple[NDArray[np.int64], list[Moment | None], str]:
    """Return a code for each reading, and the moment of each code."""
    whole, days = part.of(Role.TIME), part.of(Role.DATE)
    column = (whole or days)[0]
    months = load_months().of(month_words(column.cells)) if any(map(_has_letter, column.cells)) else {}
    if whole or not part.of(Role.CLOCK):
        return column.codes.astype(np.int64), [read_moment(cell, None, months) for cell in column.cells], column.header
    clock = part.of(Role.CLOCK)[0]
    pairs, codes = np.unique(column.codes.astype(np.int64) * len(clock.cells) + clock.codes, return_inverse=True)
    moments = [
        read_moment(column.cells[pair // len(clock.cells)], clock.cells[pair % len(clock.cells)], months)
        for pair in pairs.tolist()
    ]
    return codes.astype(np.int64), moments, column.header


def _has_letter(text: str) -> bool:
    return any(sign.isalpha() for sign in text)


def _order(moments: Sequence[Moment | None], declared: str | None, header: str, interview: Interview) -> str | None:
    """Return "DMY" or "MDY", or "?" where days contradict each other; None where no day is in doubt."""
    doubtful = [moment for moment in moments if moment is not None and moment.order is None]
    if not doubtful:
        return None
    proven = proven_order(doubtful)
    if proven is not None:
        return proven
    if declared in {DAY_FIRST, MONTH_FIRST}:
        return declared
    unclear = [moment for moment in doubtful if moment.first != moment.second]
    if not unclear:
        return DAY_FIRST
    question = Question(
        f"{QuestionKind.DATE_ORDER}:{header}",
        QuestionKind.DATE_ORDER,
        (header,),
        (DAY_FIRST, MONTH_FIRST),
        _closer(unclear),
        {"count": len({moment[:3] for moment in unclear})},
    )
    return interview.choose(question)


def _closer(moments: Sequence[Moment]) -> str:
    """Return the order under which the days follow each other more closely."""
    spans = {}
    for order in (DAY_FIRST, MONTH_FIRST):
        days = [placed.wall for placed in (place(moment, order) for moment in moments) if placed.fault is None]
        spans[order] = max(days) - min(days) if days else float("inf")
    return min(spans, key=lambda order: spans[order])


def _in_zones(
    wall: IntArray, faults: NDArray[np.object_], zones: RawColumn
) -> tuple[NDArray[np.int16], tuple[str, ...]]:
    """Return the offset of each wall clock in the zone that is written beside it."""
    found = np.full(len(wall), NO_OFFSET, dtype=np.int16)
    unknown: dict[str, None] = {}
    for position, (seconds, code) in enumerate(zip(wall.tolist(), zones.codes.tolist(), strict=True)):
        name = zones.cells[code]
        if faults[position] is not None or not name:
            continue
        offset = zone_offset(name, seconds)
        if offset is None:
            unknown[name] = None
        else:
            found[position] = offset
    return found, tuple(unknown)


def zone_offset(name: str, wall: int) -> int | None:
    """Return the minutes east of UTC of a named zone or a written offset, at a wall clock; None when unknown."""
    if (fixed := read_offset(name)) is not None:
        return fixed
    zone = _zone(name)
    if zone is None:
        return None
    offset = (_EPOCH + timedelta(seconds=wall)).replace(tzinfo=zone).utcoffset()
    return None if offset is None else int(offset.total_seconds() // 60)


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo | None:
    if not _ZONE.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        return None
