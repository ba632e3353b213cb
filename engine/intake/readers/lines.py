"""Records out of lines of text, with quotes that never close told apart instead of swallowing the rest."""

from __future__ import annotations

import csv
import itertools
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.intake.tables import RejectedFile, RejectReason

QUOTE = '"'
BLOCK_LINES = 5_000
MOST_UNCLOSED = 1_000
_END = "\x1eend of file\x1e"
csv.field_size_limit((1 << 31) - 1)  # longer cells are the reader's own business: it parks their rows


@dataclass(frozen=True, slots=True)
class Records:
    """Some records in file order.

    ``unclosed`` are positions of those whose quote never closes; of such a record only the first line is given, cut
    at every delimiter.
    """

    rows: list[list[str]]
    unclosed: tuple[int, ...] = ()


class _Feed:
    """Hands out lines, remembers those of the record being read, and takes lines back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._ready: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._ready.popleft() if self._ready else next(self._lines)
        self.taken.append(line)
        return line

    def look_ahead(self) -> list[str]:
        """Return the next block of lines without taking them."""
        self._ready.extend(itertools.islice(self._lines, max(BLOCK_LINES - len(self._ready), 0)))
        return list(itertools.islice(self._ready, BLOCK_LINES))

    def skip(self, count: int) -> None:
        for _ in range(count):
            self._ready.popleft()

    def give_back(self, lines: list[str]) -> None:
        self._ready.extendleft(reversed(lines))


def read_records(lines: Iterable[str], delimiter: str, width: int | None = None) -> Iterator[Records]:
    """Split lines into records, some thousands at a time.

    A quoted cell may hold line ends. A quote is taken as never closed when the file ends inside it, or when what it
    swallowed looks like rows of the table: then its first line is a record by itself, and reading goes on behind it.

    Args:
        lines: text lines with their ends.
        delimiter: between cells.
        width: how many cells the header has, when known; without it only the end of the file shows an open quote.

    Raises:
        RejectedFile: ``damaged_file`` when too many quotes never close.
    """
    feed = _Feed(_with_end(lines))
    unclosed = 0
    while block := feed.look_ahead():
        if any(QUOTE in line for line in block):
            records, ended = _read_carefully(feed, len(block), delimiter, width)
        else:
            ended = block[-1] == _END
            records = Records(list(csv.reader(block[:-1] if ended else block, delimiter=delimiter)))
            feed.skip(len(block))
        unclosed += len(records.unclosed)
        if unclosed > MOST_UNCLOSED:
            raise RejectedFile(RejectReason.DAMAGED_FILE)
        yield records
        if ended:
            return


def _with_end(lines: Iterable[str]) -> Iterator[str]:
    """Add a line of our own behind the last: if it does not come out as a record, a quote is still open."""
    last: str | None = None
    for line in lines:
        if last is not None:
            yield last
        last = line
    if last is not None:
        yield last if last.endswith(("\n", "\r")) else f"{last}\n"
    yield _END


def _read_carefully(feed: _Feed, count: int, delimiter: str, width: int | None) -> tuple[Records, bool]:
    """Read records from at least ``count`` lines, one by one; tell whether the file ended."""
    rows: list[list[str]] = []
    unclosed: list[int] = []
    consumed = 0
    feed.taken = []
    reader = csv.reader(feed, delimiter=delimiter)
    while consumed < count:
        cells = next(reader)
        taken, feed.taken = feed.taken, []
        if cells == [_END]:
            return Records(rows, tuple(unclosed)), True
        if len(taken) > 1 and _is_unclosed(cells, taken, delimiter, width):
            unclosed.append(len(rows))
            cells = _split_plainly(taken[0], delimiter)
            feed.give_back(taken[1:])
            taken = taken[:1]
            reader = csv.reader(feed, delimiter=delimiter)  # the old one may be inside the quote
        rows.append(cells)
        consumed += len(taken)
    return Records(rows, tuple(unclosed)), False


def _is_unclosed(cells: list[str], taken: list[str], delimiter: str, width: int | None) -> bool:
    """Whether a record of several lines is really several records after an open quote."""
    if _END in taken[-1]:
        return True
    if width is None or width < 3:
        return False
    rows_inside = [line for line in taken[1:] if _cell_count(line, delimiter) == width]
    if not rows_inside:
        return False
    if not _is_strict(taken, delimiter):
        return True  # text behind a closing quote: it was the opening quote of another row
    alike = any(_looks_like(line, taken[0], delimiter) for line in rows_inside)
    return alike and (len(cells) != width or rows_inside[0] is not taken[-1])


def _looks_like(line: str, first: str, delimiter: str) -> bool:
    """Whether a line has numbers where the record has numbers, and words where it has words, before its quote."""
    before = first.partition(QUOTE)[0].split(delimiter)[:-1]
    kinds = [(_has_digit(cell), _has_digit(other)) for cell, other in zip(before, line.split(delimiter), strict=False)]
    return any(digit for digit, _ in kinds) and all(digit == other for digit, other in kinds)


def _has_digit(cell: str) -> bool:
    return any(sign.isdigit() for sign in cell)


def _cell_count(line: str, delimiter: str) -> int:
    return len(next(csv.reader([line], delimiter=delimiter), []))


def _is_strict(taken: list[str], delimiter: str) -> bool:
    try:
        return len(list(csv.reader(taken, delimiter=delimiter, strict=True))) == 1
    except csv.Error:
        return False


def _split_plainly(line: str, delimiter: str) -> list[str]:
    """Split a line without regard to quotes: all that can be shown of a row whose quote is open."""
    return line.rstrip("\r\n").replace(QUOTE, "").split(delimiter)
