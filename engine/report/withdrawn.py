"""The flag on a result whose pack was withdrawn after it was made."""

from __future__ import annotations

from engine.domain.report import Sentence
from engine.domain.results import PackRef
from engine.report.case import Case
from engine.report.sentences import say


def withdrawn_line(case: Case, pack: PackRef) -> Sentence:
    """Return that this very pack was withdrawn and why; nothing where it was not."""
    reason = case.withdrawn.get(pack.digest)
    if reason is None:
        return ()
    return say(case.wording, "report.withdrawn", pack=pack.id, version=pack.version, reason=reason)
