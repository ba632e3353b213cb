"""Canonical text: how a value of a field is written in a canonical CSV, and how it is read back into a Batch column.

Numbers in plain decimal or scientific form with a point; ``true`` and ``false``; the code of a category; ISO dates
(``birth_date`` also as ``YYYY`` or ``YYYY-MM``). Blanks around a value do not count; nothing at all is an absent
value. Anything else is "present but no value of that field": infinity in the Batch.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from engine.domain.batch import FloatArray
from engine.domain.dates import PartialDate, Precision
from engine.fields.dictionary import Field, Kind

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
_TRUTH = {"true": 1.0, "false": 0.0}
# Dates of these fields may be known to the month or the year only; they then count from their first day.
PARTIAL_DATES = frozenset({"birth_date"})


def read_cell(field: Field, text: str) -> float:
    """Return the Batch value of a cell: NaN when blank, infinity when it is no value of the field."""
    text = text.strip()
    if not text:
        return math.nan
    if field.kind is Kind.CATEGORY:
        return field.encode(text)
    if field.kind is Kind.BOOLEAN:
        return _TRUTH.get(text, math.inf)
    if field.kind is Kind.DATE:
        return _day(text, partial=field.name in PARTIAL_DATES)
    if field.kind is not Kind.NUMBER or not _NUMBER.fullmatch(text):
        return math.inf
    number = float(text)
    return number if math.isfinite(number) else math.inf  # too large for a double, below zero too


# What a spreadsheet may take for the start of a formula (OWASP, CSV Injection), full-width signs too, behind any marks
# that were written before it.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n\0＝＋－＠]")
_PLAIN_NUMBER = re.compile(r"[+-]?[\d.,\s]+", re.ASCII)


def guarded(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: with a quote mark before it where it begins like one."""
    if _FORMULA.match(text) and not _PLAIN_NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def unguarded(text: str) -> str:
    """Return what :func:`guarded` was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def write_number(value: float) -> str:
    """Return the shortest text that reads back as the same double; whole numbers without ".0", NaN as nothing."""
    if math.isnan(value):
        return ""
    text = repr(value)
    return text[:-2] if text.endswith(".0") else text


def _day(text: str, *, partial: bool) -> float:
    try:
        found = PartialDate.parse(text)
    except ValueError:
        return math.inf
    if found.day is None and not partial:
        return math.inf
    return float(found.earliest.toordinal())


class PrecisionReader:
    """Reads how far each date of a column is known: the codes of a category day, month and year."""

    _BY_LENGTH: Mapping[int, Precision] = MappingProxyType(
        {len("2000-01-01"): Precision.DAY, len("2000-01"): Precision.MONTH, len("2000"): Precision.YEAR}
    )

    def __init__(self, field: Field) -> None:
        self._field = field

    def read(self, cells: Sequence[str]) -> FloatArray:
        """Return float64[len(cells)], positions in the codes of the field; NaN where no date can be."""
        table = {text: self._field.encode(self._BY_LENGTH.get(len(text.strip()))) for text in set(cells)}
        return np.fromiter(map(table.__getitem__, cells), dtype=np.float64, count=len(cells))


class ColumnReader:
    """Reads the cells of one field, block after block, as fast as the values allow.

    Codes, truths and dates repeat: each distinct text is read once. Numbers are read together by the interpreter's own
    correctly rounded reader where every cell is plain, and one by one where a cell is not.
    """

    # Distinct texts kept from block to block: all codes of any field, but no file can make it grow without end.
    _MOST_KEPT = 4096

    def __init__(self, field: Field) -> None:
        self._field = field
        self._known: dict[str, float] = {"": math.nan}

    def read(self, cells: Sequence[str]) -> FloatArray:
        """Return float64[len(cells)], encoded as ``read_cell`` does."""
        if self._field.kind is Kind.NUMBER:
            column = _plain_numbers(cells)
            if column is not None:
                return column
        known = self._known
        fresh = set(cells) - known.keys()
        if fresh:
            read = {text: read_cell(self._field, text) for text in fresh}
            if len(known) + len(read) <= self._MOST_KEPT:
                known.update(read)
            else:
                known = known | read
        return np.fromiter(map(known.__getitem__, cells), dtype=np.float64, count=len(cells))


def _plain_numbers(cells: Sequence[str]) -> FloatArray | None:
    """Return the column when every cell is blank or a plain finite number; None when one needs a closer look."""
    joined = "".join(cells)
    # ``float`` also takes digits of other scripts and underscores between digits; no canonical number has them.
    if not joined.isascii() or "_" in joined:
        return None
    to_number: Callable[[str], float] = _number_or_blank if "" in cells else float
    try:
        column = np.fromiter(map(to_number, cells), dtype=np.float64, count=len(cells))
    except ValueError:
        return None
    # "nan" and "inf" are numbers to ``float`` and none to us; so is one too large for a double.
    blanks = cells.count("") if to_number is _number_or_blank else 0
    return column if np.count_nonzero(np.isfinite(column)) == len(cells) - blanks else None


def _number_or_blank(text: str) -> float:
    return float(text) if text else math.nan
