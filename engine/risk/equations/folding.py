"""Arithmetic on constants while compiling: the same bits on every machine.

Addition to square root are correctly rounded by IEEE 754 everywhere; exp, ln and powers are not (C libraries differ in
the last bit), so these are worked out with 50 digits and rounded once. A graph compiled elsewhere is then the same
file.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Context, Decimal

import numpy as np

_DIGITS = Context(prec=50, Emax=999_999, Emin=-999_999)


def fold(operation: str, values: Sequence[float]) -> float:
    """Return the value of an ONNX operator over constants; infinity or NaN as IEEE 754 says, never an error."""
    exact = _EXACT.get(operation)
    if exact is not None and all(math.isfinite(value) for value in values):
        found = exact(*values)
        if found is not None:
            return found
    with np.errstate(all="ignore"):
        return float(_PLAIN[operation](*(np.float64(value) for value in values)))


def _exponential(value: float) -> float | None:
    return float(_DIGITS.exp(Decimal(value))) if abs(value) < 700 else None


def _logarithm(value: float) -> float | None:
    return float(_DIGITS.ln(Decimal(value))) if value > 0 else None


def _power(base: float, exponent: float) -> float | None:
    if base <= 0 or abs(exponent * math.log(base)) > 700:
        return None
    return float(_DIGITS.power(Decimal(base), Decimal(exponent)))


_EXACT: Mapping[str, Callable[..., float | None]] = {"Exp": _exponential, "Log": _logarithm, "Pow": _power}
_PLAIN: Mapping[str, Callable[..., np.float64]] = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Div": np.true_divide,
    "Pow": np.power,
    "Neg": np.negative,
    "Abs": np.abs,
    "Exp": np.exp,
    "Log": np.log,
    "Sqrt": np.sqrt,
    "Floor": np.floor,
    "Ceil": np.ceil,
    "Min": np.minimum,
    "Max": np.maximum,
}
