"""From a unit of another system to that of a field."""

from __future__ import annotations

from functools import cache

from engine.codes import ratio
from engine.fields import Field, Unit
from engine.intake.lexicon import load_lexicon
from engine.intake.units import known_units, read_unit, unit_for


@cache
def unit_of(field_name: str, written: str | None) -> Unit | None:
    """Return how a field converts from a unit as written; None when it cannot arrive in it.

    A field that knows one unit alone needs none to be written; of several nothing is guessed.
    """
    lexicon = load_lexicon()
    known = lexicon.dictionary[field_name]
    if known.unit is None:
        return Unit(written or "")
    if written is None or written in {"1", "{1}"}:
        return Unit(known.unit) if len(known_units(known)) == 1 else unit_for(known, written)
    return _by_code(known, written) or _by_code(known, read_unit(written, lexicon.units))


def _by_code(known: Field, code: str | None) -> Unit | None:
    if code is None:
        return None
    if (exact := unit_for(known, code)) is not None:
        return exact
    for each in known_units(known):
        times = ratio(code, each)
        base = unit_for(known, each)
        if times is not None and base is not None:
            # One to one is the same unit written in another way.
            return Unit(code if times != 1 else each, base.factor * times, base.offset)
    return None
