"""What was tried and what got out: counts of the runs of a night, and the table made from them (``LEAKS.md``)."""

from __future__ import annotations

import json
from pathlib import Path

STATE = Path(__file__).with_name("leaks.json")
TABLE = Path(__file__).with_name("LEAKS.md")
_HEAD = """# What got out

Made by the tests of leaks and injection, run with `--nightly`. `tries` counts what was planted (names, identifiers,
words) times the places that were looked at; `got out` counts those found where they must not be, or that were taken for
something else than text.

"""


def keep(what: str, where: str, tries: int, got_out: int) -> None:
    """Put a count in the place of the one before, and make the table anew."""
    counts = json.loads(STATE.read_text(encoding="utf-8")) if STATE.is_file() else {}
    counts.setdefault(what, {})[where] = [tries, got_out]
    ordered = {name: dict(sorted(lines.items())) for name, lines in sorted(counts.items())}
    STATE.write_text(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    lines = [("what", "where", "tries", "got out")]
    lines += [(name, at, f"{n:,}", f"{out:,}") for name, each in ordered.items() for at, (n, out) in each.items()]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rows = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines]
    rows.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    TABLE.write_text(_HEAD + "\n".join(rows) + "\n", encoding="utf-8")
