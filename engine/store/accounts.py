"""The users of a clinic: who gets a slot, who loses it, and what an administrator changes about it.

Each change needs the administrator's passphrase again, since an open clinic keeps no key to its slots, and is one
audited transaction together with both copies of the slot file. What takes access from another administrator takes two
(``engine.store.two_people``). Nothing here takes data away: a copy of the slot file
that somebody kept, with the passphrase of that time, opens a copy of the data of that time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from engine.errors import AccessError, UsageError
from engine.store.access import AtHand, slots_at_hand
from engine.store.folder import ClinicFolder
from engine.store.gate import needs
from engine.store.permissions import Permission
from engine.store.recovery_key import RecoveryKey
from engine.store.review_items import new_review, review_one_signature
from engine.store.roles import Role, write_roles
from engine.store.settings import end_user, write_user
from engine.store.slot_files import readable_slot_files, same_name, swap_slots
from engine.store.slot_format import SlotFile
from engine.store.slot_renewal import resealed, with_slot
from engine.store.slots import (
    FLOOR,
    Cost,
    Slot,
    SlotKind,
    blank_recovery,
    blank_slot,
    new_signing_key,
    passphrase_secret,
    seal,
    with_letter,
)
from engine.store.two_people import Second, agreed
from engine.store.users import Access, User
from engine.store.vault import Change, Vault

_ID_BYTES = 16
_NOTHING: Mapping[str, str | int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Account:
    """A user as the slots have them. ``change_first``: their passphrase is one that somebody else has chosen."""

    user: User
    change_first: bool


@needs(Permission.CLINIC_READ)
def accounts(vault: Vault) -> tuple[Account, ...]:
    """Return everyone who has a slot, in the order in which they were added.

    Raises:
        StoreError: the slots are damaged.
    """
    people = readable_slot_files(ClinicFolder(vault.folder))[0].file.people
    return tuple(Account(slot.user, slot.change_first) for slot in people)


@needs(Permission.USERS)
def add_user(
    vault: Vault,
    secret: str,
    name: str,
    roles: Iterable[Role],
    one_time: str,
    *,
    cost: Cost = FLOOR,
    floor: Cost = FLOOR,
) -> User:
    """Give somebody a slot with a passphrase that they change when they first sign in; return them.

    Raises:
        PassphraseError: ``passphrase_wrong``: ``secret`` is not the administrator's.
        UsageError: ``user_name_empty``, ``user_name_taken``, ``user_roles_none``, ``passphrase_empty``.
        StoreError: the slots are damaged or cannot be written; nothing is changed then.
    """
    at_hand = slots_at_hand(vault, secret, floor)
    _check_name(at_hand.file, name)
    user = User(vault.random(_ID_BYTES).hex(), name, _some(roles))
    blank = blank_slot(user, SlotKind.PASSPHRASE, cost, vault.random, change_first=True)
    keys = replace(at_hand.keys, signing_key=new_signing_key(vault.random))
    new = seal(blank, at_hand.file.store_id, passphrase_secret(one_time), keys)
    file = replace(at_hand.file, slots=(*at_hand.file.slots, new))
    _swap(vault, at_hand, file, "user.add", new, lambda change: write_user(change, user))
    return user


@needs(Permission.USERS)
def remove_user(
    vault: Vault, secret: str, user_id: str, second: Second | None = None, reason: str = "", *, floor: Cost = FLOOR
) -> User:
    """Take somebody's slot away and return who it was; that of an administrator only as two agree.

    Raises:
        PassphraseError: ``passphrase_wrong``, ``second_passphrase_wrong``. UsageError: ``user_unknown``, ``user_self``,
            ``user_reason_needed``. AccessError: ``access_second_administrator``. StoreError: as ``add_user``.
    """
    at_hand = slots_at_hand(vault, secret, floor)
    slot = _slot_of(at_hand.file, user_id)
    if slot.user_id == vault.user.id:
        raise UsageError("user_self")
    _check_administrators(at_hand.file, slot, frozenset())
    told = _agreed(vault, at_hand, slot, second, reason, floor)
    file = replace(at_hand.file, slots=tuple(each for each in at_hand.file.slots if each is not slot))
    _swap(vault, at_hand, file, "user.remove", slot, lambda change: end_user(change, user_id), told)
    return slot.user


@needs(Permission.USERS)
def rename_user(vault: Vault, secret: str, user_id: str, name: str, *, floor: Cost = FLOOR) -> User:
    """Give a user another name and return them. What they did before keeps their id.

    Raises:
        PassphraseError: ``passphrase_wrong``.
        UsageError: ``user_unknown``, ``user_name_empty``, ``user_name_taken``. StoreError: as ``add_user``.
    """
    at_hand = slots_at_hand(vault, secret, floor)
    slot = _slot_of(at_hand.file, user_id)
    _check_name(at_hand.file, name, user_id)
    new = replace(slot, user_name=name)
    _swap_slot(vault, at_hand, slot, new, "user.rename")
    return new.user


@needs(Permission.USERS)
def set_roles(
    vault: Vault,
    secret: str,
    user_id: str,
    roles: Iterable[Role],
    second: Second | None = None,
    reason: str = "",
    *,
    floor: Cost = FLOOR,
) -> User:
    """Give a user these roles and no others, and return them; they hold at once, in the slot from the next sign-in.

    Another administrator loses that role only as two agree.

    Raises:
        PassphraseError: ``passphrase_wrong``, ``second_passphrase_wrong``.
        UsageError: ``user_unknown``, ``user_roles_none``, ``user_last_administrator``, ``user_reason_needed``.
        AccessError: ``access_second_administrator``. StoreError: as ``add_user``.
    """
    at_hand = slots_at_hand(vault, secret, floor)
    slot, wanted = _slot_of(at_hand.file, user_id), _some(roles)
    _check_administrators(at_hand.file, slot, wanted)
    agreement = {} if Role.ADMINISTRATOR in wanted else _agreed(vault, at_hand, slot, second, reason, floor)
    told = {"was": slot.user.roles_text, **agreement}
    new = with_letter(slot, at_hand.file.store_id, write_roles(wanted), at_hand.keys, vault.random)
    _swap_slot(vault, at_hand, slot, new, "user.roles", told)
    return new.user


@needs(Permission.USERS)
def set_passphrase(
    vault: Vault,
    secret: str,
    user_id: str,
    one_time: str,
    second: Second | None = None,
    reason: str = "",
    *,
    cost: Cost = FLOOR,
    floor: Cost = FLOOR,
) -> User:
    """Give somebody who forgot theirs a passphrase that they change when they next sign in; return them.

    They sign with a new key from then on: only the forgotten passphrase gave the old one. To an administrator, whom
    this locks out, it is given only as two agree.

    Raises:
        PassphraseError: ``passphrase_wrong``, ``second_passphrase_wrong``. UsageError: ``user_unknown``, ``user_self``,
            ``passphrase_empty``, ``user_reason_needed``. AccessError: ``access_second_administrator``.
        StoreError: as ``add_user``.
    """
    at_hand = slots_at_hand(vault, secret, floor)
    slot = _slot_of(at_hand.file, user_id)
    if slot.user_id == vault.user.id:
        raise UsageError("user_self")
    told = _agreed(vault, at_hand, slot, second, reason, floor)
    keys = replace(at_hand.keys, signing_key=new_signing_key(vault.random))
    wanted, new_secret = slot.cost.at_least(cost), passphrase_secret(one_time)
    new = resealed(slot, at_hand.file.store_id, new_secret, keys, wanted, vault.random, change_first=True)
    _swap_slot(vault, at_hand, slot, new, "user.passphrase", told)
    return new.user


@needs(Permission.USERS)
def renew_recovery(
    vault: Vault, secret: str, recovery: RecoveryKey, *, cost: Cost = FLOOR, floor: Cost = FLOOR
) -> None:
    """Put another recovery key, on paper already, in the place of the one there is; the old sheet opens nothing then.

    Raises:
        PassphraseError: ``passphrase_wrong``. StoreError: as ``add_user``.
    """
    at_hand = slots_at_hand(vault, secret, floor)
    old = next(slot for slot in at_hand.file.slots if slot.kind is SlotKind.RECOVERY)
    keys = replace(at_hand.keys, signing_key=new_signing_key(vault.random))
    blank = replace(blank_recovery(old.cost.at_least(cost), vault.random), revision=old.revision + 1)
    new = seal(blank, at_hand.file.store_id, recovery.secret, keys)
    _swap(vault, at_hand, with_slot(at_hand.file, old, new), "recovery.renew", new)


def _slot_of(file: SlotFile, user_id: str) -> Slot:
    found = [slot for slot in file.people if slot.user_id == user_id]
    if not found:
        raise UsageError("user_unknown")
    return found[0]


def _check_name(file: SlotFile, name: str, user_id: str = "") -> None:
    if not name.strip():
        raise UsageError("user_name_empty")
    others = [slot for slot in file.people if slot.user_id != user_id]
    if any(same_name(slot.user_name, name) or slot.user_id == name for slot in others):
        raise UsageError("user_name_taken")


def _some(roles: Iterable[Role]) -> frozenset[Role]:
    held = frozenset(roles)
    if not held:
        raise UsageError("user_roles_none")
    return held


def _check_administrators(file: SlotFile, slot: Slot, wanted: frozenset[Role]) -> None:
    left = [each for each in file.people if each is not slot and Role.ADMINISTRATOR in each.user.roles]
    if Role.ADMINISTRATOR not in wanted and not left:
        raise UsageError("user_last_administrator")


def _agreed(
    vault: Vault, at_hand: AtHand, slot: Slot, second: Second | None, reason: str, floor: Cost
) -> Mapping[str, str | int]:
    """Return what the entry says of who agreed to take access from another administrator; of anybody else nothing.

    With one signature an item is left for review, so that it is never done in silence.
    """
    if Role.ADMINISTRATOR not in slot.user.roles or slot.user_id == vault.user.id:
        return {}
    try:
        told = agreed(vault, at_hand.file, Role.ADMINISTRATOR, second, reason, about=slot.user_id, floor=floor)
    except AccessError as error:
        raise AccessError("access_second_administrator") from error
    except UsageError as error:
        raise UsageError("user_reason_needed") from error
    return told | {"review": new_review(vault)} if "one_signature" in told else told


def _swap_slot(
    vault: Vault, at_hand: AtHand, old: Slot, new: Slot, action: str, told: Mapping[str, str | int] = _NOTHING
) -> None:
    file = with_slot(at_hand.file, old, new)
    _swap(vault, at_hand, file, action, new, lambda change: write_user(change, new.user), told)
    if new.user_id == vault.user.id:
        # Entries say the roles that hold: nothing else of what opening gave has changed.
        vault.take(Access(new.user, vault.signer, vault.backup_public, vault.anchor_key, vault.change_first))


def _swap(
    vault: Vault,
    at_hand: AtHand,
    file: SlotFile,
    action: str,
    slot: Slot,
    within: Callable[[Change], None] | None = None,
    told: Mapping[str, str | int] = _NOTHING,
) -> None:
    detail = {"user": slot.user_id, "roles": slot.user.roles_text, "public": slot.public.hex(), **told}

    def write(change: Change) -> None:
        if within is not None:
            within(change)
        review_one_signature(change, detail, vault.user.id, action, vault.clock.now())

    swap_slots(vault, at_hand.read, file, at_hand.keys.data_key, action, detail, write)
