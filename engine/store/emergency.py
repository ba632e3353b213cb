"""Breaking the glass: one record, for an hour, with a reason, for who has no role for it; and the review after it.

It cannot be silent: the kind of reason is in the audit, and an item stays open until another person closes it. Where
nobody else may, who broke the glass closes it with their passphrase and a reason, marked "one signature". What people
wrote in their own words may tell the patient, so it stands in rows that can be erased, and in no entry of the audit.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from engine.errors import AccessError, UsageError
from engine.store.access import slots_at_hand
from engine.store.gate import needs
from engine.store.people import person_key
from engine.store.permissions import Permission, permits
from engine.store.settings import write_setting
from engine.store.slots import FLOOR, Cost
from engine.store.two_people import given_reason
from engine.store.users import Emergency
from engine.store.vault import Vault

EMERGENCY_MINUTES = 60
_PREFIX = "review."
_ID_BYTES = 8


class EmergencyReason(StrEnum):
    """Why somebody needs a record without having the role for it."""

    DANGER = "danger"  # to life or limb
    NOBODY_ELSE = "nobody_else"  # no clinician can be reached
    REFERRAL = "referral"  # another hospital asks about a patient it has before it now
    OTHER = "other"

    @property
    def key(self) -> str:
        """The key of its words."""
        return f"emergency.{self.value}"


@dataclass(frozen=True, slots=True)
class Review:
    """An emergency that nobody has looked at yet."""

    id: str
    user_id: str
    person_id: str
    reason: EmergencyReason
    text: str
    opened: datetime


@needs(Permission.EMERGENCY)
def open_emergency(
    vault: Vault, secret: str, person_id: str, reason: EmergencyReason, text: str, *, floor: Cost = FLOOR
) -> Emergency:
    """Let who has the clinic open see one person's record, and leave an item for review.

    Raises:
        PassphraseError: ``passphrase_wrong``. UsageError: ``person_unknown``, ``reason_needed``.
    """
    slots_at_hand(vault, secret, floor)
    person_key(vault, person_id)
    told, now, id_ = given_reason(text), vault.clock.now(), vault.random(_ID_BYTES).hex()
    plain = {
        "user": vault.user.id,
        "person": person_id,
        "reason": reason.value,
        "text": told,
        "opened": now.isoformat(),
    }
    with vault.change(vault.user.id, "emergency.open", (person_id,)) as change:
        write_setting(change, f"{_PREFIX}{id_}", plain)
        change.note(review=id_, reason=reason.value, minutes=EMERGENCY_MINUTES)
    emergency = Emergency(person_id, now + timedelta(minutes=EMERGENCY_MINUTES))
    vault.begin_emergency(emergency)
    return emergency


@needs(Permission.EMERGENCY)
def people_for_emergency(vault: Vault, number: str) -> tuple[str, ...]:
    """Return the ids of who has exactly this clinic number: who sees no list finds a person so, and nobody else."""
    rows = vault.rows(
        "SELECT DISTINCT root.id FROM patient JOIN patient AS root ON root.key = patient.root"
        " WHERE patient.patient_id = ? AND patient.ended IS NULL ORDER BY root.key",
        (number.strip(),),
    )
    return tuple(row[0] for row in rows)


@needs(Permission.REVIEW)
def open_reviews(vault: Vault) -> tuple[Review, ...]:
    """Return the emergencies that nobody has looked at yet, the first one first."""
    rows = vault.rows("SELECT name, value FROM setting WHERE name GLOB 'review.*' AND ended IS NULL ORDER BY key")
    return tuple(_review(name, json.loads(value)) for name, value in rows)


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
    alone = review.user_id == vault.user.id
    if alone:
        if secret is None:
            raise AccessError("access_review_own")
        people = slots_at_hand(vault, secret, floor).file.people
        others = [slot for slot in people if slot.user_id != vault.user.id]
        if any(permits(slot.user.roles, Permission.REVIEW) for slot in others):
            raise AccessError("access_review_own")
    closed = {"person": review.person_id, "closed_by": vault.user.id, "text": given_reason(text)}
    with vault.change(vault.user.id, "emergency.review", (review.person_id,)) as change:
        write_setting(change, f"{_PREFIX}{review_id}", closed)  # ends what was open, and is ended at once itself
        write_setting(change, f"{_PREFIX}{review_id}", None)
        change.note(review=review_id, **({"one_signature": 1} if alone else {}))


def _review(name: str, plain: dict[str, str]) -> Review:
    return Review(
        id=name.removeprefix(_PREFIX),
        user_id=plain["user"],
        person_id=plain["person"],
        reason=EmergencyReason(plain["reason"]),
        text=plain["text"],
        opened=datetime.fromisoformat(plain["opened"]),
    )
