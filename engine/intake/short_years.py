"""Years of two digits, and years of the Republic era: what all dates of a file together prove about them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from engine.intake.dates import (
    SETTLED_MARKS,
    YEAR_MARK,
    DateCell,
    DateKind,
    possible_orders,
    read_date,
    read_republic,
    settle,
    short_years_first,
    year_first,
)
from engine.intake.lexicon import Lexicon
from engine.intake.tables import CellKind

_LONG_YEAR = re.compile(r"\d{4}-")
YEARS_BACK = 12  # visits of a register that are older are too rare to prove anything


@dataclass(frozen=True, slots=True)
class ShortYears:
    """What is known of dates such as 58.3.5, by separator.

    ``first``: these begin with the year. ``doubtful``: these may as well begin with it. ``republic``: years are those
    of the Republic era, because some date has one of three digits or its name.
    """

    first: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()
    republic: bool = False


UNPROVEN = ShortYears()
IN_WORDS = frozenset(SETTLED_MARKS) - {YEAR_MARK}


def prove_years(columns: Iterable[tuple[bool, Iterable[tuple[str, int]]]], lexicon: Lexicon, today: date) -> ShortYears:
    """Return what the dates of a file prove.

    Args:
        columns: of every column of dates, whether it holds birth dates, and its cells with their kinds.
        lexicon: words.
        today: the present day; visits do not lie ahead.
    """
    first: set[str] = set()
    doubtful: set[str] = set()
    republic = False
    for birth, cells in columns:
        # Days of a spreadsheet and those written 2024-03-05 prove nothing, and are most of a large file.
        written = [(text, kind) for text, kind in cells if kind != CellKind.DATE and not _LONG_YEAR.match(text)]
        read = [read_date(text, kind, lexicon) for text, kind in written]
        republic = republic or any(cell.roc for cell in read)
        first |= short_years_first(text for text, _ in written)
        if not birth:
            for mark, short in _by_mark(read).items():
                if _are_years_first(short, today):
                    proven = any(_is_no_visit(cell, today) for cell in short)
                    (first if proven else doubtful).update({mark} if proven or _look_like_years(short, today) else ())
    return ShortYears(frozenset(first), frozenset(doubtful - first), republic)


def _by_mark(cells: Iterable[DateCell]) -> Mapping[str, list[DateCell]]:
    found: dict[str, list[DateCell]] = {}
    for cell in cells:
        if cell.short and cell.mark not in SETTLED_MARKS:
            found.setdefault(cell.mark, []).append(cell)
    return found


def _are_years_first(cells: Iterable[DateCell], today: date) -> bool:
    """Whether all of them are days of the past when they begin with the year."""
    turned = [year_first(cell) for cell in cells]
    days = [None if cell.kind is DateKind.FAULT else settle(cell, None, False, today) for cell in turned]
    return all(day is not None and day <= today for day in days)


def _is_no_visit(cell: DateCell, today: date) -> bool:
    """Whether a date that ends with its year is no day of the past, in either order."""
    if cell.kind is DateKind.FAULT:
        return True  # a year of one digit
    days = [settle(cell, order, False, today) for order in possible_orders(cell, False, today)]
    return all(day is None or day > today for day in days)


def _look_like_years(cells: Iterable[DateCell], today: date) -> bool:
    """Whether the first parts are few and recent, and the last ones many: 23.5.8, 24.1.25, 24.2.7."""
    firsts, lasts = {cell.first for cell in cells}, {cell.year for cell in cells}
    this_year = today.year % 100
    return max(firsts) <= this_year and min(firsts) >= this_year - YEARS_BACK and len(firsts) < len(lasts)


def in_era(cell: DateCell, text: str, years: ShortYears) -> DateCell:
    """Return a cell read with what the file proves about its years."""
    if years.republic and (cell.short or cell.kind is DateKind.FAULT) and cell.mark not in IN_WORDS:
        return read_republic(text) or cell
    return year_first(cell) if cell.short and cell.mark in years.first else cell
