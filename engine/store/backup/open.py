"""Opens a backup: a passphrase opens the slots of its day, an administrator's slot the key of the copy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from engine.errors import EngineError, StoreError
from engine.store.backup.contents import check_contents, contents_told
from engine.store.backup.manifest import Backup, check_file, unseal_key
from engine.store.database import Database
from engine.store.migrate import check_stamp
from engine.store.slot_files import Opened, open_slot, trusted_slots
from engine.store.slot_format import SlotFileAsRead, read_slot_file
from engine.store.slots import FLOOR, Cost


@dataclass(frozen=True, slots=True)
class Unsealed:
    """A backup with what a secret opened: the slots of its day, whose slot it was, and the key of the copy."""

    backup: Backup
    slots: SlotFileAsRead
    opened: Opened
    key: bytes = field(repr=False)


def unseal_backup(backup: Backup, secret: str, *, who: str | None = None, floor: Cost = FLOOR) -> Unsealed:
    """Return what a passphrase of the backup's day, or the recovery key, opens of it.

    Raises:
        PassphraseError: ``passphrase_wrong``. UsageError: ``user_needed``.
        AccessError: ``backup_not_yours`` where the user was no administrator then.
        StoreError: ``backup_damaged`` where the slots or the signature are not those of the clinic.
    """
    manifest = backup.manifest
    try:
        slots = read_slot_file(manifest.slots.encode("ascii"))
    except (StoreError, UnicodeEncodeError) as error:
        newer = isinstance(error, EngineError) and error.code == "store_newer"
        raise StoreError("backup_newer" if newer else "backup_damaged") from error
    opened = open_slot(slots.file, secret, floor, who=who)
    try:
        trusted_slots([slots], opened)
    except StoreError as error:
        raise StoreError("backup_damaged") from error
    signers = {slot.public for slot in slots.file.slots}
    if manifest.key not in signers or slots.file.store_id != manifest.store_id:
        raise StoreError("backup_damaged")
    return Unsealed(backup, slots, opened, unseal_key(manifest, opened.keys.backup_keys))


@contextmanager
def opened_copy(unsealed: Unsealed) -> Iterator[Database]:
    """Yield the copy of a backup, checked in every page and for all that its manifest says it holds.

    Raises:
        StoreError: ``backup_damaged``; ``store_newer`` for one that a later program made.
    """
    check_file(unsealed.backup)
    try:
        database = Database.open(unsealed.backup.copy, unsealed.key)
    except StoreError as error:
        raise StoreError("backup_damaged" if error.code == "store_damaged" else error.code) from error
    try:
        check_stamp(database)
        check_contents(database, contents_told(unsealed.backup.manifest), "backup_damaged")
        yield database
    finally:
        database.close()
