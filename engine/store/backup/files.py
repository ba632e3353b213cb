"""The sealed files of a clinic beside its backups: each is copied once, and named by every manifest that needs it.

    MARK-files/NAME        as it lies beside the database; ``MARK`` begins the names of the clinic's backups too

They are sealed under a key that lies in the copies of the database, and so under the key of each backup. One that lies
there is taken for what it is by its size, and read in whole once in seven days; a damaged one is copied again. What no
manifest names is removed, unless there is a manifest that cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from engine.errors import StoreError
from engine.store.backup.manifest import MANIFEST_SUFFIX, Backup, mark, read_manifest
from engine.store.folder import ClinicFolder, Random, store_error
from engine.store.sealed_files import PART_SUFFIX, Sealed, copy_sealed, is_whole

_DAYS = 7  # in which each file is read once
Check = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Copied:
    """The sealed files that lie beside a backup, and those that could not be had: lost or damaged in the clinic."""

    held: tuple[Sealed, ...] = ()
    lacking: tuple[Sealed, ...] = ()


def files_beside(folder: Path, store_id: str) -> Path:
    """Return where the sealed files of a clinic lie in a folder of backups."""
    return folder / f"{mark(store_id)}-files"


def copy_files(
    clinic: Path, target: Path, wanted: Sequence[Sealed], day: date, random: Random, check: Check = lambda: None
) -> Copied:
    """Bring what a backup needs into the folder ``target`` of sealed files, and read a seventh of what is there.

    Raises:
        StoreError: the disk of the copy is full, failed or returned other bytes. Cancelled: as ``check`` says.
    """
    held, lacking = list[Sealed](), list[Sealed]()
    _remove_parts(target)
    for sealed in wanted:
        check()
        there = target / sealed.name
        due = int(sealed.name[:8], 16) % _DAYS == day.toordinal() % _DAYS
        whole = is_whole(there, sealed) if due else _has_size(there, sealed)
        if not whole and not copy_sealed(ClinicFolder(clinic).blobs / sealed.name, target, sealed, random):
            whole = is_whole(there, sealed)  # the clinic's own is the damaged one
            (held if whole else lacking).append(sealed)
            continue
        held.append(sealed)
    return Copied(tuple(held), tuple(lacking))


def missing_beside(backup: Backup, wanted: Sequence[Sealed], check: Check = lambda: None) -> tuple[Sealed, ...]:
    """Return which sealed files do not lie whole beside a backup. Reads all of them."""
    place = files_beside(backup.folder, backup.manifest.store_id)
    missing = []
    for sealed in wanted:
        check()
        if not is_whole(place / sealed.name, sealed):
            missing.append(sealed)
    return tuple(missing)


def check_sizes(backup: Backup) -> None:
    """Look whether each sealed file that a manifest names lies beside it.

    Raises:
        StoreError: ``backup_damaged``.
    """
    place = files_beside(backup.folder, backup.manifest.store_id)
    if not all(_has_size(place / sealed.name, sealed) for sealed in backup.manifest.files):
        raise StoreError("backup_damaged")


def restore_files(
    backup: Backup, clinic: Path, wanted: Sequence[Sealed], random: Random, check: Check = lambda: None
) -> int:
    """Bring the sealed files that a restored database names into its folder; return how many could not be had.

    Raises:
        StoreError: the disk of the clinic is full or failed. Cancelled: as ``check`` says.
    """
    place, lacking = files_beside(backup.folder, backup.manifest.store_id), 0
    for sealed in wanted:
        check()
        lacking += not copy_sealed(place / sealed.name, ClinicFolder(clinic).blobs, sealed, random)
    return lacking


def drop_unnamed(folder: Path, store_id: str) -> int:
    """Remove the sealed files that no manifest in the folder names any more; return how many."""
    place, named = files_beside(folder, store_id), set[str]()
    if not place.is_dir():
        return 0
    for path in folder.glob(f"{mark(store_id)}-*{MANIFEST_SUFFIX}"):
        try:
            named |= {sealed.name for sealed in read_manifest(path).files}
        except StoreError:
            return 0
    removed = 0
    for path in place.iterdir():
        if path.name not in named:
            with suppress(OSError):
                path.unlink()
                removed += 1
    return removed


def new_bytes(folder: Path, store_id: str, wanted: Sequence[Sealed]) -> int:
    """Return how many bytes a backup has to copy of sealed files."""
    place = files_beside(folder, store_id)
    return sum(sealed.size for sealed in wanted if not _has_size(place / sealed.name, sealed))


def _has_size(path: Path, sealed: Sealed) -> bool:
    try:
        return path.stat().st_size == sealed.size
    except OSError:
        return False


def _remove_parts(target: Path) -> None:
    try:
        for left in target.glob(f".*{PART_SUFFIX}"):
            left.unlink()  # of a backup that was interrupted
    except OSError as error:
        raise store_error(error) from error
