"""What no one person may do alone: who agreed, and the clinic where there is nobody else.

Restoring and turning the data key need two people of a role. Where fewer than two hold it, one may act after typing
their passphrase again and giving a reason; the audit entry is then marked "one signature".
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.errors import AccessError, PassphraseError, UsageError
from engine.store.access import slots_at_hand
from engine.store.gate import needs
from engine.store.permissions import Permission
from engine.store.roles import Role
from engine.store.slot_files import open_slot
from engine.store.slots import FLOOR, Cost, SlotKind
from engine.store.vault import Vault

MOST_SIGNS = 200  # of a reason


@dataclass(frozen=True, slots=True)
class Second:
    """Another person who agrees: their name or id, and their passphrase."""

    who: str
    passphrase: str = field(repr=False)


@needs(Permission.CLINIC_READ)
def agreed_by_two(
    vault: Vault, secret: str, role: Role, second: Second | None = None, reason: str = "", *, floor: Cost = FLOOR
) -> dict[str, str | int]:
    """Return what the audit entry says about who agreed.

    ``secret`` is the passphrase of who has the clinic open, typed again.

    Raises:
        PassphraseError: ``passphrase_wrong``; ``second_passphrase_wrong`` where it is that of the other.
        AccessError: ``access_two_people`` where another person of the role has to agree.
        UsageError: ``reason_needed`` where there is nobody else, and no reason is given.
    """
    at_hand = slots_at_hand(vault, secret, floor)
    others = [slot for slot in at_hand.file.people if role in slot.user.roles and slot.user_id != vault.user.id]
    if not others:
        return {"one_signature": 1, "reason": given_reason(reason)}
    if second is None:
        raise AccessError("access_two_people")
    try:
        opened = open_slot(at_hand.file, second.passphrase, floor, (SlotKind.PASSPHRASE,), second.who)
    except PassphraseError as error:
        raise PassphraseError("second_passphrase_wrong") from error  # whose is wrong is said: two typed one
    if opened.slot.user_id not in {slot.user_id for slot in others} or opened.slot.change_first:
        raise AccessError("access_two_people")
    return {"second": opened.slot.user_id}


def given_reason(text: str) -> str:
    """Return a reason as one line.

    Raises:
        UsageError: ``reason_needed`` when there is none.
    """
    reason = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:MOST_SIGNS]
    if not reason:
        raise UsageError("reason_needed")
    return reason
