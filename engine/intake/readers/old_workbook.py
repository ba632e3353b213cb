"""Sheets of binary workbooks: .xls of any age, and .xlsb."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetMetadata
from python_calamine import SheetTypeEnum as SheetType
from python_calamine import SheetVisibleEnum as Visible

from engine.intake.header_rows import Spread
from engine.intake.readers.archive import check_archive
from engine.intake.readers.biff import MAGIC, BookFacts, SheetFacts, book_facts
from engine.intake.readers.book import Book, Cell, Row, check_width, read_book, shown_value
from engine.intake.readers.contents import Contents
from engine.intake.tables import CellKind, FileFacts, RejectedFile, RejectReason, Table
from engine.workers.kinds import Report

Value = int | float | str | bool | time | date | timedelta


def read_old_workbook(contents: Contents, report: Report, sheet: str | None = None) -> Table:
    """Read the sheet of a workbook whose header names most fields, or the named one.

    Raises:
        RejectedFile: when the file is unsafe, damaged, locked, or no sheet holds patients.
    """
    data = contents.read()
    known = BookFacts()
    if data.startswith(MAGIC):
        container = "xls"
        try:
            known = book_facts(data)
        except ValueError as error:
            raise RejectedFile(RejectReason.DAMAGED_FILE) from error
        if known.locked:
            raise RejectedFile(RejectReason.PASSWORD_REQUIRED)
    else:
        container = "xlsb"
        check_archive(contents)
    facts = FileFacts(container, contents.digest(), date_system=known.date_system)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        return read_book(_book(workbook, known, facts), report, sheet)
    except PasswordError as error:
        raise RejectedFile(RejectReason.PASSWORD_REQUIRED) from error
    except (CalamineError, ValueError, OSError) as error:
        raise RejectedFile(RejectReason.DAMAGED_FILE) from error


def _book(workbook: CalamineWorkbook, known: BookFacts, facts: FileFacts) -> Book:
    found = workbook.sheets_metadata
    # One fact for each tab, or they cannot be told to belong together.
    beside = known.sheets if len(known.sheets) == len(found) else [SheetFacts()] * len(found)
    grids = [
        _Grid(workbook, one, facts_of)
        for one, facts_of in zip(found, beside, strict=True)
        if one.typ == SheetType.WorkSheet
    ]
    return Book(grids, tuple(workbook.sheet_names), facts)


class _Grid:
    """One sheet; the library reads it whole, once it is asked for."""

    def __init__(self, workbook: CalamineWorkbook, found: SheetMetadata, facts: SheetFacts) -> None:
        self._workbook = workbook
        self._facts = facts
        self._held: CalamineSheet | None = None
        self.name = found.name
        self.hidden = found.visible != Visible.Visible

    def _sheet(self) -> CalamineSheet:
        if self._held is None:
            self._held = self._workbook.get_sheet_by_name(self.name)
        return self._held

    def spreads(self) -> Sequence[Spread]:
        """Return the merged cells."""
        merged = self._sheet().merged_cell_ranges or []
        return [Spread(top, first, last, bottom) for (top, first), (bottom, last) in merged]

    def rows(self) -> Iterator[Row]:
        """Give the rows that hold anything."""
        sheet = self._sheet()
        if sheet.start is None:
            return
        # Rows are given from the first of the sheet, columns from the first that holds anything.
        before = [""] * sheet.start[1]
        for number, values in enumerate(sheet.iter_rows()):
            if cells := _cells([*before, *values], number, self._facts):
                yield Row(number + 1, cells, number in self._facts.hidden_rows)


def _cells(values: Sequence[Value], row: int, facts: SheetFacts) -> tuple[Cell, ...]:
    width = len(values)
    # The library gives nothing for a cell with an error.
    while width and values[width - 1] == "" and (row, width - 1) not in facts.errors:
        width -= 1
    check_width(width)
    return tuple(_shown(value, (row, column), facts) for column, value in enumerate(values[:width]))


def _shown(value: Value, place: tuple[int, int], facts: SheetFacts) -> Cell:
    if place in facts.errors:
        return (CellKind.ERROR, facts.errors[place])
    return shown_value(value, facts.formats.get(place, ""))
