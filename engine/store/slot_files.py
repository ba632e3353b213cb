"""The two copies of the key slots in a clinic folder: reading, trusting, mending and replacing them."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

from engine.errors import PassphraseError, StoreError, UsageError
from engine.store.folder import ClinicFolder, Random, store_error, write_durably
from engine.store.recovery_key import parse_recovery_key
from engine.store.slots import (
    Cost,
    SlotFile,
    SlotFileAsRead,
    SlotKind,
    passphrase_secret,
    read_slot_file,
    unseal,
)
from engine.store.users import User


def write_slots(place: ClinicFolder, content: bytes, random: Random) -> None:
    """Write both copies. The copy comes first: after a power cut between the two, the newer one is whole.

    Raises:
        StoreError: why a copy cannot be written.
    """
    write_durably(place.marker_copy, content, random)
    write_durably(place.marker, content, random)


def readable_slot_files(place: ClinicFolder) -> list[SlotFileAsRead]:
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


def open_slot(
    slots: SlotFile, secret: str, floor: Cost, kinds: Collection[SlotKind] = tuple(SlotKind)
) -> tuple[User, bytes]:
    """Return whose slot of these kinds a passphrase or recovery key opens, and the data key in it.

    Raises:
        PassphraseError: ``passphrase_wrong``. StoreError: as ``unseal``.
    """
    try:
        attempts = {SlotKind.PASSPHRASE: passphrase_secret(secret)}
    except UsageError as error:
        raise PassphraseError("passphrase_wrong") from error
    with suppress(PassphraseError):  # what is no recovery key can only be a passphrase
        attempts[SlotKind.RECOVERY] = parse_recovery_key(secret).secret
    for slot in slots.slots:
        if slot.kind not in attempts or slot.kind not in kinds:
            continue
        try:
            data_key = unseal(slot, slots.store_id, attempts[slot.kind], floor)
        except PassphraseError:
            continue
        return User(slot.user_id, slot.user_name, slot.role), data_key
    raise PassphraseError("passphrase_wrong")


def trusted_slots(readable: list[SlotFileAsRead], data_key: bytes) -> SlotFileAsRead:
    """Return the newest copy that was written by someone who had the data key.

    Raises:
        StoreError: ``store_slots_damaged`` when neither was.
    """
    trusted = next((read for read in readable if read.verify(data_key)), None)
    if trusted is None:
        raise StoreError("store_slots_damaged")
    return trusted


def restore_copies(place: ClinicFolder, trusted: SlotFileAsRead, random: Random) -> None:
    """Write the trusted slots over a copy that is missing, damaged or older."""
    for path in (place.marker, place.marker_copy):
        try:
            whole = path.read_bytes() == trusted.content
        except OSError:
            whole = False
        if not whole:
            write_durably(path, trusted.content, random)
