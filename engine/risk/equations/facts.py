"""What is known of a number before any person is seen: its range, whether it is whole, what makes it unknown.

All of it holds for people who pass the checks of the pack (hard limits, refusing ranges); for others the graph may
give any number, they are refused. The facts decide how a choice between two numbers may be computed, how far a loop
must be unrolled, and where an absent input must be carried on by hand.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import product

_NONE: frozenset[str] = frozenset()
_LARGEST_EXPONENT = 700.0  # exp of more is no finite double


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts of a number.

    ``low``/``high``: it lies between, infinite where nothing is known. ``whole``: it has no decimals. ``unsure``: it
    can be NaN because one of these optional fields is absent. ``carries``: it is surely NaN when one of these fields
    is absent. ``sources``: every field that has a say in it.
    """

    low: float = -math.inf
    high: float = math.inf
    whole: bool = False
    unsure: frozenset[str] = _NONE
    carries: frozenset[str] = _NONE
    sources: frozenset[str] = _NONE

    @property
    def bounded(self) -> bool:
        """Whether it is a finite number for everybody, whatever is absent that may be."""
        return math.isfinite(self.low) and math.isfinite(self.high) and not self.unsure

    def within(self, low: float, high: float) -> Facts:
        """Return the same facts with a narrower range; that of a whole number ends at whole numbers."""
        if self.whole:
            low = math.ceil(low) if math.isfinite(low) else low
            high = math.floor(high) if math.isfinite(high) else high
        return replace(self, low=max(self.low, low), high=min(self.high, high))


def constant(value: float) -> Facts:
    """Return the facts of a constant."""
    return Facts(value, value, float(value).is_integer()) if math.isfinite(value) else Facts()


def of_operation(operation: str, parts: tuple[Facts, ...]) -> Facts:
    """Return the facts of an ONNX operator over numbers (every one of them gives NaN for a NaN)."""
    low, high = _RANGES[operation](*parts) if operation in _RANGES else (-math.inf, math.inf)
    return Facts(
        low=low if not math.isnan(low) else -math.inf,
        high=high if not math.isnan(high) else math.inf,
        whole=operation in _ALWAYS_WHOLE or (operation in _KEEP_WHOLE and all(part.whole for part in parts)),
        unsure=frozenset().union(*(part.unsure for part in parts)),
        carries=frozenset().union(*(part.carries for part in parts)),
        sources=frozenset().union(*(part.sources for part in parts)),
    )


def over_turns(operation: str, part: Facts, turns: int) -> Facts:
    """Return the facts of a sum or maximum over turns, or of a sum over the turns before each."""
    if operation == "MaxTurns":
        return part
    if operation == "SumTurns":
        return replace(part, low=turns * part.low, high=turns * part.high)
    # Before the first turn there is nothing, so nothing of what is absent shows there either.
    most = turns - 1
    return replace(part, low=min(0.0, most * part.low), high=max(0.0, most * part.high), carries=_NONE)


_ALWAYS_WHOLE = frozenset({"Floor", "Ceil"})
_KEEP_WHOLE = frozenset({"Add", "Sub", "Mul", "Neg", "Abs", "Min", "Max"})
_Range = tuple[float, float]


def _corners(function: Callable[[float, float], float]) -> Callable[[Facts, Facts], _Range]:
    """Return the range of a function that is monotone in each argument alone."""

    def range_of(left: Facts, right: Facts) -> _Range:
        ends = [function(a, b) for a, b in product((left.low, left.high), (right.low, right.high))]
        return (-math.inf, math.inf) if any(map(math.isnan, ends)) else (min(ends), max(ends))

    return range_of


def _rising(function: Callable[[float], float]) -> Callable[[Facts], _Range]:
    return lambda part: (function(part.low), function(part.high))


def _quotient(left: Facts, right: Facts) -> _Range:
    if right.low <= 0 <= right.high:
        return -math.inf, math.inf
    return _corners(lambda a, b: a / b)(left, right)


def _absolute(part: Facts) -> _Range:
    if part.low <= 0 <= part.high:
        return 0.0, max(-part.low, part.high)
    return min(abs(part.low), abs(part.high)), max(abs(part.low), abs(part.high))


def _exponential(value: float) -> float:
    return math.exp(value) if value < _LARGEST_EXPONENT else math.inf


def _logarithm(value: float) -> float:
    if value <= 0:
        return -math.inf
    return math.log(value) if math.isfinite(value) else value


def _root(value: float) -> float:
    return math.sqrt(value) if value >= 0 else -math.inf


def _whole_or_infinite(function: Callable[[float], int]) -> Callable[[float], float]:
    return lambda value: float(function(value)) if math.isfinite(value) else value


_RANGES: Mapping[str, Callable[..., _Range]] = {
    "Add": lambda a, b: (a.low + b.low, a.high + b.high),
    "Sub": lambda a, b: (a.low - b.high, a.high - b.low),
    "Mul": _corners(lambda a, b: a * b),
    "Div": _quotient,
    "Neg": lambda a: (-a.high, -a.low),
    "Abs": _absolute,
    "Min": lambda a, b: (min(a.low, b.low), min(a.high, b.high)),
    "Max": lambda a, b: (max(a.low, b.low), max(a.high, b.high)),
    "Exp": _rising(_exponential),
    "Log": _rising(_logarithm),
    "Sqrt": _rising(_root),
    "Floor": _rising(_whole_or_infinite(math.floor)),
    "Ceil": _rising(_whole_or_infinite(math.ceil)),
}
