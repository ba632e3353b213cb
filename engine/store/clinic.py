"""Making a clinic folder and opening it."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from engine.domain.assessment import Clinic
from engine.domain.ports import Clock
from engine.durable import sync_folder
from engine.errors import StoreError
from engine.store.access import access_of, anchor_key
from engine.store.audit.anchor import newest_slots_claimed
from engine.store.audit.ledger import check_before_upgrade
from engine.store.database import Database
from engine.store.erasure.scrub import finish_erasures
from engine.store.folder import ClinicFolder, Random, clinic_around, store_error
from engine.store.known_slots import check_known
from engine.store.letters import backup_public, new_backup_key
from engine.store.lock import FolderLock
from engine.store.migrate import check_stamp, migrate, stamp
from engine.store.places import check_place
from engine.store.recovery_key import RecoveryKey
from engine.store.schema import MIGRATIONS
from engine.store.settings import write_first
from engine.store.sign_in import begin_audit, sign_in
from engine.store.slot_files import (
    Opened,
    open_slot,
    readable_slot_files,
    restore_copies,
    settle_slots,
    swap_slots,
    trusted_slots,
    write_slots,
)
from engine.store.slot_format import SlotFile
from engine.store.slot_renewal import Dearer, renew
from engine.store.slots import (
    DATA_KEY_BYTES,
    FLOOR,
    Cost,
    Keys,
    SlotKind,
    blank_recovery,
    blank_slot,
    new_signing_key,
    passphrase_secret,
    seal,
)
from engine.store.upgrade import upgraded
from engine.store.users import User
from engine.store.vault import Vault


def create_clinic(
    folder: Path,
    passphrase: str,
    clinic: Clinic,
    clock: Clock,
    *,
    owner: User | None = None,
    recovery: RecoveryKey | None = None,
    cost: Cost = FLOOR,
    random: Random = secrets.token_bytes,
) -> RecoveryKey:
    """Make a new clinic in ``folder``, which must be absent or empty, and return its recovery key.

    Everything is built aside and moved into place at the end: on any error nothing is left behind. ``clinic.id``
    becomes the id of the store. The recovery key is kept nowhere: it must be on paper already (``recovery``, drawn
    before) or, when it is drawn here, be printed now.

    Raises:
        UsageError: ``passphrase_empty``.
        StoreError: the folder is not empty or cannot be used, with the reason.
    """
    secret = passphrase_secret(passphrase)
    owner = owner or User(random(16).hex(), "")
    recovery = recovery or RecoveryKey.generate(random)
    backup_key = new_backup_key(random)
    keys = Keys(random(DATA_KEY_BYTES), new_signing_key(random), (backup_key,))
    own = seal(blank_slot(owner, SlotKind.PASSPHRASE, cost, random), clinic.id, secret, keys)
    theirs = replace(keys, signing_key=new_signing_key(random))
    sheet = seal(blank_recovery(cost, random), clinic.id, recovery.secret, theirs)
    slots = SlotFile(clinic.id, 1, clinic.practice, (own, sheet), backup_public(backup_key))
    ClinicFolder(folder).check_length()
    check_place(folder)
    with built_aside(folder, random) as aside:
        _build_database(aside, keys, clinic, slots, clock, random)
        write_slots(aside, slots.encode(keys.data_key), random)
    return recovery


def open_clinic(
    folder: Path,
    secret: str,
    clock: Clock,
    *,
    who: str | None = None,
    dearer: Dearer | None = None,
    floor: Cost = FLOOR,
    random: Random = secrets.token_bytes,
    inspect: bool = False,
) -> Vault:
    """Open a clinic with a passphrase or with its recovery key (whatever ``secret`` is is found out by trying).

    ``who`` is the name or id of the user; it may be left out where there is only one, and with the recovery key.

    The slot decides about the secret before the database is touched, so that a wrong passphrase is never taken for
    damage, nor damage for a wrong passphrase. Pending schema steps are run, and the slot takes in what waits for it:
    a letter, the present format, a dearer derivation (``dearer``).

    ``inspect`` opens a store also where committed work is missing from it or its history is another one, for
    verification: nothing can be written then until somebody decided to go on (``engine.store.sign_in.go_on``).

    Raises:
        PassphraseError: ``passphrase_wrong``. UsageError: ``user_needed``.
        StoreError: missing, in use, damaged, newer or unwritable, each with its own code; ``store_slots_old``: the slot
            is not of a user as the database has them.
    """
    place = ClinicFolder(folder)
    _check_is_clinic(place)
    check_place(folder)
    lock = FolderLock.acquire(place.lock)
    try:
        return _opened(place, secret, who, lock, clock, dearer, floor, random, inspect=inspect)
    except BaseException:
        lock.release()
        raise


def _opened(  # noqa: PLR0913 - all that opening takes, and the lock
    place: ClinicFolder,
    secret: str,
    who: str | None,
    lock: FolderLock,
    clock: Clock,
    dearer: Dearer | None,
    floor: Cost,
    random: Random,
    *,
    inspect: bool,
) -> Vault:
    readable = readable_slot_files(place)
    opened = open_slot(readable[0].file, secret, floor, who=who)
    trusted = trusted_slots(readable, opened)
    if trusted is not readable[0]:
        opened = open_slot(trusted.file, secret, floor, who=who)
    database, data_key = _open_database(place, opened, trusted.file, clock, random)
    try:
        restore_copies(place, trusted, random)
        renewal = renew(trusted.file, opened, data_key, dearer, random)
        vault = Vault(place.path, database, lock, access_of(renewal.slot, renewal.keys, renewal.file), clock, random)
        vault.ledger.slots = trusted.file.revision
        vault.ledger.open(_anchor_keys(opened) if trusted.file.turning else ())
        if not vault.ledger.begun and not vault.ledger.state.standing.stops:
            sheets = [slot.public for slot in trusted.file.slots if slot.kind is SlotKind.RECOVERY]
            begin_audit(vault, sheets[0])
            vault.ledger.open()
        if inspect and vault.ledger.state.standing.stops:
            check_known(database, opened.slot)  # who is no user any more decides nothing either
            return vault
        vault.ledger.check()
        settle_slots(vault, trusted)
        check_known(database, opened.slot)
        if renewal.changed:
            user = renewal.slot
            detail = {"user": user.user_id, "public": user.public.hex()}
            swap_slots(vault, trusted, renewal.file, data_key, "slot.renew", detail)
        sign_in(vault)
        with suppress(StoreError):  # a full disk keeps nobody out; it is done at the next opening then
            finish_erasures(vault, data_key)
    except BaseException:
        database.close()
        raise
    return vault


def _anchor_keys(opened: Opened) -> tuple[bytes, ...]:
    """Return what the anchor may be under where a change of the data key was cut off."""
    return tuple(anchor_key(keys) for keys in (opened.sealed, opened.keys))


def is_clinic(folder: Path) -> bool:
    """Whether the folder holds a clinic, also one whose key files are missing: no other is made in its place."""
    place = ClinicFolder(folder)
    return place.marker.is_file() or place.marker_copy.is_file() or place.database.is_file()


@dataclass(frozen=True, slots=True)
class ClinicFront:
    """What a clinic shows before it is unlocked. Nobody can vouch for it before: it is not trusted for anything."""

    practice: bool
    people: tuple[User, ...]


def clinic_front(folder: Path) -> ClinicFront:
    """Return what the clinic in the folder shows before it is unlocked.

    Raises:
        StoreError: when there is no readable clinic.
    """
    place = ClinicFolder(folder)
    _check_is_clinic(place)
    slots = readable_slot_files(place)[0].file
    return ClinicFront(slots.practice, tuple(slot.user for slot in slots.people))


def is_practice(folder: Path) -> bool:
    """Whether the clinic in the folder is a practice clinic; known before it is unlocked.

    Raises:
        StoreError: when there is no readable clinic.
    """
    return clinic_front(folder).practice


def _check_is_clinic(place: ClinicFolder) -> None:
    place.check_length()
    try:
        if place.path.is_file():
            raise StoreError("store_not_folder")
        if not is_clinic(place.path):
            raise StoreError("store_missing")
        if not place.is_marked:
            raise StoreError("store_keys_missing")
        if not place.database.is_file():
            raise StoreError("store_file_missing")
    except OSError as error:
        raise store_error(error) from error


@contextmanager
def built_aside(folder: Path, random: Random) -> Iterator[ClinicFolder]:
    """Yield a fresh folder to build in; move it into place at the end, or remove every trace of it.

    Raises:
        StoreError: ``place_in_clinic`` inside the folder of another clinic; ``folder`` is there and not empty, or why
            it cannot be made.
    """
    try:
        if clinic_around(Path(os.path.realpath(folder)).parent) is not None:
            raise StoreError("place_in_clinic")
        with ExitStack() as undo:
            for parent in [parent for parent in folder.absolute().parents if not parent.exists()][::-1]:
                parent.mkdir()
                undo.callback(parent.rmdir)
            existing = folder.exists()
            if existing:
                _check_empty(folder)
            aside = (folder if existing else folder.parent) / f".lantern-{random(4).hex()}"
            undo.callback(shutil.rmtree, aside, ignore_errors=True)
            aside.mkdir(mode=0o700)
            yield ClinicFolder(aside)
            _move_into_place(aside, folder, existing=existing)
            undo.pop_all()
    except OSError as error:
        raise store_error(error) from error


def _check_empty(folder: Path) -> None:
    if not folder.is_dir():
        raise StoreError("store_not_folder")
    if any(folder.iterdir()):
        raise StoreError("store_not_empty")


def _move_into_place(aside: Path, folder: Path, *, existing: bool) -> None:
    sync_folder(aside)
    if not existing:
        aside.rename(folder)
        try:
            sync_folder(folder.parent)
        except OSError:
            folder.rename(aside)  # what is told as a failure leaves nothing behind
            raise
        return
    # An existing folder may be a mount point, which cannot be replaced: its files move in, the marker last.
    moved: list[Path] = []
    try:
        for file in sorted(aside.iterdir(), key=lambda path: path == ClinicFolder(aside).marker):
            file.rename(folder / file.name)
            moved.append(folder / file.name)
        aside.rmdir()
    except OSError:
        for file in moved:
            file.unlink(missing_ok=True)
        raise
    sync_folder(folder)


def _build_database(
    aside: ClinicFolder, keys: Keys, clinic: Clinic, slots: SlotFile, clock: Clock, random: Random
) -> None:
    own, sheet = slots.slots
    access = access_of(own, keys, slots)
    database = Database.open(aside.database, keys.data_key, create=True)
    with Vault(aside.path, database, FolderLock.acquire(aside.lock), access, clock, random) as vault:
        database.set_up()
        stamp(database)
        migrate(database, clock)
        with vault.change(own.user_id, "store.create") as change:
            change.note(user=own.user_id, public=own.public.hex(), recovery_public=sheet.public.hex())
            change.run("INSERT INTO store(one, id, created_at) VALUES (1, ?, ?)", (clinic.id, clock.now().isoformat()))
            write_first(change, clinic, own.user)


def _open_database(
    place: ClinicFolder, opened: Opened, slots: SlotFile, clock: Clock, random: Random
) -> tuple[Database, bytes]:
    """Return the database with the data key that opened it: while it is being replaced there are two."""
    database, data_key = _opened_database(place, opened, slots)
    try:
        pending = check_stamp(database) < MIGRATIONS[-1].version
        database.set_up()
        if pending:
            mac_keys = (anchor_key(replace(opened.keys, data_key=data_key)), *_anchor_keys(opened))
            check_before_upgrade(database, place.path, mac_keys, slots.revision, random)
        database = upgraded(database, place, data_key, clock)
        if database.rows("SELECT id FROM store") != [(slots.store_id,)]:
            raise StoreError("store_foreign")
    except BaseException:
        database.close()
        raise
    return database, data_key


def _opened_database(place: ClinicFolder, opened: Opened, slots: SlotFile) -> tuple[Database, bytes]:
    for data_key in dict.fromkeys((opened.keys.data_key, opened.sealed.data_key)):
        try:
            return Database.open(place.database, data_key), data_key
        except StoreError as error:
            if error.code != "store_damaged":
                raise
    # The anchors are under a key from the data key: what they say of the slots chooses the words here, and no more.
    older = newest_slots_claimed(place.path, slots.store_id) > slots.revision
    raise StoreError("store_keys_old" if older else "store_damaged")
