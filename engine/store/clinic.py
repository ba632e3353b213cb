"""Making a clinic folder and opening it."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from engine.domain.assessment import Clinic
from engine.domain.ports import Clock
from engine.errors import PassphraseError, StoreError, UsageError
from engine.store.folder import ClinicFolder, Random, store_error, sync_folder, write_durably
from engine.store.lock import FolderLock
from engine.store.migrate import check_stamp, migrate, stamp
from engine.store.recovery_key import RecoveryKey, parse_recovery_key
from engine.store.settings import write_first
from engine.store.slots import (
    DATA_KEY_BYTES,
    FLOOR,
    Cost,
    Role,
    SlotFile,
    SlotFileAsRead,
    SlotKind,
    blank_slot,
    passphrase_secret,
    read_slot_file,
    seal,
    unseal,
)
from engine.store.users import User
from engine.store.vault import Database, Vault


def create_clinic(
    folder: Path,
    passphrase: str,
    clinic: Clinic,
    clock: Clock,
    *,
    owner: User | None = None,
    cost: Cost = FLOOR,
    random: Random = secrets.token_bytes,
) -> RecoveryKey:
    """Make a new clinic in ``folder``, which must be absent or empty, and return its recovery key.

    Everything is built aside and moved into place at the end: on any error nothing is left behind. ``clinic.id``
    becomes the id of the store. The recovery key is kept nowhere; it must be printed now.

    Raises:
        UsageError: ``passphrase_empty``.
        StoreError: the folder is not empty or cannot be used, with the reason.
    """
    secret = passphrase_secret(passphrase)
    owner = owner or User(random(16).hex(), "", Role.OWNER.value)
    recovery = RecoveryKey.generate(random)
    data_key = random(DATA_KEY_BYTES)
    ClinicFolder(folder).check_length()
    with _built_aside(folder, random) as aside:
        _build_database(aside, data_key, clinic, owner, clock, random)
        slots = SlotFile(
            store_id=clinic.id,
            revision=1,
            practice=clinic.practice,
            slots=(
                seal(blank_slot(owner.id, owner.name, SlotKind.PASSPHRASE, cost, random), clinic.id, secret, data_key),
                seal(
                    blank_slot(owner.id, owner.name, SlotKind.RECOVERY, cost, random),
                    clinic.id,
                    recovery.secret,
                    data_key,
                ),
            ),
        )
        _write_slots(aside, slots, data_key, random)
    return recovery


def open_clinic(
    folder: Path,
    secret: str,
    clock: Clock,
    *,
    floor: Cost = FLOOR,
    random: Random = secrets.token_bytes,
) -> Vault:
    """Open a clinic with a passphrase or with its recovery key (whatever ``secret`` is is found out by trying).

    The slot decides about the secret before the database is touched, so that a wrong passphrase is never taken for
    damage, nor damage for a wrong passphrase. Pending schema steps are run.

    Raises:
        PassphraseError: ``passphrase_wrong``.
        StoreError: missing, in use, damaged, newer or unwritable, each with its own code.
    """
    place = ClinicFolder(folder)
    _check_is_clinic(place)
    lock = FolderLock.acquire(place.lock)
    try:
        readable = _readable_slot_files(place)
        user, data_key = _unlock(readable[0].file, secret, floor)
        trusted = _trusted(readable, data_key)
        database = _open_database(place, data_key, trusted.file.store_id, clock)
        try:
            _restore_copies(place, trusted, random)
        except BaseException:
            database.close()
            raise
    except BaseException:
        lock.release()
        raise
    return Vault(database, lock, user, clock, random)


def is_clinic(folder: Path) -> bool:
    """Whether the folder holds a clinic."""
    place = ClinicFolder(folder)
    return place.marker.is_file() or place.marker_copy.is_file()


def is_practice(folder: Path) -> bool:
    """Whether the clinic in the folder is a practice clinic; known before it is unlocked.

    Raises:
        StoreError: when there is no readable clinic.
    """
    place = ClinicFolder(folder)
    _check_is_clinic(place)
    return _readable_slot_files(place)[0].file.practice


def _check_is_clinic(place: ClinicFolder) -> None:
    place.check_length()
    try:
        if place.path.is_file():
            raise StoreError("store_not_folder")
        if not is_clinic(place.path):
            raise StoreError("store_missing")
        if not place.database.is_file():
            raise StoreError("store_file_missing")
    except OSError as error:
        raise store_error(error) from error


@contextmanager
def _built_aside(folder: Path, random: Random) -> Iterator[ClinicFolder]:
    """Yield a fresh folder to build in; move it into place at the end, or remove every trace of it."""
    try:
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
        sync_folder(folder.parent)
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
    aside: ClinicFolder, data_key: bytes, clinic: Clinic, owner: User, clock: Clock, random: Random
) -> None:
    database = Database.open(aside.database, data_key, create=True)
    with Vault(database, FolderLock.acquire(aside.lock), owner, clock, random) as vault:
        database.set_up()
        stamp(database)
        migrate(database, clock)
        with vault.change(owner.id, "store.create") as change:
            change.run("INSERT INTO store VALUES (1, ?, ?)", (clinic.id, clock.now().isoformat()))
            write_first(change, clinic, owner)


def _write_slots(place: ClinicFolder, slots: SlotFile, data_key: bytes, random: Random) -> None:
    content = slots.encode(data_key)
    write_durably(place.marker_copy, content, random)
    write_durably(place.marker, content, random)


def _readable_slot_files(place: ClinicFolder) -> list[SlotFileAsRead]:
    """Return the undamaged copies, the newest first.

    Raises:
        StoreError: ``store_slots_damaged`` when neither can be read, or what else is wrong with both.
    """
    readable: list[SlotFileAsRead] = []
    problem = StoreError("store_slots_damaged")
    for path in (place.marker, place.marker_copy):
        try:
            readable.append(read_slot_file(path.read_bytes()))
        except FileNotFoundError:
            continue
        except OSError as error:
            problem = store_error(error)
        except StoreError as error:
            problem = error
    if not readable or problem.code == "store_newer":
        raise problem
    return sorted(readable, key=lambda read: -read.file.revision)


def _unlock(slots: SlotFile, secret: str, floor: Cost) -> tuple[User, bytes]:
    try:
        attempts = {SlotKind.PASSPHRASE: passphrase_secret(secret)}
    except UsageError as error:
        raise PassphraseError("passphrase_wrong") from error
    with suppress(PassphraseError):  # what is no recovery key can only be a passphrase
        attempts[SlotKind.RECOVERY] = parse_recovery_key(secret).secret
    for slot in slots.slots:
        if slot.kind not in attempts:
            continue
        try:
            data_key = unseal(slot, slots.store_id, attempts[slot.kind], floor)
        except PassphraseError:
            continue
        return User(slot.user_id, slot.user_name, slot.role), data_key
    raise PassphraseError("passphrase_wrong")


def _trusted(readable: list[SlotFileAsRead], data_key: bytes) -> SlotFileAsRead:
    trusted = next((read for read in readable if read.verify(data_key)), None)
    if trusted is None:
        raise StoreError("store_slots_damaged")
    return trusted


def _open_database(place: ClinicFolder, data_key: bytes, store_id: str, clock: Clock) -> Database:
    database = Database.open(place.database, data_key)
    try:
        check_stamp(database)
        database.set_up()
        migrate(database, clock)
        if database.rows("SELECT id FROM store") != [(store_id,)]:
            raise StoreError("store_foreign")
    except BaseException:
        database.close()
        raise
    return database


def _restore_copies(place: ClinicFolder, trusted: SlotFileAsRead, random: Random) -> None:
    """Write the trusted slots over a copy that is missing, damaged or older."""
    for path in (place.marker, place.marker_copy):
        try:
            whole = path.read_bytes() == trusted.content
        except OSError:
            whole = False
        if not whole:
            write_durably(path, trusted.content, random)
