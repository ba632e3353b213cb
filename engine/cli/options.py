"""Options that several commands share, and how their texts are read."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import UsageError
from engine.wording import Wording

if TYPE_CHECKING:
    # argparse keeps this class private; its type is needed to annotate.
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Commands = object

Run = Callable[[argparse.Namespace], int]


def add_command(commands: Commands, words: Wording, name: str, run: Run) -> argparse.ArgumentParser:
    """Add a command with its help sentence ``cli.help.<name>``."""
    sentence = words.say(f"cli.help.{name.replace('-', '_')}")
    parser = commands.add_parser(name, help=sentence, description=sentence, allow_abbrev=False)
    parser.set_defaults(run=run)
    return parser


def add_json(parser: argparse.ArgumentParser, words: Wording) -> None:
    """Add ``--json``."""
    parser.add_argument("--json", action="store_true", help=words.say("cli.option.json"))


def add_store(parser: argparse.ArgumentParser, words: Wording) -> None:
    """Add the options that name and open a clinic."""
    parser.add_argument("--store", type=Path, required=True, metavar="DIR", help=words.say("cli.option.store"))
    parser.add_argument(
        "--passphrase-file", type=Path, required=True, metavar="F", help=words.say("cli.option.passphrase_file")
    )
    add_json(parser, words)


def read_passphrase(path: Path) -> str:
    """Return the passphrase of a file: UTF-8, one trailing line break dropped.

    Raises:
        UsageError: the file is missing, is no file, is not UTF-8, or holds nothing.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("passphrase_file_unreadable") from error
    if text.endswith("\n"):
        text = text[:-2] if text.endswith("\r\n") else text[:-1]
    if not text:
        raise UsageError("passphrase_file_empty")
    return text


def parse_assignments(pairs: Sequence[str] | None) -> dict[str, str]:
    """Return ``name=value`` pairs as a mapping; UsageError when a pair has no sign or a name comes twice."""
    found: dict[str, str] = {}
    for pair in pairs or ():
        name, sign, value = pair.partition("=")
        name = name.strip()
        if not sign or not name:
            raise UsageError("assignment_shape")
        if name in found:
            raise UsageError("assignment_twice", name=name)
        found[name] = value
    return found
