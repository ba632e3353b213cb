"""Reader of .xlsx workbooks: finds the sheet and the header, reads values as they are shown."""

from __future__ import annotations

import hashlib
import itertools
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import numpy as np
from openpyxl import load_workbook
from openpyxl.utils import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.workbook import Workbook
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.worksheet._reader import WorkSheetParser

from engine.intake.header_rows import LOOKED_AT, HeaderPlace, Spread, find_header
from engine.intake.readers.archive import check_archive
from engine.intake.readers.encode import CHUNK_ROWS, ColumnEncoder, finish_column
from engine.intake.tables import CellKind, FileFacts, RejectedFile, RejectReason, Table
from engine.workers.kinds import Report

MOST_COLUMNS = 2_000
OTHER_SHEET_SHARE = 0.6  # a sheet whose header is this well known is also a candidate
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=\"([A-Z]+\d+:[A-Z]+\d+)\"")
_ZEROS = re.compile(r"^0{2,}$")
_EXACT_DIGITS = 15  # of a spreadsheet number
_DAMAGE = (
    zipfile.BadZipFile,
    InvalidFileException,
    KeyError,
    IndexError,
    ValueError,
    TypeError,
    AttributeError,
    SyntaxError,  # the XML parser's error is one
    EOFError,
    OSError,
)
Cell = tuple[CellKind, str]
EMPTY: Cell = (CellKind.TEXT, "")


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    cells: tuple[Cell, ...]
    hidden: bool


@dataclass(frozen=True, slots=True)
class _Sheet:
    name: str
    hidden: bool
    place: HeaderPlace | None


def read_workbook(path: Path, report: Report, sheet: str | None = None) -> Table:
    """Read the sheet of a workbook whose header names most fields, or the named one.

    Raises:
        RejectedFile: when the file is unsafe, damaged, locked, or no sheet holds patients.
    """
    check_archive(path)
    with warnings.catch_warnings(), path.open("rb") as file:
        warnings.simplefilter("ignore")  # the library warns of features it drops; values are all we take
        try:
            workbook = load_workbook(file, read_only=True, data_only=True, keep_links=False)
            return _read(path, workbook, report, sheet)
        except _DAMAGE as error:
            raise RejectedFile(RejectReason.DAMAGED_FILE) from error


def _read(path: Path, workbook: Workbook, report: Report, wanted: str | None) -> Table:
    sheets = [_look(workbook, name) for name in workbook.sheetnames if _is_grid(workbook, name)]
    if all(sheet.place is None for sheet in sheets):
        empty = all(next(_rows(workbook, sheet.name), None) is None for sheet in sheets)
        if empty:
            raise RejectedFile(RejectReason.EMPTY_FILE)
        raise RejectedFile(RejectReason.NOT_A_TABLE, "no_known_columns")
    chosen = _choose(sheets, wanted)
    place = cast(HeaderPlace, chosen.place)
    table = _read_sheet(workbook, chosen.name, place, report)
    if len(table) == 0:
        raise RejectedFile(RejectReason.NO_ROWS)
    others = [sheet for sheet in sheets if sheet.name != chosen.name and sheet.place is not None]
    close = [sheet for sheet in others if cast(HeaderPlace, sheet.place).score >= place.score * OTHER_SHEET_SHARE]
    facts = replace(
        table.facts,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        sheet=chosen.name,
        sheets=tuple(workbook.sheetnames),
        hidden_sheets=tuple(sheet.name for sheet in others if sheet.hidden),
        other_sheets=tuple(sheet.name for sheet in close if not sheet.hidden and _has_rows(workbook, sheet)),
        date_system=1904 if workbook.epoch.year == 1904 else 1900,
    )
    return replace(table, facts=facts)


def _is_grid(workbook: Workbook, name: str) -> bool:
    return isinstance(workbook[name], ReadOnlyWorksheet)  # a chart sheet has no cells


def _look(workbook: Workbook, name: str) -> _Sheet:
    """Find the header of one sheet without reading all of it."""
    grid: list[list[str]] = []
    for row in _rows(workbook, name):
        while len(grid) < row.number - 1 and len(grid) < LOOKED_AT:
            grid.append([])
        if row.number > LOOKED_AT:
            break
        grid.append([text for _, text in row.cells])
    place = find_header(grid, _spreads(workbook, name)) if grid else None
    return _Sheet(name, workbook[name].sheet_state != "visible", place)


def _has_rows(workbook: Workbook, sheet: _Sheet) -> bool:
    last = cast(HeaderPlace, sheet.place).rows[-1] + 1
    return any(any(text for _, text in row.cells) for row in _rows(workbook, sheet.name) if row.number > last)


def _choose(sheets: Sequence[_Sheet], wanted: str | None) -> _Sheet:
    known = [sheet for sheet in sheets if sheet.place is not None]
    named = [sheet for sheet in known if sheet.name == wanted]
    shown = [sheet for sheet in known if not sheet.hidden]
    return max(named or shown or known, key=lambda sheet: cast(HeaderPlace, sheet.place).score)


