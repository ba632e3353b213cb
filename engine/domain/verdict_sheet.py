"""The printed verdict on a trained model: everything its one page says, and the picture it draws."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.domain.model_card import CardTable, Plot
from engine.domain.report import Paper


@dataclass(frozen=True, slots=True)
class Listed:
    """Sentences under a heading."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeadedTable:
    """A table under a heading, with notes below it."""

    title: str
    table: CardTable
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signing:
    """What people fill in: who may, boxes to tick, a line for the reason, and lines for each person to write on.

    ``people``: who signs, one row each; ``fields``: what stands before the blanks of a row.
    """

    title: str
    rules: tuple[str, ...]
    boxes: tuple[str, ...]
    reason: str
    people: tuple[str, ...]
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VerdictSheet:
    """The page. ``facts``: lines beside the title."""

    language: str
    paper: Paper
    made_at: datetime
    document_title: str
    practice: str | None
    kind: str
    title: str
    facts: tuple[str, ...]
    verdict: str
    meaning: str
    why: Listed
    next: Listed
    looked_at: HeadedTable
    figures: HeadedTable | None
    groups: HeadedTable | None
    plot: Plot | None
    signing: Signing
    foot: str
