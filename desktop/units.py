"""Units beside a field: which ones there are, which one it opens with, and a value written in another one."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping

from desktop.i18n import Texts
from desktop.settings import Settings
from engine.fields import Field, Kind

# Values that are read and written together: one box, two fields.
PAIRS: Mapping[str, tuple[str, str]] = {
    "pressure": ("sbp_mmhg", "dbp_mmhg"),
    "home_pressure": ("home_sbp_mmhg", "home_dbp_mmhg"),
    "abpm24_pressure": ("abpm24_sbp_mmhg", "abpm24_dbp_mmhg"),
}
PAIR_OF: Mapping[str, str] = {field: pair for pair, fields in PAIRS.items() for field in fields}

# What the clinics of one country write: the first of these that a field knows.
_OF_SYSTEM = {"us": ("mg/dL", "mg/dL{BUN}", "g/dL", "[lb_av]", "[in_i]", "[degF]")}
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_PAIR = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:[/\\|\-–—、]|\s)\s*(\d+(?:[.,]\d+)?)\s*(\D*)")


def units_of(field: Field) -> tuple[str, ...]:
    """Return the codes of the units in which a field may be typed, the canonical one first."""
    if field.kind is not Kind.NUMBER or field.unit is None:
        return ()
    return (field.unit, *(unit.code for unit in field.alternatives))


def first_unit(field: Field, settings: Settings) -> str | None:
    """Return the unit with which a field opens: the one picked last, else that of the clinic's system."""
    known = units_of(field)
    picked = settings.unit_of(field.name)
    if picked in known:
        return picked
    for code in _OF_SYSTEM.get(settings.units, ()):
        if code in known:
            return code
    return known[0] if known else None


def written(field: Field, canonical: float, unit: str | None) -> str:
    """Return a canonical value as a box shows it in a unit: as fine as the field is measured, no finer."""
    found = field.unit_named(unit) if unit else None
    factor, offset = (found.factor, found.offset) if found else (1.0, 0.0)
    decimals = max(0, round((field.decimals or 0) + math.log10(abs(factor))))
    text = f"{(canonical - offset) / factor:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def canonical_of(field: Field, text: str, unit: str | None) -> float | None:
    """Return the number in a text as a canonical value; None where there is none. Only for what is shown beside it."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if not _NUMBER.fullmatch(plain):
        return None
    found = field.unit_named(unit) if unit else None
    factor, offset = (found.factor, found.offset) if found else (1.0, 0.0)
    return float(plain.replace(",", ".")) * factor + offset


def split_pair(text: str) -> tuple[str, str] | None:
    """Return upper and lower value of "152/92", "152 92" and the like; None where there are no two numbers.

    A unit behind them belongs to both.
    """
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    match = _PAIR.fullmatch(plain)
    if match is None:
        return None
    upper, lower, unit = match.groups()
    return (f"{upper} {unit}".strip(), f"{lower} {unit}".strip())


def unit_words(code: str | None, texts: Texts) -> str:
    """Return a unit as people write it; a code without such a form stands as it is."""
    if code is None:
        return ""
    key = f"report.unit.{code}"
    return texts.wording.say(key) if key in texts.wording else code
