"""Sheets of OpenDocument workbooks (.ods): values as they are shown, merged cells, hidden rows and sheets.

ISO/IEC 26300 (OpenDocument 1.2), part 1, chapters 9 and 19. Read as a stream of elements; cells that are repeated are
written out only where they hold anything, and never without bound.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from typing import NoReturn
from xml.parsers import expat

from engine.intake.header_rows import Spread
from engine.intake.readers.archive import DAMAGE, check_archive
from engine.intake.readers.book import EMPTY, Book, Cell, Row, Sheet, check_width, read_book, shown_value
from engine.intake.readers.contents import CHUNK, Contents
from engine.intake.tables import CellKind, FileFacts, RejectedFile, RejectReason, Table
from engine.workers.kinds import Report

CONTENT, MANIFEST = "content.xml", "META-INF/manifest.xml"
MOST_CELLS = 30_000_000  # what a million rows of thirty cells take
_HIDDEN = frozenset({"collapse", "filter"})
_NUMBERS = frozenset({"float", "currency"})
_BESIDE = frozenset({"office:annotation", "draw:frame", "draw:custom-shape", "text:note"})  # no part of the cell's text


def is_opendocument(names: tuple[str, ...]) -> bool:
    """Whether the members of an archive are those of an OpenDocument file."""
    return CONTENT in names and ("mimetype" in names or MANIFEST in names)


def read_opendocument(contents: Contents, report: Report, sheet: str | None = None) -> Table:
    """Read the sheet whose header names most fields, or the named one.

    Raises:
        RejectedFile: when the file is unsafe, damaged, locked, a document of another kind, or no sheet holds patients.
    """
    check_archive(contents, allow_document_type=True)  # old programs put one into a part that is not parsed
    sheets = _Sheets()
    try:
        with contents.open() as file, zipfile.ZipFile(file) as archive:
            if MANIFEST in archive.namelist() and b":encryption-data" in archive.read(MANIFEST):
                raise RejectedFile(RejectReason.PASSWORD_REQUIRED)
            _parse(archive, sheets)
    except (*DAMAGE, KeyError, expat.ExpatError) as error:
        raise RejectedFile(RejectReason.DAMAGED_FILE) from error
    if not sheets.is_spreadsheet:
        raise RejectedFile(RejectReason.NOT_A_TABLE, "document")
    facts = FileFacts("ods", contents.digest())
    return read_book(Book(sheets.found, tuple(one.name for one in sheets.found), facts), report, sheet)


def _parse(archive: zipfile.ZipFile, sheets: _Sheets) -> None:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = sheets.start
    parser.EndElementHandler = sheets.end
    parser.CharacterDataHandler = sheets.data
    parser.StartDoctypeDeclHandler = _unsafe
    with archive.open(CONTENT) as part:
        while chunk := part.read(CHUNK):
            parser.Parse(chunk, False)
    parser.Parse(b"", True)


def _unsafe(*declaration: object) -> NoReturn:
    raise RejectedFile(RejectReason.UNSAFE_XML)


class _Sheets:
    """Collects sheets while elements go by."""

    def __init__(self) -> None:
        self.found: list[Sheet] = []
        self.is_spreadsheet = False
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._rows: list[Row] = []
        self._spreads: list[Spread] = []
        self._tables = self._beside = self._number = self._count = 0
        self._row: dict[str, str] = {}
        self._cells: list[Cell] = []
        self._waiting = 0  # empty cells that count only if something follows
        self._cell: dict[str, str] | None = None
        self._texts: list[str] = []
        self._name, self._is_hidden = "", False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Hear that an element begins."""
        if name in _BESIDE or self._beside:
            self._beside += 1
        elif name == "table:table":
            self._begin_table(attributes)
        elif name == "table:table-row" and self._tables == 1:
            self._row, self._cells, self._waiting = attributes, [], 0
        elif name in {"table:table-cell", "table:covered-table-cell"} and self._tables == 1:
            self._cell, self._texts = attributes, []
        elif self._cell is not None:
            self._within(name, attributes)
        else:
            self._outside(name, attributes)

    def _outside(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "office:spreadsheet":
            self.is_spreadsheet = True
        elif name == "style:style":
            self._style = attributes.get("style:name", "")
        elif name == "style:table-properties" and attributes.get("table:display") == "false":
            self._hidden_styles.add(self._style)

    def _within(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "text:p" and self._texts:
            self._texts.append("\n")
        elif name == "text:s":
            self._texts.append(" " * min(_count(attributes, "text:c"), 100))
        elif name == "text:tab":
            self._texts.append("\t")
        elif name == "text:line-break":
            self._texts.append("\n")

    def _begin_table(self, attributes: Mapping[str, str]) -> None:
        self._tables += 1
        if self._tables == 1:
            self._name = attributes.get("table:name", "")
            self._is_hidden = attributes.get("table:style-name") in self._hidden_styles
            self._rows, self._spreads, self._number = [], [], 0

    def end(self, name: str) -> None:
        """Hear that an element ends."""
        if self._beside:
            self._beside -= 1
        elif name == "table:table":
            self._tables -= 1
            if self._tables == 0:
                self.found.append(Sheet(self._name, self._rows, self._is_hidden, self._spreads))
        elif name == "table:table-row" and self._tables == 1:
            self._end_row()
        elif name in {"table:table-cell", "table:covered-table-cell"} and self._tables == 1:
            self._end_cell()

    def data(self, text: str) -> None:
        """Hear text."""
        if self._cell is not None and not self._beside:
            self._texts.append(text)

    def _end_cell(self) -> None:
        attributes, self._cell = self._cell or {}, None
        repeated = _count(attributes, "table:number-columns-repeated")
        cell = _read(attributes, "".join(self._texts))
        if not cell[1]:
            self._waiting += repeated
            return
        column = len(self._cells) + self._waiting
        check_width(column + repeated)
        self._cells += [EMPTY] * self._waiting + [cell] * repeated
        self._waiting = 0
        across = _count(attributes, "table:number-columns-spanned")
        down = _count(attributes, "table:number-rows-spanned")
        if across > 1 or down > 1:
            self._spreads.append(Spread(self._number, column, column + across - 1, self._number + down - 1))

    def _end_row(self) -> None:
        repeated = _count(self._row, "table:number-rows-repeated")
        if self._cells:
            self._count += repeated * len(self._cells)
            if self._count > MOST_CELLS:
                raise RejectedFile(RejectReason.UNSAFE_ARCHIVE)
            cells, hidden = tuple(self._cells), self._row.get("table:visibility") in _HIDDEN
            self._rows += [Row(self._number + step + 1, cells, hidden) for step in range(repeated)]
        self._number += repeated


def _count(attributes: Mapping[str, str], name: str) -> int:
    """Read how often something stands there; once where nothing is said."""
    text = attributes.get(name, "")
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 9 else 1


def _read(attributes: Mapping[str, str], text: str) -> Cell:
    """Return a cell as a person sees it; numbers are exact, however few of their digits are shown."""
    kind = attributes.get("office:value-type", "")
    formula = attributes.get("table:formula", "")
    if attributes.get("calcext:value-type") == "error" or (formula and text.startswith(("#", "Err:"))):
        return (CellKind.ERROR, text)
    if formula and not kind and not text:
        return (CellKind.ERROR, formula)  # its result is not in the file
    if kind in {"date", "time"}:
        return (CellKind.DATE, _moment(attributes.get("office:date-value", "")) or text)
    if kind == "boolean":
        return (CellKind.BOOLEAN, attributes.get("office:boolean-value", text).upper())
    if kind in _NUMBERS or kind == "percentage":
        return _number(attributes.get("office:value", ""), text, per_cent=kind == "percentage")
    return (CellKind.TEXT, text or attributes.get("office:string-value", ""))


def _moment(written: str) -> str:
    """Return a date, with its time of day where that says anything."""
    day, _, clock = written.partition("T")
    clock = clock.partition(".")[0]
    return f"{day} {clock}" if clock.strip("0:") else day


def _number(written: str, text: str, *, per_cent: bool) -> Cell:
    try:
        value = float(written)
    except ValueError:
        return (CellKind.TEXT, text)
    leading = "0" * len(text) if text.isascii() and text.isdigit() and text.startswith("0") and len(text) > 1 else ""
    return shown_value(value, "%" if per_cent else leading)
