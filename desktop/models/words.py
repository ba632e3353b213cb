"""How a tool stands, in words: short for the list, a sentence beside the tool itself."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.i18n import Texts
from engine.domain.clinic_packs import PackOrigin
from engine.workflows.pack_shelf import PackStanding, ShelfPack

# Tone and sign of each standing; both only repeat what the words say.
_LOOKS = {
    PackStanding.ON: ("ok", "check"),
    PackStanding.REPLACED: ("info", "undo"),
    PackStanding.ELSEWHERE: ("info", "globe"),
    PackStanding.TO_ACCEPT: ("warn", "question"),
    PackStanding.OFF: ("info", "pause"),
    PackStanding.WITHDRAWN: ("danger", "octagon"),
    PackStanding.DAMAGED: ("danger", "octagon"),
}


@dataclass(frozen=True, slots=True)
class StandingWords:
    """``tone``: as ``Pill`` takes it; ``icon``: of ``resources/icons``."""

    text: str
    tone: str
    icon: str


def short_standing(standing: PackStanding, texts: Texts) -> StandingWords:
    """Return how a tool stands in one or two words."""
    return StandingWords(texts(f"models.standing.{standing}"), *_LOOKS[standing])


def standing_sentence(pack: ShelfPack, in_place: str, texts: Texts) -> str:
    """Return how a tool stands and why; ``in_place``: titles of what stands in its place."""
    if pack.standing in (PackStanding.ON, PackStanding.ELSEWHERE):
        return texts(f"models.said.{pack.standing}_{pack.use}")
    day = "" if pack.since is None else texts.date(pack.since.astimezone().date())
    return texts(f"models.said.{pack.standing}", title=in_place, day=day, reason=pack.reason or "")


def origin_words(pack: ShelfPack, texts: Texts) -> str:
    """Return who vouches for a tool; nothing for one that came with the program."""
    if pack.origin is PackOrigin.MADE_HERE and pack.trained:
        return texts("models.origin.trained_here")
    return "" if pack.origin is PackOrigin.SHIPPED else texts(f"models.origin.{pack.origin}")
