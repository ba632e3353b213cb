"""Breaking the glass: one record, for an hour, with a reason, for who has no role for it; and the review after it.

It cannot be silent: the kind of reason is in the audit, and an item stays open until another person closes it
(``engine.store.reviews``).
"""

from __future__ import annotations

import time
from datetime import timedelta
from enum import StrEnum

from engine.store.access import slots_at_hand
from engine.store.gate import needs
from engine.store.people import person_key
from engine.store.permissions import Permission
from engine.store.review_items import Review, new_review, write_review
from engine.store.slots import FLOOR, Cost
from engine.store.two_people import given_reason
from engine.store.users import Emergency
from engine.store.vault import Vault

EMERGENCY_MINUTES = 60


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
    told, now, id_ = given_reason(text), vault.clock.now(), new_review(vault)
    with vault.change(vault.user.id, "emergency.open", (person_id,)) as change:
        write_review(change, Review(id_, vault.user.id, person_id, reason.value, told, now))
        change.note(review=id_, reason=reason.value, minutes=EMERGENCY_MINUTES)
    lasts = timedelta(minutes=EMERGENCY_MINUTES)
    emergency = Emergency(person_id, now + lasts, time.monotonic() + lasts.total_seconds())
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
