"""Where the header of a table is: under title lines, in one row or in two, with a row of units below it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.intake.headers import JOIN, read_header
from engine.intake.lexicon import load_lexicon
from engine.intake.text import fold
from engine.intake.units import read_unit

LOOKED_AT = 60  # rows searched for a header
MOST_COLUMNS = 16_384  # as many as a spreadsheet has; each is held against every name that is known
FEWEST_TARGETS = 2
_IDENTITY = frozenset({"patient_id", "name", "resident_id", "given_name"})
_NOT_CLINICAL = frozenset({"phone", "address", "village", "room", "notes", "visit_time", "lab_unit", "lab_result"})

DATA_SHARE = 0.25
_VALUE = re.compile(r"[<>=~+-]*\d[\d.,:/\-T ]*(?:%|[a-zA-Z/]{1,6})?")

Grid = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Spread:
    """A merged group title: the cell at ``row`` covers ``first`` to ``last`` column, down to row ``bottom``."""

    row: int
    first: int
    last: int
    bottom: int


@dataclass(frozen=True, slots=True)
class HeaderPlace:
    """The header: positions of its rows in the grid, one text and unit hint per column, and how well it is known."""

    rows: tuple[int, ...]
    texts: tuple[str, ...]
    unit_hints: tuple[str | None, ...]
    score: float


def find_header(grid: Grid, spreads: Sequence[Spread] = ()) -> HeaderPlace | None:
    """Return the best header among the first rows, or None when no row names enough fields.

    Args:
        grid: the first rows of the table; cells of the same column at the same position.
        spreads: merged cells, where the file knows them.
    """
    best: HeaderPlace | None = None
    for row in range(min(len(grid), LOOKED_AT)):
        if _is_data(grid[row]):
            continue
        for place in _places(grid, row, spreads):
            if best is None or place.score > best.score:
                best = place
    if best is None or not _is_patient_table(best):
        return None
    return _with_units(grid, best)


def header_score(texts: Sequence[str]) -> float:
    """Return how many different targets these headers name; weak and only offered ones count half."""
    found: dict[tuple[str, int | None, int | None, str | None], float] = {}
    for text in texts:
        reading = read_header(text) if 0 < len(text) <= 200 else None
        if reading is not None and reading.target is not None:
            key = (reading.target, reading.visit, reading.reading, reading.side)
            found[key] = max(found.get(key, 0.0), 1.0 if reading.strong and not reading.offered else 0.5)
    return sum(found.values())


def _is_data(cells: Sequence[str]) -> bool:
    """Whether a row holds values rather than names: numbers and dates in many of its cells."""
    filled = [cell for cell in cells if cell.strip()]
    values = sum(1 for cell in filled if _VALUE.fullmatch(fold(cell[:50])))
    return values >= FEWEST_TARGETS and values >= len(filled) * DATA_SHARE


def _is_patient_table(place: HeaderPlace) -> bool:
    """Whether the header names a person or a measurement, and enough in all."""
    targets = {read_header(text).target for text in place.texts if 0 < len(text) <= 200} - {None}
    if len(targets) < FEWEST_TARGETS:
        return False
    return bool(targets & _IDENTITY) or len(targets - _NOT_CLINICAL) >= FEWEST_TARGETS


def _places(grid: Grid, row: int, spreads: Sequence[Spread]) -> list[HeaderPlace]:
    texts = tuple(cell.strip() for cell in grid[row])
    single = HeaderPlace((row,), texts, (None,) * len(texts), header_score(texts))
    if row + 1 >= len(grid):
        return [single]
    joined = _joined(grid, row, spreads)
    if joined is None:
        return [single]
    below = header_score(tuple(cell.strip() for cell in grid[row + 1]))
    score = header_score(joined)
    # Two rows are a header only if neither is as good alone.
    if score > max(single.score, below):
        return [single, HeaderPlace((row, row + 1), joined, (None,) * len(joined), score)]
    return [single]


def _joined(grid: Grid, row: int, spreads: Sequence[Spread]) -> tuple[str, ...] | None:
    """Join two rows into one header, group titles spread over their columns; None when the second is data."""
    top, bottom = [cell.strip() for cell in grid[row]], [cell.strip() for cell in grid[row + 1]]
    width = max(len(top), len(bottom))
    top += [""] * (width - len(top))
    bottom += [""] * (width - len(bottom))
    if _is_data(bottom) or not any(bottom):
        return None
    for upper, lower in zip(top, bottom, strict=True):
        if upper and lower and read_header(upper).strong and read_header(lower).target is None:
            return None  # a strange word stands below a column that already has its name: a row of data
    titles = _spread_titles(top, bottom, row, spreads)
    return tuple(
        JOIN.join(part for part in (title, lower) if part) for title, lower in zip(titles, bottom, strict=True)
    )


def _spread_titles(top: list[str], bottom: list[str], row: int, spreads: Sequence[Spread]) -> list[str]:
    titles = list(top)
    known = [spread for spread in spreads if spread.row == row]
    for spread in known:
        for column in range(spread.first, min(spread.last + 1, len(titles))):
            titles[column] = top[spread.first] if spread.first < len(top) else ""
    if known:
        return titles
    # Without merged cells a title reaches over the empty cells to its right that have a name below.
    group = ""
    for column, title in enumerate(top):
        if title:
            group = "" if read_header(title).strong else title
        elif bottom[column]:
            titles[column] = group
    return titles


def _with_units(grid: Grid, place: HeaderPlace) -> HeaderPlace:
    """Take a row of units below the header into it."""
    after = place.rows[-1] + 1
    if after >= len(grid):
        return place
    lexicon = load_lexicon()
    cells = [fold(cell).strip("()[] ") for cell in grid[after]]
    filled = [cell for cell in cells if cell]
    if len(filled) < 2 or any(read_unit(cell, lexicon.units) is None for cell in filled):
        return place
    hints: list[str | None] = [cell or None for cell in cells[: len(place.texts)]]
    hints += [None] * (len(place.texts) - len(hints))
    # The letter M may be a sex or metres: units must be units of the fields they stand under.
    fitting = [
        read_header(text, hint).unit is not None for text, hint in zip(place.texts, hints, strict=True) if text and hint
    ]
    if sum(fitting) < len(filled) / 2:
        return place
    return HeaderPlace((*place.rows, after), place.texts, tuple(hints), place.score)
