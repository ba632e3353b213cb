"""Looking at what waits for it: an item stays open until somebody has said what they found, and cannot be silent.

An emergency and what one administrator did with one signature are looked at by another person. Where nobody else may,
who did it closes the item with their passphrase and a reason, marked "one signature". Anchor files that were not as
they were left, and a model that drifts, are nobody's act: anybody who may review says what it was.
"""

from __future__ import annotations

from engine.errors import AccessError, UsageError
from engine.store.access import slots_at_hand
from engine.store.gate import needs
from engine.store.permissions import Permission, permits
from engine.store.review_items import REVIEW_PREFIX, Review, ReviewKind, waiting_reviews
from engine.store.settings import write_setting
from engine.store.slots import FLOOR, Cost
from engine.store.two_people import given_reason
from engine.store.vault import Vault

_OF_SOMEBODY = frozenset({ReviewKind.EMERGENCY, ReviewKind.ONE_SIGNATURE})


@needs(Permission.REVIEW)
def open_reviews(vault: Vault) -> tuple[Review, ...]:
    """Return what nobody has looked at yet, the first one first."""
    return waiting_reviews(vault)


@needs(Permission.CLINIC_READ)
def open_anchor_findings(vault: Vault) -> tuple[Review, ...]:
    """Return how the anchor was found, as long as nobody has looked at it: everybody is told."""
    return tuple(each for each in waiting_reviews(vault) if each.kind is ReviewKind.ANCHOR)


@needs(Permission.REVIEW)
def close_review(vault: Vault, review_id: str, text: str, secret: str | None = None, *, floor: Cost = FLOOR) -> None:
    """Close an item after looking at it; ``text`` says what was found.

    Raises:
        UsageError: ``review_unknown``, ``reason_needed``.
        AccessError: ``access_review_own``: another person has to; where there is none, ``secret`` is needed.
        PassphraseError: ``passphrase_wrong``.
    """
    review = next((each for each in open_reviews(vault) if each.id == review_id), None)
    if review is None:
        raise UsageError("review_unknown")
    alone = review.kind in _OF_SOMEBODY and review.user_id == vault.user.id
    if alone:
        if secret is None:
            raise AccessError("access_review_own")
        people = slots_at_hand(vault, secret, floor).file.people
        others = [slot for slot in people if slot.user_id != vault.user.id]
        if any(permits(slot.user.roles, Permission.REVIEW) for slot in others):
            raise AccessError("access_review_own")
    closed = {"person": review.person_id, "closed_by": vault.user.id, "text": given_reason(text)}
    emergency = review.kind is ReviewKind.EMERGENCY
    subjects = (review.person_id,) if emergency else ()
    with vault.change(vault.user.id, "emergency.review" if emergency else "review.close", subjects) as change:
        write_setting(change, f"{REVIEW_PREFIX}{review_id}", closed)  # ends what was open, and is ended at once itself
        write_setting(change, f"{REVIEW_PREFIX}{review_id}", None)
        change.note(review=review_id, **({"one_signature": 1} if alone else {}))
        if not emergency:
            change.note(kind=review.kind.value)
