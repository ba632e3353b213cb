"""Sheets of cells, whatever wrote them: which of them holds the patients, where its header is, and its rows.

Every kind of workbook has a small module that gives its sheets as ``Grid``; all that follows is done here once.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Protocol, cast

import numpy as np

from engine.intake.header_rows import LOOKED_AT, HeaderPlace, Spread, find_header
from engine.intake.readers.encode import CHUNK_ROWS, ColumnEncoder, finish_column
from engine.intake.tables import CellKind, FileFacts, RejectedFile, RejectReason, Table
from engine.workers.kinds import Report

OTHER_SHEET_SHARE = 0.6  # a sheet whose header is this well known is also a candidate
EXACT_DIGITS = 15  # of a spreadsheet number
WIDEST_SHEET = 2_000  # columns: beyond, one stray cell would make a table of millions that hold nothing
Cell = tuple[CellKind, str]
EMPTY: Cell = (CellKind.TEXT, "")


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is written in a sheet, and its number from 1."""

    number: int
    cells: tuple[Cell, ...]
    hidden: bool = False


class Grid(Protocol):
    """A sheet: its name, whether it is hidden, its rows from the top, its merged cells (counted from 0)."""

    @property
    def name(self) -> str:
        """The name on its tab."""
        ...

    @property
    def hidden(self) -> bool:
        """Whether the spreadsheet program does not show it."""
        ...

    def rows(self) -> Iterable[Row]:
        """Give the rows that are written, in order; each call begins anew."""
        ...

    def spreads(self) -> Sequence[Spread]:
        """Return the merged cells."""
        ...


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet that is held in memory."""

    name: str
    held: Sequence[Row]
    hidden: bool = False
    merged: Sequence[Spread] = ()

    def rows(self) -> Iterable[Row]:
        """Give the rows."""
        return self.held

    def spreads(self) -> Sequence[Spread]:
        """Return the merged cells."""
        return self.merged


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook. ``names`` are those of all its sheets, also of those without cells; ``facts`` what else is known."""

    grids: Sequence[Grid]
    names: tuple[str, ...]
    facts: FileFacts


@dataclass(frozen=True, slots=True)
class _Looked:
    grid: Grid
    place: HeaderPlace | None
    spreads: Sequence[Spread] = field(repr=False)

    @property
    def score(self) -> float:
        """How well its header is known."""
        return cast(HeaderPlace, self.place).score


def read_book(book: Book, report: Report, wanted: str | None = None) -> Table:
    """Read the sheet of a workbook whose header names most fields, or the wanted one.

    Raises:
        RejectedFile: ``empty_file``, ``not_a_table`` or ``no_rows``.
    """
    sheets = [_look(grid) for grid in book.grids]
    known = [sheet for sheet in sheets if sheet.place is not None]
    if not known:
        if all(next(iter(sheet.grid.rows()), None) is None for sheet in sheets):
            raise RejectedFile(RejectReason.EMPTY_FILE)
        raise RejectedFile(RejectReason.NOT_A_TABLE, "no_known_columns")
    chosen = _choose(known, wanted)
    table = _read_sheet(chosen, book.facts, report)
    if len(table) == 0:
        raise RejectedFile(RejectReason.NO_ROWS)
    others = [sheet for sheet in known if sheet is not chosen]
    close = [sheet for sheet in others if sheet.score >= chosen.score * OTHER_SHEET_SHARE]
    facts = replace(
        table.facts,
        sheet=chosen.grid.name,
        sheets=book.names,
        hidden_sheets=tuple(sheet.grid.name for sheet in others if sheet.grid.hidden),
        other_sheets=tuple(sheet.grid.name for sheet in close if not sheet.grid.hidden and _has_rows(sheet)),
    )
    return replace(table, facts=facts)


def _look(grid: Grid) -> _Looked:
    """Find the header of one sheet without reading all of it."""
    top: list[list[str]] = []
    for row in grid.rows():
        if row.number > LOOKED_AT:
            break
        while len(top) < row.number - 1:
            top.append([])
        top.append([text for _, text in row.cells])
    if not top:
        return _Looked(grid, None, ())
    spreads = grid.spreads()
    return _Looked(grid, find_header(top, spreads), spreads)


def _choose(known: Sequence[_Looked], wanted: str | None) -> _Looked:
    named = [sheet for sheet in known if sheet.grid.name == wanted]
    shown = [sheet for sheet in known if not sheet.grid.hidden]
    return max(named or shown or known, key=lambda sheet: sheet.score)


def _has_rows(sheet: _Looked) -> bool:
    last = cast(HeaderPlace, sheet.place).rows[-1] + 1
    return any(any(text for _, text in row.cells) for row in sheet.grid.rows() if row.number > last)


def _read_sheet(sheet: _Looked, facts: FileFacts, report: Report) -> Table:
    place = cast(HeaderPlace, sheet.place)
    first = place.rows[-1] + 2
    collected = _Collected(len(place.texts))
    below = itertools.dropwhile(lambda row: row.number < first, sheet.grid.rows())
    for row in _filled_down(below, [spread for spread in sheet.spreads if spread.bottom > spread.row >= first - 1]):
        collected.add(row)
        if row.number % CHUNK_ROWS == 0:
            report(row.number, 0)
    return collected.table(place, first, facts)


