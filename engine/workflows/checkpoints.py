"""Checkpoints on paper: what stands on a page today tells later whether the past was rewritten."""

from __future__ import annotations

from engine.domain.facts_page import FactsPage
from engine.domain.report import Paper
from engine.report import facts_images, typeset_facts
from engine.report.formats import Formats
from engine.report.places import load_places
from engine.store.audit.checkpoint import CheckpointAnswer, parse_checkpoint
from engine.store.audit_log import current_checkpoint
from engine.store.checkpoints import compare_checkpoint
from engine.wording import load_wording
from engine.workflows.clinics import OpenClinic
from engine.workflows.settings import COUNTRY_FIELD

__all__ = ["CheckpointAnswer", "checkpoint_sheet", "compare", "facts_images", "typeset_facts"]


def compare(clinic: OpenClinic, text: str) -> CheckpointAnswer:
    """Return what the open clinic says to a checkpoint as a person types it from paper.

    Raises:
        UsageError: ``checkpoint_shape``.
    """
    return compare_checkpoint(clinic.vault, parse_checkpoint(text))


def checkpoint_sheet(clinic: OpenClinic, language: str, paper: Paper = Paper.A4) -> FactsPage:
    """Return a page that holds the checkpoint of now; it names no patient."""
    wording = load_wording(language)
    country = str(clinic.clinic.settings.get(COUNTRY_FIELD, ""))
    formats = Formats(wording, month_first=country in load_places().month_first)
    checkpoint = current_checkpoint(clinic.vault)
    now = clinic.clock.now().astimezone()
    told = (
        ("at", f"{formats.day(now.date())} {now:%H:%M}"),
        ("entries", f"{checkpoint.seq:,}"),
        ("by", clinic.vault.user.name),
        ("checkpoint", str(checkpoint)),
        ("use", wording.say("checkpoint_sheet.use")),
    )
    return FactsPage(
        language=language,
        paper=paper,
        made_on=clinic.clock.today(),
        document_title=wording.say("checkpoint_sheet.title"),
        practice=wording.say("report.practice") if clinic.clinic.practice else None,
        clinic_name=clinic.clinic.name,
        title=wording.say("checkpoint_sheet.title"),
        lines=tuple((wording.say(f"checkpoint_sheet.line.{name}"), text) for name, text in told if text),
        signature=(wording.say("checkpoint_sheet.signed"), wording.say("checkpoint_sheet.on")),
        foot=wording.say("audit.said.foot", checkpoint=str(checkpoint)),
    )
