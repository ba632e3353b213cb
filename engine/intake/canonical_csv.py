"""Streams a CSV of canonical columns: block after block of rows as they were written, and the same rows as a Batch.

The file is UTF-8 (a byte-order mark is allowed) with commas, a header, LF or CRLF line ends, and quotation marks where
a cell holds commas, quotation marks or line breaks. Only the columns that are asked for are read into the Batch; every
row is kept as its own text, so that what passes through comes out untouched. Blank lines do not count as rows.

Memory stays flat: one block, about a megabyte of text, is held at a time.
"""

from __future__ import annotations

import codecs
import csv
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import BinaryIO, Protocol, Self

from engine.domain.batch import Batch, FloatArray
from engine.errors import InputError
from engine.fields import Dictionary
from engine.fields.canonical import ColumnReader, PrecisionReader

_BLOCK_BYTES = 1 << 20
# No honest row is longer; a file without line breaks must not be taken into memory whole.
_LONGEST_ROW = 8 << 20
_BIRTH_DATE, _PRECISION = "birth_date", "birth_date_precision"


class CellReader(Protocol):
    """Reads a column of cells."""

    def read(self, cells: Sequence[str]) -> FloatArray:
        """Return float64[len(cells)] as a Batch has it."""
        ...


OwnColumns = Mapping[str, Sequence[tuple[str, CellReader]]]


@dataclass(frozen=True, slots=True)
class CsvHeader:
    """The first row: as written without its line end, the names in it, and how lines end."""

    text: str
    names: tuple[str, ...]
    line_end: str


@dataclass(frozen=True, slots=True)
class CsvBlock:
    """Some rows in the order of the file: each as written without its line end, and all as a Batch."""

    texts: Sequence[str]
    batch: Batch


@dataclass(frozen=True, slots=True)
class CsvCells:
    """Rows as written, and their cells one row after another, ``width`` to a row."""

    texts: Sequence[str]
    cells: Sequence[str]


class CsvRows:
    """An open CSV, whatever its columns are. Use it in a ``with`` statement; read ``header``, then the rows once."""

    def __init__(self, path: Path) -> None:
        """Open the file and read its header.

        Raises:
            InputError: ``csv_missing``, ``csv_is_folder``, ``csv_unreadable``, ``csv_empty``, ``csv_not_utf8``,
                ``csv_binary``, ``csv_column_twice``, or as ``rows`` for the header's row.
        """
        self._file, self.size = _open(path)
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._tail = ""
        self._ended = False
        self._lines: deque[str] = deque()  # lines read beyond the row in hand
        self._row = 0  # rows read so far, header and blank lines included, as a person counts them
        self.bytes_read = 0
        try:
            self.header = self._read_header()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def rows(self) -> Iterator[CsvCells]:
        """Yield the rows, block after block.

        Raises:
            InputError: ``csv_row_width`` (too many or too few cells), ``csv_row_unreadable`` (a quotation mark that
                does not close, a stray carriage return), ``csv_row_too_long``, ``csv_not_utf8``, ``csv_binary``,
                ``csv_unreadable``; each with the number of the row.
        """
        while (text := self._next_text()) is not None:
            rows = self._quoted_rows(text) if '"' in text else self._plain_rows(text)
            if rows.texts:
                yield rows

    def _read_header(self) -> CsvHeader:
        while (text := self._next_text()) is not None:
            self._lines.extend(text.split("\n"))
            found = next(self._records(), None)
            if found is None:
                continue
            written, cells = found
            names = tuple(cell.strip() for cell in cells)
            if len(set(names)) != len(names):
                raise InputError("csv_column_twice", column=_first_twice(names))
            line_end = "\r\n" if written.endswith("\r") else "\n"
            return CsvHeader(written.removesuffix("\r"), names, line_end)
        raise InputError("csv_empty")

    def _plain_rows(self, text: str) -> CsvCells:
        """Return the rows of a text without quotation marks: every comma and line break is one."""
        if "\r" in text:
            text = (text + "\n").replace("\r\n", "\n")[:-1]
            if "\r" in text:
                raise InputError("csv_row_unreadable", row=self._row + 1 + text[: text.index("\r")].count("\n"))
        written = text.split("\n")
        lines = [line for line in written if line] if "" in written else written
        width = len(self.header.names)
        commas = [line.count(",") for line in lines]
        if commas.count(width - 1) != len(lines):
            at, line = next((at, line) for at, line in enumerate(written) if line and line.count(",") != width - 1)
            raise InputError("csv_row_width", row=self._row + at + 1, found=line.count(",") + 1, expected=width)
        self._row += len(written)
        return CsvCells(lines, ",".join(lines).split(",") if lines else ())

    def _quoted_rows(self, text: str) -> CsvCells:
        """Return the rows of a text with quotation marks, its last row to its end; lines beyond that wait."""
        self._lines.extend(text.split("\n"))
        width = len(self.header.names)
        texts: list[str] = []
        cells: list[str] = []
        length = 0
        for written, row in self._records():
            if len(row) != width:
                raise InputError("csv_row_width", row=self._row, found=len(row), expected=width)
            texts.append(written.removesuffix("\r"))
            cells += row
            length += len(written)
            if length > len(text):
                break
        return CsvCells(texts, cells)

    def _records(self) -> Iterator[tuple[str, list[str]]]:
        """Yield (row as written, its cells) until the waiting lines are used up at the end of a row."""
        parts: list[str] = []
        reader = csv.reader(self._feed(parts), strict=True)
        while self._lines:
            try:
                cells = next(reader, None)
            except csv.Error as error:
                raise InputError("csv_row_unreadable", row=self._row + 1) from error
            if cells is None:
                return
            written = "\n".join(parts)
            parts.clear()
            self._row += 1
            if cells:  # none: a blank line
                yield written, cells

    def _feed(self, parts: list[str]) -> Iterator[str]:
        """Yield line after line, noting each in ``parts``; inside a quoted cell this reads on in the file."""
        length = 0
        while True:
            if not self._lines:
                text = self._next_text()
                if text is None:
                    return
                self._lines.extend(text.split("\n"))
            line = self._lines.popleft()
            length = length + len(line) if parts else len(line)
            if length > _LONGEST_ROW:
                raise InputError("csv_row_too_long", row=self._row + 1)
            parts.append(line)
            yield line + "\n"

    def _next_text(self) -> str | None:
        """Return the waiting lines or the next block of whole lines, without the last line end; None at the end."""
        if self._lines:
            waiting = "\n".join(self._lines)
            self._lines.clear()
            return waiting
        while not self._ended:
            data = self._read()
            text = self._tail + self._decode(data)
            if not data:
                self._ended = True
                return text or None
            cut = text.rfind("\n")
            self._tail = text[cut + 1 :]
            if len(self._tail) > _LONGEST_ROW:
                raise InputError("csv_row_too_long", row=self._row + 1 + text.count("\n"))
            if cut >= 0:
                return text[:cut]
        return None

    def _read(self) -> bytes:
        try:
            data = self._file.read(_BLOCK_BYTES)
        except OSError as error:
            raise InputError("csv_unreadable") from error
        self.bytes_read += len(data)
        if b"\0" in data:
            raise InputError("csv_binary")
        return data

    def _decode(self, data: bytes) -> str:
        try:
            return self._decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            raise InputError("csv_not_utf8", row=self._row + 1 + error.object[: error.start].count(b"\n")) from error


