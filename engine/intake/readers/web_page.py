"""Tables of web pages: what many programs write when they promise .xls.

Every table of the page is a sheet. Nothing is rendered and nothing fetched; scripts and styles are skipped.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

from engine.intake.header_rows import Spread
from engine.intake.readers.book import EMPTY, WIDEST_SHEET, Book, Cell, Row, Sheet, check_width, read_book
from engine.intake.readers.contents import Contents
from engine.intake.readers.encoding import Encoding, decodes, detect_encoding
from engine.intake.tables import CellKind, FileFacts, RejectedFile, RejectReason, Table
from engine.workers.kinds import Report

MOST_BYTES = 200 << 20
MOST_CELLS = 30_000_000
MOST_DEPTH = 100  # tables within tables
LONGEST_TAG = 16 << 20  # signs of a tag or comment that nobody closed
CHUNK = 1 << 16
HEAD_BYTES = 1 << 16
_CHARSET = re.compile(rb"<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_LARGER = {"gb2312": "gb18030", "gbk": "gb18030"}  # a page says the one and may mean its larger sibling
# Latin-1 and its sibling are what programs say that never looked; whether it is true, the bytes must show.
_CODECS = frozenset({"gb18030", "big5", "big5hkscs", *(f"cp125{number}" for number in (0, 1, 3, 4, 5, 6, 7, 8))})
_SKIPPED = frozenset({"script", "style", "template", "noscript", "title"})
_BLOCKS = frozenset({"p", "div", "li"})
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\r\n\f\xa0]+")
_BREAK = "\x1e"  # stands for a line that is meant, until the spaces of the source are gone


def read_web_page(contents: Contents, report: Report, sheet: str | None = None) -> Table:
    """Read the table of a page whose header names most fields, or the named one.

    Raises:
        RejectedFile: ``not_a_table`` when there is none or its encoding is unknown; ``no_rows``; ``unsafe_archive``.
    """
    if contents.size > MOST_BYTES:
        raise RejectedFile(RejectReason.UNSAFE_ARCHIVE)
    encoding = _encoding(contents)
    page = _Page()
    with contents.text(encoding.codec, "replace") as file:
        line_end = None
        while text := file.read(CHUNK):
            page.feed(text.replace("\0", ""))
            if len(page.rawdata) > LONGEST_TAG:
                raise RejectedFile(RejectReason.DAMAGED_FILE)
            line_end = line_end or _line_end(text)
            report(0, 0)
    page.close()
    page.finish()
    if not page.found:
        raise RejectedFile(RejectReason.NOT_A_TABLE, "html")
    facts = FileFacts(
        "html_table",
        contents.digest(),
        encoding=encoding.name,
        byte_order=encoding.byte_order,
        line_end=line_end,
        lost_signs=encoding.lost_signs,
    )
    table = read_book(Book(page.found, tuple(one.name for one in page.found), facts), report, sheet)
    return table if table.facts.other_sheets else replace(table, facts=replace(table.facts, sheet=None, sheets=()))


def _line_end(text: str) -> str | None:
    if "\r\n" in text:
        return "CRLF"
    return "LF" if "\n" in text else None


def _encoding(contents: Contents) -> Encoding:
    """Return the encoding: what the bytes prove comes before what the page says of itself."""
    with contents.open() as file:
        head = file.read(HEAD_BYTES)
    said = _CHARSET.search(head)
    codec = _known(said.group(1).decode("ascii", "replace")) if said else ""
    marked = head.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"))
    if not marked and codec in _CODECS and not decodes(contents, "utf-8") and decodes(contents, codec):
        return Encoding(codec, codec)
    return detect_encoding(contents, lambda text: 0.0)


def _known(name: str) -> str:
    """Return Python's word for an encoding; none where it has none."""
    try:
        codec = codecs.lookup(name).name
    except LookupError:
        return ""
    return _LARGER.get(codec, codec)


@dataclass(slots=True)
class _Open:
    """A table that has begun: what reaches down from rows above, the row and the cell that are open."""

    hidden: bool
    rows: list[Row] = field(default_factory=list)
    spreads: list[Spread] = field(default_factory=list)
    reaching: dict[int, int] = field(default_factory=dict)  # column -> rows it still covers
    number: int = 0
    cells: list[Cell] | None = None
    row_hidden: bool = False
    texts: list[str] | None = None
    across: int = 1
    down: int = 1


