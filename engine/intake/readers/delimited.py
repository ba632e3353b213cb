"""Reader of text tables: comma, semicolon, tab or pipe between the cells, in any encoding and line end."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.intake.header_rows import LOOKED_AT, MOST_COLUMNS, HeaderPlace, find_header
from engine.intake.headers import read_header
from engine.intake.readers.contents import Contents
from engine.intake.readers.encode import ColumnEncoder, finish_column
from engine.intake.readers.encoding import Encoding, detect_encoding
from engine.intake.readers.lines import Records, read_records
from engine.intake.tables import FileFacts, RejectedFile, RejectReason, Table
from engine.workers.kinds import Report

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_LINES = 400
UNIT_WORTH = 0.1
SAMPLE_SIGNS = 1 << 20
_CELLS_APART = 50  # of those beyond the header: the rest of the row is kept as one text
_COLUMNS_WEIGHED = 2_000  # to tell by which sign, and in which encoding, names come out


@dataclass(slots=True)
class _Counter:
    """What is counted while lines go by."""

    nul_cells: int = 0
    signs: int = 0
    line_end: str | None = None


def read_delimited(contents: Contents, report: Report) -> Table:
    """Read a text table.

    Raises:
        RejectedFile: when it is empty, has no rows or too many columns, or is no table of patients.
    """
    encoding = detect_encoding(contents, _known_headers)
    sample = _sample(contents, encoding)
    if not any(line.strip(" \t\r\n,;|\0") for line in sample):
        raise RejectedFile(RejectReason.EMPTY_FILE)
    delimiter = best_delimiter(sample)
    place = _header(sample, delimiter)
    counter = _Counter()
    table = _read_rows(
        _lines(contents, encoding, delimiter, counter), delimiter, place, _Steps(report, contents.size, counter)
    )
    if len(table) == 0:
        raise RejectedFile(RejectReason.NO_ROWS)
    facts = replace(
        table.facts,
        sha256=contents.digest(),
        encoding=encoding.name,
        byte_order=encoding.byte_order,
        delimiter=delimiter,
        line_end=counter.line_end,
        nul_cells=counter.nul_cells,
        lost_signs=encoding.lost_signs,
    )
    return replace(table, facts=facts)


def best_delimiter(lines: Sequence[str]) -> str:
    """Return the delimiter under which most known headers appear; then the one that cuts rows most evenly."""
    scores = {}
    for delimiter in DELIMITERS:
        rows = _cut(row for row in csv.reader(lines, delimiter=delimiter) if any(row))
        place = find_header(rows[:LOOKED_AT])
        width = len(place.texts) if place else max((len(row) for row in rows), default=0)
        even = sum(1 for row in rows if len(row) == width) / max(len(rows), 1)
        scores[delimiter] = (place.score if place else 0.0, even if width > 1 else 0.0, width)
    return max(DELIMITERS, key=lambda delimiter: scores[delimiter])


def _cut(rows: Iterable[Sequence[str]]) -> list[Sequence[str]]:
    return [row[:_COLUMNS_WEIGHED] for row in rows]


def _known_headers(text: str) -> float:
    """Return how many known column words the best line of a decoded beginning holds."""
    lines = list(itertools.islice(io.StringIO(text, newline=""), LOOKED_AT))
    places = [find_header(_cut(csv.reader(lines, delimiter=delimiter))) for delimiter in DELIMITERS]
    return max((place.score + UNIT_WORTH * _units(place) for place in places if place is not None), default=0.0)


def _units(place: HeaderPlace) -> int:
    """Return in how many headers the unit can be read too: a micro sign is the first to be garbled."""
    return sum(read_header(text).unit is not None for text in place.texts)


def _sample(contents: Contents, encoding: Encoding) -> list[str]:
    lines, signs = [], 0
    for line in _lines(contents, encoding, ",", _Counter()):
        lines.append(line)
        signs += len(line)
        # Blank lines at the top must not hide the table behind them.
        if signs > SAMPLE_SIGNS or (len(lines) >= SAMPLE_LINES and any(part.strip(" \t\r\n,;|") for part in lines)):
            break
    return lines


def _header(sample: Sequence[str], delimiter: str) -> HeaderPlace:
    every = itertools.chain.from_iterable(records.rows for records in read_records(sample, delimiter))
    rows = list(itertools.islice(every, LOOKED_AT))
    # Empty cells to the right of all others are often saved too, and are nothing.
    if any(any(row[MOST_COLUMNS:]) for row in rows):
        raise RejectedFile(RejectReason.NOT_A_TABLE, "too_many_columns")
    place = find_header([row[:MOST_COLUMNS] for row in rows])
    if place is None:
        raise RejectedFile(RejectReason.NOT_A_TABLE, "no_known_columns")
    return place


def _lines(contents: Contents, encoding: Encoding, delimiter: str, counter: _Counter) -> Iterator[str]:
    with contents.text(encoding.codec, "replace") as file:
        for line in file:
            counter.signs += len(line)
            if counter.line_end is None:
                counter.line_end = _line_end(line)
            if "\0" in line:
                counter.nul_cells += sum("\0" in cell for cell in line.split(delimiter))
                yield line.replace("\0", "")
            else:
                yield line


def _line_end(line: str) -> str | None:
    if line.endswith("\r\n"):
        return "CRLF"
    if line.endswith("\n"):
        return "LF"
    return "CR" if line.endswith("\r") else None


class _Steps:
    """Tells the parent how much of the file went by."""

    def __init__(self, report: Report, size: int, counter: _Counter) -> None:
        self._report, self._counter = report, counter
        self._size = max(size, 1)

    def tell(self) -> None:
        self._report(min(self._counter.signs, self._size), self._size)


class _Rows:
    """Collects the rows below the header."""

    def __init__(self, width: int, delimiter: str) -> None:
        self.width, self._delimiter = width, delimiter
        self.encoder: ColumnEncoder[str] = ColumnEncoder(width)
        self.numbers: list[int] = []
        self.bad: list[int] = []
        self.surplus: dict[int, tuple[str, ...]] = {}
        self.unclosed: list[int] = []

    def add(self, first: int, records: Records) -> None:
        """Take records, the first of which has this number."""
        rows = records.rows
        if not records.unclosed and all(len(cells) == self.width and cells[0].strip() for cells in rows):
            self.numbers.extend(range(first, first + len(rows)))
            self.encoder.add(rows)
            return
        unclosed, kept = set(records.unclosed), []
        for position, cells in enumerate(rows):
            if not any(cell.strip() for cell in cells):
                continue
            if position in unclosed:
                self.unclosed.append(first + position)
            fits = len(cells) == self.width and position not in unclosed
            kept.append(cells if fits else self._fit(cells, position in unclosed))
            self.numbers.append(first + position)
        self.encoder.add(kept)

    def _fit(self, cells: list[str], unclosed: bool) -> list[str]:
        """Bring a row to the width of the header; empty cells too many are harmless, all else marks the row."""
        extra = cells[self.width :]
        if unclosed or len(cells) < self.width or any(cell.strip() for cell in extra):
            position = len(self.numbers)
            self.bad.append(position)
            if any(extra):
                self.surplus[position] = self._kept(extra)
        return (cells + [""] * self.width)[: self.width]

    def _kept(self, extra: list[str]) -> tuple[str, ...]:
        rest = extra[_CELLS_APART:]
        return (*extra[:_CELLS_APART], self._delimiter.join(rest)) if rest else tuple(extra)


def _read_rows(lines: Iterator[str], delimiter: str, place: HeaderPlace, steps: _Steps) -> Table:
    texts, hints = _without_empty_end(place)
    rows = _Rows(len(texts), delimiter)
    first, number = place.rows[-1] + 2, 1  # rows of the place count from 0
    for records in read_records(lines, delimiter, rows.width):
        above = max(first - number, 0)
        if above < len(records.rows):
            below = Records(records.rows[above:], tuple(row - above for row in records.unclosed if row >= above))
            rows.add(number + above, below)
        number += len(records.rows)
        steps.tell()
    columns = tuple(
        finish_column(text, hint, rows.encoder.cells(index), None, rows.encoder.codes(index))
        for index, (text, hint) in enumerate(zip(texts, hints, strict=True))
    )
    bad = np.zeros(len(rows.numbers), dtype=np.bool_)
    bad[rows.bad] = True
    after_header = rows.numbers[-1] - first + 1 if rows.numbers else 0
    facts = FileFacts(
        container="csv",
        header_rows=tuple(row + 1 for row in place.rows),
        rows_after_header=after_header,
        rows_blank=after_header - len(rows.numbers),
        unclosed_rows=tuple(rows.unclosed),
    )
    return Table(
        facts,
        columns,
        np.array(rows.numbers, dtype=np.int32),
        bad,
        np.zeros(len(rows.numbers), dtype=np.bool_),
        rows.surplus,
    )


def _without_empty_end(place: HeaderPlace) -> tuple[list[str], list[str | None]]:
    """Drop columns without a name at the end: a delimiter too many after every row is harmless."""
    texts, hints = list(place.texts), list(place.unit_hints)
    while texts and not texts[-1].strip() and not hints[-1]:
        texts.pop()
        hints.pop()
    return texts, hints
