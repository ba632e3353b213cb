"""Unit spellings to UCUM codes, and which units a field may arrive in."""

from __future__ import annotations

from collections.abc import Mapping

from engine.fields import Field, Unit
from engine.intake.lexicon import UnitWords, unit_key

FEET = "[ft_i]"
INCH = "[in_i]"
# Units that are a plain multiple of one that the dictionary knows: 1 g/L is 100 mg/dL.
MULTIPLES: Mapping[str, tuple[str, float]] = {
    FEET: (INCH, 12.0),
    "[stone_av]": ("[lb_av]", 14.0),
    "g/L": ("mg/dL", 100.0),
    "mg/L": ("mg/dL", 0.1),
}


def read_unit(text: str, words: UnitWords) -> str | None:
    """Return the UCUM code of a written unit, or None when it is no unit we know."""
    return words.by_key.get(unit_key(text))


def unit_for(field: Field, code: str | None) -> Unit | None:
    """Return how a field converts from a unit, or None when the field cannot arrive in it."""
    if code is None:
        return None
    if known := field.unit_named(code):
        return known
    base, times = MULTIPLES.get(code, ("", 0.0))
    if known := field.unit_named(base):
        return Unit(code, known.factor * times, known.offset)
    # The dictionary marks what a mass is of (mg/dL{BUN}); nobody writes that.
    return next((unit for unit in field.alternatives if unit.code.startswith(f"{code}{{")), None)


def known_units(field: Field) -> tuple[str, ...]:
    """Return the codes of all units a field may arrive in, the canonical one first."""
    return () if field.unit is None else (field.unit, *(unit.code for unit in field.alternatives))


def unit_name(code: str, words: UnitWords) -> str:
    """Return a unit as people write it (``mmHg``, ``in``); the code itself when we have no other name."""
    return words.names.get(code, code)
