"""Makes a backup of an open clinic: copied, written through, read back and checked before anybody hears that it is one.

    source checked -> copied to NAME.part under a key of its own -> synced -> opened again and checked, counts and end
    of the audit as in the source -> named -> signed manifest -> remembered in the audit -> older ones thinned out

Nothing that is there is ever written over, and nothing is thinned out unless this copy was verified.
"""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engine.durable import sync_folder
from engine.errors import StoreError
from engine.store.backup.contents import Contents, check_contents, contents_of
from engine.store.backup.manifest import (
    COPY_SUFFIX,
    MANIFEST_SUFFIX,
    PART_SUFFIX,
    Backup,
    Manifest,
    backups_in,
    check_file,
    file_digest,
    read_backup,
    seal_key,
)
from engine.store.backup.rotation import superfluous
from engine.store.copies import copy_pages
from engine.store.database import Database
from engine.store.folder import ClinicFolder, store_error, write_durably
from engine.store.gate import needs
from engine.store.permissions import Permission
from engine.store.settings import keep_setting, load_setting
from engine.store.slot_files import readable_slot_files
from engine.store.vault import Vault

LAST = "backup.last"
_KEY_BYTES = 32
_SPARE = 1.05  # of the database: what must be free before the copying begins
# What the disk of the copy does wrong is told in other words than what the disk of the clinic does.
_ON_TARGET = {
    "store_disk_full": "backup_disk_full",
    "store_disk_failed": "backup_disk_failed",
    "store_readonly": "backup_readonly",
    "store_damaged": "backup_read_back",
    "store_missing": "backup_disk_failed",
    "store_file_missing": "backup_disk_failed",
    "store_not_folder": "backup_not_folder",
    "store_path_too_long": "backup_disk_failed",
    "store_not_empty": "backup_disk_failed",
    "store_plaintext": "backup_read_back",
}


@dataclass(frozen=True, slots=True)
class Made:
    """A verified backup, and how many older ones were removed to make room for newer ones."""

    backup: Backup
    removed: int


@dataclass(frozen=True, slots=True)
class LastBackup:
    """The last verified backup of a clinic."""

    name: str
    made_at: datetime
    folder: str


@needs(Permission.BACKUP)
def back_up(vault: Vault, folder: Path, program: str) -> Made:
    """Make a verified backup in ``folder``, which is made where it is missing.

    Raises:
        StoreError: ``backup_source_damaged``; ``backup_disk_full``, ``backup_disk_failed``, ``backup_readonly``,
            ``backup_read_back``, ``backup_not_folder``, ``backup_inside``. The backups that are there stay as they are.
    """
    _check_place(vault, folder)
    if vault.damage():
        raise StoreError("backup_source_damaged")
    store_id = str(vault.rows("SELECT id FROM store")[0][0])
    name = _free_name(folder, store_id, vault.clock.now())
    vault.note("backup.start", detail={"name": name})
    try:
        backup = _copy(vault, folder, name, store_id, program)
    except (StoreError, OSError) as error:
        found = error if isinstance(error, StoreError) else store_error(error)
        told = StoreError(_ON_TARGET.get(found.code, found.code))
        with suppress(StoreError):  # that it failed is told to the person in any case
            vault.note("backup.failed", detail={"name": name, "reason": told.code})
        raise told from error
    with vault.change(vault.user.id, "backup.verified") as change:
        manifest = backup.manifest
        last = {"name": name, "made_at": manifest.made_at.isoformat(), "folder": str(folder.absolute())}
        keep_setting(change, LAST, last)
        change.note(name=name, sha256=manifest.sha256, seq=manifest.head.seq, people=manifest.people)
    _drop_replaced(vault)
    return Made(backup, _thin_out(folder, store_id, name))


@needs(Permission.CLINIC_READ)
def last_backup(vault: Vault) -> LastBackup | None:
    """Return the last verified backup; None where there never was one."""
    found = load_setting(vault, LAST)
    if found is None:
        return None
    return LastBackup(found["name"], datetime.fromisoformat(found["made_at"]), found["folder"])


def _check_place(vault: Vault, folder: Path) -> None:
    """Look whether a copy can lie there, and make the folder.

    Raises:
        StoreError: ``backup_not_folder``, ``backup_inside`` for the clinic's own folder, or why it cannot be made.
    """
    try:
        if vault.folder.resolve() in (folder.resolve(), *folder.resolve().parents):
            raise StoreError("backup_inside")
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        found = store_error(error)
        code = "backup_not_folder" if found.code == "store_not_empty" else _ON_TARGET.get(found.code, found.code)
        raise StoreError(code) from error
    pages, size = vault.rows("PRAGMA page_count")[0][0], vault.rows("PRAGMA page_size")[0][0]
    if free < int(pages) * int(size) * _SPARE:
        raise StoreError("backup_disk_full")


