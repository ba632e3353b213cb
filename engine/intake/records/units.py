"""From a unit of another system to that of a field."""

from __future__ import annotations

import re
from functools import cache

from engine.codes import ratio
from engine.fields import Field, Unit
from engine.intake.lexicon import load_lexicon
from engine.intake.units import known_units, read_unit, unit_for

_ONE_CHARGE = frozenset({"sodium_mmol_l", "potassium_mmol_l", "bicarbonate_mmol_l"})  # an equivalent is a mole
_MOLES = re.compile(r"eq(?=/)", re.IGNORECASE)
_AREA = re.compile(r"/\s*\(?1[.,]73\s*(?:_?\s*(?:sq\.?\s*)?m(?:\*{1,2}|\^)?[2²]?|_?sqm)?\)?$", re.IGNORECASE)
_ANNOTATION = re.compile(r"\{[^}]*\}|\s+(?:total|creat(?:inine)?)$")
_MICRO = re.compile(r"\bmc(?=[Lg])")


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
    forms = dict.fromkeys((_area_said(written), _plainly(_area_said(written))))
    for form in forms:
        if form:
            found = _by_code(known, form) or _by_code(known, read_unit(form, lexicon.units))
            if found is not None:
                return found
        elif len(known_units(known)) == 1:  # an annotation alone, such as {INR}
            return Unit(known.unit)
    moles = _MOLES.sub("mol", _plainly(written)) if field_name in _ONE_CHARGE else written
    return _by_code(known, read_unit(moles, lexicon.units) or moles) if moles != written else None


def _area_said(written: str) -> str:
    """Say the area of body surface that a rate is for: 1.73 alone is no number to divide by."""
    return _AREA.sub("/{1.73_m2}", written)


def _plainly(written: str) -> str:
    """Leave out annotations, which mean nothing in UCUM, and write a millionth as UCUM does."""
    return _MICRO.sub("u", _ANNOTATION.sub("", written)).strip()


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
