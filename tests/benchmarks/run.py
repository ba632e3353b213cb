"""Runs every ``bench_*.py`` beside this file (or the named ones) and prints one table.

    python tests/benchmarks/run.py [name ...]

A benchmark is a module with ``run() -> list[Row]``. Ends with 1 when a bar is not kept.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))

from tests.benchmarks.rows import Row  # noqa: E402  the checkout must be on the path first

HEADER = ("benchmark", "ours", "peer", "unit", "ratio", "bar", "kept")


def benchmarks() -> list[str]:
    """Return the names of all benchmarks."""
    return sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))


def run(name: str) -> list[Row]:
    """Return the measurements of one benchmark."""
    rows: list[Row] = importlib.import_module(f"tests.benchmarks.bench_{name}").run()
    return rows


def table(rows: Sequence[Row]) -> str:
    """Return the measurements as an aligned table."""
    lines = [HEADER, *(_cells(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.name,
        f"{row.ours:,.4g}",
        "" if row.peer is None else f"{row.peer:,.4g}",
        row.unit,
        "" if row.ratio is None else f"{row.ratio:.2f}x",
        row.bar or "",
        "" if row.holds is None else ("yes" if row.holds else "NO"),
    )


def main(names: Sequence[str]) -> int:
    """Run the named benchmarks, or all; return 1 when a bar is not kept."""
    rows = [row for name in names or benchmarks() for row in run(name)]
    sys.stdout.write(table(rows) + "\n")
    return int(any(row.holds is False for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
