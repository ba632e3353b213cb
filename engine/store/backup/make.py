"""Makes a backup of an open clinic: copied, written through, read back and checked before anybody hears that it is one.

    copied to NAME.part under a key of its own, every page of the source read from the disk and so checked -> synced
    -> opened again and checked, counts and end of the audit as in the source -> named -> signed manifest
    -> remembered in the audit -> older ones thinned out

Nothing that is there is ever written over, and nothing is thinned out unless this copy was verified.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.domain.results import PackRef
from engine.durable import forget_cached, sync_folder
from engine.errors import Cancelled, StoreError
from engine.store.backup.contents import Contents, check_contents, contents_of
from engine.store.backup.files import check_sizes, copy_files, drop_unnamed, files_beside, new_bytes
from engine.store.backup.manifest import (
    COPY_SUFFIX,
    MANIFEST_SUFFIX,
    PART_SUFFIX,
    Backup,
    Manifest,
    check_file,
    file_digest,
    mark,
    read_backup,
    seal_key,
)
from engine.store.backup.meanwhile import NOTHING_ELSE, Check, Meanwhile
from engine.store.backup.own import own_backups
from engine.store.backup.rotation import superfluous
from engine.store.blobs import sealed_files
from engine.store.copies import copy_pages
from engine.store.database import Database
from engine.store.erasure.notices import notices_of
from engine.store.folder import ClinicFolder, clinic_around, store_error, write_durably
from engine.store.gate import inner, needs
from engine.store.kept_packs import seal_packs, sealed_packs
from engine.store.permissions import Permission
from engine.store.sealed_files import Sealed
from engine.store.settings import keep_setting, load_setting
from engine.store.slot_files import readable_slot_files
from engine.store.slot_format import SlotFileAsRead
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
    """A verified backup, and how many older ones were removed to make room for newer ones.

    ``packs``: how many of its sealed files hold packs; ``packs_lacking``: those of the clinic that are not in it.
    """

    backup: Backup
    removed: int
    packs: int = 0
    packs_lacking: tuple[PackRef, ...] = ()


@dataclass(frozen=True, slots=True)
class LastBackup:
    """A verified backup of a clinic. ``size`` in bytes; None where an older program kept none."""

    name: str
    made_at: datetime
    folder: str
    size: int | None = None


@needs(Permission.BACKUP)
def back_up(vault: Vault, folder: Path, program: str, meanwhile: Meanwhile = NOTHING_ELSE) -> Made:
    """Make a verified backup in ``folder``, which is made where only it is missing.

    Raises:
        StoreError: ``backup_source_damaged``; ``backup_disk_full``, ``backup_disk_failed``, ``backup_readonly``,
            ``backup_read_back``, ``backup_not_folder``, ``backup_inside``, ``backup_folder_away``; ``backup_running``.
            The backups that are there stay as they are.
        Cancelled: as ``meanwhile`` says; nothing is left of it.
    """
    check_backup_place(vault, folder)
    store_id = store_id_of(vault)
    name = _free_name(folder, store_id, vault.clock.now())
    with vault.copying():
        vault.note("backup.start", detail={"name": name})
        try:
            lacking = seal_packs(vault)
            backup = _copy(vault, folder, name, store_id, program, meanwhile)
        except (StoreError, OSError) as error:
            told = _told(vault, error)
            _note_failure(vault, name, told.code)
            raise told from error
        except Cancelled:
            _note_failure(vault, name, "stopped")
            raise
    with vault.change(vault.user.id, "backup.verified") as change:
        manifest = backup.manifest
        last = {"name": name, "made_at": manifest.made_at.isoformat(), "folder": str(folder.absolute())}
        keep_setting(change, LAST, last | {"size": manifest.size})
        change.note(name=name, sha256=manifest.sha256, seq=manifest.head.seq, people=manifest.people)
    _drop_replaced(vault)
    held = {sealed.name for sealed in sealed_packs(vault.ledger.database)}
    packs = sum(sealed.name in held for sealed in manifest.files)
    return Made(backup, _thin_out(vault, folder, name), packs, lacking)


@inner
def _told(vault: Vault, error: StoreError | OSError) -> StoreError:
    """Return what is told of a failure. What does not read back as it should may have been wrong before."""
    found = error if isinstance(error, StoreError) else store_error(error)
    code = _ON_TARGET.get(found.code, found.code)
    return StoreError("backup_source_damaged" if code == "backup_read_back" and vault.damage() else code)


@inner
def _note_failure(vault: Vault, name: str, reason: str) -> None:
    with suppress(StoreError):  # that it failed is told to the person in any case
        vault.note("backup.failed", detail={"name": name, "reason": reason})


@needs(Permission.CLINIC_READ)
def last_backup(vault: Vault) -> LastBackup | None:
    """Return the last verified backup; None where there never was one."""
    found = load_setting(vault, LAST)
    return None if found is None else _read(found)


@needs(Permission.CLINIC_READ)
def backups_made(vault: Vault, most: int | None = None) -> tuple[LastBackup, ...]:
    """Return the verified backups that the clinic remembers, the newest first; those removed since are among them.

    ``most``: how many; None: all.
    """
    rows = vault.rows(
        "SELECT value FROM setting WHERE name = ? ORDER BY key DESC LIMIT ?", (LAST, -1 if most is None else most)
    )
    return tuple(_read(json.loads(value)) for (value,) in rows)


def _read(found: dict[str, Any]) -> LastBackup:
    return LastBackup(found["name"], datetime.fromisoformat(found["made_at"]), found["folder"], found.get("size"))


@inner
def store_id_of(vault: Vault) -> str:
    """Return the id of the store."""
    return str(vault.rows("SELECT id FROM store")[0][0])


@needs(Permission.BACKUP)
def check_backup_place(vault: Vault, folder: Path) -> None:
    """Look whether a copy can lie there, and make the folder, which may be missing where the one above it is there.

    Raises:
        StoreError: ``backup_not_folder``, ``backup_inside`` for the folder of a clinic, this one or another;
            ``backup_folder_away`` where the folder above is missing; or why it cannot be made.
    """
    try:
        if clinic_around(folder) is not None:
            raise StoreError("backup_inside")
        folder.mkdir(exist_ok=True)  # not those above: a stick that is away would become a folder of this disk
        free = shutil.disk_usage(folder).free
    except FileNotFoundError as error:
        raise StoreError("backup_folder_away") from error
    except OSError as error:
        found = store_error(error)
        code = "backup_not_folder" if found.code == "store_not_empty" else _ON_TARGET.get(found.code, found.code)
        raise StoreError(code) from error
    pages, size = vault.rows("PRAGMA page_count")[0][0], vault.rows("PRAGMA page_size")[0][0]
    files = new_bytes(folder, store_id_of(vault), sealed_files(vault.ledger.database))
    if free < (int(pages) * int(size) + files) * _SPARE:
        raise StoreError("backup_disk_full")


def _free_name(folder: Path, store_id: str, now: datetime) -> str:
    """Return a name that nothing there has. It holds the day and no word of the clinic: a stick may be lost."""
    stem = f"{mark(store_id)}-{now:%Y%m%d-%H%M%S}"
    number = 1
    name = stem
    while any((folder / f"{name}{suffix}").exists() for suffix in (COPY_SUFFIX, MANIFEST_SUFFIX)):
        number += 1
        name = f"{stem}-{number}"
    return name


def _copy(vault: Vault, folder: Path, name: str, store_id: str, program: str, meanwhile: Meanwhile) -> Backup:
    for left in folder.glob(f"{mark(store_id)}-*{PART_SUFFIX}"):
        left.unlink()  # of a backup that was interrupted
    part, key = folder / f"{name}{PART_SUFFIX}", vault.random(_KEY_BYTES)
    beside = files_beside(folder, store_id)
    try:
        wanted, slots, files = _write(vault, part, key, meanwhile)
        copied = meanwhile.beside(
            lambda check: copy_files(vault.folder, beside, files, vault.clock.today(), vault.random, check)
        )
        size, sha256 = meanwhile.beside(lambda check: _proven(part, key, wanted, check))
        part.rename(folder / f"{name}{COPY_SUFFIX}")
        sync_folder(folder)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
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
        erased=tuple(notice.text for notice in notices_of(vault)),
        files=copied.held,
        lacking=tuple(sealed.name for sealed in copied.lacking),
    )
    backup = Backup(manifest, folder)
    try:
        write_durably(backup.file, manifest.encode(vault.signer), vault.random)
        meanwhile.beside(lambda check: _check_named(backup, check))
    except BaseException:
        for path in (backup.file, backup.copy):
            with suppress(OSError):
                path.unlink(missing_ok=True)
        raise
    return backup


def _write(
    vault: Vault, part: Path, key: bytes, meanwhile: Meanwhile
) -> tuple[Contents, SlotFileAsRead, tuple[Sealed, ...]]:
    """Copy the store; return what the copy must hold, and the key slots and the sealed files of the same moment.

    Nothing has its turn between the last part and the end of this: a user added later is in neither.
    """
    copy = Database.open(part, key, create=True)
    try:
        copy.run("PRAGMA journal_mode = OFF")  # a copy that is cut short is thrown away
        copy.run("PRAGMA synchronous = FULL")
        copy_pages(vault.ledger.database, copy, meanwhile.pause)
        copy.run("PRAGMA journal_mode = DELETE")  # so that it opens where nothing can be written
        database = vault.ledger.database
        slots = readable_slot_files(ClinicFolder(vault.folder))[0]
        return contents_of(database), slots, sealed_files(database)
    finally:
        copy.close()


def _proven(part: Path, key: bytes, wanted: Contents, check: Check) -> tuple[int, str]:
    """Write a copy through to the disk, read it back, and return its size and digest."""
    _to_the_disk(part)
    check()
    _read_back(part, key, wanted)
    return file_digest(part, check)


def _check_named(backup: Backup, check: Check) -> None:
    """Read a backup as somebody would who finds it."""
    forget_cached(backup.copy)
    found = read_backup(backup.file)
    check_file(found, check)
    check_sizes(found)


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
    forget_cached(part)
    copy = Database.open(part, key)
    try:
        check_contents(copy, wanted, "backup_read_back")
    finally:
        copy.close()


def _drop_replaced(vault: Vault) -> None:
    """Remove the database that a newer schema replaced: a verified backup stands in for it now."""
    with suppress(OSError):
        ClinicFolder(vault.folder).replaced_by_upgrade.unlink(missing_ok=True)


@inner
def _thin_out(vault: Vault, folder: Path, newest: str) -> int:
    """Remove what daily, weekly and monthly backups need no more. What cannot be removed stays and is no failure."""
    every = own_backups(vault, folder)
    if newest not in {each.manifest.name for each in every}:
        return 0
    removed = 0
    for name in superfluous({each.manifest.name: each.manifest.made_at for each in every}, newest):
        old = next(each for each in every if each.manifest.name == name)
        with suppress(OSError):
            old.file.unlink()  # first: a copy alone is no backup, a manifest alone would be a broken one
            old.copy.unlink()
            removed += 1
    with suppress(OSError):
        drop_unnamed(folder, store_id_of(vault))
    return removed
