"""The clinic's own packs in its backups: each version is sealed once, as attached files are, and a restore unpacks it.

What training made lies nowhere else, so the folder of every draft, model in shadow, approved and retired version goes
into each backup, and so does that of any other pack that the clinic added. A folder of more than ``MOST_BYTES`` does
not: whoever made it still has it.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.domain.results import PackRef
from engine.errors import PackError, StoreError
from engine.packs import folder_of_digest, read_pack
from engine.packs.pack import Pack
from engine.packs.writer import write_files
from engine.store.blobs import put_file, read_blob, write_blob
from engine.store.clinic_packs import packs_folder
from engine.store.database import Database
from engine.store.folder import ClinicFolder
from engine.store.gate import inner, needs
from engine.store.permissions import Permission
from engine.store.sealed_files import Sealed
from engine.store.vault import Vault

MOST_BYTES = 64 << 20
_PIECE = 1 << 20
_WANTED = (
    "SELECT id, version, digest FROM clinic_pack WHERE ended IS NULL AND origin <> 'shipped'"
    " UNION SELECT id, version, digest FROM model ORDER BY id, version"
)
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the same folder gives the same bytes


@dataclass(frozen=True, slots=True)
class _Packed:
    """A pack folder in one piece."""

    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def chunks(self) -> Iterator[bytes]:
        return (self.content[start : start + _PIECE] for start in range(0, len(self.content), _PIECE))


@needs(Permission.BACKUP)
def seal_packs(vault: Vault) -> tuple[PackRef, ...]:
    """Seal every version that is not, so that a backup takes it; return those whose folder is gone, altered or too big.

    Raises:
        StoreError: the disk is full or failed.
    """
    lacking = []
    there = {name: path for name, path in _sealed(vault.ledger.database).items() if _lies(vault, path)}
    for ref in _wanted(vault):
        if ref.digest in there:
            continue
        packed = _packed(vault, ref)
        if packed is None:
            lacking.append(ref)
            continue
        put = put_file(vault, packed)
        if ref.digest in _sealed(vault.ledger.database):
            continue  # it was lost, and lies there again
        with vault.change(vault.user.id, "backup.packs") as change:
            blob = write_blob(change, put, packed)
            change.run("INSERT INTO kept_pack(digest, blob, change) VALUES (?, ?, ?)", (ref.digest, blob, change.id))
            change.note(pack=ref.id, version=ref.version, digest=ref.digest)
    return tuple(lacking)


@inner
def unpack_packs(vault: Vault) -> tuple[PackRef, ...]:
    """Put the folders of all versions in place again; return those that cannot be had.

    Raises:
        StoreError: the disk is full or failed.
    """
    blobs: dict[str, int] = dict(vault.rows("SELECT digest, blob FROM kept_pack"))
    return tuple(ref for ref in _wanted(vault) if not _unpacked(vault, ref, blobs.get(ref.digest)))


def sealed_packs(database: Database) -> tuple[Sealed, ...]:
    """Return the sealed files that hold packs; none where the schema is from before there were any."""
    return tuple(_sealed(database).values())


def _sealed(database: Database) -> Mapping[str, Sealed]:
    if not database.rows("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'kept_pack'"):
        return {}
    rows = database.rows(
        "SELECT digest, name, size, sha256 FROM kept_pack JOIN blob ON blob.key = kept_pack.blob ORDER BY kept_pack.key"
    )
    return {digest: Sealed(name, size, sha256) for digest, name, size, sha256 in rows}


def _lies(vault: Vault, sealed: Sealed) -> bool:
    try:
        return (ClinicFolder(vault.folder).blobs / sealed.name).stat().st_size == sealed.size
    except OSError:
        return False


def _wanted(vault: Vault) -> tuple[PackRef, ...]:
    return tuple(PackRef(*row) for row in vault.rows(_WANTED))


def _packed(vault: Vault, ref: PackRef) -> _Packed | None:
    """Return the folder of a version; None where it is not what the clinic keeps, or too big."""
    pack = _found(vault, ref)
    if pack is None:
        return None
    try:
        files = sorted(pack.folder.iterdir())
        if sum(path.stat().st_size for path in files) > MOST_BYTES:
            return None
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
            for path in files:
                archive.writestr(zipfile.ZipInfo(path.name, _EARLIEST), path.read_bytes())
    except OSError:
        return None
    return _Packed(written.getvalue())


def _found(vault: Vault, ref: PackRef) -> Pack | None:
    folder = packs_folder(vault)
    for place in (folder / folder_of_digest(ref.digest) / ref.id, folder / ref.id):
        try:
            pack = read_pack(place)
        except PackError:
            continue
        if pack.digest == ref.digest:
            return pack
    return None


def _unpacked(vault: Vault, ref: PackRef, blob: int | None) -> bool:
    if _found(vault, ref) is not None:
        return True
    if blob is None:
        return False
    place: Path = packs_folder(vault) / folder_of_digest(ref.digest)
    try:
        content = b"".join(read_blob(vault, blob))
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            files = {entry.filename: archive.read(entry) for entry in archive.infolist()}
        return write_files(place, ref.id, files).digest == ref.digest
    except StoreError as error:
        if error.code in ("attached_missing", "attached_damaged"):
            return False
        raise
    except (PackError, zipfile.BadZipFile):
        return False
