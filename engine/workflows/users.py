"""The people of a clinic: give and take access, roles, passphrases; the key after somebody leaves; emergencies.

Every change takes the passphrase of who makes it again, counted as at the unlock page.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from engine.errors import UsageError
from engine.store import (
    Account,
    EmergencyReason,
    Permission,
    RecoveryKey,
    Role,
    Second,
    User,
    accounts,
    add_user,
    agreed_by_two,
    open_emergency,
    remove_user,
    rename_user,
    renew_recovery,
    same_name,
    set_passphrase,
    set_roles,
    turn_key,
)
from engine.store.permissions import holders, permits
from engine.store.recovery_key import ALPHABET
from engine.store.roles import EVERY_ROLE
from engine.store.users import Emergency
from engine.workflows.clinics import OpenClinic, one_line
from engine.workflows.key_cost import new_slot_cost
from engine.workflows.passphrases import check_passphrase
from engine.workflows.unlock import counting

__all__ = [
    "EVERY_ROLE",
    "Account",
    "Emergency",
    "EmergencyReason",
    "NewAccess",
    "Permission",
    "Removed",
    "Role",
    "Second",
    "User",
    "add",
    "break_glass",
    "everyone",
    "find",
    "holders",
    "may",
    "needs_second",
    "new_sheet",
    "one_time_passphrase",
    "permits",
    "remove",
    "rename",
    "set_one_time",
    "set_roles_of",
    "takes_two",
    "turn",
    "who_may_agree",
]
_LONGEST_NAME = 80
_GROUPS, _GROUP_SIGNS = 4, 4
_FAIR = 256 - 256 % len(ALPHABET)  # bytes from here on would favour the first signs


@dataclass(frozen=True, slots=True)
class NewAccess:
    """A user with a passphrase that they change when they first sign in; it is kept nowhere."""

    user: User
    one_time: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Removed:
    """Who was removed, and whether the data key was turned after it.

    Where it was not, a copy of the folder made from now on still opens with their passphrase and a key file that they
    kept; where it was, only copies from before do.
    """

    user: User
    key_turned: bool


def may(clinic: OpenClinic, permission: Permission) -> bool:
    """Whether who is signed in may do something: for what is offered, never for what is done."""
    return clinic.vault.may(permission)


def everyone(clinic: OpenClinic) -> tuple[Account, ...]:
    """Return the users of the clinic, in the order in which they were added."""
    return accounts(clinic.vault)


def who_may_agree(everybody: Sequence[Account], own_id: str) -> tuple[Account, ...]:
    """Return the administrators beside one's own account who can sign: who has not signed in yet cannot."""
    return tuple(
        each
        for each in everybody
        if Role.ADMINISTRATOR in each.user.roles and each.user.id != own_id and not each.change_first
    )


def needs_second(everybody: Sequence[Account], *apart: str) -> bool:
    """Whether an administrator beside these has to agree: one who has not signed in yet counts, and cannot."""
    return any(Role.ADMINISTRATOR in each.user.roles and each.user.id not in apart for each in everybody)


def find(clinic: OpenClinic, who: str) -> User:
    """Return the user of a name or id.

    Raises:
        UsageError: ``user_unknown``.
    """
    for account in accounts(clinic.vault):
        if account.user.id == who or same_name(account.user.name, who):
            return account.user
    raise UsageError("user_unknown")


