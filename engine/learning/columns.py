"""A plain table of cells becomes columns of a known kind. Nothing is guessed beyond what the cells themselves show."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np

from engine.domain.batch import BoolArray, FloatArray, IntArray
from engine.errors import InputError
from engine.fields import load_dictionary
from engine.fields.plain_cells import number, plain

_MOST_LEVELS = 30
_ROWS_A_LEVEL = 5
_SHORT_TEXT = 60  # characters on average
_READABLE = 0.95  # so much of a column must be numbers, or dates, to be one of them
_FEWEST_FOR_IDENTIFIER = 20
_FEWEST_SPELT = 3  # different cells; fewer are words to choose from
_SPELT = re.compile(r"[-+]?\d+([.,]\d+)? ?%?")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T].*)?")
_IDENTIFIER_NAME = re.compile(r"(^|_)(id|no|nr|key|mrn|uuid|code)$|编号|证号|病历号", re.IGNORECASE)


class Kind(StrEnum):
    """What a column holds; its name is ``learning.kind.<kind>``."""

    NUMBER = "number"
    CATEGORY = "category"
    TEXT = "text"  # short, of many different ones
    LONG_TEXT = "long_text"
    DATE = "date"
    CONSTANT = "constant"  # one value at most
    IDENTIFIER = "identifier"


USABLE = frozenset({Kind.NUMBER, Kind.CATEGORY, Kind.TEXT})


@dataclass(frozen=True, slots=True)
class Column:
    """A column of ``len(values)`` rows.

    ``values``: the number; the position in ``levels`` of a category, text or identifier; of a date its day number
    (``datetime.date.toordinal``); NaN: absent. ``unreadable``: cells that were filled but hold no such value (words in
    a column of numbers, infinite numbers); they count as absent.
    """

    name: str
    kind: Kind
    values: FloatArray
    levels: tuple[str, ...] = ()
    unreadable: int = 0

    @property
    def missing(self) -> BoolArray:
        """Where there is no value."""
        return np.isnan(self.values)


def read_columns(cells: Mapping[str, Sequence[str]]) -> tuple[Column, ...]:
    """Return the columns of a table of text cells, all of the same length, in their order."""
    return tuple(_read(name, column) for name, column in cells.items())


def codes_of_field(name: str) -> frozenset[str]:
    """Return the codes that a column of this name holds: "none" is one of a family history, and no gap there."""
    field = load_dictionary().fields.get(name)
    return frozenset() if field is None else frozenset(field.category_codes)


def check_cells(name: str, cells: Sequence[str]) -> None:
    """Refuse a column that holds an infinite number, or that is neither numbers nor words.

    Raises:
        InputError: ``learning_infinite``; ``learning_mixed_column`` where half of many different cells are numbers,
            but not practically all; ``learning_other_numbers`` where they are numbers only to people (1,5 or 40 %).
            Rows are counted as people do, the heads being row 1.
    """
    kinds = {cell: _kind_of_cell(plain(cell)) for cell in set(cells)}
    for row, cell in enumerate(cells):
        if kinds[cell] == "infinite":
            raise InputError("learning_infinite", column=name, row=row + 2)
    if len(kinds) <= _FEWEST_SPELT:
        return
    found = [kinds[cell] for cell in cells]
    _check_spelling(name, cells, found)
    if len(kinds) <= _MOST_LEVELS:
        return
    filled, numbers = len(found) - found.count("empty"), found.count("number")
    if filled / 2 <= numbers < _READABLE * filled:
        raise InputError(
            "learning_mixed_column", column=name, cells=filled - numbers, filled=filled, row=found.index("words") + 2
        )


def _check_spelling(name: str, cells: Sequence[str], found: Sequence[str]) -> None:
    """Refuse numbers with a decimal comma or a percent sign, which would be learned from as words."""
    spelt = {cell for cell in set(cells) if _SPELT.fullmatch(plain(cell))}
    rows = [row for row, cell in enumerate(cells) if found[row] == "words" and cell in spelt]
    filled, numbers = len(found) - found.count("empty"), found.count("number")
    if rows and numbers < _READABLE * filled <= numbers + len(rows):
        raise InputError("learning_other_numbers", column=name, row=rows[0] + 2, cell=plain(cells[rows[0]]))


def _kind_of_cell(cell: str) -> str:
    if not cell:
        return "empty"
    if not math.isnan(number(cell)):
        return "number"
    try:
        return "infinite" if math.isinf(float(cell)) else "words"
    except ValueError:
        return "words"


def _read(name: str, cells: Sequence[str]) -> Column:
    seen: dict[str, int] = {}
    place = np.fromiter((seen.setdefault(cell, len(seen)) for cell in cells), dtype=np.int64, count=len(cells))
    codes = codes_of_field(name)
    folded = [cell if cell in codes else plain(cell) for cell in seen]
    filled = np.array([bool(cell) for cell in folded], dtype=np.bool_)
    rows_of = np.bincount(place, minlength=len(folded))
    present = int(rows_of[filled].sum())
    for kind, read in ((Kind.NUMBER, number), (Kind.DATE, _day)):
        values = np.array([read(cell) if cell else math.nan for cell in folded])
        good = ~np.isnan(values)
        if present and rows_of[good].sum() >= _READABLE * present:
            column = Column(name, kind, values[place], (), present - int(rows_of[good].sum()))
            return _narrowed(column)
    return _words(name, folded, place)


def _words(name: str, folded: list[str], place: IntArray) -> Column:
    levels = tuple(sorted({cell for cell in folded if cell}))
    position = {level: float(where) for where, level in enumerate(levels)}
    values = np.array([position.get(cell, math.nan) for cell in folded])[place]
    rows = int((~np.isnan(values)).sum())
    return Column(name, _kind_of_words(name, levels, rows), values, levels)


def _kind_of_words(name: str, levels: tuple[str, ...], rows: int) -> Kind:
    if len(levels) <= 1:
        return Kind.CONSTANT
    if len(levels) == rows and rows >= _FEWEST_FOR_IDENTIFIER and not any(" " in level for level in levels):
        return Kind.IDENTIFIER
    if len(levels) <= _MOST_LEVELS and rows >= _ROWS_A_LEVEL * len(levels):
        return Kind.CATEGORY
    if _IDENTIFIER_NAME.search(name):
        return Kind.IDENTIFIER
    short = sum(len(level) for level in levels) <= _SHORT_TEXT * len(levels)
    return Kind.TEXT if short else Kind.LONG_TEXT


def _narrowed(column: Column) -> Column:
    """Return a column of numbers or dates as a constant or an identifier where it is one."""
    known = column.values[~column.missing]
    different = np.unique(known)
    if len(different) <= 1:
        return Column(column.name, Kind.CONSTANT, column.values, (), column.unreadable)
    whole = column.kind is Kind.NUMBER and len(known) >= _FEWEST_FOR_IDENTIFIER and bool((known % 1 == 0).all())
    if whole and len(different) == len(known) and (_counts_up(known) or _IDENTIFIER_NAME.search(column.name)):
        return Column(column.name, Kind.IDENTIFIER, column.values, (), column.unreadable)
    return column


def _counts_up(known: FloatArray) -> bool:
    """Tell whether numbers run through the rows in order, as a row number does."""
    steps = np.diff(known)
    return bool((steps > 0).all() or (steps < 0).all())


def _day(cell: str) -> float:
    found = _DATE.fullmatch(cell)
    if found is None:
        return math.nan
    try:
        return float(date(*(int(part) for part in found.groups()[:3])).toordinal())
    except ValueError:
        return math.nan
