"""Makes .xls workbooks byte by byte, as [MS-XLS] and [MS-CFB] say: nothing here shares code with their readers."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

Value = str | float | bool | date | None
Place = tuple[int, int]
SECTOR = 512
FREE, END, TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
PLAIN, DAY, PER_CENT, ZEROS = 15, 16, 17, 18  # cell styles; a workbook begins with fifteen of its own
ERROR_CODES = {"#DIV/0!": 0x07, "#REF!": 0x17, "#N/A": 0x2A}


@dataclass
class Tab:
    """A sheet to be written. ``styles`` by place; ``formulas`` are places whose value is a stored result."""

    rows: Sequence[Sequence[Value]]
    name: str = "Visits"
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    merged: Sequence[tuple[int, int, int, int]] = ()  # first row, last row, first column, last column
    styles: Mapping[Place, int] = field(default_factory=dict)
    errors: Mapping[Place, str] = field(default_factory=dict)
    formulas: Mapping[Place, float | str] = field(default_factory=dict)


def record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def text(value: str, count: str = "<H") -> bytes:
    return struct.pack(count, len(value)) + b"\x01" + value.encode("utf-16-le")


def begin(kind: int) -> bytes:
    return record(0x809, struct.pack("<HHHHII", 0x600, kind, 0, 1997, 0, 0x600))


def workbook(*tabs: Tab, date_system: int = 1900, locked: bool = False) -> bytes:
    """Return the bytes of a workbook."""
    styles = [0] * 15 + [0, 14, 10, 164]
    own = begin(5)
    if locked:
        own += record(0x2F, bytes(54))
    own += record(0x42, struct.pack("<H", 1200)) + record(0x22, struct.pack("<H", date_system == 1904))
    own += record(0x41E, struct.pack("<H", 164) + text("00000"))
    own += b"".join(record(0xE0, struct.pack("<HHH", 0, style, 0) + bytes(14)) for style in styles)
    bodies = [sheet(tab, date_system) for tab in tabs]
    size = len(own) + sum(len(record(0x85, bytes(6) + text(tab.name, "<B"))) for tab in tabs) + len(record(0x0A))
    for tab, body in zip(tabs, bodies, strict=True):
        own += record(0x85, struct.pack("<IBB", size, tab.hidden, 0) + text(tab.name, "<B"))
        size += len(body)
    return compound({"Workbook": own + record(0x0A) + b"".join(bodies)})


def sheet(tab: Tab, date_system: int = 1900) -> bytes:
    width = max((len(row) for row in tab.rows), default=0)
    made = begin(0x10) + record(0x200, struct.pack("<IIHHH", 0, len(tab.rows), 0, width, 0))
    for number in range(len(tab.rows)):
        flags = 0x20 if number in tab.hidden_rows else 0
        made += record(0x208, struct.pack("<HHHHHHHH", number, 0, width, 255, 0, 0, flags | 0x100, 0x0F))
    for number, row in enumerate(tab.rows):
        for column, value in enumerate(row):
            made += cell(tab, number, column, value, date_system)
    if tab.merged:
        made += record(0xE5, struct.pack("<H", len(tab.merged)) + b"".join(struct.pack("<4H", *m) for m in tab.merged))
    return made + record(0x0A)


def cell(tab: Tab, row: int, column: int, value: Value, date_system: int) -> bytes:
    style = tab.styles.get((row, column), DAY if isinstance(value, date) else PLAIN)
    place = struct.pack("<HHH", row, column, style)
    if error := tab.errors.get((row, column)):
        return record(0x205, place + bytes([ERROR_CODES[error], 1]))
    if (result := tab.formulas.get((row, column))) is not None:
        stored = (
            bytes([2, 0, ERROR_CODES[result], 0, 0, 0, 0xFF, 0xFF])
            if isinstance(result, str)
            else struct.pack("<d", result)
        )
        return record(0x06, place + stored + bytes(6) + struct.pack("<H", 3) + b"\x1e\x01\x00")
    if value is None:
        return b""
    if isinstance(value, bool):
        return record(0x205, place + bytes([value, 0]))
    if isinstance(value, str):
        return record(0x204, place + text(value))
    if isinstance(value, date):
        zero = date(1904, 1, 1) if date_system == 1904 else date(1899, 12, 30)
        value = (value - zero) / timedelta(1)
    return record(0x203, place + struct.pack("<d", value))


def compound(streams: Mapping[str, bytes]) -> bytes:
    """Return a compound file of streams, each long enough to stand in sectors of its own."""
    held = {name: data + bytes(max(4096 - len(data), 0)) for name, data in streams.items()}
    counts = {name: -(-len(data) // SECTOR) for name, data in held.items()}
    directory = -(-(1 + len(held)) * 128 // SECTOR)
    used = sum(counts.values()) + directory
    tables = 1
    while tables * 128 < used + tables:
        tables += 1
    table: list[int] = []
    entries = [entry("Root Entry", 5, END, 0, child=1)]
    parts = b""
    for number, (name, data) in enumerate(held.items()):
        first = len(table)
        table += [*range(first + 1, first + counts[name]), END]
        parts += data + bytes(counts[name] * SECTOR - len(data))
        entries.append(entry(name, 2, first, len(data), right=number + 2 if number + 1 < len(held) else FREE))
    at = len(table)
    table += [*range(at + 1, at + directory), END]
    parts += b"".join(entries).ljust(directory * SECTOR, b"\0")
    begin_table = len(table)
    table += [TABLE] * tables
    table += [FREE] * (tables * 128 - len(table))
    parts += struct.pack(f"<{len(table)}I", *table)
    named = [*range(begin_table, begin_table + tables), *[FREE] * (109 - tables)]
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, tables, at, 0, 4096, END, 0, END, 0) + struct.pack("<109I", *named)
    return head + parts


def entry(name: str, kind: int, first: int, size: int, *, child: int = FREE, right: int = FREE) -> bytes:
    written = (name + "\0").encode("utf-16-le")
    return (
        written.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(written), kind, 1, FREE, right, child)
        + bytes(36)
        + struct.pack("<II", first, size)
        + bytes(4)
    )
