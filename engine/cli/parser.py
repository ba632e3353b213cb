"""The words of the whole command, and one sentence when they are used wrongly."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import NoReturn

from engine.cli import (
    attached,
    audit,
    backup,
    clinic,
    deidentify,
    learning,
    models,
    origins,
    packs,
    persons,
    practice,
    recalibrate,
    reference,
    reviews,
    scoring,
    self_test,
    users,
    what_if,
)
from engine.cli.options import EMPTY_WORD
from engine.cli.output import USAGE, warn, wording
from engine.wording import Wording

# What argparse says, and which sentence says it in every language. Its texts carry no code; another text than these
# (a later Python may change one) is shown as it is.
_FAULTS = (
    ("missing", re.compile(r"the following arguments are required: (?P<names>.+)")),
    ("missing", re.compile(r"one of the arguments (?P<names>.+) is required")),
    ("unknown", re.compile(r"unrecognized arguments: (?P<names>.+)", re.DOTALL)),
    ("no_value", re.compile(r"argument (?P<names>.+): expected (one|at least one) argument")),
    ("choice", re.compile(r"argument (?P<names>.+?): invalid choice: .* \(choose from (?P<allowed>.+)\)", re.DOTALL)),
    ("together", re.compile(r"argument (?P<names>.+): not allowed with argument (?P<other>.+)")),
    ("empty", re.compile(rf"argument (?P<names>.+): {EMPTY_WORD}")),
    ("takes_none", re.compile(r"argument (?P<names>.+): ignored explicit argument .*", re.DOTALL)),
)


class Parser(argparse.ArgumentParser):
    """A parser that answers a wrong call with one sentence."""

    def error(self, message: str) -> NoReturn:
        """End with code 2 and a sentence."""
        words = wording()
        warn(words.say("cli.usage", message=_fault(message, words), command=self.prog))
        raise SystemExit(USAGE)


def build_parser() -> Parser:
    """Return the parser of the whole command."""
    words = wording()
    parser = Parser(prog="lantern", description=words.say("cli.help.lantern"), allow_abbrev=False)
    self_test.add_options(parser, words)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    tools = (reference, packs, scoring, what_if, recalibrate, learning, models)
    for room in (*tools, clinic, origins, users, reviews, backup, audit, attached, persons, deidentify, practice):
        room.add_commands(commands, words)
    return parser


def read_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options of a call; ``run`` is what carries it out.

    What stands instead of a command (``--self-test``, ``--version``) cannot stand before one. argparse would take it,
    and the command would then be carried out as if nothing had been said before.
    """
    parser = build_parser()
    head = next((place for place, word in enumerate(arguments) if not word.startswith("-")), len(arguments))
    options = parser.parse_args(arguments)
    if options.command is not None and head:
        parser.error(f"unrecognized arguments: {' '.join(arguments[:head])}")
    if options.run is None:
        parser.error("the following arguments are required: COMMAND")
    return options


def _fault(message: str, words: Wording) -> str:
    for key, pattern in _FAULTS:
        if found := pattern.fullmatch(message):
            parts = {name: " ".join(text.split()) for name, text in found.groupdict().items()}
            return words.say(f"cli.fault.{key}", **parts)
    return " ".join(message.split())
