"""A clinic is a folder: what lies in it, how small files are written so that a power cut cannot halve them."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.durable import sync_folder
from engine.errors import StoreError

Random = Callable[[int], bytes]

# SQLite takes paths up to 512 bytes and appends "-journal"; without long-path support Windows stops at 260 signs.
_LONGEST_PATH = 240 if sys.platform == "win32" else 500

_BY_ERRNO = {
    errno.ENOSPC: "store_disk_full",
    errno.EDQUOT: "store_disk_full",
    errno.EFBIG: "store_disk_full",
    errno.EACCES: "store_readonly",
    errno.EPERM: "store_readonly",
    errno.EROFS: "store_readonly",
    errno.ENAMETOOLONG: "store_path_too_long",
    errno.ENOTDIR: "store_not_folder",
    errno.EEXIST: "store_not_empty",
    errno.ENOTEMPTY: "store_not_empty",
    errno.ENOENT: "store_missing",
}


def store_error(error: OSError) -> StoreError:
    """Return what an operating-system error means for a store; the path stays out of it."""
    return StoreError(_BY_ERRNO.get(error.errno or 0, "store_disk_failed"))


@dataclass(frozen=True, slots=True)
class ClinicFolder:
    """The files of one clinic."""

    path: Path

    @property
    def marker(self) -> Path:
        """The key slots; the file that makes a folder a clinic."""
        return self.path / "clinic.lantern"

    @property
    def marker_copy(self) -> Path:
        """The second copy of the key slots."""
        return self.path / "clinic-copy.lantern"

    @property
    def is_marked(self) -> bool:
        """Whether the key slots, or their copy, lie there. False too where nobody may look."""
        return os.path.isfile(self.marker) or os.path.isfile(self.marker_copy)

    @property
    def database(self) -> Path:
        """The encrypted database."""
        return self.path / "store.db"

    @property
    def lock(self) -> Path:
        """The file that the one open process holds locked."""
        return self.path / "lock"

    @property
    def replaced_by_upgrade(self) -> Path:
        """The database before a newer schema, kept until the next verified backup."""
        return self.path / "store-before-upgrade.db"

    @property
    def pseudonyms(self) -> Path:
        """The sealed table of pseudonyms, where one is kept."""
        return self.path / "pseudonyms.lantern"

    @property
    def blobs(self) -> Path:
        """The sealed files that are attached to people; there only once one was."""
        return self.path / "files"

    def check_length(self) -> None:
        """Raise StoreError when the database's path is longer than a database may have."""
        path = str(self.database.absolute())
        length = len(path) if sys.platform == "win32" else len(os.fsencode(path))
        if length > _LONGEST_PATH:
            raise StoreError("store_path_too_long")


def clinic_around(path: Path) -> Path | None:
    """Return the folder of the clinic that a path lies in, or is; None where there is none. The path need not exist."""
    whole = Path(os.path.realpath(path))
    return next((place for place in (whole, *whole.parents) if ClinicFolder(place).is_marked), None)


def write_durably(path: Path, content: bytes, random: Random) -> None:
    """Replace a file whole: temporary file, sync, read back, rename, sync of the folder.

    Raises:
        StoreError: when the disk is full, read-only or returned other bytes; the old file is untouched then.
    """
    temporary = path.with_name(f".{path.name}-{random(4).hex()}")
    try:
        _write_new(temporary, content)
        if temporary.read_bytes() != content:
            raise StoreError("store_disk_failed")
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise store_error(error) from error
    finally:
        temporary.unlink(missing_ok=True)


def _write_new(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with open(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