def _spreads(workbook: Workbook, name: str) -> list[Spread]:
    """Read the merged cells; they stand behind the rows, so they are searched for in the bytes."""
    # The library reads them too, but only after all rows, when the header must be known already.
    with cast(Any, workbook[name])._get_source() as source:
        tail = b""
        found: list[Spread] = []
        while chunk := source.read(1 << 20):
            text = tail + chunk
            for match in _MERGED.finditer(text):
                first, top, last, bottom = cast(tuple[int, int, int, int], range_boundaries(match.group(1).decode()))
                found.append(Spread(top - 1, first - 1, last - 1, bottom - 1))
            tail = text[-100:] if not _MERGED.search(text[-100:]) else b""
    return found


def _rows(workbook: Workbook, name: str) -> Iterator[_Row]:
    """Give the rows of a sheet that are written in it, with their numbers."""
    sheet = cast(Any, workbook[name])
    formats = _shown_formats(workbook)
    with sheet._get_source() as source:
        parser = WorkSheetParser(
            source,
            sheet._shared_strings,
            data_only=True,
            epoch=workbook.epoch,
            date_formats=cast(Any, workbook)._date_formats,
            timedelta_formats=cast(Any, workbook)._timedelta_formats,
        )
        for number, cells in parser.parse():
            attributes = parser.row_dimensions.pop(str(number), {})
            width = min(max((cell["column"] for cell in cells), default=0), MOST_COLUMNS)
            row = [EMPTY] * width
            for cell in cells:
                if cell["value"] is not None and cell["column"] <= width:
                    row[cell["column"] - 1] = _shown(cell, formats)
            yield _Row(number, tuple(row), attributes.get("hidden") in {"1", "true"})


def _shown_formats(workbook: Workbook) -> dict[int, str]:
    """Return the number formats that change what a number says: per cent, and leading zeros."""
    formats: dict[int, str] = {}
    for style, array in enumerate(cast(Any, workbook)._cell_styles):
        code = _format_code(workbook, array.numFmtId)
        if "%" in code:
            formats[style] = "%"
        elif _ZEROS.match(code):
            formats[style] = code
    return formats


def _format_code(workbook: Workbook, number: int) -> str:
    from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE  # noqa: PLC0415 - only here

    if number < BUILTIN_FORMATS_MAX_SIZE:
        return str(BUILTIN_FORMATS.get(number, ""))
    own = cast(Any, workbook)._number_formats
    position = number - BUILTIN_FORMATS_MAX_SIZE
    return str(own[position]) if position < len(own) else ""


def _shown(cell: dict[str, Any], formats: dict[int, str]) -> Cell:
    """Return a cell as a person sees it."""
    value = cell["value"]
    if cell["data_type"] == "e":
        return (CellKind.ERROR, str(value))
    if isinstance(value, bool):
        return (CellKind.BOOLEAN, "TRUE" if value else "FALSE")
    if isinstance(value, (int, float)):
        return (CellKind.NUMBER, _number_text(value, formats.get(cell["style_id"], "")))
    if isinstance(value, (date, time, timedelta)):  # a datetime is a date
        return (CellKind.DATE, _moment_text(value))
    return (CellKind.TEXT, str(value))


def _moment_text(value: date | time | timedelta) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(" ", "seconds")
    return str(value)


def _number_text(value: float, shown: str) -> str:
    if shown == "%":
        return f"{value * 100:.{_EXACT_DIGITS}g}%"
    if float(value).is_integer() and abs(value) < 1e18:
        # Digits beyond the fifteenth are not known; cutting a plain integer could change the fifteenth.
        text = format(Decimal(f"{value:.{_EXACT_DIGITS}g}"), "f")
        return text.zfill(len(shown)) if shown else text
    return f"{value:.{_EXACT_DIGITS}g}"


def _read_sheet(workbook: Workbook, name: str, place: HeaderPlace, report: Report) -> Table:
    first = place.rows[-1] + 2
    collected = _Collected(len(place.texts))
    for row in itertools.dropwhile(lambda row: row.number < first, _rows(workbook, name)):
        collected.add(row)
        if row.number % CHUNK_ROWS == 0:
            report(row.number, 0)
    return collected.table(place, first)


class _Collected:
    """The rows below the header. Columns found to the right of it are kept, without a name."""

    def __init__(self, width: int) -> None:
        self._rows: list[tuple[Cell, ...]] = []
        self._width = width
        self._numbers: list[int] = []
        self._hidden: list[bool] = []

    def add(self, row: _Row) -> None:
        if any(text.strip() for _, text in row.cells):
            self._rows.append(row.cells)
            self._width = max(self._width, len(row.cells))
            self._numbers.append(row.number)
            self._hidden.append(row.hidden)

    def table(self, place: HeaderPlace, first: int) -> Table:
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
        facts = FileFacts(
            container="xlsx",
            header_rows=tuple(row + 1 for row in place.rows),
            rows_after_header=after_header,
            rows_blank=after_header - len(self._numbers),
        )
        height = len(self._numbers)
        return Table(
            facts,
            tuple(columns),
            np.array(self._numbers, dtype=np.int32),
            np.zeros(height, dtype=np.bool_),
            np.array(self._hidden, dtype=np.bool_),
        )
