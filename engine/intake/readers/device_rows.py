"""Tables that devices write: one row a reading, column words that never change. What their readers share.

A reader says in a ``Layout`` under which words it knows its columns; everything else of a text table or a sheet is
done here: encoding, delimiter, place of the header, quotes, rows of another shape.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as member_of
from typing import IO, cast

import numpy as np

from engine.intake.devices.raw import PersonHint, RawColumn, RawPart, RawReadings, Role
from engine.intake.lexicon import load_lexicon
from engine.intake.readers.contents import Contents
from engine.intake.readers.encode import CHUNK_ROWS, ColumnEncoder
from engine.intake.readers.lines import read_records
from engine.intake.readers.plugin import Look
from engine.intake.tables import LONGEST_CELL, RejectedFile, RejectReason
from engine.intake.text import fold, header_key
from engine.intake.units import read_unit
from engine.workers.kinds import Report

LOOKED_AT = 12  # records in which a header may stand
_BRACKETS = re.compile(r"^(.*?)\s*[(\[]([^()\[\]]*)[)\]]\s*$")
_SHOWN_OF_LONG = 200


@dataclass(frozen=True, slots=True)
class Known:
    """What a column word means. A value may come in ``unit`` always, or in the unit its header names."""

    role: Role | None
    field: str | None = None
    unit: str | None = None
    method: str | None = None
    limits: Mapping[str, Mapping[str, tuple[float, str]]] = member_of(default_factory=dict)  # by unit


def value(name: str, unit: str | None = None, method: str | None = None) -> Known:
    """Return what a column of values means."""
    return Known(Role.VALUE, name, unit, method)


TIME, DATE, CLOCK, ZONE = Known(Role.TIME), Known(Role.DATE), Known(Role.CLOCK), Known(Role.ZONE)
DEVICE, PERSON, ARM, IGNORED = Known(Role.DEVICE), Known(Role.PERSON), Known(Role.ARM), Known(None)
PRESSURE_UNIT, PULSE_UNIT = "mm[Hg]", "/min"
UPPER, LOWER = value("sbp_mmhg", PRESSURE_UNIT), value("dbp_mmhg", PRESSURE_UNIT)
PULSE = value("pulse_bpm", PULSE_UNIT)


@dataclass(frozen=True, slots=True)
class Planned:
    """A column of one file: where it stands, what it means, the unit its header names."""

    index: int
    header: str
    known: Known
    unit: str | None = None


Plan = tuple[Planned, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """How a kind of device writes its tables.

    ``words``: what each column word means, by :func:`header_key` without unit. ``needed``: those that must be there.
    ``exact``: other columns than known ones mean that it is another kind of file. ``short``: how many cells a row may
    lack. ``one_line``: a cell never holds a line end, so a quote that never closes breaks its own line alone.
    ``not_reading``: returns what kind of line a row is that holds no reading, None for readings.
    """

    words: Mapping[str, Known]
    needed: frozenset[str]
    exact: bool = False
    delimiters: str = ",;\t"
    short: int = 0
    one_line: bool = False
    date_order: str | None = "YMD"
    not_reading: Callable[[Sequence[str]], str | None] | None = None
    plan: Callable[[Sequence[str]], Plan | None] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where the table stands in a text: its encoding, its delimiter, the rows above the header, the header."""

    codec: str
    delimiter: str
    above: tuple[tuple[str, ...], ...]
    header: tuple[str, ...]
    plan: Plan


def words(**known: Known) -> dict[str, Known]:
    """Return column words by their key: ``words(date=DATE)``."""
    return {header_key(word): meaning for word, meaning in known.items()}


def split_header(text: str) -> tuple[str, str | None]:
    """Return the key of a column word, and the unit (UCUM) that stands behind it."""
    lexicon = load_lexicon()
    folded = fold(text).strip("\ufeff")
    if found := _BRACKETS.match(folded):
        return header_key(found[1]), read_unit(found[2], lexicon.units)
    name, _, last = folded.rpartition(" ")
    unit = read_unit(last, lexicon.units) if name else None
    return (header_key(name), unit) if unit else (header_key(folded), None)


