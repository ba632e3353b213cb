"""Counts that add up over slices, kept as JSON, and the table that is made from them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.reliability.trials import Count

STATE = Path(__file__).with_name("counts.json")
TABLE = Path(__file__).with_name("COUNTS.md")
_HEAD = """# How often something was lost

Made by `python -m tests.reliability --nightly --slice K/N`; each slice adds its counts (`counts.json`), and running it
again replaces them. `lost` counts trials after which acknowledged work is missing, something is there by half, or
nothing opens; `undetected` those of them of which the system itself says nothing; `rude` refusals without a sentence.
The README beside this table says how each kind of trial is made and where its limits are.

"""
Counts = dict[tuple[str, str, str], Count]  # by operation, system and kind of trial


def keep(counts: Counts, slice_name: str, state: Path = STATE) -> None:
    """Put the counts of a slice among those that were made before; slices of another division are dropped."""
    before: dict[str, Any] = json.loads(state.read_text(encoding="utf-8")) if state.is_file() else {}
    division = slice_name.partition("/")[2]
    slices = {name: each for name, each in before.items() if name.partition("/")[2] == division}
    slices[slice_name] = [
        {"operation": operation, "system": system, "trial": trial, **asdict(count)}
        for (operation, system, trial), count in counts.items()
    ]
    ordered = dict(sorted(slices.items(), key=lambda item: int(item[0].partition("/")[0])))
    state.write_text(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def added_up(state: Path = STATE) -> tuple[Counts, list[str]]:
    """Return the sums over all slices there are, and the names of these."""
    slices = json.loads(state.read_text(encoding="utf-8"))
    sums: Counts = {}
    for lines in slices.values():
        for line in lines:
            key = (line.pop("operation"), line.pop("system"), line.pop("trial"))
            merge(sums, key, Count(**line))
    return sums, list(slices)


def merge(sums: Counts, key: tuple[str, str, str], more: Count) -> None:
    """Add a count to the sum of its kind."""
    count = sums.setdefault(key, Count())
    count.tries += more.tries
    count.lost += more.lost
    count.undetected += more.undetected
    count.rude += more.rude
    for fault, times in more.faults.items():
        count.faults[fault] = count.faults.get(fault, 0) + times


def table(counts: Counts) -> str:
    """Return the counts as a table in Markdown."""
    lines = [("operation", "system", "trial", "tries", "lost", "undetected", "rude")]
    lines += [
        (*key, f"{count.tries:,}", f"{count.lost:,}", f"{count.undetected:,}", f"{count.rude:,}")
        for key, count in counts.items()
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rows = [_row(line, widths) for line in lines]
    rows.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(rows) + "\n"


def _row(cells: Iterable[str], widths: list[int]) -> str:
    return "| " + " | ".join(map(str.ljust, cells, widths)) + " |"


def write_table() -> None:
    """Write the committed table from the committed counts."""
    counts, slices = added_up()
    of = slices[0].partition("/")[2]
    note = f"Slices counted so far: {len(slices)} of {of}.\n\n"
    TABLE.write_text(_HEAD + note + table(counts), encoding="utf-8")
