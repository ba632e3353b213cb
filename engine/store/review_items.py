"""Items that wait for a review, as they are kept: settings named ``review.ID``, current until they are closed.

What people wrote in their own words may tell a patient, so it stands in these rows, which can be erased, and in no
entry of the audit but where it is the reason for a single signature.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engine.store.gate import inner
from engine.store.settings import write_setting
from engine.store.vault import Change, Vault

REVIEW_PREFIX = "review."
_ID_BYTES = 8
_OPEN = "SELECT name, value FROM setting WHERE name GLOB 'review.*' AND ended IS NULL ORDER BY key"


class ReviewKind(StrEnum):
    """What is to be looked at."""

    EMERGENCY = "emergency"  # somebody opened a record without the role for it
    ONE_SIGNATURE = "one_signature"  # one administrator did what takes two
    ANCHOR = "anchor"  # the anchor files were not as they were left
    DRIFT = "drift"  # a month of a trained model is not like those before


@dataclass(frozen=True, slots=True)
class Review:
    """Something that nobody has looked at yet.

    ``user_id``: who did it, or found it. ``person_id``: the patient of an emergency, else empty. ``reason``: the kind
    of emergency, the action of a single signature, how the anchor stood, or what drifts. ``whom``: the user it was done
    to, or the model. ``text``: what was said, or the month.
    """

    id: str
    user_id: str
    person_id: str
    reason: str
    text: str
    opened: datetime
    kind: ReviewKind = ReviewKind.EMERGENCY
    whom: str = ""


@inner
def new_review(vault: Vault) -> str:
    """Draw the id of an item."""
    return vault.random(_ID_BYTES).hex()


@inner
def write_review(change: Change, review: Review) -> None:
    """Leave an item, within the change that it is about."""
    plain = {
        "kind": review.kind.value,
        "user": review.user_id,
        "person": review.person_id,
        "reason": review.reason,
        "text": review.text,
        "opened": review.opened.isoformat(),
        "whom": review.whom,
    }
    write_setting(change, f"{REVIEW_PREFIX}{review.id}", plain)


@inner
def review_one_signature(change: Change, told: Mapping[str, object], actor: str, action: str, opened: datetime) -> None:
    """Leave the item of a single signature, as the entry ``told`` it; where two people agreed there is none."""
    if not told.get("one_signature") or "review" not in told:
        return
    review = Review(
        id=str(told["review"]),
        user_id=actor,
        person_id="",
        reason=action,
        text=str(told["reason"]),
        opened=opened,
        kind=ReviewKind.ONE_SIGNATURE,
        whom=str(told["user"]),
    )
    write_review(change, review)


@inner
def waiting_reviews(vault: Vault) -> tuple[Review, ...]:
    """Return what nobody has looked at yet, the first one first."""
    return tuple(_review(name, json.loads(value)) for name, value in vault.rows(_OPEN))


def _review(name: str, plain: Mapping[str, str]) -> Review:
    return Review(
        id=name.removeprefix(REVIEW_PREFIX),
        user_id=plain["user"],
        person_id=plain["person"],
        reason=plain["reason"],
        text=plain["text"],
        opened=datetime.fromisoformat(plain["opened"]),
        kind=ReviewKind(plain.get("kind", ReviewKind.EMERGENCY)),
        whom=plain.get("whom", ""),
    )
