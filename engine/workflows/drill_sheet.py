"""The report of a restore drill on paper: evidence that backups open, kept in a folder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from engine.domain.document import Document
from engine.domain.report import Paper
from engine.errors import StoreError
from engine.report import document_images, typeset_document
from engine.store.backup.drill import LastDrill, drill_report
from engine.store.settings import actor_names
from engine.wording import load_wording
from engine.workflows.clinics import OpenClinic
from engine.workflows.facts_sheet import facts_sheet, moments

__all__ = ["document_images", "drill_sheet", "typeset_document"]


def drill_sheet(clinic: OpenClinic, language: str, paper: Paper = Paper.A4) -> Document:
    """Return the report of the last drill that went well.

    Raises:
        StoreError: ``backup_none``: there was none.
    """
    last = drill_report(clinic.vault)
    if last is None:
        raise StoreError("backup_none")
    words = load_wording(language)
    who = "" if last.by is None else actor_names(clinic.vault)(last.by)
    told = _told(last, who, moments(clinic, words), words.say("drill_sheet.not_read"))
    return facts_sheet(clinic, words, "drill_sheet", told, paper)


def _told(last: LastDrill, who: str, moment: Callable[[datetime], str], not_read: str) -> tuple[tuple[str, str], ...]:
    """Return name and text of each line; an empty text is left out."""

    def number(count: float | None) -> str:
        return "" if count is None else f"{count:,}"

    return (
        ("at", moment(last.at)),
        ("by", who),
        ("name", last.name),
        ("made_at", "" if last.made_at is None else moment(last.made_at)),
        ("size", "" if last.size is None else f"{last.size / 1e6:.1f} MB"),
        ("people", number(last.people)),
        ("visits", number(last.visits)),
        ("compared", number(last.compared)),
        ("seconds", "" if last.seconds is None else f"{last.seconds:.0f} s"),
        ("read", not_read if last.read_at is None else moment(last.read_at)),
    )
