"""The recovery sheet: what the one page says that opens a clinic when its passphrase is lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from engine.domain.report import Paper, Sentence


@dataclass(frozen=True, slots=True)
class Steps:
    """Sentences under a heading, in order; ``note`` stands below them."""

    title: str
    items: tuple[Sentence, ...]
    note: Sentence = ()


@dataclass(frozen=True, slots=True)
class Holders:
    """An empty table: who keeps which copy."""

    title: str
    heads: tuple[str, str, str, str]  # place, name, date, signature
    rows: int


@dataclass(frozen=True, slots=True)
class RecoverySheet:
    """Everything the sheet says. ``rows`` are the key itself, two groups and a row check each: kept out of ``repr``."""

    language: str
    paper: Paper
    made_on: date
    document_title: str
    practice: str | None
    clinic_name: str
    title: str
    copies: tuple[str, str, str]  # the word, first of two, second of two
    printed: str
    warning: Sentence
    key_title: str
    key_heads: tuple[str, str, str]  # row, what to type, row check
    rows: tuple[tuple[str, str, str], ...] = field(repr=False)
    key_note: Sentence
    when: Steps
    how: Steps
    now: Steps  # boxes to tick
    holders: Holders
    small_print: tuple[Sentence, ...]
