"""Unlock a clinic: with a passphrase, tries counted; with the recovery sheet; and change the passphrase."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from engine.domain.ports import Clock
from engine.errors import AccessError, Cancelled, EngineError, PassphraseError, StoreError, UsageError
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
from engine.store.backup.manifest import read_backup
from engine.store.slot_format import read_slot_file
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
    with _counted(folder, clock, (_counted_as(front, who),)) as before:
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
def counting(clinic: OpenClinic, second: str | None = None) -> Iterator[Tries]:
    """Count a passphrase that is typed again in an open clinic, as one at the unlock page is counted.

    ``second``: the name or id of another person whose passphrase is typed as well. It is counted for them, and waited
    for, so that nobody guesses at it from the session of somebody else. The audit hears of a wrong one at once.

    Raises:
        PassphraseError: ``passphrase_wait``, of one or the other; nothing was tried.
    """
    vault = clinic.vault
    others = () if second is None else (_counted_as(clinic_front(vault.folder), second),)
    with _counted(vault.folder, clinic.clock, (vault.user.id, *others), vault) as before:
        yield before


@contextmanager
def counting_of(clinic: OpenClinic, who: str | None) -> Iterator[None]:
    """Count a passphrase of another day, of a user or (None) of who has the clinic open: one that opens a backup.

    That it is right says nothing of the passphrase of today, so it ends no wait.
    """
    vault = clinic.vault
    user_id = vault.user.id if who is None else _counted_as(clinic_front(vault.folder), who)
    with _counted(vault.folder, clinic.clock, (user_id,), vault, clears=False):
        yield


@contextmanager
def counting_restore(file: Path, clock: Clock, who: str | None, second: str | None) -> Iterator[None]:
    """Count the passphrases that are to open a backup, in a file beside it: there is no clinic yet to keep it in.

    They are counted for the clinic and its users of that day. Where that place cannot be written nothing is counted.

    Raises:
        PassphraseError: ``passphrase_wait``, and nothing was tried. StoreError: as ``read_backup``.
    """
    manifest = read_backup(file).manifest
    people: tuple[User, ...] = ()
    with suppress(EngineError, UnicodeEncodeError):  # what is wrong with it, who opens it tells
        people = tuple(slot.user for slot in read_slot_file(manifest.slots.encode("ascii")).file.people)
    named = (who,) if second is None else (who, second)
    with _counted(file.parent, clock, [f"{manifest.store_id}/{_id_of(people, each)}" for each in named], clears=False):
        yield


@contextmanager
def counted_opening(folder: Path, clock: Clock, who: str | None) -> Iterator[Tries]:
    """Count an opening that is made in the block, as ``unlock`` counts its own; see ``told``.

    Raises:
        PassphraseError: ``passphrase_wait``, and nothing was tried. StoreError: there is no readable clinic.
    """
    with _counted(folder, clock, (_counted_as(clinic_front(folder), who),)) as before:
        yield before


def tell_audit(vault: Vault, before: Tries) -> None:
    """Write down the wrong tries from before an opening, and those of others that the audit has not heard of yet."""
    _tell_audit(vault, before)


def _counted_as(front: ClinicFront, who: str | None) -> str:
    """Return under which word tries are counted: the id of a user, or what stands for a name that nobody has."""
    return _id_of(front.people, who)


def _id_of(people: Sequence[User], who: str | None) -> str:
    if who is None:
        return people[0].id if people else ""
    known = [user.id for user in people if user.id == who or same_name(user.name, who)]
    return known[0] if known else "?" + hashlib.sha256(who.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@contextmanager
def _counted(
    folder: Path, clock: Clock, user_ids: Sequence[str], vault: Vault | None = None, *, clears: bool = True
) -> Iterator[Tries]:
    """Count a try of each before the block makes it; yield those of the first before it. Refuse it while a wait lasts.

    ``user_ids``: who acts, and who agrees where somebody does. ``vault``: the open clinic, whose audit hears of a wrong
    one at once. ``clears``: where all were right, they start from nothing again.
    """
    before = {user_id: read_tries(folder, clock, _RANDOM, user_id) for user_id in user_ids}
    seconds = max(tries.seconds_left(clock.now()) for tries in before.values())
    if seconds:
        raise PassphraseError("passphrase_wait", seconds=seconds)
    for user_id, tries in before.items():
        write_tries(folder, Tries(tries.failed + 1, clock.now(), tries.told), _RANDOM, user_id)
    try:
        yield before[user_ids[0]]
    except EngineError as error:
        wrong = {user_id for place, user_id in enumerate(user_ids) if _may_be_wrong(error, place, len(user_ids))}
        for user_id, tries in before.items():
            if user_id not in wrong:
                _give_back(folder, user_id, tries)
            elif vault is not None:
                _tell_at_once(vault, user_id)
        raise
    for user_id, tries in before.items():
        _give_back(folder, user_id, Tries() if clears else tries)


def _may_be_wrong(error: EngineError, place: int, people: int) -> bool:
    """Whether the passphrase of the first or second person was wrong, or nobody can say that it was not."""
    if isinstance(error, (StoreError, UsageError, AccessError, Cancelled)):
        return False  # whether it is right was not told, or it was
    if isinstance(error, PassphraseError) and people > 1:
        return (place > 0) == (error.code == "second_passphrase_wrong")
    return True


def _give_back(folder: Path, user_id: str, tries: Tries) -> None:
    if tries.failed:
        write_tries(folder, tries, _RANDOM, user_id)
    else:
        forget_tries(folder, _RANDOM, user_id)


def _tell_at_once(vault: Vault, user_id: str) -> None:
    """Write down a wrong try; where that cannot be done, the audit hears of it at the next unlocking."""
    tries = every_try(vault.folder).get(user_id)
    if tries is not None and tries.failed > tries.told:
        with suppress(EngineError):
            _tell_one(vault, user_id, tries)
            write_tries(vault.folder, replace(tries, told=tries.failed), _RANDOM, user_id)


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