def plan_columns(layout: Layout, header: Sequence[str]) -> Plan | None:
    """Return what the columns are when this is the header of a layout."""
    if layout.plan is not None:
        return layout.plan(header)
    planned, found = [], set()
    for index, text in enumerate(header):
        key, unit = split_header(text)
        if key not in layout.words and header_key(text) in layout.words:
            key, unit = header_key(text), None
        known = layout.words.get(key)
        if known is None:
            if layout.exact and key:
                return None
            continue
        found.add(key)
        planned.append(Planned(index, fold(text), known, unit))
    return tuple(planned) if layout.needed <= found else None


def find_place(look: Look, layout: Layout) -> Place | None:
    """Return where the table of a layout stands in a text file, None when it is none."""
    for codec, text in look.texts:
        lines = list(itertools.islice(text.splitlines(), LOOKED_AT))
        for delimiter in layout.delimiters:
            rows = [_cells(line, delimiter) for line in lines]
            for number, cells in enumerate(rows):
                if len(cells) > 1 and (plan := plan_columns(layout, cells)):
                    return Place(codec, delimiter, tuple(map(tuple, rows[:number])), tuple(cells), plan)
    return None


def _cells(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line.replace("\0", "")], delimiter=delimiter), [])


def read_text(look: Look, layout: Layout, kind: str, report: Report) -> tuple[RawReadings, Place]:
    """Read a text table of a layout.

    Raises:
        RejectedFile: ``no_rows``; ``damaged_file``.
    """
    place = find_place(look, layout)
    if place is None:
        raise RejectedFile(RejectReason.NOT_A_TABLE, "other_format")
    codec = _whole_codec(look.contents, place.codec)
    with look.contents.text(codec, "replace") as file:
        collected = _collect(file, layout, place, look.contents.size, report)
    digest = look.contents.digest()
    return collected.readings(kind, layout, None, sha256=digest, encoding=codec, delimiter=place.delimiter), place


def read_rows(
    rows: Iterable[tuple[int, Sequence[str]]], header: Sequence[str], plan: Plan, layout: Layout, kind: str
) -> RawReadings:
    """Read rows that come from a sheet, where empty cells at the end of a row are not written: (number, cells)."""
    collected = Collected(plan, layout, header)
    for number, cells in rows:
        padded = [*cells, *[""] * (len(header) - len(cells))]
        collected.add(number, padded)
    return collected.readings(kind, layout, None)


def read_member(file: IO[str], layout: Layout, kind: str, member: str) -> RawReadings | None:
    """Read a text member of an archive; None when it is no table of this layout."""
    lines = list(itertools.islice(file, LOOKED_AT))
    for delimiter in layout.delimiters:
        for number, line in enumerate(lines):
            cells = _cells(line.strip("\r\n").lstrip("\ufeff"), delimiter)
            if len(cells) > 1 and (plan := plan_columns(layout, cells)):
                place = Place("", delimiter, tuple(() for _ in range(number)), tuple(cells), plan)
                collected = _collect(itertools.chain(lines, file), layout, place, 1, lambda done, total: None)
                return collected.readings(kind, layout, member)
    return None


def join(parts: Sequence[RawReadings], look: Look) -> RawReadings:
    """Put what several tables of one file hold into one."""
    return replace(
        parts[0],
        parts=tuple(part for read in parts for part in read.parts),
        sha256=look.contents.digest(),
    )


def _whole_codec(contents: Contents, codec: str) -> str:
    """Return the encoding in which the whole file can be read; the beginning may have been plain ASCII."""
    for candidate in dict.fromkeys((codec, "utf-8", "gb18030", "cp932", "big5")):
        try:
            with contents.text(candidate) as file:
                while file.read(1 << 20):
                    pass
        except UnicodeError:
            continue
        return candidate
    return codec


def _collect(lines: Iterable[str], layout: Layout, place: Place, size: int, report: Report) -> Collected:
    collected = Collected(place.plan, layout, place.header)
    first = len(place.above) + 1  # behind the header, from 0
    plain = (line.replace("\0", "") for line in lines)
    if layout.one_line:
        _collect_lines(plain, first, place.delimiter, collected)
        return collected
    number = signs = 0
    for records in read_records(plain, place.delimiter, len(place.header)):
        broken = set(records.unclosed)
        for position, cells in enumerate(records.rows):
            number += 1
            if number > first:
                collected.add(number, cells, broken=position in broken)
        signs += sum(len(cell) for cells in records.rows for cell in cells)
        report(min(signs, size), size)
    return collected


