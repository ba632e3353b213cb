"""The parts that a card is made of, and how its figures are written."""

from __future__ import annotations

from dataclasses import dataclass

from engine.packs.training import Told


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the card: ``points``, and a table where ``head`` is not empty. ``notes`` stand below."""

    key: str
    title: str
    points: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()


def number(value: float) -> str:
    """Return a figure as it is shown."""
    text = f"{value:.2f}" if abs(value) >= 0.1 or value == 0 else f"{value:.3f}"
    return text.replace("-", "−")


def with_interval(told: Told) -> str:
    """Return a figure with its 95 % interval."""
    return f"{number(told.value)} ({span(told.low, told.high)})"


def span(low: float, high: float) -> str:
    """Return an interval; beside a minus sign the dash has room."""
    dash = " – " if low < 0 else "–"
    return f"{number(low)}{dash}{number(high)}"
