"""Unlock a clinic: with a passphrase, tries counted; with the recovery sheet; and change the passphrase."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from engine.domain.ports import Clock
from engine.errors import Cancelled, PassphraseError, StoreError, UsageError
from engine.risk.predictors import Predictors
from engine.store import (
    ClinicFront,
    SlotKind,
    Tries,
    User,
    Vault,
    clinic_front,
    every_try,
    forget_tries,
    is_clinic,
    parse_recovery_key,
    read_tries,
    replace_passphrase,
    same_name,
    write_tries,
)
from engine.store import open_clinic as open_store
from engine.workflows.clinics import OpenClinic, in_vault
from engine.workflows.key_cost import new_slot_cost, raised_cost
from engine.workflows.passphrases import check_passphrase

_RANDOM = secrets.token_bytes  # for the names of temporary files only


@dataclass(frozen=True, slots=True)
class UnlockState:
    """What an unlock page shows. Read without a key, so nobody can vouch for it.

    ``people`` may sign in. What else it tells is about one of them: the one asked about, or the first.
    """

    practice: bool
    people: tuple[User, ...]
    seconds_to_wait: int
    tries_left: int
    exists: bool

    @property
    def owner_name(self) -> str:
        """The name of the first user; empty where nobody gave one."""
        return self.people[0].name if self.people else ""


def unlock_state(folder: Path, clock: Clock, who: str | None = None) -> UnlockState:
    """Return what is known of a clinic before it is unlocked; ``exists`` is False where there is none.

    Raises:
        StoreError: there is a clinic, but its files are damaged, newer or cannot be read.
    """
    if not is_clinic(folder):
        return UnlockState(practice=False, people=(), seconds_to_wait=0, tries_left=Tries().left, exists=False)
    front = clinic_front(folder)
    tries = read_tries(folder, clock, _RANDOM, _counted_as(front, who))
    return UnlockState(front.practice, front.people, tries.seconds_left(clock.now()), tries.left, exists=True)


def unlock(
    folder: Path, secret: str, clock: Clock, predictors: Predictors | None = None, who: str | None = None
) -> OpenClinic:
    """Open a clinic with a passphrase or recovery key; the caller closes it with ``clinic.vault.close()``.

    Wrong tries are counted for each user before they are made, and waited for after five (see
    ``engine.store.tries``); the audit hears of those of everybody. A clinic that could not be opened for another
    reason costs no try. Where the passphrase is one that somebody else has chosen, nothing but changing it is allowed
    (``change_passphrase``); ``clinic.vault.change_first`` tells.

    Args:
        folder: of the clinic.
        secret: the passphrase, or the recovery key.
        clock: what time it is.
        predictors: those at hand already; None loads them.
        who: the name or id of the user; may be left out where there is only one, and with the recovery key.

    Raises:
        PassphraseError: ``passphrase_wrong``; ``passphrase_wait`` with ``seconds``, and nothing was tried.
        UsageError: ``user_needed``.
        StoreError: the store is missing, damaged, newer, in use or cannot be written.
    """
    front = clinic_front(folder)  # where there is no clinic nothing is counted, nor any file made
    if not secret:
        raise PassphraseError("passphrase_wrong")
    with _counted(folder, clock, _counted_as(front, who)) as before:
        vault = open_store(folder, secret, clock, who=who, dearer=raised_cost)
    return _opened(vault, before, clock, predictors)


def recover(
    folder: Path,
    key_text: str,
    new_passphrase: str,
    clock: Clock,
    predictors: Predictors | None = None,
    user_id: str | None = None,
) -> OpenClinic:
    """Open a clinic with its recovery sheet and give an administrator a new passphrase; the old one opens nothing then.

    ``user_id`` says which (None: the first). The recovery key stays as it is. It is too long to be guessed, so nothing
    is counted, and nobody waits who has it.

    Raises:
        UsageError: ``passphrase_too_short``.
        PassphraseError: ``recovery_key_shape``, ``recovery_key_row``; ``recovery_key_other``: that of another.
        StoreError: as ``unlock``; or the key slots cannot be written, and the old passphrase stays.
    """
    check_passphrase(new_passphrase)
    key = parse_recovery_key(key_text)
    try:
        vault = open_store(folder, key.text, clock)
    except PassphraseError as error:
        raise PassphraseError("recovery_key_other") from error
    with vault:
        user = replace_passphrase(
            vault, key.text, SlotKind.RECOVERY, new_passphrase, user_id=user_id, cost=new_slot_cost()
        )
    # Opened anew: from here on somebody acts who has a name, and no longer the sheet.
    vault = open_store(folder, new_passphrase, clock, who=user.id)
    before = read_tries(folder, clock, _RANDOM, user.id)
    forget_tries(folder, _RANDOM, user.id)
    return _opened(vault, before, clock, predictors)


def change_passphrase(clinic: OpenClinic, old: str, new: str) -> None:
    """Change the passphrase of who has the clinic open. The recovery key stays as it is.

    A wrong old passphrase counts as one at the unlock page does: the open clinic is no place to guess at it either.

    Raises:
        UsageError: ``passphrase_too_short``, ``passphrase_same`` where somebody else had chosen the old one.
        PassphraseError: ``passphrase_wrong``, ``passphrase_wait``.
        StoreError: the key slots cannot be written, and the old passphrase stays.
    """
    check_passphrase(new)
    if clinic.vault.change_first and new == old:
        raise UsageError("passphrase_same")
    with counting(clinic) as before:
        replace_passphrase(clinic.vault, old, SlotKind.PASSPHRASE, new, cost=new_slot_cost())
    _tell_audit(clinic.vault, before)


@contextmanager
def counting(clinic: OpenClinic) -> Iterator[Tries]:
    """Count a passphrase that is typed again in an open clinic, as one at the unlock page is counted."""
    with _counted(clinic.vault.folder, clinic.clock, clinic.vault.user.id) as before:
        yield before


@contextmanager
def counted_opening(folder: Path, clock: Clock, who: str | None) -> Iterator[Tries]:
    """Count an opening that is made in the block, as ``unlock`` counts its own; see ``told``.

    Raises:
        PassphraseError: ``passphrase_wait``, and nothing was tried. StoreError: there is no readable clinic.
    """
    with _counted(folder, clock, _counted_as(clinic_front(folder), who)) as before:
        yield before


def tell_audit(vault: Vault, before: Tries) -> None:
    """Write down the wrong tries from before an opening, and those of others that the audit has not heard of yet."""
    _tell_audit(vault, before)


def _counted_as(front: ClinicFront, who: str | None) -> str:
    """Return under which word tries are counted: the id of a user, or what stands for a name that nobody has."""
    if who is None:
        return front.people[0].id if front.people else ""
    known = [user.id for user in front.people if user.id == who or same_name(user.name, who)]
    return known[0] if known else "?" + hashlib.sha256(who.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@contextmanager
def _counted(folder: Path, clock: Clock, user_id: str) -> Iterator[Tries]:
    """Count a try before the block makes it; yield those before it. Refuse it while the wait lasts."""
    before = read_tries(folder, clock, _RANDOM, user_id)
    seconds = before.seconds_left(clock.now())
    if seconds:
        raise PassphraseError("passphrase_wait", seconds=seconds)
    write_tries(folder, Tries(before.failed + 1, clock.now(), before.told), _RANDOM, user_id)
    try:
        yield before
    except (StoreError, UsageError, Cancelled):
        # Whether the passphrase is right was not told, so this was no try. Any other end leaves it counted.
        if before.failed:
            write_tries(folder, before, _RANDOM, user_id)
        else:
            forget_tries(folder, _RANDOM, user_id)
        raise
    forget_tries(folder, _RANDOM, user_id)


def _opened(vault: Vault, before: Tries, clock: Clock, predictors: Predictors | None) -> OpenClinic:
    try:
        _tell_audit(vault, before)
        return in_vault(vault, clock, predictors)
    except BaseException:
        vault.close()
        raise


def _tell_audit(vault: Vault, before: Tries) -> None:
    """Write down the wrong tries of who signed in, and those of others that the audit has not heard of yet."""
    if before.failed > before.told:
        _tell_one(vault, vault.user.id, before)
    for user_id, tries in every_try(vault.folder).items():
        if tries.failed > tries.told and user_id != vault.user.id:
            _tell_one(vault, user_id, tries)
            write_tries(vault.folder, replace(tries, told=tries.failed), _RANDOM, user_id)


def _tell_one(vault: Vault, user_id: str, tries: Tries) -> None:
    last = tries.last.isoformat() if tries.last else None
    with vault.change(vault.user.id, "unlock.failed_tries") as change:
        change.note(failed=tries.failed - tries.told, last=last, user=user_id)