class _Page(HTMLParser):
    """Collects the tables of a page; cells and rows that nobody closed end where the next begins."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Sheet] = []
        self._open: list[_Open] = []
        self._skipped: list[str] = []
        self._count = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Hear that an element begins."""
        if tag in _SKIPPED:
            self._skipped.append(tag)
        said = {name: value or "" for name, value in attrs}
        hidden = "hidden" in said or bool(_HIDDEN.search(said.get("style", "")))
        if tag == "table":
            if len(self._open) >= MOST_DEPTH:
                raise RejectedFile(RejectReason.UNSAFE_ARCHIVE)
            self._open.append(_Open(hidden))
        elif self._open:
            self._in_table(tag, said, hidden)

    def _in_table(self, tag: str, said: dict[str, str], hidden: bool) -> None:
        table = self._open[-1]
        if tag == "tr":
            self._begin_row(table, hidden)
        elif tag in {"td", "th"}:
            if table.cells is None:
                self._begin_row(table, hidden=False)
            self._end_cell(table)
            table.texts = []
            table.across = _number(said.get("colspan", ""), WIDEST_SHEET)
            table.down = _number(said.get("rowspan", ""), 65_534)
        elif tag in _BLOCKS | {"br"} and table.texts:
            table.texts.append(_BREAK)

    def handle_endtag(self, tag: str) -> None:
        """Hear that an element ends."""
        if self._skipped and tag == self._skipped[-1]:
            self._skipped.pop()
        if not self._open:
            return
        table = self._open[-1]
        if tag in {"td", "th"}:
            self._end_cell(table)
        elif tag in {"tr", "thead", "tbody", "tfoot"}:
            self._end_row(table)
        elif tag == "table":
            self._end_table()

    def handle_data(self, data: str) -> None:
        """Hear text; it belongs to the innermost open cell."""
        if self._open and not self._skipped and self._open[-1].texts is not None:
            self._open[-1].texts.append(data)

    def finish(self) -> None:
        """End what was left open: the file may have been cut off."""
        while self._open:
            self._end_table()

    def _begin_row(self, table: _Open, hidden: bool) -> None:
        self._end_row(table)
        table.cells, table.row_hidden = [], hidden

    def _end_cell(self, table: _Open) -> None:
        if table.texts is None or table.cells is None:
            return
        text = "\n".join(_SPACES.sub(" ", part).strip() for part in "".join(table.texts).split(_BREAK)).strip()
        table.texts = None
        _cover(table)
        column = len(table.cells)
        check_width(column + 1)
        table.cells += [(CellKind.TEXT, text)] + [EMPTY] * (table.across - 1)
        if table.down > 1:
            table.reaching.update(dict.fromkeys(range(column, column + table.across), table.down))
        if table.across > 1 or table.down > 1:
            bottom = table.number + table.down - 1
            table.spreads.append(Spread(table.number, column, column + table.across - 1, bottom))

    def _end_row(self, table: _Open) -> None:
        if table.cells is None:
            return
        self._end_cell(table)
        _cover(table)
        cells, table.cells = table.cells, None
        while cells and not cells[-1][1]:
            cells.pop()
        self._count += len(cells)
        if self._count > MOST_CELLS:
            raise RejectedFile(RejectReason.UNSAFE_ARCHIVE)
        table.number += 1
        table.reaching = {column: rows - 1 for column, rows in table.reaching.items() if rows > 1}
        if cells:
            check_width(len(cells))
            table.rows.append(Row(table.number, tuple(cells), table.row_hidden))

    def _end_table(self) -> None:
        table = self._open.pop()
        self._end_row(table)
        name = f"{len(self.found) + 1}"
        self.found.append(Sheet(name, table.rows, table.hidden, table.spreads))


def _cover(table: _Open) -> None:
    """Leave the places free that cells of rows above reach down to."""
    while table.cells is not None and len(table.cells) in table.reaching:
        table.cells.append(EMPTY)


def _number(text: str, most: int) -> int:
    """Read a span as browsers do; one where it is none."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) < 9):
        return 1
    return min(max(int(digits), 1), most)
