"""Results of a message stand beside those of the same day that are stored already, and never in their place.

A message tells of one result, not of all of a day. What is there with the same value is the same reading come again;
what the sender calls a correction takes the place of the only one there is.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Protocol

from engine.domain.record import Value
from engine.intake.validate import PRESSURES


class Reading(Protocol):
    """A value with how it is qualified, and whether the sender calls it a correction."""

    @property
    def value(self) -> Value | None:
        """The value."""

    @property
    def qualifier(self) -> str | None:
        """Its sign."""

    @property
    def corrected(self) -> bool:
        """Whether it corrects one that came before."""


Said = tuple[Value | None, str | None]  # value, qualifier
Stored = Mapping[tuple[str, int], Said]  # of one person and day, by field and reading
_MOST_READINGS = 255


def places(readings: Mapping[tuple[str, int], Reading], stored: Stored) -> dict[tuple[str, int], int]:
    """Return as which reading each of a day's readings is to be stored, by field and its reading in the file."""
    found: dict[tuple[str, int], int] = {}
    waiting = dict(readings)
    for pair in PRESSURES:  # the two of one reading stay together
        both = sorted({at for name, at in waiting if name == pair[0]} & {at for name, at in waiting if name == pair[1]})
        found |= _placed(pair, both, waiting, stored)
        waiting = {key: reading for key, reading in waiting.items() if key not in found}
    by_field: defaultdict[str, list[int]] = defaultdict(list)
    for name, at in sorted(waiting):
        by_field[name].append(at)
    for name, numbers in by_field.items():
        held = {(name, place): (None, None) for (other, _), place in found.items() if other == name}
        found |= _placed((name,), numbers, waiting, {**stored, **held})
    return found


def _placed(
    names: Sequence[str], numbers: Sequence[int], readings: Mapping[tuple[str, int], Reading], stored: Stored
) -> dict[tuple[str, int], int]:
    there = sorted({at for name, at in stored if name in names})
    free = list(there)
    found: dict[tuple[str, int], int] = {}
    following = max(there, default=0)
    for at in numbers:
        parts = [readings[name, at] for name in names]
        said = {one: [stored.get((name, one)) for name in names] for one in free}
        same = next((one for one in free if all(map(_same, parts, said[one]))), None)
        if same is None and len(there) == 1 and free and any(part.corrected for part in parts):
            same = there[0]
        if same is None:
            following = min(following + 1, _MOST_READINGS)
            same = following
        else:
            free.remove(same)
        found |= {(name, at): same for name in names}
    return found


def _same(reading: Reading, said: Said | None) -> bool:
    if said is None or reading.qualifier != said[1]:
        return False
    if isinstance(reading.value, float) and isinstance(said[0], (int, float)):
        return math.isclose(reading.value, said[0], rel_tol=1e-9)
    return reading.value == said[0]
