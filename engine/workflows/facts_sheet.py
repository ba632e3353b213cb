"""One page of plain facts on paper: what was done, when, by whom, with a line to sign. It names no patient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from engine.domain.document import Document, Part, Table
from engine.domain.report import Paper
from engine.report.formats import Formats
from engine.report.places import load_places
from engine.wording import Wording
from engine.workflows.audit import checkpoint_text
from engine.workflows.clinics import OpenClinic
from engine.workflows.settings import COUNTRY_FIELD

__all__ = ["facts_sheet", "moments"]


def facts_sheet(
    clinic: OpenClinic, words: Wording, kind: str, facts: Sequence[tuple[str, str]], paper: Paper
) -> Document:
    """Return the page of a ``kind``: its sentences are those of ``kind`` in the catalogue.

    ``facts``: name of the line and what it says, in order; what says nothing is left out.
    """
    rows = tuple((words.say(f"{kind}.line.{name}"), text) for name, text in facts if text)
    to_sign = (words.say(f"{kind}.signed"), words.say(f"{kind}.on"))
    return Document(
        language=words.language,
        paper=paper,
        made_at=clinic.clock.now(),
        document_title=words.say(f"{kind}.title"),
        practice=words.say("report.practice") if clinic.clinic.practice else None,
        clinic_name=clinic.clinic.name,
        title=words.say(f"{kind}.title"),
        facts=(),
        parts=(Part("", table=Table((), rows, (1, 2)), lines=to_sign),),
        foot=words.say("audit.said.foot", checkpoint=checkpoint_text(clinic)),
    )


def moments(clinic: OpenClinic, words: Wording) -> Callable[[datetime], str]:
    """Return how a moment is written: by the clock on the wall, the day in the order of the clinic's country."""
    country = str(clinic.clinic.settings.get(COUNTRY_FIELD, ""))
    formats = Formats(words, month_first=country in load_places().month_first)

    def moment(at: datetime) -> str:
        local = at.astimezone()
        return f"{formats.day(local.date())} {local:%H:%M}"

    return moment
