"""What the command prints, and the code it ends with."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from engine.errors import (
    BugError,
    Cancelled,
    EngineError,
    InputError,
    PackError,
    PassphraseError,
    StoreError,
    UsageError,
)
from engine.wording import Wording, load_wording

DONE = 0
INTERNAL = 1
USAGE = 2
REFUSED = 3
PASSPHRASE = 4
STORE = 5
PACK = 6
STOPPED = 130  # as shells say of a program that was interrupted

_CODES: Mapping[type[EngineError], int] = {
    UsageError: USAGE,
    InputError: REFUSED,
    PassphraseError: PASSPHRASE,
    StoreError: STORE,
    PackError: PACK,
    Cancelled: STOPPED,
    BugError: INTERNAL,
}


def exit_code(error: EngineError) -> int:
    """Return the exit code of an error."""
    return next((code for kind, code in _CODES.items() if isinstance(error, kind)), INTERNAL)


def language(environment: Mapping[str, str] = os.environ) -> str:
    """Return the language of the command's own words: Chinese where the system speaks it, else English."""
    for name in ("LANTERN_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def wording() -> Wording:
    """Return the command's own words."""
    return load_wording(language())


def say(text: str) -> None:
    """Print a line for a person."""
    print(text)


def warn(text: str) -> None:
    """Print a line for a person on standard error."""
    print(text, file=sys.stderr)


def emit_json(value: Any) -> None:
    """Print a value as JSON, one document."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


def emit_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under a header, columns aligned."""
    widths = [max(len(cell) for cell in column) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def show_progress(done: int, total: int) -> None:
    """Show how far a long task is, on a terminal only."""
    if sys.stderr.isatty():
        end = "\n" if done >= total else ""
        print(f"\r{done}/{total}", end=end, file=sys.stderr, flush=True)
