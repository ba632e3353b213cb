"""Round marks on the axes of a drawing."""

from __future__ import annotations

import math

from engine.domain.model_card import Tick

_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5)


def ticks(low: float, high: float, times: float) -> tuple[Tick, ...]:
    """Return the marks from ``low`` to ``high``, labelled ``times`` their value."""
    span = high - low
    return tuple(Tick((each - low) / span, f"{times * each:.0f}") for each in multiples(step(span), high))


def multiples(each: float, high: float) -> list[float]:
    """Return 0 and the multiples of a step up to ``high``."""
    return [round(count * each, 6) for count in range(math.floor(high / each + 1e-9) + 1)]


def step(span: float) -> float:
    """Return a round step that gives about five marks."""
    return next((each for each in _STEPS if span / each <= 6), _STEPS[-1])


def rounded_up(value: float) -> float:
    """Return the end of an axis that holds a value."""
    each = step(value)
    return max(each, math.ceil(value / each - 1e-9) * each)
