"""Sheets of .xlsx workbooks: values as they are shown, merged cells, hidden rows."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any, cast

from openpyxl import load_workbook
from openpyxl.utils import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.workbook import Workbook
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.worksheet._reader import FORMULA_TAG, VALUE_TAG, WorkSheetParser

from engine.intake.header_rows import Spread
from engine.intake.readers.archive import check_archive
from engine.intake.readers.book import EMPTY, Book, Cell, Row, check_width, read_book, shown_value
from engine.intake.readers.contents import Contents
from engine.intake.tables import CellKind, FileFacts, RejectedFile, RejectReason, Table
from engine.workers.kinds import Report

_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=\"([A-Z]+\d+:[A-Z]+\d+)\"")
_ZEROS = re.compile(r"^0{2,}$")
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


def read_workbook(contents: Contents, report: Report, sheet: str | None = None) -> Table:
    """Read the sheet of a workbook whose header names most fields, or the named one.

    Raises:
        RejectedFile: when the file is unsafe, damaged, locked, or no sheet holds patients.
    """
    check_archive(contents)
    with warnings.catch_warnings(), contents.open() as file:
        warnings.simplefilter("ignore")  # the library warns of features it drops; values are all we take
        try:
            workbook = load_workbook(file, read_only=True, data_only=True, keep_links=False)
            return read_book(_book(workbook, contents), report, sheet)
        except _DAMAGE as error:
            raise RejectedFile(RejectReason.DAMAGED_FILE) from error


def _book(workbook: Workbook, contents: Contents) -> Book:
    # A chart sheet has no cells.
    grids = [_Grid(workbook, name) for name in workbook.sheetnames if isinstance(workbook[name], ReadOnlyWorksheet)]
    system = 1904 if workbook.epoch.year == 1904 else 1900
    return Book(grids, tuple(workbook.sheetnames), FileFacts("xlsx", contents.digest(), date_system=system))


class _Grid:
    """One sheet, read anew from the archive each time."""

    def __init__(self, workbook: Workbook, name: str) -> None:
        self._workbook = workbook
        self.name = name
        self.hidden = workbook[name].sheet_state != "visible"

    def spreads(self) -> Sequence[Spread]:
        """Read the merged cells; they stand behind the rows, so they are searched for in the bytes."""
        # The library reads them too, but only after all rows, when the header must be known already.
        with cast(Any, self._workbook[self.name])._get_source() as source:
            tail = b""
            found: list[Spread] = []
            while chunk := source.read(1 << 20):
                text = tail + chunk
                for match in _MERGED.finditer(text):
                    first, top, last, bottom = cast(
                        tuple[int, int, int, int], range_boundaries(match.group(1).decode())
                    )
                    found.append(Spread(top - 1, first - 1, last - 1, bottom - 1))
                tail = text[-100:] if not _MERGED.search(text[-100:]) else b""
        return found

    def rows(self) -> Iterator[Row]:
        """Give the rows that are written, with their numbers."""
        workbook, sheet = self._workbook, cast(Any, self._workbook[self.name])
        formats = _shown_formats(workbook)
        with sheet._get_source() as source:
            parser = _Parser(
                source,
                sheet._shared_strings,
                data_only=True,
                epoch=workbook.epoch,
                date_formats=cast(Any, workbook)._date_formats,
                timedelta_formats=cast(Any, workbook)._timedelta_formats,
            )
            for number, cells in parser.parse():
                attributes = parser.row_dimensions.pop(str(number), {})
                row = _cells(cells, formats)
                yield Row(number, row, attributes.get("hidden") in {"1", "true"})


class _Parser(WorkSheetParser):
    """Tells formulas whose result the file does not hold from empty cells: a program wrote it, and nobody opened it."""

    def parse_cell(self, element: Any) -> dict[str, Any]:
        """Read one cell."""
        cell: dict[str, Any] = super().parse_cell(element)
        if cell["value"] is None:
            formula, result = element.find(FORMULA_TAG), element.find(VALUE_TAG)
            # A result may well be an empty text.
            if formula is not None and (result is None or element.get("t") != "str"):
                cell.update(value=f"={formula.text or ''}", data_type="e")
        return cell


def _cells(found: Sequence[dict[str, Any]], formats: dict[int, str]) -> tuple[Cell, ...]:
    filled = [cell for cell in found if cell["value"] is not None]
    width = max((cell["column"] for cell in filled), default=0)
    check_width(width)
    row = [EMPTY] * width
    for cell in filled:
        row[cell["column"] - 1] = _shown(cell, formats)
    return tuple(row)


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
    if cell["data_type"] == "e":
        return (CellKind.ERROR, str(cell["value"]))
    return shown_value(cell["value"], formats.get(cell["style_id"], ""))
