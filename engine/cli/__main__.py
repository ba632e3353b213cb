"""Start of the ``lantern`` command."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from engine.cli import clinic, practice, reference, scoring
from engine.cli.output import INTERNAL, STOPPED, USAGE, exit_code, warn, wording
from engine.errors import EngineError


class Parser(argparse.ArgumentParser):
    """A parser that answers a wrong call with one sentence."""

    def error(self, message: str) -> NoReturn:
        """End with code 2 and a sentence."""
        warn(wording().say("cli.usage", message=message, command=self.prog))
        raise SystemExit(USAGE)


def build_parser() -> Parser:
    """Return the parser of the whole command."""
    words = wording()
    parser = Parser(prog="lantern", description=words.say("cli.help.lantern"), allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)
    for room in (reference, scoring, clinic, practice):
        room.add_commands(commands, words)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code. Ends with one sentence on standard error, never a traceback."""
    _speak_utf8()
    try:
        options = build_parser().parse_args(arguments)
        return int(options.run(options))
    except EngineError as error:
        warn(wording().error(error))
        return exit_code(error)
    except KeyboardInterrupt:
        warn(wording().say("cli.stopped"))
        return STOPPED
    except BrokenPipeError:
        # The reader of our output went away (``lantern ... | head``): nothing more to say, and nobody to say it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("LANTERN_TRACEBACK"):
            raise
        warn(wording().say("cli.internal", kind=type(error).__name__))
        return INTERNAL


def _speak_utf8() -> None:
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(encoding="utf-8", errors="backslashreplace")


if __name__ == "__main__":
    sys.exit(main())
