"""The report of a restore drill on paper: evidence that backups open, kept in a folder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from engine.domain.facts_page import FactsPage
from engine.domain.report import Paper
from engine.errors import StoreError
from engine.report import facts_images, typeset_facts
from engine.report.formats import Formats
from engine.report.places import load_places
from engine.store.backup.drill import LastDrill, drill_report
from engine.store.settings import actor_names
from engine.wording import load_wording
from engine.workflows.audit import checkpoint_text
from engine.workflows.clinics import OpenClinic
from engine.workflows.settings import COUNTRY_FIELD

__all__ = ["drill_sheet", "facts_images", "typeset_facts"]


def drill_sheet(clinic: OpenClinic, language: str, paper: Paper = Paper.A4) -> FactsPage:
    """Return the report of the last drill that went well.

    Raises:
        StoreError: ``backup_none``: there was none.
    """
    last = drill_report(clinic.vault)
    if last is None:
        raise StoreError("backup_none")
    wording = load_wording(language)
    country = str(clinic.clinic.settings.get(COUNTRY_FIELD, ""))
    formats = Formats(wording, month_first=country in load_places().month_first)

    def moment(at: datetime) -> str:
        local = at.astimezone()
        return f"{formats.day(local.date())} {local:%H:%M}"

    who = "" if last.by is None else actor_names(clinic.vault)(last.by)
    told = _told(last, who, moment, wording.say("drill_sheet.not_read"))
    return FactsPage(
        language=language,
        paper=paper,
        made_on=clinic.clock.today(),
        document_title=wording.say("drill_sheet.title"),
        practice=wording.say("report.practice") if clinic.clinic.practice else None,
        clinic_name=clinic.clinic.name,
        title=wording.say("drill_sheet.title"),
        lines=tuple((wording.say(f"drill_sheet.line.{name}"), text) for name, text in told if text),
        signature=(wording.say("drill_sheet.signed"), wording.say("drill_sheet.on")),
        foot=wording.say("audit.said.foot", checkpoint=checkpoint_text(clinic)),
    )


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
