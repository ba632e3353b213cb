"""Unlock a clinic: with its passphrase, tries counted; with the recovery sheet; and change the passphrase."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.domain.ports import Clock
from engine.errors import PassphraseError, StoreError, UsageError
from engine.risk.predictors import Predictors
from engine.store import (
    SlotKind,
    Tries,
    Vault,
    clinic_front,
    forget_tries,
    is_clinic,
    parse_recovery_key,
    read_tries,
    replace_passphrase,
    write_tries,
)
from engine.store import open_clinic as open_store
from engine.workflows.clinics import OpenClinic, in_vault
from engine.workflows.passphrases import check_passphrase

_RANDOM = secrets.token_bytes  # for the names of temporary files only


@dataclass(frozen=True, slots=True)
class UnlockState:
    """What an unlock page shows. Read without a key, so nobody can vouch for it."""

    practice: bool
    owner_name: str
    seconds_to_wait: int
    tries_left: int
    exists: bool


def unlock_state(folder: Path, clock: Clock) -> UnlockState:
    """Return what is known of a clinic before it is unlocked; ``exists`` is False where there is none.

    Raises:
        StoreError: there is a clinic, but its files are damaged, newer or cannot be read.
    """
    if not is_clinic(folder):
        return UnlockState(practice=False, owner_name="", seconds_to_wait=0, tries_left=Tries().left, exists=False)
    front = clinic_front(folder)
    tries = read_tries(folder, clock, _RANDOM)
    return UnlockState(front.practice, front.owner_name, tries.seconds_left(clock.now()), tries.left, exists=True)


def unlock(folder: Path, secret: str, clock: Clock, predictors: Predictors | None = None) -> OpenClinic:
    """Open a clinic with its passphrase or recovery key; the caller closes it with ``clinic.vault.close()``.

    Wrong tries are counted before they are made, and waited for after five (see ``engine.store.tries``); the audit
    hears how many there were. A clinic that could not be opened for another reason costs no try.

    Raises:
        PassphraseError: ``passphrase_wrong``; ``passphrase_wait`` with ``seconds``, and nothing was tried.
        StoreError: the store is missing, damaged, newer, in use or cannot be written.
    """
    clinic_front(folder)  # where there is no clinic nothing is counted, nor any file made
    if not secret:
        raise PassphraseError("passphrase_wrong")
    with _counted(folder, clock) as before:
        vault = open_store(folder, secret, clock)
    return _opened(vault, before, clock, predictors)


def recover(
    folder: Path, key_text: str, new_passphrase: str, clock: Clock, predictors: Predictors | None = None
) -> OpenClinic:
    """Open a clinic with its recovery sheet and give it a new passphrase; the old one opens nothing from then on.

    The recovery key stays as it is. It is too long to be guessed, so nothing is counted, and nobody waits who has it.

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
        user = replace_passphrase(vault, key.text, SlotKind.RECOVERY, new_passphrase)
    # Opened anew: from here on somebody acts who has a name, and no longer the sheet.
    vault = open_store(folder, new_passphrase, clock, who=user.id)
    before = read_tries(folder, clock, _RANDOM)
    forget_tries(folder)
    return _opened(vault, before, clock, predictors)


def change_passphrase(clinic: OpenClinic, old: str, new: str) -> None:
    """Change the passphrase of who has the clinic open. The recovery key stays as it is.

    A wrong old passphrase counts as one at the unlock page does: the open clinic is no place to guess at it either.

    Raises:
        UsageError: ``passphrase_too_short``.
        PassphraseError: ``passphrase_wrong``, ``passphrase_wait``.
        StoreError: the key slots cannot be written, and the old passphrase stays.
    """
    check_passphrase(new)
    with _counted(clinic.vault.folder, clinic.clock) as before:
        replace_passphrase(clinic.vault, old, SlotKind.PASSPHRASE, new)
    _tell_audit(clinic.vault, before)


@contextmanager
def _counted(folder: Path, clock: Clock) -> Iterator[Tries]:
    """Count a try before the block makes it; yield those before it. Refuse it while the wait lasts."""
    before = read_tries(folder, clock, _RANDOM)
    seconds = before.seconds_left(clock.now())
    if seconds:
        raise PassphraseError("passphrase_wait", seconds=seconds)
    write_tries(folder, Tries(before.failed + 1, clock.now()), _RANDOM)
    try:
        yield before
    except (StoreError, UsageError):
        # Whether the passphrase is right was not told, so this was no try. Any other end leaves it counted.
        if before.failed:
            write_tries(folder, before, _RANDOM)
        else:
            forget_tries(folder)
        raise
    forget_tries(folder)


def _opened(vault: Vault, before: Tries, clock: Clock, predictors: Predictors | None) -> OpenClinic:
    try:
        _tell_audit(vault, before)
        return in_vault(vault, clock, predictors)
    except BaseException:
        vault.close()
        raise


def _tell_audit(vault: Vault, before: Tries) -> None:
    if before.failed:
        with vault.change(vault.user.id, "unlock.failed_tries") as change:
            change.note(failed=before.failed, last=before.last.isoformat() if before.last else None)
