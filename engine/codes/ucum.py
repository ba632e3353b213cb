"""How many of one UCUM unit go into another: the part of UCUM that laboratories and devices use.

Units whose zero lies elsewhere (degrees Celsius and Fahrenheit) and conversions that depend on the substance (mg/dL to
mmol/L) are not here: the dictionary of fields holds them. Source: G. Schadow, C. J. McDonald, The Unified Code for
Units of Measure, version 2.1.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from functools import cache

_PREFIXES: Mapping[str, float] = {
    "": 1.0,
    "k": 1e3,
    "h": 1e2,
    "da": 1e1,
    "d": 1e-1,
    "c": 1e-2,
    "m": 1e-3,
    "u": 1e-6,
    "n": 1e-9,
    "p": 1e-12,
    "f": 1e-15,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
}
# Atom -> factor and dimensions; metric atoms take prefixes.
_METRIC: Mapping[str, tuple[float, Mapping[str, int]]] = {
    "m": (1.0, {"m": 1}),
    "g": (1.0, {"g": 1}),
    "L": (1e-3, {"m": 3}),
    "l": (1e-3, {"m": 3}),
    "mol": (1.0, {"mol": 1}),
    "s": (1.0, {"s": 1}),
    "Pa": (1e3, {"g": 1, "m": -1, "s": -2}),
    "m[Hg]": (133.322e6, {"g": 1, "m": -1, "s": -2}),
    "U": (1.0, {"U": 1}),
    "[IU]": (1.0, {"[IU]": 1}),
    "eq": (1.0, {"eq": 1}),
    "cal": (4184.0, {"g": 1, "m": 2, "s": -2}),
    "J": (1e3, {"g": 1, "m": 2, "s": -2}),
}
_PLAIN: Mapping[str, tuple[float, Mapping[str, int]]] = {
    "min": (60.0, {"s": 1}),
    "h": (3600.0, {"s": 1}),
    "d": (86400.0, {"s": 1}),
    "wk": (604800.0, {"s": 1}),
    "mo": (2629800.0, {"s": 1}),
    "a": (31557600.0, {"s": 1}),
    "[in_i]": (0.0254, {"m": 1}),
    "[in_us]": (100 / 3937, {"m": 1}),
    "[ft_i]": (0.3048, {"m": 1}),
    "[lb_av]": (453.59237, {"g": 1}),
    "[oz_av]": (28.349523125, {"g": 1}),
    "[stone_av]": (6350.29318, {"g": 1}),
    "%": (1e-2, {}),
}
_POWER = re.compile(r"(?:[x×]\s*)?10(?:\*|\^|\+|e|E)(-?\d{1,2})")
_PART = re.compile(
    r"(?P<slash>[./]?)(?P<atom>10\*-?\d+|\d+(?:\.\d+)?|\{[^}]*\}|[A-Za-z%]*(?:\[[A-Za-z_]+\])?)(?P<exponent>[+-]?\d)?(?:\{[^}]*\})*"
)
_LONGEST = 40


def ratio(unit: str, other: str) -> float | None:
    """Return how many ``other`` one ``unit`` is; None where they measure different things or one is not known.

    Units without a dimension are not compared: one per cent of something is not ten per mille of something else.
    """
    first, second = _read(unit), _read(other)
    if first is None or second is None or first[1] != second[1] or not first[1]:
        return None
    return float(f"{first[0] / second[0]:.12g}")


@cache
def _read(unit: str) -> tuple[float, Mapping[str, int]] | None:
    """Return the factor and dimensions of a unit."""
    text = _POWER.sub(r"10*\1", unit.strip())
    if not text or len(text) > _LONGEST:
        return None
    factor, dimensions, at = 1.0, Counter[str](), 0
    while at < len(text):
        found = _PART.match(text, at)
        if found is None or found.end() == at or (at and not found["slash"] and not found["atom"].startswith("{")):
            return None
        at = found.end()
        atom = _atom(found["atom"])
        if atom is None:
            return None
        power = int(found["exponent"] or 1) * (-1 if found["slash"] == "/" else 1)
        factor *= atom[0] ** power
        for name, times in atom[1].items():
            dimensions[name] += times * power
    return factor, {name: times for name, times in dimensions.items() if times}


def _atom(text: str) -> tuple[float, Mapping[str, int]] | None:
    if not text or text.startswith("{"):
        return 1.0, {}
    if text.startswith("10*"):
        return math.pow(10, int(text[3:])), {}
    if text[0].isdigit():
        return float(text), {}
    if text in _PLAIN:
        return _PLAIN[text]
    for length in (0, 1, 2):
        prefix, rest = text[:length], text[length:]
        if prefix in _PREFIXES and rest in _METRIC:
            factor, dimensions = _METRIC[rest]
            return _PREFIXES[prefix] * factor, dimensions
    return None
