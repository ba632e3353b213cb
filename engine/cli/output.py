"""What the command prints, and the code it ends with."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from unicodedata import combining, east_asian_width

from engine.errors import (
    AccessError,
    BugError,
    Cancelled,
    EngineError,
    InputError,
    PackError,
    PassphraseError,
    StoreError,
    UsageError,
    WorldError,
)
from engine.wording import Wording, load_wording

DONE = 0
INTERNAL = 1
USAGE = 2
REFUSED = 3
PASSPHRASE = 4
STORE = 5
PACK = 6
ACCESS = 7
STOPPED = 130  # as shells say of a program that was interrupted

_CODES: Mapping[type[EngineError], int] = {
    UsageError: USAGE,
    InputError: REFUSED,
    PassphraseError: PASSPHRASE,
    AccessError: ACCESS,
    StoreError: STORE,
    PackError: PACK,
    Cancelled: STOPPED,
    BugError: INTERNAL,
    WorldError: REFUSED,  # what is left of the world: a helper process that could not be started
}

# Said when the sentences themselves cannot be read: the one text for people that lives in code.
_SPEECHLESS = "The program's data folder cannot be read. Install Lantern again."


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


def sentence(error: EngineError) -> str:
    """Return the sentence of an error; a fault of our own has one for all.

    ``cli.error.CODE`` goes before ``error.CODE``: the command names the option to add where a window has a field.
    """
    words = wording()
    if not isinstance(error, BugError) and f"cli.error.{error.code}" in words:
        return words.say(f"cli.error.{error.code}")
    if isinstance(error, BugError) or f"error.{error.code}" not in words:
        return internal(error.code)
    return words.error(error)


def internal(kind: str) -> str:
    """Return the sentence for a fault of our own; ``kind`` is a code or the name of a class."""
    try:
        return wording().say("cli.internal", kind=kind)
    except (EngineError, OSError, ValueError):
        return _SPEECHLESS


def explain(error: EngineError, file: str | None = None) -> int:
    """Tell a person what went wrong, with the file it is about; return the exit code."""
    try:
        text = sentence(error)
    except (EngineError, OSError, ValueError):
        text = _SPEECHLESS
    warn(text if file is None else f"{file}: {text}")
    return exit_code(error)


def say(text: str) -> None:
    """Print a line for a person."""
    _print(text)


def warn(text: str) -> None:
    """Print a line for a person on standard error."""
    with suppress(OSError):  # nobody listens there any more; the exit code still tells
        print(text, file=sys.stderr, flush=True)


def emit_json(value: Any) -> None:
    """Print a value as JSON, one document."""
    _print(json.dumps(value, ensure_ascii=False, indent=1))


def finish_output() -> None:
    """Hand everything printed to the system, so that a full disk is met here and not when the process ends."""
    _print("", end="")


def give_up_output() -> None:
    """Drop what was printed and not yet taken; the process would stumble over it when it ends."""
    with suppress(OSError, ValueError, AttributeError):
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, sys.stdout.fileno())
        os.close(sink)


def _print(text: str, end: str = "\n") -> None:
    try:
        print(text, end=end, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        give_up_output()
        raise InputError("output_unwritable") from error


def emit_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under a header, columns aligned also where a sign takes the place of two, as Chinese ones do."""
    widths = [max(_cells(cell) for cell in column) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        _print("  ".join(cell + " " * (width - _cells(cell)) for cell, width in zip(row, widths, strict=True)).rstrip())


def _cells(text: str) -> int:
    """Return how many places of a terminal a text takes (Unicode Standard Annex 11)."""
    return sum(0 if combining(sign) else 2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def show_progress(done: int, total: int) -> None:
    """Show how far a long task is, on a terminal only."""
    if sys.stderr.isatty():
        end = "\n" if done >= total else ""
        print(f"\r{done}/{total}", end=end, file=sys.stderr, flush=True)
