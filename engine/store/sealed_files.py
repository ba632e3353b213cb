"""How one file is sealed beside the database, and what tells that it is whole.

    LNTRFIL1 | piece | piece | ...       each AES-256-GCM over up to a megabyte, with its tag of 16 bytes

The nonce of a piece is its number and whether it is the last (the STREAM construction: Hoang, Reyhanitabar, Rogaway,
Vizár, 2015), so that pieces cannot be left out, moved or cut off. Name and key of a file follow from a key of the
clinic and the SHA-256 of the content (HMAC, HKDF): the same content gives the same name and the same bytes, so that a
file can be written again where it was lost, while another clinic's name of it is another one.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.durable import forget_cached, sync_folder
from engine.errors import InputError, StoreError
from engine.store.folder import Random, store_error
from engine.store.slots import derived

PART_SUFFIX = ".part"
_MAGIC = b"LNTRFIL1"
_PIECE = 1 << 20
_TAG = 16


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed file: its name, and size and SHA-256 of its bytes as they lie on the disk."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class FileKey:
    """Seals and opens one content. ``name``: of the sealed file."""

    name: str
    secret: bytes = field(repr=False)

    @classmethod
    def of(cls, secret: bytes, plain_sha256: str) -> FileKey:
        """Return the name and the key of a content under the clinic's key for files."""
        name = hmac.new(derived(secret, "lantern file name 1"), bytes.fromhex(plain_sha256), hashlib.sha256).hexdigest()
        return cls(name, derived(secret, f"lantern file key 1 {name}"))


def seal_file(folder: Path, key: FileKey, chunks: Iterable[bytes], plain_sha256: str, random: Random) -> Sealed:
    """Write a sealed file under its name: aside, synced, read back, renamed, its name synced.

    Raises:
        InputError: ``file_changed`` when the content is not the one the key was made for.
        StoreError: the disk is full, failed or returned other bytes; nothing of it is left then.
    """
    written, plain = hashlib.sha256(), hashlib.sha256()
    size = 0
    with _aside(folder, key.name, random) as part:
        with open(part, "xb", opener=_private) as file:
            for piece in _sealed(key, chunks, plain):
                file.write(piece)
                written.update(piece)
                size += len(piece)
            file.flush()
            os.fsync(file.fileno())
        if plain.hexdigest() != plain_sha256:
            raise InputError("file_changed")
        sealed = Sealed(key.name, size, written.hexdigest())
        _give_name(part, folder, sealed)
    return sealed


@contextmanager
def _aside(folder: Path, name: str, random: Random) -> Iterator[Path]:
    """Give a place for a file that is still to get its name; without one it is gone afterwards.

    Raises:
        StoreError: the disk is full or failed.
    """
    part = folder / f".{name[:16]}-{random(4).hex()}{PART_SUFFIX}"
    try:
        _make(folder)
        yield part
    except OSError as error:
        raise store_error(error) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _give_name(part: Path, folder: Path, sealed: Sealed) -> None:
    """Read a synced file back from the disk itself, and give it its name, which is synced too.

    Raises:
        StoreError: ``store_disk_failed`` when the disk returned other bytes.
    """
    forget_cached(part)
    if not is_whole(part, sealed):
        raise StoreError("store_disk_failed")
    part.replace(folder / sealed.name)
    sync_folder(folder)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _make(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(mode=0o700)
        sync_folder(folder.parent)


def _sealed(key: FileKey, chunks: Iterable[bytes], plain: hashlib._Hash) -> Iterator[bytes]:
    cipher, held, number = AESGCM(key.secret), bytearray(), 0
    yield _MAGIC
    for chunk in chunks:
        plain.update(chunk)
        held += chunk
        while len(held) > _PIECE:
            yield cipher.encrypt(_nonce(number, last=False), bytes(held[:_PIECE]), _about(key))
            del held[:_PIECE]
            number += 1
    yield cipher.encrypt(_nonce(number, last=True), bytes(held), _about(key))


def open_file(folder: Path, key: FileKey, plain_sha256: str) -> Iterator[bytes]:
    """Yield the content of a sealed file piece by piece; what was yielded counts only when the end is reached.

    Raises:
        StoreError: ``attached_missing``, ``attached_damaged``, or why it cannot be read.
    """
    cipher, number, plain = AESGCM(key.secret), 0, hashlib.sha256()
    try:
        with (folder / key.name).open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                raise StoreError("attached_damaged")
            piece = file.read(_PIECE + _TAG)
            while True:
                following = file.read(_PIECE + _TAG)
                content = cipher.decrypt(_nonce(number, last=not following), piece, _about(key))
                plain.update(content)
                yield content
                if not following:
                    break
                piece, number = following, number + 1
    except FileNotFoundError as error:
        raise StoreError("attached_missing") from error
    except (InvalidTag, ValueError) as error:
        raise StoreError("attached_damaged") from error
    except OSError as error:
        raise store_error(error) from error
    if plain.hexdigest() != plain_sha256:
        raise StoreError("attached_damaged")


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _about(key: FileKey) -> bytes:
    return _MAGIC + key.name.encode("ascii")


def is_whole(path: Path, sealed: Sealed) -> bool:
    """Whether a file is there and each of its bytes is as it was sealed. Needs no key."""
    digest = hashlib.sha256()
    try:
        if path.stat().st_size != sealed.size:
            return False
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
    except OSError:
        return False
    return digest.hexdigest() == sealed.sha256


def copy_sealed(source: Path, folder: Path, sealed: Sealed, random: Random) -> bool:
    """Copy a sealed file into another folder as durably as it was written; return whether the source was whole.

    Raises:
        StoreError: the disk of the copy is full, failed or returned other bytes.
    """
    with _aside(folder, sealed.name, random) as part:
        if not is_whole(source, sealed):
            return False
        with source.open("rb") as whole, open(part, "xb", opener=_private) as file:
            while piece := whole.read(_PIECE):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        _give_name(part, folder, sealed)
    return True