def one_time_passphrase(random: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """Draw a passphrase to be told to somebody once: four groups of four signs, about 78 bits."""
    signs = ""
    while len(signs) < _GROUPS * _GROUP_SIGNS:
        signs += "".join(ALPHABET[byte % len(ALPHABET)] for byte in random(32) if byte < _FAIR)
    return "-".join(signs[start : start + _GROUP_SIGNS] for start in range(0, _GROUPS * _GROUP_SIGNS, _GROUP_SIGNS))


def add(
    clinic: OpenClinic, passphrase: str, name: str, roles: Iterable[Role], one_time: str | None = None
) -> NewAccess:
    """Give somebody access; ``passphrase`` is that of the administrator.

    Raises:
        UsageError: ``user_name_empty``, ``user_name_taken``, ``owner_name_too_long``, ``user_roles_none``,
            ``passphrase_too_short``.
        PassphraseError: ``passphrase_wrong``, ``passphrase_wait``. AccessError: ``access_denied``.
        StoreError: the key slots are damaged or cannot be written; nothing is changed then.
    """
    told = _one_time(one_time)
    with counting(clinic):
        user = add_user(clinic.vault, passphrase, _name(name), roles, told, cost=new_slot_cost())
    return NewAccess(user, told)


def set_one_time(
    clinic: OpenClinic,
    passphrase: str,
    user_id: str,
    one_time: str | None = None,
    *,
    second: Second | None = None,
    reason: str = "",
) -> NewAccess:
    """Give somebody who forgot their passphrase another one, for once; an administrator only as two agree.

    Raises:
        UsageError: ``user_unknown``, ``user_self``, ``passphrase_too_short``, ``user_reason_needed``.
        AccessError: ``access_second_administrator``. Otherwise as ``add``.
    """
    told, agreeing = _one_time(one_time), _needed(clinic, user_id, second)
    with counting(clinic, agreeing.who if agreeing else None):
        user = set_passphrase(clinic.vault, passphrase, user_id, told, agreeing, reason, cost=new_slot_cost())
    return NewAccess(user, told)


def rename(clinic: OpenClinic, passphrase: str, user_id: str, name: str) -> User:
    """Give a user another name.

    Raises:
        UsageError: ``user_unknown``, ``user_name_empty``, ``user_name_taken``, ``owner_name_too_long``. Otherwise as
            ``add``.
    """
    with counting(clinic):
        return rename_user(clinic.vault, passphrase, user_id, _name(name))


def set_roles_of(
    clinic: OpenClinic,
    passphrase: str,
    user_id: str,
    roles: Iterable[Role],
    *,
    second: Second | None = None,
    reason: str = "",
) -> User:
    """Give a user these roles and no others; another administrator loses that role only as two agree.

    Raises:
        UsageError: ``user_unknown``, ``user_roles_none``, ``user_last_administrator``, ``user_reason_needed``.
        AccessError: ``access_second_administrator``. Otherwise as ``add``.
    """
    held = frozenset(roles)
    agreeing = None if Role.ADMINISTRATOR in held else _needed(clinic, user_id, second)
    with counting(clinic, agreeing.who if agreeing else None):
        return set_roles(clinic.vault, passphrase, user_id, held, agreeing, reason)


def remove(
    clinic: OpenClinic,
    passphrase: str,
    user_id: str,
    *,
    turning: bool = False,
    second: Second | None = None,
    reason: str = "",
) -> Removed:
    """Take somebody's access away and, where asked for, turn the data key.

    To either of the two that the person was an administrator and that the key is turned, two administrators have to
    agree; nobody has to wait for the one who is removed, though they may agree to it. That they agree is found out
    first: nobody is removed when the key could not be turned after it.

    Raises:
        UsageError: ``user_unknown``, ``user_self``, ``reason_needed``, ``user_reason_needed``.
        AccessError: ``access_two_people``, ``access_second_administrator``. StoreError: ``recovery_sheet_old``.
            Otherwise as ``add``.
    """
    agreeing = second if turning else _needed(clinic, user_id, second)
    with counting(clinic, agreeing.who if agreeing else None):
        agreed: dict[str, str | int] = {}
        if turning:
            agreed = agreed_by_two(clinic.vault, passphrase, Role.ADMINISTRATOR, second, reason, about=user_id)
        user = remove_user(clinic.vault, passphrase, user_id, agreeing, reason)
        if turning:
            turn_key(clinic.vault, passphrase, agreed)
    return Removed(user, turning)


def turn(clinic: OpenClinic, passphrase: str, second: Second | None = None, reason: str = "") -> None:
    """Encrypt the clinic under a new data key; see ``remove``."""
    with counting(clinic, second.who if second else None):
        agreed = agreed_by_two(clinic.vault, passphrase, Role.ADMINISTRATOR, second, reason)
        turn_key(clinic.vault, passphrase, agreed)


def new_sheet(clinic: OpenClinic, passphrase: str, key: RecoveryKey) -> None:
    """Put a recovery key that is on paper already in the place of the one there is. Raises as ``add``."""
    with counting(clinic):
        renew_recovery(clinic.vault, passphrase, key, cost=new_slot_cost())


def break_glass(clinic: OpenClinic, passphrase: str, person_id: str, reason: EmergencyReason, text: str) -> Emergency:
    """Let who is signed in see one person's record for an hour, with a reason; it is reviewed by another person.

    Raises:
        UsageError: ``person_unknown``, ``reason_needed``. Otherwise as ``add``.
    """
    with counting(clinic):
        return open_emergency(clinic.vault, passphrase, person_id, reason, text)


def _needed(clinic: OpenClinic, user_id: str, second: Second | None) -> Second | None:
    """Return who agrees where somebody has to; a passphrase that nobody checks is not counted as a right one either."""
    return second if takes_two(clinic, user_id) else None


def takes_two(clinic: OpenClinic, user_id: str) -> bool:
    """Whether taking access from this user takes two people: from another administrator."""
    found = next((each.user for each in accounts(clinic.vault) if each.user.id == user_id), None)
    return found is not None and found.id != clinic.vault.user.id and Role.ADMINISTRATOR in found.roles


def _name(text: str) -> str:
    name = one_line(text)
    if len(name) > _LONGEST_NAME:
        raise UsageError("owner_name_too_long", most=_LONGEST_NAME)
    return name


def _one_time(chosen: str | None) -> str:
    if chosen is None:
        return one_time_passphrase()
    check_passphrase(chosen)
    return chosen
