"""What waits until somebody has looked at it, in words; the window and the command say the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from engine.store import Review, ReviewKind, close_review, open_reviews
from engine.store.reviews import open_anchor_findings
from engine.wording import Wording
from engine.workflows.clinics import OpenClinic
from engine.workflows.model_words import drift_item
from engine.workflows.unlock import counting

__all__ = ["Review", "ReviewKind", "anchor_findings", "anchor_sentence", "close", "sentence", "waiting"]


def waiting(clinic: OpenClinic) -> tuple[Review, ...]:
    """Return what nobody has looked at yet: emergencies, single signatures, how the anchor was found."""
    return open_reviews(clinic.vault)


def anchor_findings(clinic: OpenClinic) -> tuple[Review, ...]:
    """Return how the anchor was found, as long as nobody has looked at it; everybody may hear of it."""
    return open_anchor_findings(clinic.vault)


def close(clinic: OpenClinic, review_id: str, text: str, passphrase: str | None = None) -> None:
    """Close an item after looking at it; one's own only where nobody else may, and with the passphrase.

    Raises:
        UsageError: ``review_unknown``, ``reason_needed``. AccessError: ``access_review_own``, ``access_denied``.
        PassphraseError: ``passphrase_wrong``, ``passphrase_wait``.
    """
    if passphrase is None:
        close_review(clinic.vault, review_id, text)
        return
    with counting(clinic):
        close_review(clinic.vault, review_id, text, passphrase)


def sentence(
    review: Review,
    words: Wording,
    user: Callable[[str], str],
    people: Mapping[str, str],
    when: Callable[[datetime], str],
) -> str:
    """Return what happened. ``user`` gives the name of a user; ``people``: names by id, as far as they may be known."""
    told = {"who": user(review.user_id), "when": when(review.opened)}
    if review.kind is ReviewKind.ANCHOR:
        return words.say("review.anchor", found=words.say(f"audit.standing.{review.reason}", missing=0), **told)
    if review.kind is ReviewKind.DRIFT:
        return drift_item(review.reason, review.text, review.whom, words)
    if review.kind is ReviewKind.ONE_SIGNATURE:
        what = words.say(f"audit.action.{review.reason}")
        return words.say("review.one_signature", what=what, whom=user(review.whom), text=review.text, **told)
    whom = people.get(review.person_id) or words.say("audit.told.person", id=review.person_id[:8])
    reason = words.say(f"emergency.{review.reason}")
    return words.say("review.emergency", whom=whom, reason=reason, text=review.text, **told)


def anchor_sentence(review: Review, words: Wording, when: Callable[[datetime], str]) -> str:
    """Return how the anchor was found, for who opens the clinic while nobody has looked at it."""
    found = words.say(f"audit.standing.{review.reason}", missing=0)
    return words.say("review.anchor_open", found=found, when=when(review.opened))