class CanonicalCsv(CsvRows):
    """An open canonical CSV. Use it in a ``with`` statement; read ``header``, then ``blocks()`` once."""

    def __init__(
        self, path: Path, dictionary: Dictionary, fields: Collection[str], own: OwnColumns = MappingProxyType({})
    ) -> None:
        """Open the file and read its header.

        Args:
            path: the file.
            dictionary: the fields of the clinic.
            fields: the canonical fields to read into batches, where the file has them.
            own: by the head of a column, the fields that are in it instead, and what reads each.

        Raises:
            InputError: ``csv_no_known_column``, and as ``CsvRows``.
        """
        super().__init__(path)
        if not any(name in dictionary or name in own for name in self.header.names):
            self._file.close()
            raise InputError("csv_no_known_column")
        self._columns = _column_readers(self.header.names, dictionary, fields, own)

    def blocks(self) -> Iterator[CsvBlock]:
        """Yield the rows, block after block; raises as ``rows``."""
        width = len(self.header.names)
        for rows in self.rows():
            columns = {name: reader.read(rows.cells[at::width]) for name, (at, reader) in self._columns.items()}
            yield CsvBlock(rows.texts, Batch(len(rows.texts), columns))


def batch_of_cells(
    cells: Mapping[str, Sequence[str]], dictionary: Dictionary, fields: Collection[str], own: OwnColumns
) -> Batch:
    """Return the canonical fields of columns of cells, all of one length, as ``CanonicalCsv`` would read them."""
    names = list(cells)
    read = _column_readers(names, dictionary, fields, own)
    columns = {name: reader.read(list(cells[names[at]])) for name, (at, reader) in read.items()}
    return Batch(len(next(iter(cells.values()), ())), columns)


def _open(path: Path) -> tuple[BinaryIO, int]:
    """Return the open file and its size in bytes."""
    if path.is_dir():
        raise InputError("csv_is_folder")
    try:
        file = path.open("rb")
        return file, path.stat().st_size
    except FileNotFoundError as error:
        raise InputError("csv_missing") from error
    except OSError as error:
        raise InputError("csv_unreadable") from error


def _column_readers(
    names: Sequence[str], dictionary: Dictionary, fields: Collection[str], own: OwnColumns
) -> Mapping[str, tuple[int, CellReader]]:
    """Return field -> (position of its column, what reads it)."""
    found: dict[str, tuple[int, CellReader]] = {
        name: (position, ColumnReader(dictionary[name]))
        for position, name in enumerate(names)
        if name in fields and name in dictionary and name not in own
    }
    for position, name in enumerate(names):
        found.update({field: (position, reader) for field, reader in own.get(name, ())})
    if _BIRTH_DATE in found and _PRECISION not in names:
        found[_PRECISION] = (found[_BIRTH_DATE][0], PrecisionReader(dictionary[_PRECISION]))
    return found


def _first_twice(names: Sequence[str]) -> str:
    return next(name for position, name in enumerate(names) if name in names[:position])