def _free_name(folder: Path, store_id: str, now: datetime) -> str:
    """Return a name that nothing there has. It holds the day and no word of the clinic: a stick may be lost."""
    stem = f"{_mark(store_id)}-{now:%Y%m%d-%H%M%S}"
    number = 1
    name = stem
    while any((folder / f"{name}{suffix}").exists() for suffix in (COPY_SUFFIX, MANIFEST_SUFFIX)):
        number += 1
        name = f"{stem}-{number}"
    return name


def _mark(store_id: str) -> str:
    return "lantern-" + "".join(sign for sign in store_id if sign.isascii() and sign.isalnum())[:8]


def _copy(vault: Vault, folder: Path, name: str, store_id: str, program: str) -> Backup:
    for left in folder.glob(f"{_mark(store_id)}-*{PART_SUFFIX}"):
        left.unlink()  # of a backup that was interrupted
    part, key = folder / f"{name}{PART_SUFFIX}", vault.random(_KEY_BYTES)
    try:
        wanted = _write(vault, part, key)
        _to_the_disk(part)
        _read_back(part, key, wanted)
        size, sha256 = file_digest(part)
        part.rename(folder / f"{name}{COPY_SUFFIX}")
        sync_folder(folder)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    slots = readable_slot_files(ClinicFolder(vault.folder))[0]
    manifest = Manifest(
        name=name,
        store_id=store_id,
        practice=slots.file.practice,
        made_at=vault.clock.now(),
        program=program,
        made_by=vault.user.id,
        key=vault.signer.public,
        head=wanted.head,
        schema=wanted.schema,
        rows=wanted.rows,
        size=size,
        sha256=sha256,
        sealed=seal_key(key, vault.backup_public, store_id, name),
        slots=slots.content.decode("ascii"),
    )
    backup = Backup(manifest, folder)
    try:
        write_durably(backup.file, manifest.encode(vault.signer), vault.random)
        _forget_cached(backup.copy)
        check_file(read_backup(backup.file))
    except BaseException:
        for path in (backup.file, backup.copy):
            with suppress(OSError):
                path.unlink(missing_ok=True)
        raise
    return backup


def _write(vault: Vault, part: Path, key: bytes) -> Contents:
    """Copy the store and return what the copy must hold."""
    copy = Database.open(part, key, create=True)
    try:
        copy.run("PRAGMA journal_mode = OFF")  # a copy that is cut short is thrown away
        copy.run("PRAGMA synchronous = FULL")
        copy_pages(vault.ledger.database, copy)
        copy.run("PRAGMA journal_mode = DELETE")  # so that it opens where nothing can be written
        return contents_of(vault.ledger.database)
    finally:
        copy.close()


def _to_the_disk(part: Path) -> None:
    descriptor = os.open(part, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(part.parent)


def _read_back(part: Path, key: bytes, wanted: Contents) -> None:
    """Read the copy from the disk itself where the system can be asked to; sticks that lie pass any other check.

    Raises:
        StoreError: ``backup_read_back``.
    """
    _forget_cached(part)
    copy = Database.open(part, key)
    try:
        check_contents(copy, wanted, "backup_read_back")
    finally:
        copy.close()


def _forget_cached(path: Path) -> None:
    """Ask the system to forget what it holds of a file. Linux does; elsewhere the next reading may come from memory."""
    if sys.platform != "linux":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def _drop_replaced(vault: Vault) -> None:
    """Remove the database that a newer schema replaced: a verified backup stands in for it now."""
    with suppress(OSError):
        ClinicFolder(vault.folder).replaced_by_upgrade.unlink(missing_ok=True)


def _thin_out(folder: Path, store_id: str, newest: str) -> int:
    """Remove what daily, weekly and monthly backups need no more. What cannot be removed stays and is no failure."""
    every = backups_in(folder, store_id)
    if newest not in {each.manifest.name for each in every}:
        return 0
    removed = 0
    for name in superfluous({each.manifest.name: each.manifest.made_at for each in every}, newest):
        old = next(each for each in every if each.manifest.name == name)
        with suppress(OSError):
            old.file.unlink()  # first: a copy alone is no backup, a manifest alone would be a broken one
            old.copy.unlink()
            removed += 1
    return removed