def _filled_down(rows: Iterable[Row], spreads: Sequence[Spread]) -> Iterator[Row]:
    """Give every row what stands in cells merged with one above it: a name that reaches over three visits."""
    if not spreads:
        yield from rows
        return
    starts: dict[int, list[Spread]] = {}
    for spread in spreads:
        starts.setdefault(spread.row + 1, []).append(spread)
    reaching: list[tuple[Spread, Cell]] = []
    for row in rows:
        reaching = [(spread, cell) for spread, cell in reaching if spread.bottom + 1 >= row.number]
        cells = list(row.cells)
        for spread, cell in reaching:
            cells += [EMPTY] * (spread.first + 1 - len(cells))
            if not cells[spread.first][1]:
                cells[spread.first] = cell
        for spread in starts.get(row.number, ()):
            if spread.first < len(row.cells) and row.cells[spread.first][1]:
                reaching.append((spread, row.cells[spread.first]))
        yield replace(row, cells=tuple(cells))


class _Collected:
    """The rows below the header. Columns found to the right of it are kept, without a name."""

    def __init__(self, width: int) -> None:
        self._rows: list[tuple[Cell, ...]] = []
        self._width = width
        self._numbers: list[int] = []
        self._hidden: list[bool] = []

    def add(self, row: Row) -> None:
        if any(_says(kind, text) for kind, text in row.cells):
            self._rows.append(row.cells)
            self._width = max(self._width, len(row.cells))
            self._numbers.append(row.number)
            self._hidden.append(row.hidden)

    def table(self, place: HeaderPlace, first: int, facts: FileFacts) -> Table:
        encoder: ColumnEncoder[Cell] = ColumnEncoder(self._width)
        for start in range(0, len(self._rows), CHUNK_ROWS):
            part = self._rows[start : start + CHUNK_ROWS]
            encoder.add([cells + (EMPTY,) * (self._width - len(cells)) for cells in part])
        texts = list(place.texts) + [""] * (self._width - len(place.texts))
        hints = list(place.unit_hints) + [None] * (self._width - len(place.unit_hints))
        columns = []
        for index, (text, hint) in enumerate(zip(texts, hints, strict=True)):
            kinds, cells = [kind for kind, _ in encoder.cells(index)], [shown for _, shown in encoder.cells(index)]
            columns.append(finish_column(text, hint, cells, kinds, encoder.codes(index)))
        while columns and not columns[-1].header and not any(columns[-1].cells):
            columns.pop()  # formatted but empty columns at the end are no columns
        after_header = max(self._numbers[-1] - first + 1, 0) if self._numbers else 0
        found = replace(
            facts,
            header_rows=tuple(row + 1 for row in place.rows),
            rows_after_header=after_header,
            rows_blank=after_header - len(self._numbers),
        )
        height = len(self._numbers)
        return Table(
            found,
            tuple(columns),
            np.array(self._numbers, dtype=np.int32),
            np.zeros(height, dtype=np.bool_),
            np.array(self._hidden, dtype=np.bool_),
        )


def _says(kind: CellKind, text: str) -> bool:
    """Whether a cell makes its row one that holds anything; a formula drawn down over empty rows does not."""
    return bool(text.strip()) and not (kind is CellKind.ERROR and text.startswith(("=", "of:=")))


def check_width(column: int) -> None:
    """Refuse a sheet with something in a column that no table of patients has.

    Raises:
        RejectedFile: ``not_a_table``, ``too_wide_sheet``.
    """
    if column > WIDEST_SHEET:
        raise RejectedFile(RejectReason.NOT_A_TABLE, "too_wide_sheet")


def shown_value(value: object, number_format: str = "") -> Cell:
    """Return a value as a person sees it. ``number_format``: "%", or zeros that lead a number; "" for any other."""
    if isinstance(value, bool):
        return (CellKind.BOOLEAN, "TRUE" if value else "FALSE")
    if isinstance(value, (int, float)):
        return (CellKind.NUMBER, _number_text(value, number_format))
    if isinstance(value, (date, time, timedelta)):  # a datetime is a date
        return (CellKind.DATE, _moment_text(value))
    return (CellKind.TEXT, "" if value is None else str(value))


def _moment_text(value: date | time | timedelta) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(" ", "seconds")
    return str(value)


def _number_text(value: float, shown: str) -> str:
    if shown == "%":
        return f"{value * 100:.{EXACT_DIGITS}g}%"
    if float(value).is_integer() and abs(value) < 1e18:
        # Digits beyond the fifteenth are not known; cutting a plain integer could change the fifteenth.
        text = format(Decimal(f"{value:.{EXACT_DIGITS}g}"), "f")
        return text.zfill(len(shown)) if shown else text
    return f"{value:.{EXACT_DIGITS}g}"
