"""A page of plain facts on paper: what was done, when, by whom, with a line to sign."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from engine.domain.report import Paper


@dataclass(frozen=True, slots=True)
class FactsPage:
    """Everything the page says. ``lines``: name and value, in order; ``foot``: a checkpoint of the audit."""

    language: str
    paper: Paper
    made_on: date
    document_title: str
    practice: str | None
    clinic_name: str
    title: str
    lines: tuple[tuple[str, str], ...]
    signature: tuple[str, str]  # the words before two empty lines: signed, on
    foot: str
