"""Checkpoints on paper: what stands on a page today tells later whether the past was rewritten."""

from __future__ import annotations

from engine.domain.document import Document
from engine.domain.report import Paper
from engine.report import document_images, typeset_document
from engine.store.audit.checkpoint import CheckpointAnswer, parse_checkpoint
from engine.store.audit_log import current_checkpoint
from engine.store.checkpoints import compare_checkpoint
from engine.wording import load_wording
from engine.workflows.clinics import OpenClinic
from engine.workflows.facts_sheet import facts_sheet, moments

__all__ = ["CheckpointAnswer", "checkpoint_sheet", "compare", "document_images", "typeset_document"]


def compare(clinic: OpenClinic, text: str) -> CheckpointAnswer:
    """Return what the open clinic says to a checkpoint as a person types it from paper.

    Raises:
        UsageError: ``checkpoint_shape``.
    """
    return compare_checkpoint(clinic.vault, parse_checkpoint(text))


def checkpoint_sheet(clinic: OpenClinic, language: str, paper: Paper = Paper.A4) -> Document:
    """Return a page that holds the checkpoint of now; it names no patient."""
    words = load_wording(language)
    checkpoint = current_checkpoint(clinic.vault)
    told = (
        ("at", moments(clinic, words)(clinic.clock.now())),
        ("entries", f"{checkpoint.seq:,}"),
        ("by", clinic.vault.user.name),
        ("checkpoint", str(checkpoint)),
        ("use", words.say("checkpoint_sheet.use")),
    )
    return facts_sheet(clinic, words, "checkpoint_sheet", told, paper)
