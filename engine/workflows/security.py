"""How a clinic stands: its audit and its anchor, the last backup, what is due. What a page of security begins with."""

from __future__ import annotations

from dataclasses import dataclass

from engine.store.audit.anchor import Standing
from engine.store.audit_log import audit_count
from engine.workflows.backups import BackupStanding, backup_standing
from engine.workflows.clinics import OpenClinic
from engine.workflows.reviews import Review, anchor_findings

__all__ = ["BackupStanding", "SecurityOverview", "Standing", "security_overview"]


@dataclass(frozen=True, slots=True)
class SecurityOverview:
    """``entries`` of the audit; ``standing``: how the store stood to its anchor when it was opened.

    ``unseen``: how the anchor was found at earlier openings, as long as nobody has looked at it.
    """

    entries: int
    standing: Standing
    backup: BackupStanding
    unseen: tuple[Review, ...] = ()


def security_overview(clinic: OpenClinic) -> SecurityOverview:
    """Return how the clinic stands; reads a few rows."""
    standing = clinic.vault.ledger.state.standing
    return SecurityOverview(audit_count(clinic.vault), standing, backup_standing(clinic), anchor_findings(clinic))
