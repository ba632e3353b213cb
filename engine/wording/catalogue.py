"""Codes become sentences here and nowhere else.

A catalogue is a folder of TOML files per language (``resources/i18n/<language>/<room>.toml``). A sentence is found by
its dotted key, ``<room>.<...>``; placeholders are named and are filled after translation. Every language holds the
same keys with the same placeholders (a test fails otherwise).
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any

from engine.errors import BugError, EngineError
from engine.resources import resources_folder

LANGUAGES = ("en", "zh")


class Wording:
    """The sentences of one language."""

    def __init__(self, language: str, sentences: Mapping[str, str]) -> None:
        self.language = language
        self._sentences = sentences

    def __contains__(self, key: object) -> bool:
        return key in self._sentences

    def say(self, key: str, /, **values: object) -> str:
        """Return the sentence of ``key`` with its placeholders filled.

        Raises:
            BugError: when the key is unknown or a placeholder has no value.
        """
        try:
            return self._sentences[key].format(**values)
        except KeyError as error:
            raise BugError("sentence_missing", key=key) from error

    def error(self, error: EngineError) -> str:
        """Return the sentence and remedy of an error of the engine."""
        return self.say(f"error.{error.code}", **error.details)

    def keys(self) -> frozenset[str]:
        """Return every key of this language."""
        return frozenset(self._sentences)

    def placeholders(self, key: str) -> frozenset[str]:
        """Return the names of the placeholders of a sentence."""
        return frozenset(name for _, name, _, _ in string.Formatter().parse(self._sentences[key]) if name)


@cache
def load_wording(language: str) -> Wording:
    """Return the sentences of a language, one of LANGUAGES."""
    if language not in LANGUAGES:
        raise BugError("language_unknown", language=language)
    sentences: dict[str, str] = {}
    for file in sorted((resources_folder() / "i18n" / language).glob("*.toml")):
        for key, sentence in load_room(language, file.stem).items():
            if key in sentences:
                raise BugError("sentence_twice", key=key)
            sentences[key] = sentence
    return Wording(language, sentences)


@cache
def load_room(language: str, room: str) -> Mapping[str, str]:
    """Return the sentences of one file of a language, by key; none where there is no such file."""
    file = resources_folder() / "i18n" / language / f"{room}.toml"
    return dict(_flatten(tomllib.loads(file.read_text(encoding="utf-8")))) if file.is_file() else {}


def _flatten(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        if isinstance(value, dict):
            found += _flatten(value, f"{prefix}{key}.")
        else:
            found.append((f"{prefix}{key}", str(value)))
    return found
