"""The sealed files of a clinic beside its database: written, read, looked after.

A file is written before the row that names it, and removed after it: what is cut off leaves a sealed file that no row
names, which the next attaching of the same content takes over and the next erasure removes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engine.domain.attached import Chunks
from engine.store.database import Database
from engine.store.folder import ClinicFolder, store_error
from engine.store.gate import inner
from engine.store.sealed_files import FileKey, Sealed, is_whole, open_file, seal_file
from engine.store.vault import Change, Vault

_SECRET_BYTES = 32
_TURNED = "SELECT coalesce(max(key), 0) FROM change WHERE action = 'key.turn'"


class Content(Protocol):
    """What is sealed: a file as it is to be kept. ``size`` in bytes; ``chunks`` gives it from its beginning."""

    @property
    def size(self) -> int: ...  # noqa: D102 - see above

    @property
    def sha256(self) -> str: ...  # noqa: D102 - see above

    @property
    def chunks(self) -> Chunks: ...  # noqa: D102 - see above


@dataclass(frozen=True, slots=True)
class Put:
    """A content that lies sealed beside the database. ``key``: of its row, None where it has none yet."""

    key: int | None
    secret_key: int | None
    secret: bytes
    sealed: Sealed


@inner
def put_file(vault: Vault, file: Content) -> Put:
    """Seal a content beside the database, once however often it is attached; a lost or damaged one is written again.

    Raises:
        InputError: ``file_changed``. StoreError: the disk is full or failed; nothing is left then.
    """
    folder = ClinicFolder(vault.folder).blobs
    known = vault.rows(
        "SELECT blob.key, blob.secret, blob_key.secret, name, size, sha256 FROM blob"
        " JOIN blob_key ON blob_key.key = blob.secret WHERE plain_sha256 = ?",
        (file.sha256,),
    )
    if known:
        key, secret_key, secret, *said = known[0]
        sealed = Sealed(*said)
        if not is_whole(folder / sealed.name, sealed):
            seal_file(folder, FileKey.of(secret, file.sha256), file.chunks(), file.sha256, vault.random)
        return Put(key, secret_key, secret, sealed)
    rows = vault.rows(
        f"SELECT key, secret FROM blob_key WHERE change > ({_TURNED}) ORDER BY key DESC LIMIT 1"  # noqa: S608 - our own query
    )
    secret_key, secret = rows[0] if rows else (None, vault.random(_SECRET_BYTES))
    sealed = seal_file(folder, FileKey.of(secret, file.sha256), file.chunks(), file.sha256, vault.random)
    return Put(None, secret_key, secret, sealed)


@inner
def write_blob(change: Change, put: Put, file: Content) -> int:
    """Write the row of a sealed file, and that of a new key, where they are not there; return the row's key."""
    if put.key is not None:
        return put.key
    secret_key = put.secret_key
    if secret_key is None:
        secret_key = change.run("INSERT INTO blob_key(secret, change) VALUES (?, ?)", (put.secret, change.id))
    sealed = put.sealed
    return change.run(
        "INSERT INTO blob(name, secret, size, sha256, plain_size, plain_sha256, change) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (sealed.name, secret_key, sealed.size, sealed.sha256, file.size, file.sha256, change.id),
    )


@inner
def read_blob(vault: Vault, key: int) -> Iterator[bytes]:
    """Yield a content piece by piece; it counts only when the end is reached.

    Raises:
        StoreError: ``attached_missing``, ``attached_damaged``, or why it cannot be read.
    """
    secret, plain = vault.rows(
        "SELECT blob_key.secret, plain_sha256 FROM blob JOIN blob_key ON blob_key.key = blob.secret WHERE blob.key = ?",
        (key,),
    )[0]
    return open_file(ClinicFolder(vault.folder).blobs, FileKey.of(secret, plain), plain)


def sealed_files(database: Database) -> tuple[Sealed, ...]:
    """Return every sealed file that a database names; none where its schema is from before there were any."""
    if not database.rows("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'blob'"):
        return ()
    return tuple(Sealed(*row) for row in database.rows("SELECT name, size, sha256 FROM blob ORDER BY key"))


@inner
def forget_blobs(change: Change) -> set[int]:
    """Take out the rows of contents that nobody holds any more, within a change; return their keys."""
    rows = change.rows(
        "SELECT key FROM blob WHERE key NOT IN (SELECT blob FROM attached) AND key NOT IN (SELECT blob FROM kept_pack)"
    )
    change.many("DELETE FROM blob WHERE key = ?", rows)
    return {row[0] for row in rows}


def sweep_files(database: Database, folder: Path) -> int:
    """Remove every file beside the database that it does not name; return how many.

    Raises:
        StoreError: a file cannot be removed.
    """
    place, named = ClinicFolder(folder).blobs, {sealed.name for sealed in sealed_files(database)}
    removed = 0
    try:
        for path in place.iterdir() if place.is_dir() else ():
            if path.name not in named:
                path.unlink()
                removed += 1
    except OSError as error:
        raise store_error(error) from error
    return removed


def faulty_files(
    database: Database, folder: Path, heed: Callable[[int], None] | None = None
) -> Iterator[tuple[Sealed, bool]]:
    """Yield each sealed file that is not as it was sealed, and whether it is missing altogether. Reads every file.

    ``heed`` is called before each file is read; what it raises ends the check.
    """
    place = ClinicFolder(folder).blobs
    for sealed in sealed_files(database):
        if heed is not None:
            heed(0)
        path = place / sealed.name
        if not is_whole(path, sealed):
            gone = True
            with suppress(OSError):
                gone = not path.is_file()
            yield sealed, gone
