"""Taking an import back: what it would do, and doing it."""

from __future__ import annotations

from engine.domain.undo import Conflict, ConflictKind, UndoCounts, UndoSummary
from engine.store import undo_import
from engine.workflows.clinics import OpenClinic

__all__ = ["Conflict", "ConflictKind", "UndoCounts", "UndoSummary", "look_at_undo", "take_back"]


def look_at_undo(clinic: OpenClinic, import_id: str) -> UndoSummary:
    """Say what taking an import back would do; nothing is changed.

    Raises:
        UsageError: ``import_unknown``; ``import_undone`` when it was taken back before.
    """
    return undo_import(clinic.vault, import_id, clinic.actor, rehearse=True)


def take_back(clinic: OpenClinic, import_id: str) -> UndoSummary:
    """Take an import back: exactly what it added or changed goes, what it replaced comes back.

    What was typed since stays and is listed. Assessments and pages that were made stay as what was said then.

    Raises:
        UsageError: ``import_unknown``; ``import_undone``. StoreError: nothing was taken back.
    """
    return undo_import(clinic.vault, import_id, clinic.actor)
