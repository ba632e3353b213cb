"""A document of headed parts: notices, lists and proofs that are printed or handed out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.domain.report import Paper, Sentence


@dataclass(frozen=True, slots=True)
class Table:
    """Rows, under heads if there are any. ``widths``: shares of the page's width, one a column."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A question with boxes to tick; ``ticked`` is the place of the one that is ticked already."""

    question: Sentence
    answers: tuple[str, ...]
    ticked: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Some of: sentences, points, boxes to tick, a table, and lines to write on under a heading.

    ``lines``: what each line is for.
    """

    title: str
    sentences: tuple[Sentence, ...] = ()
    points: tuple[Sentence, ...] = ()
    choices: tuple[Choice, ...] = ()
    table: Table | None = None
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """Everything the pages say. ``practice``: printed across them; ``facts``: lines below the title."""

    language: str
    paper: Paper
    made_at: datetime
    document_title: str
    practice: str | None
    clinic_name: str
    title: str
    facts: tuple[str, ...]
    parts: tuple[Part, ...]
    foot: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside a PDF."""

    name: str
    kind: str  # as MIME
    description: str
    content: str