def _collect_lines(lines: Iterator[str], first: int, delimiter: str, collected: Collected) -> None:
    """Read a table whose every line is a record, whatever its quotes say."""
    ahead = next(lines, None)
    number = 0
    while ahead is not None:
        line, ahead = ahead, next(lines, None)
        number += 1
        if number <= first:
            continue
        is_open = line.count('"') % 2 == 1
        last = ahead is None and is_open and len(_cells(line, delimiter)) == collected.width
        if last:  # only the cell at the very end is open: what was measured is whole
            collected.warnings.append(("unclosed_quote_last_line", number))
        collected.add(number, _cells(line.rstrip("\r\n"), delimiter), broken=is_open and not last)


class Collected:
    """The rows below a header."""

    def __init__(self, plan: Plan, layout: Layout, header: Sequence[str]) -> None:
        self._plan, self._layout = plan, layout
        self.width = len(header)
        self._header = [fold(cell) for cell in header]
        self._encoder: ColumnEncoder[str] = ColumnEncoder(len(plan))
        self._pending: list[list[str]] = []
        self._rows: list[int] = []
        self._faults: dict[int, tuple[str, ...]] = {}
        self._not_readings: dict[str, int] = {}
        self.warnings: list[tuple[str, int]] = []

    def add(self, number: int, cells: Sequence[str], *, broken: bool = False) -> None:
        """Take a row."""
        if not any(cell.strip() for cell in cells):
            return
        if not broken and (other := self._other(cells)):
            self._not_readings[other] = self._not_readings.get(other, 0) + 1
            return
        surplus = any(cell.strip() for cell in cells[self.width :])
        if broken or surplus or len(cells) < self.width - self._layout.short:
            self._faults[len(self._rows)] = ()
        self._rows.append(number)
        self._pending.append([_cell(cells, planned.index) for planned in self._plan])
        if len(self._pending) >= CHUNK_ROWS:
            self._flush()

    def _other(self, cells: Sequence[str]) -> str | None:
        if [fold(cell) for cell in cells] == self._header:
            return "repeated_header"
        return None if self._layout.not_reading is None else self._layout.not_reading(cells)

    def _flush(self) -> None:
        self._encoder.add(self._pending)
        self._pending = []

    def readings(
        self,
        kind: str,
        layout: Layout,
        member: str | None,
        *,
        sha256: str = "",
        encoding: str | None = None,
        delimiter: str | None = None,
    ) -> RawReadings:
        """Return what was collected."""
        self._flush()
        columns = tuple(
            _column(planned, self._encoder, place)
            for place, planned in enumerate(self._plan)
            if planned.known.role is not None
        )
        rows = np.array(self._rows, dtype=np.int32)
        part = RawPart(columns, rows, self._faults, layout.date_order, member)
        return RawReadings(
            kind,
            (part,),
            not_readings=self._not_readings,
            warnings=tuple(self.warnings),
            sha256=sha256,
            encoding=encoding,
            delimiter=delimiter,
        )


def _cell(cells: Sequence[str], index: int) -> str:
    text = cells[index].strip() if index < len(cells) else ""
    return text if len(text) <= LONGEST_CELL else f"{text[:_SHOWN_OF_LONG]}…"


def _column(planned: Planned, encoder: ColumnEncoder[str], place: int) -> RawColumn:
    known = planned.known
    unit = planned.unit or known.unit
    source = "header" if planned.unit else "fixed" if known.unit else ""
    return RawColumn(
        cast(Role, known.role),  # columns without one are left out before
        planned.header,
        tuple(encoder.cells(place)),
        encoder.codes(place),
        known.field,
        unit,
        source,
        known.method,
        known.limits.get(unit or "", {}),
    )


def hinted(raw: RawReadings, *hints: PersonHint) -> RawReadings:
    """Add what a file says about people."""
    return replace(raw, hints=(*raw.hints, *hints))
