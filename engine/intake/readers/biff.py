"""What the library that reads .xls workbooks does not tell: locks, the date system, hidden rows, how numbers are shown.

The bytes are those of [MS-CFB] (a small file system of chained sectors) and, in its stream "Workbook" or "Book", of
[MS-XLS]: records of a type, a length and a body.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER = 512
_IN_HEADER = 109  # table sectors that the header itself names
_LAST_SECTOR = 0xFFFFFFFA  # sector numbers above this one are marks
_DIRECTORY_ENTRY = 128
_ROOT = 5
_BEGIN, _END = 0x809, 0x0A
_FILE_PASS, _DATE_MODE, _SHEET, _FORMAT, _STYLE = 0x2F, 0x22, 0x85, 0x41E, 0xE0
_ROW, _NUMBER, _SHORT_NUMBER, _SHORT_NUMBERS, _FORMULA = 0x208, 0x203, 0x27E, 0xBD, 0x06
_HIDDEN = 0x20
_VERSION_8 = 0x600
_ERROR = 0x205
_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
_PER_CENT = {9: "%", 10: "%"}  # formats that every workbook has without writing them down
_ZEROS = re.compile(r"^0{2,}$")


@dataclass(slots=True)
class SheetFacts:
    """Of one sheet: rows it does not show, numbers shown as "%" or with leading zeros, errors; places count from 0."""

    hidden_rows: set[int] = field(default_factory=set)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    formats: dict[tuple[int, int], str] = field(default_factory=dict)


@dataclass(slots=True)
class BookFacts:
    """Of a workbook; ``sheets`` are in the order of their tabs."""

    locked: bool = False
    date_system: int = 1900
    sheets: list[SheetFacts] = field(default_factory=list)


def stream_names(data: bytes) -> frozenset[str]:
    """Return the names of the streams in a compound file; none where it is damaged."""
    try:
        return frozenset(name for name, *_ in _Compound(data).entries())
    except (struct.error, IndexError, ValueError):
        return frozenset()


def book_facts(data: bytes) -> BookFacts:
    """Return what a workbook says beside its values.

    Raises:
        ValueError: when the bytes are no workbook, or damaged.
    """
    try:
        stream = _Compound(data).workbook()
        return _facts(stream)
    except (struct.error, IndexError) as error:
        raise ValueError("damaged") from error


class _Compound:
    """The streams of a compound file."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        shift, small_shift = struct.unpack_from("<HH", data, 30)
        if shift not in {9, 12} or small_shift != 6:
            raise ValueError("no compound file")
        self._size, self._small = 1 << shift, 1 << small_shift
        self._first_entry, self._least = struct.unpack_from("<I", data, 48)[0], struct.unpack_from("<I", data, 56)[0]
        self._table = self._sector_table()

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self._size
        if start >= len(self._data):
            raise ValueError("a sector is missing")
        return self._data[start : start + self._size]

    def _sector_table(self) -> list[int]:
        named = list(struct.unpack_from(f"<{_IN_HEADER}I", self._data, 76))
        more, count = struct.unpack_from("<II", self._data, 68)
        for _ in range(min(count, len(self._data) // self._size)):
            if more > _LAST_SECTOR:
                break
            *numbers, more = struct.unpack(f"<{self._size // 4}I", self._sector(more))
            named += numbers
        table: list[int] = []
        for number in named:
            if number <= _LAST_SECTOR:
                table += struct.unpack(f"<{self._size // 4}I", self._sector(number))
        return table

    def _chain(self, first: int) -> bytes:
        parts, number = [], first
        while number <= _LAST_SECTOR:
            parts.append(self._sector(number))
            number = self._table[number]
            if len(parts) > len(self._table):
                raise ValueError("sectors in a circle")
        return b"".join(parts)

    def entries(self) -> Iterator[tuple[str, int, int, int]]:
        """Give name, kind, first sector and length of everything in the directory."""
        directory = self._chain(self._first_entry)
        for start in range(0, len(directory) - _DIRECTORY_ENTRY + 1, _DIRECTORY_ENTRY):
            length, kind = struct.unpack_from("<HB", directory, start + 64)
            first, size = struct.unpack_from("<II", directory, start + 116)
            name = directory[start : start + min(max(length - 2, 0), 64)].decode("utf-16-le", "replace")
            if kind:
                yield name, kind, first, size

    def workbook(self) -> bytes:
        """Return the stream of the workbook."""
        found = {name.casefold(): (first, size) for name, _, first, size in self.entries()}
        first, size = found.get("workbook") or found.get("book") or (0, 0)
        if not size:
            raise ValueError("no workbook")
        return self._chain(first)[:size] if size >= self._least else self._small_stream(first, size)

    def _small_stream(self, first: int, size: int) -> bytes:
        root = next(begin for _, kind, begin, _ in self.entries() if kind == _ROOT)
        held = self._chain(root)
        (begin,) = struct.unpack_from("<I", self._data, 60)
        chained = self._chain(begin)
        table = struct.unpack(f"<{len(chained) // 4}I", chained)
        parts: list[bytes] = []
        number = first
        while number <= _LAST_SECTOR and len(parts) <= len(table):
            parts.append(held[number * self._small : (number + 1) * self._small])
            number = table[number]
        return b"".join(parts)[:size]


def _records(stream: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """Give the records of one part of a stream: the workbook's own, or those of a sheet."""
    depth = 0
    while start + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, start)
        body = stream[start + 4 : start + 4 + length]
        start += 4 + length
        depth += (kind == _BEGIN) - (kind == _END)
        yield kind, body
        if depth <= 0:
            return


def _facts(stream: bytes) -> BookFacts:
    facts = BookFacts()
    places: list[int] = []
    formats, styles = dict(_PER_CENT), []
    version = 0
    for kind, body in _records(stream, 0):
        if kind == _BEGIN:
            version = version or struct.unpack_from("<H", body)[0]
        elif kind == _FILE_PASS:
            facts.locked = True
            return facts  # all that follows is locked
        elif kind == _DATE_MODE and struct.unpack_from("<H", body)[0]:
            facts.date_system = 1904
        elif kind == _SHEET:
            places.append(struct.unpack_from("<I", body)[0])
        elif kind == _FORMAT:
            formats[struct.unpack_from("<H", body)[0]] = _shape(_format_text(body[2:], version))
        elif kind == _STYLE:
            styles.append(struct.unpack_from("<H", body, 2)[0])
    shapes = [formats.get(style, "") for style in styles]
    facts.sheets = [_sheet_facts(stream, place, shapes) for place in places]
    return facts


def _format_text(body: bytes, version: int) -> str:
    if version < _VERSION_8:
        return body[1 : 1 + body[0]].decode("latin-1")
    (length,) = struct.unpack_from("<H", body)
    wide = body[2] & 1
    return body[3 : 3 + length * (2 if wide else 1)].decode("utf-16-le" if wide else "latin-1", "replace")


def _shape(code: str) -> str:
    if "%" in code:
        return "%"
    return code if _ZEROS.match(code) else ""


def _sheet_facts(stream: bytes, place: int, shapes: list[str]) -> SheetFacts:
    facts = SheetFacts()
    for kind, body in _records(stream, place):
        if kind == _ROW:
            row, flags = struct.unpack_from("<H", body)[0], struct.unpack_from("<H", body, 12)[0]
            if flags & _HIDDEN:
                facts.hidden_rows.add(row)
        elif kind in {_NUMBER, _SHORT_NUMBER, _FORMULA}:
            row, column, style = struct.unpack_from("<HHH", body)
            _note(facts, row, column, style, shapes)
            if kind == _FORMULA and body[6] == 2 and body[12:14] == b"\xff\xff":  # its result is an error
                facts.errors[row, column] = _ERRORS.get(body[8], "#ERROR!")
        elif kind == _ERROR and body[7]:
            row, column = struct.unpack_from("<HH", body)
            facts.errors[row, column] = _ERRORS.get(body[6], "#ERROR!")
        elif kind == _SHORT_NUMBERS:
            row, column = struct.unpack_from("<HH", body)
            for step in range((len(body) - 6) // 6):
                _note(facts, row, column + step, struct.unpack_from("<H", body, 4 + 6 * step)[0], shapes)
    return facts


def _note(facts: SheetFacts, row: int, column: int, style: int, shapes: list[str]) -> None:
    if style < len(shapes) and shapes[style]:
        facts.formats[row, column] = shapes[style]
