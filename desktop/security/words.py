"""What the head of the page says of the clinic: words, tone and sign of each pill."""

from __future__ import annotations

from desktop.i18n import Texts
from engine.workflows.audit import Verification
from engine.workflows.security import SecurityOverview

PillState = tuple[str, str, str]


def log_words(overview: SecurityOverview, checked: Verification | None, texts: Texts) -> PillState:
    """Return how the log stands: as it did to its anchor at the opening, or as the last check here found it."""
    if checked is not None and not checked.sound:
        if checked.first_bad is None:
            return texts("security.log.damaged"), "danger", "octagon"
        return texts("security.log.broken", seq=checked.first_bad), "danger", "octagon"
    entries = texts.number(overview.entries)
    if overview.standing.told or overview.unseen:
        return texts("security.log.told", entries=entries), "warn", "warning"
    return texts("security.log.unbroken", entries=entries), "ok", "check"


def drill_words(overview: SecurityOverview, texts: Texts) -> PillState:
    """Return whether it is time to try a backup; shown only where it is."""
    return texts("security.drill_due"), "warn", "clock"
