"""What a record says of saved numbers whose tool was withdrawn later: which, of which day, why, what was printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from engine.domain.clinic_packs import WithdrawnResult
from engine.errors import PackError
from engine.workflows.clinic_packs import withdrawn_of
from engine.workflows.clinics import OpenClinic


@dataclass(frozen=True, slots=True)
class WithdrawnLine:
    """One saved number that is not to be relied on. ``printed``: the days on which a page with it went to a printer."""

    titles: Mapping[str, str]
    version: str
    visit_date: date
    reason: str
    printed: tuple[date, ...]


def withdrawn_lines(clinic: OpenClinic, person_id: str) -> tuple[WithdrawnLine, ...]:
    """Return the saved numbers of a person whose tool was withdrawn, the latest visit first.

    Raises:
        UsageError: ``person_unknown``.
    """
    found = withdrawn_of(clinic, person_id)
    return tuple(_line(clinic, each) for each in sorted(found, key=lambda each: each.visit_date, reverse=True))


def _line(clinic: OpenClinic, found: WithdrawnResult) -> WithdrawnLine:
    moments = sorted(moment for pages in found.pages for moment in pages.printed_at)
    printed = dict.fromkeys(moment.astimezone().date() for moment in moments)
    return WithdrawnLine(
        _titles(clinic, found.pack.id), found.pack.version, found.visit_date, found.reason, tuple(printed)
    )


def _titles(clinic: OpenClinic, pack_id: str) -> Mapping[str, str]:
    """Return what a tool is called; its id where it is no longer at hand."""
    try:
        title = clinic.library.get(pack_id).manifest.title
    except PackError:
        return {"en": pack_id, "zh": pack_id}
    return {"en": title.en, "zh": title.zh}
