"""Chooses the reference cases that go with a pack out of a longer list of test people."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from engine.fields import Dictionary, Kind

_ENOUGH, _MOST = 30, 48
_NUMBER_SLICES = 6
Row = Mapping[str, str]


def case_sources(table: str) -> tuple[str, ...]:
    """Return the source of every case in a table of reference cases (CSV)."""
    return tuple(row["source"] for row in csv.DictReader(io.StringIO(table, newline="")))


def choose_cases(table: str, dictionary: Dictionary) -> str:
    """Return some thirty rows of a table (CSV), as unlike each other as can be.

    What counts: every code and every true or false of a field, what is absent, each slice of a number's range (all of
    these also together with sex), its lowest and highest value, every expected code, and every source. Rows are taken
    one by one, each time the first that adds most; when nothing is left to add, the count starts again until there
    are enough. The order of the table is kept.
    """
    lines = list(csv.reader(io.StringIO(table, newline="")))
    header, rows = lines[0], [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]
    left = dict(enumerate(_marks(header, rows, dictionary)))
    seen: set[str] = set()
    chosen: list[int] = []
    while left and len(chosen) < _MOST:
        best = max(left, key=lambda index: (len(left[index] - seen), -index))
        if not left[best] - seen:
            if len(chosen) >= _ENOUGH:
                break
            seen.clear()
        seen |= left.pop(best)
        chosen.append(best)
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\n")
    writer.writerows([header, *(lines[index + 1] for index in sorted(chosen))])
    return written.getvalue()


def _marks(header: Sequence[str], rows: Sequence[Row], dictionary: Dictionary) -> list[set[str]]:
    marks: list[set[str]] = [{f"source={row['source']}"} for row in rows]
    for name in header:
        if name in dictionary and dictionary[name].kind is Kind.NUMBER:
            _mark_numbers(name, rows, marks)
        elif name in dictionary or name == "expected_band":
            for row, mine in zip(rows, marks, strict=True):
                mine |= {f"{name}={row[name]}", f"{name}={row[name]}, sex={row.get('sex')}"}
    return marks


def _mark_numbers(name: str, rows: Sequence[Row], marks: Sequence[set[str]]) -> None:
    numbers = [float(row[name]) for row in rows if row[name]]
    if not numbers:
        return
    low, high = min(numbers), max(numbers)
    for row, mine in zip(rows, marks, strict=True):
        if not row[name]:
            mine.add(f"{name} absent")
            continue
        number = float(row[name])
        part = int(_NUMBER_SLICES * (number - low) / (high - low)) if high > low else 0
        mine.update({f"{name} in slice {part}", f"{name} in slice {part}, sex={row.get('sex')}"})
        mine.update(f"{name} at {end}" for end in (low, high) if number == end)
