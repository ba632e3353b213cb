"""What no one person may do alone: who agreed, and the clinic where there is nobody else.

Restoring, turning the data key, erasing and taking access from an administrator need two people of a role. Where fewer
than two hold it, one may act after typing their passphrase again and giving a reason; the audit entry is then marked
"one signature". Whose access is taken away does not count as one of the two, but may agree to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.errors import AccessError, PassphraseError, UsageError
from engine.store.access import slots_at_hand
from engine.store.gate import inner, needs
from engine.store.known_slots import check_known
from engine.store.permissions import Permission
from engine.store.roles import Role
from engine.store.slot_files import Opened, open_slot
from engine.store.slot_format import SlotFile
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
    vault: Vault,
    secret: str,
    role: Role,
    second: Second | None = None,
    reason: str = "",
    *,
    about: str = "",
    floor: Cost = FLOOR,
) -> dict[str, str | int]:
    """Return what the audit entry says about who agreed.

    ``secret`` is the passphrase of who has the clinic open, typed again. ``about``: the id of the user whose access is
    taken away: they may agree to it, but nobody has to wait for them.

    Raises:
        PassphraseError: ``passphrase_wrong``; ``second_passphrase_wrong`` where it is that of the other.
        AccessError: ``access_two_people`` where another person of the role has to agree.
        UsageError: ``reason_needed`` where there is nobody else, and no reason is given.
        StoreError: ``store_slots_old`` where the other is no user any more.
    """
    return agreed(vault, slots_at_hand(vault, secret, floor).file, role, second, reason, about=about, floor=floor)


@inner
def agreed(
    vault: Vault, slots: SlotFile, role: Role, second: Second | None, reason: str, *, about: str = "", floor: Cost
) -> dict[str, str | int]:
    """As ``agreed_by_two``, for who has typed their passphrase already."""
    held = {slot.user_id for slot in slots.people if role in slot.user.roles} - {vault.user.id}
    if second is None or not held:
        if held - {about}:
            raise AccessError("access_two_people")
        return {"one_signature": 1, "reason": given_reason(reason)}
    opened = open_second(slots, second, floor)
    if opened.slot.user_id not in held or opened.slot.change_first:
        raise AccessError("access_two_people")
    check_known(vault.ledger.database, opened.slot)
    return {"second": opened.slot.user_id}


def open_second(slots: SlotFile, second: Second, floor: Cost) -> Opened:
    """Return the slot of another person who agrees, and its keys.

    Raises:
        PassphraseError: ``second_passphrase_wrong``: whose is wrong is said, for two typed one.
    """
    try:
        return open_slot(slots, second.passphrase, floor, (SlotKind.PASSPHRASE,), second.who)
    except PassphraseError as error:
        raise PassphraseError("second_passphrase_wrong") from error


def given_reason(text: str) -> str:
    """Return a reason as one line.

    Raises:
        UsageError: ``reason_needed`` when there is none.
    """
    reason = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:MOST_SIGNS]
    if not reason:
        raise UsageError("reason_needed")
    return reason
