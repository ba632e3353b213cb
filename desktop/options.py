"""The words behind the program's name. Read by hand: both processes load this before anything can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

USAGE = """\
lantern-desktop [--clinic DIR | --practice] [--language en|zh] [--data DIR] [--version]

  --clinic DIR      open the clinic in this folder
  --practice        open the practice clinic, making it when needed
  --language en|zh  of the screens
  --data DIR        keep settings and clinics here
  --version         say which version this is
"""
_FLAGS = ("--practice", "--version", "--attached", "--show")
_VALUES = ("--clinic", "--language", "--data")
_LANGUAGES = ("en", "zh")


class Options:
    """What was asked for. ``--attached`` and ``--show`` are between the launcher and its sessions."""

    __slots__ = ("attached", "clinic", "data", "language", "practice", "show", "version")

    def __init__(self) -> None:
        self.clinic: Path | None = None
        self.data: Path | None = None
        self.language = ""
        self.practice = self.version = self.attached = self.show = False

    def words(self) -> list[str]:
        """Return what a session must know, as words."""
        found = ["--data", str(self.data)] if self.data else []
        found += ["--clinic", str(self.clinic)] if self.clinic else []
        found += ["--language", self.language] if self.language else []
        return [*found, "--practice"] if self.practice else found


def read_options(words: Sequence[str]) -> Options | None:
    """Return what was asked for; None when it cannot be understood, and then USAGE says how."""
    options, left = Options(), list(words)
    while left:
        word, equals, value = left.pop(0).partition("=")
        if word in _FLAGS and not equals:
            setattr(options, word[2:], True)
        elif word in _VALUES and (equals or left):
            value = value if equals else left.pop(0)
            setattr(options, word[2:], value if word == "--language" else Path(value).absolute())
        else:
            return None
    known = not options.language or options.language in _LANGUAGES
    return options if known and not (options.clinic and options.practice) else None
