"""Written numbers: qualifiers, flags, units in the cell, decimal commas, pairs of pressures."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from engine.intake.lexicon import Lexicon
from engine.intake.tables import CellKind
from engine.intake.text import fold
from engine.intake.units import FEET, read_unit

_NUMBER = r"[+-]?(?:\d+(?:[.,' ]\d+)*|[.,]\d+)(?:[eE][+-]?\d{1,2})?"
_CELL = re.compile(rf"^\*?\s*({_NUMBER})\s*(.*)$", re.DOTALL)
_PLAIN = re.compile(r"[+-]?\d+(?:\.\d+)?")
_ONE_POINT = re.compile(r"^[+-]?(?:\d+|\d*[.,]\d+)(?:[eE][+-]?\d{1,2})?$")
_GROUPED = re.compile(r"^[+-]?\d{1,3}(?:([.,' ])\d{3})+$")
_BOTH = re.compile(r"^[+-]?\d{1,3}(?:([.,' ])\d{3})+([.,])\d+$")
_COMMA_PROOF = re.compile(r"\d,(?:\d{1,2}|\d{4,})(?!\d)")
_DOT_PROOF = re.compile(r"\d\.\d")
_PAIR = re.compile(
    r"^(\d{1,4}(?:[.,]\d+)?)\s*(?:mm\s?hg|毫米汞柱)?\s*(?:/|\\|-|–|—|\||:|,|;|~|\bover\b|(?<=\d)\s(?=\d))\s*"
    r"(\d{1,4}(?:[.,]\d+)?)\s*(.*)$",
    re.DOTALL | re.IGNORECASE,
)
_FEET = re.compile(
    r"^(\d)\s*(?:'|’|′|`|ft\.?|feet|foot|英尺)\s*(?:(\d{1,2}(?:\.\d+)?)\s*(?:\"|''|”|″|′′|’’|in\.?|inch(?:es)?|英寸)?)?$",
    re.IGNORECASE,
)
_FEET_BY_HEADER = re.compile(r"^(\d)(?:\s*[-  ]\s*(\d{1,2}))?$")
INCHES_PER_FOOT = 12


@dataclass(frozen=True, slots=True)
class NumberCell:
    """What one cell says. Without value, qualifier and fault it is empty; a fault is text that is no number."""

    value: float | None = None
    unit: str | None = None
    qualifier: str | None = None
    fault: bool = False


EMPTY = NumberCell()
FAULT = NumberCell(fault=True)


def is_missing(text: str, kind: int, lexicon: Lexicon) -> bool:
    """Whether a cell says that nothing was measured."""
    if kind == CellKind.TOO_LONG:
        return False
    return not text or fold(text).casefold() in lexicon.words.missing


def read_number(text: str, kind: int, lexicon: Lexicon, decimal: str | None = None) -> NumberCell:
    """Read a cell of a number column.

    Args:
        text: the cell as written.
        kind: what the cell was in its file (``CellKind``).
        lexicon: words and units.
        decimal: the decimal sign that the file proves, for numbers that fit two readings.
    """
    if _PLAIN.fullmatch(text) and (kind == CellKind.NUMBER or (kind == CellKind.TEXT and decimal != ",")):
        return NumberCell(float(text))
    if is_missing(text, kind, lexicon):
        return EMPTY
    if kind in {CellKind.DATE, CellKind.ERROR, CellKind.BOOLEAN, CellKind.TOO_LONG}:
        return FAULT
    return _read_written(fold(text), lexicon, decimal)


def _read_written(folded: str, lexicon: Lexicon, decimal: str | None) -> NumberCell:
    words = lexicon.words
    if sign := _sign_of_test(folded.casefold(), lexicon):
        return NumberCell(qualifier=sign)
    if feet := _FEET.match(folded):
        return NumberCell(_feet(feet), FEET)
    qualifier = None
    for word, meaning in words.qualifiers:
        if folded.casefold().startswith(word):
            qualifier, folded = meaning, folded[len(word) :].strip()
            break
    match = _CELL.match(folded)
    value = _value(match.group(1), decimal) if match else None
    if match is None or value is None:
        return FAULT
    known, unit = _unit_and_flags(match.group(2), lexicon)
    return NumberCell(value, unit, qualifier) if known else FAULT


def _sign_of_test(folded: str, lexicon: Lexicon) -> str | None:
    """Read "negative", "阳性" and "positive +", which stand where a number was expected."""
    words = lexicon.words
    bare = folded.rstrip("+ ").strip() or folded
    if folded in words.negative or bare in words.negative:
        return "negative"
    return "positive" if folded in words.positive or bare in words.positive else None


def _feet(match: re.Match[str]) -> float:
    return float(match.group(1)) + float(match.group(2) or 0) / INCHES_PER_FOOT


def read_feet(text: str, kind: int, lexicon: Lexicon) -> NumberCell:
    """Read a height under a header in feet and inches: 5'7", 5-7, 5. A plain 5.7 could be either and is a fault."""
    cell = read_number(text, kind, lexicon)
    if cell.unit is not None or (cell.fault is False and cell.value is None):
        return cell
    match = _FEET_BY_HEADER.match(fold(text))
    return NumberCell(_feet(match), FEET) if match else FAULT


