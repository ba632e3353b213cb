"""What a benchmark reports, and how it takes the time."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement against its peer.

    ``ratio`` is what the bar speaks of (ours to peer, as the name says); ``holds`` tells whether the bar is kept. A
    measurement without a bar has None for both ``bar`` and ``holds``.
    """

    name: str
    ours: float
    peer: float | None
    ratio: float | None
    bar: str | None
    unit: str
    holds: bool | None


def at_least(name: str, ours: float, peer: float, bar: float, unit: str) -> Row:
    """Return a row whose ratio ours/peer must reach the bar (more is better)."""
    return Row(name, ours, peer, ours / peer, f">= {bar:g}x", unit, ours / peer >= bar)


def at_most(name: str, ours: float, peer: float, bar: float, unit: str) -> Row:
    """Return a row whose ratio ours/peer must stay within the bar (less is better)."""
    return Row(name, ours, peer, ours / peer, f"<= {bar:g}x", unit, ours / peer <= bar)


def below(name: str, ours: float, bar: float, unit: str) -> Row:
    """Return a row whose own value must stay within the bar."""
    return Row(name, ours, None, None, f"<= {bar:g}", unit, ours <= bar)


def seconds_side_by_side(
    ours: Callable[[], object],
    peer: Callable[[], object],
    repeats: int = 7,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[float, float]:
    """Return the median seconds of both, taken in turn so that a busy moment of the machine meets both.

    With ``time.process_time`` as the clock other programs do not count at all.
    """
    ours()
    peer()
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeats):
        for calls, call in zip(taken, (ours, peer), strict=True):
            start = clock()
            call()
            calls.append(clock() - start)
    return statistics.median(taken[0]), statistics.median(taken[1])
