"""Options that several commands share, and how their texts are read."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cli.output import warn, wording
from engine.domain.ports import SystemClock
from engine.errors import UsageError
from engine.intake.questions import AnswerValue
from engine.wording import Wording
from engine.workflows.clinics import OpenClinic
from engine.workflows.reviews import anchor_findings, anchor_sentence
from engine.workflows.unlock import unlock

if TYPE_CHECKING:
    # argparse keeps this class private; its type is needed to annotate.
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Commands = object

# What a wrong word is called between here and the parser, which says it in every language.
EMPTY_WORD = "an empty word"

Run = Callable[[argparse.Namespace], int]

# Bytes; longer ones are some other file, or a device that never ends.
_LONGEST_PASSPHRASE = 1 << 16
_LONGEST_ANSWERS = 1 << 24


def add_command(commands: Commands, words: Wording, name: str, run: Run, within: str = "") -> argparse.ArgumentParser:
    """Add a command with its help sentence ``cli.help.<within><name>``."""
    sentence = words.say(f"cli.help.{within}{name.replace('-', '_')}")
    parser = commands.add_parser(name, help=sentence, description=sentence, allow_abbrev=False)
    parser.set_defaults(run=run)
    return parser


def a_path(text: str) -> Path:
    """Return a path that was typed, of a file or folder.

    An empty word is none: it would stand for the current folder, which nobody named.
    """
    if not text.strip():
        raise argparse.ArgumentTypeError(EMPTY_WORD)
    return Path(text)


def add_json(parser: argparse.ArgumentParser, words: Wording) -> None:
    """Add ``--json``."""
    parser.add_argument("--json", action="store_true", help=words.say("cli.option.json"))


def add_store(parser: argparse.ArgumentParser, words: Wording) -> None:
    """Add the options that name and open a clinic."""
    parser.add_argument("--store", type=a_path, required=True, metavar="DIR", help=words.say("cli.option.store"))
    parser.add_argument(
        "--passphrase-file", type=a_path, required=True, metavar="F", help=words.say("cli.option.passphrase_file")
    )
    parser.add_argument("--user", metavar="NAME", help=words.say("cli.option.user"))
    add_json(parser, words)


@contextmanager
def opened_store(
    options: argparse.Namespace, *, warning: bool = True, secret: str | None = None
) -> Iterator[OpenClinic]:
    """Open the clinic that the options name, for the length of a ``with`` block.

    Where its anchor was not as it was left, now or before, standard error says so until somebody has looked at it
    (``warning``). ``secret``: the passphrase, where its file was read before; it may be a pipe.

    Raises:
        UsageError: the passphrase file cannot be read; ``user_needed``. Otherwise as ``unlock``.
    """
    user = getattr(options, "user", None)
    who = None if user is None else whole_text(user)
    secret = read_passphrase(options.passphrase_file) if secret is None else secret
    clinic = unlock(options.store, secret, SystemClock(), who=who)
    with clinic.vault:
        for each in anchor_findings(clinic) if warning else ():
            warn(anchor_sentence(each, wording(), clock_words))
        yield clinic


def clock_words(moment: datetime) -> str:
    """Return a moment as a person on this computer reads it."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


def whole_text(text: str) -> str:
    """Return a text of the command line; UsageError when its bytes are no text, which nothing could store or print."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        try:  # where the system claims to know no letters beyond ASCII, the bytes of UTF-8 came through one by one
            return os.fsencode(text).decode("utf-8")
        except UnicodeError as error:
            raise UsageError("argument_not_text") from error
    return text


def names_in(listed: Sequence[str] | None) -> tuple[str, ...]:
    """Return the names in options that may come several times and hold several names each."""
    return tuple(name.strip() for each in listed or () for name in whole_text(each).split(",") if name.strip())


def read_passphrase(path: Path) -> str:
    """Return the passphrase of a file: UTF-8, one trailing line break dropped.

    Raises:
        UsageError: the file is missing, is no file, is not UTF-8, is far too long, or holds nothing.
    """
    try:
        text = _read_text(path, _LONGEST_PASSPHRASE)
    except (OSError, ValueError) as error:
        raise UsageError("passphrase_file_unreadable") from error
    if text.endswith("\n"):
        text = text[:-2] if text.endswith("\r\n") else text[:-1]
    if not text:
        raise UsageError("passphrase_file_empty")
    return text


def read_answers(path: Path | None) -> dict[str, AnswerValue]:
    """Return the answers of a JSON file, by question id; none without a file.

    Raises:
        UsageError: the file cannot be read or is no JSON object.
    """
    if path is None:
        return {}
    try:
        document = json.loads(_read_text(path, _LONGEST_ANSWERS))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError("answers_unreadable") from error
    if not isinstance(document, dict):
        raise UsageError("answers_unreadable")
    return document


def read_policy(path: Path | None) -> dict[str, Any]:
    """Return the policy of a JSON file; an empty one without a file.

    Raises:
        UsageError: ``policy_unreadable``: the file cannot be read or is no JSON object.
    """
    if path is None:
        return {}
    try:
        document = json.loads(_read_text(path, _LONGEST_ANSWERS))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError("policy_unreadable") from error
    if not isinstance(document, dict):
        raise UsageError("policy_unreadable")
    return document


def _read_text(path: Path, most: int) -> str:
    """Read a small text in UTF-8; a pipe will do. ValueError when it is longer than ``most`` bytes or no UTF-8."""
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError("too long")
    return content.decode("utf-8-sig")


def parse_assignments(pairs: Sequence[str] | None) -> dict[str, str]:
    """Return ``name=value`` pairs as a mapping; UsageError when a pair has no sign or a name comes twice."""
    found: dict[str, str] = {}
    for pair in pairs or ():
        name, sign, value = whole_text(pair).partition("=")
        name = name.strip()
        if not sign or not name:
            raise UsageError("assignment_shape")
        if name in found:
            raise UsageError("assignment_twice", name=name)
        found[name] = value
    return found


def reason_given(options: argparse.Namespace) -> str:
    """Return the reason of who acts alone; where none was given, words that say so, and a warning.

    For what a command that runs by itself may do: the log is never without a reason, and says when nobody gave one.
    """
    reason = whole_text(options.reason)
    if reason.strip() or options.second is not None:
        return reason
    warn(wording().say("cli.no_reason_warning"))
    return wording().say("cli.no_reason")