def _unit_and_flags(rest: str, lexicon: Lexicon) -> tuple[bool, str | None]:
    """Read what stands behind a number; tell whether all of it is known."""
    rest = rest.strip().strip("()[]").strip()
    if not rest:
        return True, None
    if rest.casefold() in lexicon.words.flags:
        return True, None
    if unit := read_unit(rest, lexicon.units):
        return True, unit
    head, _, tail = rest.rpartition(" ")
    tail = tail.strip("()[]").casefold()
    if head and tail in lexicon.words.flags:
        return _unit_and_flags(head, lexicon)
    tail_sign = rest[-1]
    if tail_sign in "↑↓*!" and len(rest) > 1:
        return _unit_and_flags(rest[:-1], lexicon)
    return False, None


@lru_cache(maxsize=65_536)
def _value(written: str, decimal: str | None) -> float | None:
    """Read the digits of a number; None when they fit two readings or none."""
    if both := _BOTH.match(written):
        thousands, point = both.groups()
        return None if thousands == point else float(written.replace(thousands, "").replace(point, "."))
    if grouped := _GROUPED.match(written):
        return _grouped(written, grouped.group(1), decimal)
    if _ONE_POINT.match(written):
        return float(written.replace(",", "."))
    return None


def _grouped(written: str, separator: str, decimal: str | None) -> float | None:
    plain = float(written.replace(separator, ""))
    if separator in "' " or written.count(separator) > 1:
        return plain
    if separator == ",":  # 1,234: a thousand in a file with points, one and a bit in one with commas
        return {",": float(written.replace(",", ".")), ".": plain}.get(decimal or "")
    return plain if decimal == "," else float(written)


def proven_decimal(texts: Iterable[str]) -> str | None:
    """Return the decimal sign that number cells prove, or None when they prove none or both."""
    comma = dot = False
    for text in texts:
        if "," in text or "." in text:
            folded = fold(text)
            comma = comma or (bool(_COMMA_PROOF.search(folded)) and "." not in folded)
            dot = dot or (bool(_DOT_PROOF.search(folded)) and "," not in folded)
    if comma == dot:
        return None
    return "," if comma else "."


@dataclass(frozen=True, slots=True)
class PairCell:
    """Two pressures from one cell."""

    upper: NumberCell = EMPTY
    lower: NumberCell = EMPTY


def read_pair(text: str, kind: int, lexicon: Lexicon) -> PairCell:
    """Read systolic and diastolic pressure out of one cell: 120/80, 120-80 mmHg, １２０／８０."""
    if is_missing(text, kind, lexicon):
        return PairCell()
    match = _PAIR.match(fold(text)) if kind == CellKind.TEXT else None
    if match is None:
        return PairCell(FAULT, FAULT)
    known, unit = _unit_and_flags(match.group(3), lexicon)
    if not known:
        return PairCell(FAULT, FAULT)
    upper, lower = (float(part.replace(",", ".")) for part in match.group(1, 2))
    return PairCell(NumberCell(upper, unit), NumberCell(lower, unit))


def in_feet(unit: str | None) -> bool:
    """Whether a header unit is feet, with or without inches."""
    return unit == FEET
