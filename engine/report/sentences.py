"""Sentences with bold parts. ``<b>`` in the catalogue marks them; a value put into a sentence never can."""

from __future__ import annotations

import re

from engine.domain.report import Run, Sentence
from engine.wording import Wording

_OPEN, _CLOSE = "<b>", "</b>"
_SHIELD = "\ue000"  # stands for "<" inside values while the marks of the catalogue are read
_NUMBER_BEFORE_HAN = re.compile(r"(?<=[0-9%]) (?=[\u4e00-\u9fff])")


def say(wording: Wording, key: str, **values: object) -> Sentence:
    """Return the sentence of ``key`` as runs."""
    lines = lines_of(wording, key, **values)
    return tuple(run for line in lines for run in line)


def lines_of(wording: Wording, key: str, **values: object) -> tuple[Sentence, ...]:
    """Return the sentence of ``key`` as lines of runs; a line ends where the catalogue has a line break."""
    shielded = {name: str(value).replace("<", _SHIELD) for name, value in values.items()}
    text = wording.say(key, **shielded)
    return tuple(_runs(line) for line in text.split("\n"))


def plain(wording: Wording, key: str, **values: object) -> str:
    """Return the sentence of ``key`` as one string."""
    return "".join(run.text for run in say(wording, key, **values))


def literal(text: str, strong: bool = False) -> Sentence:
    """Return a text that is not a sentence of the catalogue."""
    return (Run(text, strong),)


def joined(*sentences: Sentence, by: str = " ") -> Sentence:
    """Return sentences as one, with ``by`` between them; empty ones are left out."""
    found: list[Run] = []
    for sentence in sentences:
        if sentence and found and by:
            found.append(Run(by))
        found += sentence
    return tuple(found)


def _runs(text: str) -> Sentence:
    found: list[Run] = []
    for position, part in enumerate(text.split(_OPEN)):
        strong, closed, rest = part.partition(_CLOSE) if position else ("", "", part)
        found += [Run(_finish(strong), True)] if closed and strong else []
        found += [Run(_finish(rest))] if rest else []
    return tuple(found)


def _finish(text: str) -> str:
    # A number stays with the Chinese word that counts it.
    return _NUMBER_BEFORE_HAN.sub("\u00a0", text).replace(_SHIELD, "<")
