"""What lies beside a copy: whose it is, what it must hold, the key slots of its day, signed by who made it.

    NAME.lantern-backup      the copy, an encrypted database under a key of its own
    NAME.lantern-manifest    this, as canonical JSON; written last, so a copy without it is no backup

The key of the copy is sealed to the clinic's backup key (HPKE, RFC 9180: X25519, HKDF-SHA256, AES-256-GCM), so whoever
makes a backup cannot open it. A removed user's passphrase opens the slots of that day, and in them no backup key.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from engine.errors import AccessError, StoreError
from engine.store.audit.checkpoint import Checkpoint
from engine.store.folder import store_error
from engine.store.sealed_files import Sealed
from engine.store.signer import Signer, is_signed
from engine.store.slots import canonical

FORMAT = "lantern-backup/1"
COPY_SUFFIX, MANIFEST_SUFFIX, PART_SUFFIX = ".lantern-backup", ".lantern-manifest", ".part"
_LONGEST = 64 * 2**20  # bytes; the key slots of thousands of people, the names of a hundred thousand sealed files
_PIECE = 2**20
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of the audit that a copy holds."""

    epoch: int
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a copy must be.

    ``made_by`` is the id of a user and ``key`` the public key that signed; ``rows`` counts each table; ``sealed`` is
    the copy's key; ``slots`` the key file of that day, as text; ``sha256`` and ``size`` are those of the copy.
    ``erased``: the notices of who was erased until then (``engine.store.erasure``), for who restores an older copy.
    ``files``: the sealed files that belong to it; ``lacking``: the names of those that the clinic itself had lost.
    """

    name: str
    store_id: str
    practice: bool
    made_at: datetime
    program: str
    made_by: str
    key: bytes
    head: Head
    schema: int
    rows: Mapping[str, int]
    size: int
    sha256: str
    sealed: bytes = field(repr=False)
    slots: str = field(repr=False)
    erased: tuple[str, ...] = ()
    files: tuple[Sealed, ...] = ()
    lacking: tuple[str, ...] = ()

    @property
    def people(self) -> int:
        """How many records of people the copy holds."""
        return self.rows.get("patient", 0)

    @property
    def visits(self) -> int:
        """How many visits the copy holds."""
        return self.rows.get("visit", 0)

    @property
    def checkpoint(self) -> Checkpoint | None:
        """The end of its audit as it stands at the foot of lists; None for a copy from before there was a chain."""
        head = self.head
        return Checkpoint.at(head.epoch, head.seq, head.hash) if head.hash else None

    def encode(self, signer: Signer) -> bytes:
        """Return the file's bytes, signed."""
        body = self._body()
        body["signature"] = signer.sign(canonical(body)).hex()
        return canonical(body) + b"\n"

    def _body(self) -> dict[str, Any]:
        some: dict[str, Any] = {"erased": list(self.erased)} if self.erased else {}
        if self.files:
            some["files"] = {sealed.name: [sealed.size, sealed.sha256] for sealed in self.files}
        if self.lacking:
            some["lacking"] = list(self.lacking)
        return some | {
            "format": FORMAT,
            "name": self.name,
            "store": self.store_id,
            "practice": self.practice,
            "made_at": self.made_at.isoformat(),
            "program": self.program,
            "made_by": self.made_by,
            "key": self.key.hex(),
            "epoch": self.head.epoch,
            "seq": self.head.seq,
            "hash": self.head.hash,
            "schema": self.schema,
            "rows": dict(self.rows),
            "size": self.size,
            "sha256": self.sha256,
            "sealed": self.sealed.hex(),
            "slots": self.slots,
        }


def decode(content: bytes) -> Manifest:
    """Read a manifest back; any changed bit is found. Who signed it is not known before the slots are trusted.

    Raises:
        StoreError: ``backup_damaged``; ``backup_newer`` for a later format.
    """
    try:
        body = json.loads(content)
        if body["format"] != FORMAT and str(body["format"]).startswith("lantern-backup/"):
            raise StoreError("backup_newer")
        signature = bytes.fromhex(body.pop("signature"))
        if canonical(body | {"signature": signature.hex()}) + b"\n" != content:
            raise StoreError("backup_damaged")
        key = bytes.fromhex(body["key"])
        if not is_signed(canonical(body), signature, key) or not _is_shaped(body):
            raise StoreError("backup_damaged")
        return Manifest(
            name=body["name"],
            store_id=body["store"],
            practice=bool(body["practice"]),
            made_at=datetime.fromisoformat(body["made_at"]),
            program=body["program"],
            made_by=body["made_by"],
            key=key,
            head=Head(body["epoch"], body["seq"], body["hash"]),
            schema=body["schema"],
            rows=body["rows"],
            size=body["size"],
            sha256=body["sha256"],
            sealed=bytes.fromhex(body["sealed"]),
            slots=body["slots"],
            erased=tuple(str(text) for text in body.get("erased", ())),
            files=tuple(Sealed(name, size, sha256) for name, (size, sha256) in body.get("files", {}).items()),
            lacking=tuple(body.get("lacking", ())),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StoreError("backup_damaged") from error


_TEXTS = ("name", "store", "program", "made_by", "hash", "sha256", "slots")
_COUNTS = ("epoch", "seq", "schema", "size")
_NAME = re.compile("[0-9a-f]{64}")  # of a sealed file: no way out of its folder


def _is_shaped(body: Mapping[str, Any]) -> bool:
    """Whether each part is of the kind it should be: anybody can write a manifest and sign for it with some key."""
    rows, erased = body["rows"], body.get("erased", [])
    return (
        all(isinstance(body[name], str) for name in _TEXTS)
        and all(_is_count(body[name]) for name in _COUNTS)
        and isinstance(body["practice"], bool)
        and isinstance(rows, dict)
        and all(_is_count(count) for count in rows.values())
        and _are_texts(erased)
        and _are_texts(body.get("lacking", []))
        and all(
            _NAME.fullmatch(name) and _is_count(size) and isinstance(digest, str)
            for name, (size, digest) in body.get("files", {}).items()
        )
        and datetime.fromisoformat(body["made_at"]).tzinfo is not None
    )


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy with its manifest, in a folder."""

    manifest: Manifest
    folder: Path

    @property
    def copy(self) -> Path:
        """The encrypted database."""
        return self.folder / f"{self.manifest.name}{COPY_SUFFIX}"

    @property
    def file(self) -> Path:
        """The manifest."""
        return self.folder / f"{self.manifest.name}{MANIFEST_SUFFIX}"


def read_backup(path: Path) -> Backup:
    """Return the backup of which ``path`` is the manifest or the copy.

    Raises:
        StoreError: ``backup_missing`` (one of the two files, or both), ``backup_damaged``, ``backup_newer``, or why it
            cannot be read.
    """
    manifest = path.with_suffix(MANIFEST_SUFFIX)
    backup = Backup(read_manifest(manifest), manifest.parent)
    if not backup.copy.is_file():
        raise StoreError("backup_missing")
    return backup


def read_manifest(path: Path) -> Manifest:
    """Return what a manifest says, whether its copy is there or not.

    Raises:
        StoreError: ``backup_missing``, ``backup_damaged``, ``backup_newer``, or why it cannot be read.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST + 1)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise StoreError("backup_missing") from error
    except OSError as error:
        raise store_error(error) from error
    found = decode(content)
    if found.name != path.stem:
        raise StoreError("backup_damaged")
    return found


def mark(store_id: str) -> str:
    """Return what the names of a clinic's backups begin with. It tells nothing of the clinic."""
    return "lantern-" + "".join(sign for sign in store_id if sign.isascii() and sign.isalnum())[:8]


def backups_in(folder: Path, store_id: str | None = None, signers: Collection[str] | None = None) -> list[Backup]:
    """Return the backups of a store (None: of any) in a folder, the newest first; what cannot be read is left out.

    ``signers``: the keys, in hex, of whom they are to be signed by (None: anybody). Only those count where something is
    decided: whoever can write on a stick can sign a manifest with a key of their own.
    """
    found = []
    try:
        paths = sorted(folder.glob(f"*{MANIFEST_SUFFIX}"))
    except OSError:
        return []
    for path in paths:
        try:
            backup = read_backup(path)
        except StoreError:
            continue
        ours = signers is None or backup.manifest.key.hex() in signers
        if ours and store_id in (None, backup.manifest.store_id):
            found.append(backup)
    return sorted(found, key=lambda each: each.manifest.made_at, reverse=True)


def check_file(backup: Backup, check: Callable[[], None] = lambda: None) -> None:
    """Read the whole copy and compare it with the manifest. Needs no key. ``check`` is called after each megabyte.

    Raises:
        StoreError: ``backup_damaged``; or why it cannot be read.
    """
    size, digest = file_digest(backup.copy, check)
    if (size, digest) != (backup.manifest.size, backup.manifest.sha256):
        raise StoreError("backup_damaged")


def file_digest(path: Path, check: Callable[[], None] = lambda: None) -> tuple[int, str]:
    """Return the size of a file and its SHA-256. ``check`` is called after each megabyte.

    Raises:
        StoreError: why it cannot be read.
    """
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
                size += len(piece)
                check()
    except OSError as error:
        raise store_error(error) from error
    return size, digest.hexdigest()


def seal_key(copy_key: bytes, backup_public: bytes, store_id: str, name: str) -> bytes:
    """Return the key of a copy, sealed to the clinic's backup key."""
    return _SUITE.encrypt(copy_key, X25519PublicKey.from_public_bytes(backup_public), _about(store_id, name))


def unseal_key(manifest: Manifest, backup_keys: tuple[bytes, ...]) -> bytes:
    """Return the key of a copy.

    Raises:
        AccessError: ``backup_not_yours`` where no key is at hand. StoreError: ``backup_key_other`` where none of them
            opens it.
    """
    if not backup_keys:
        raise AccessError("backup_not_yours")
    for key in backup_keys:
        try:
            private = X25519PrivateKey.from_private_bytes(key)
            return _SUITE.decrypt(manifest.sealed, private, _about(manifest.store_id, manifest.name))
        except (InvalidTag, ValueError):
            continue
    raise StoreError("backup_key_other")


def _about(store_id: str, name: str) -> bytes:
    return canonical({"purpose": "lantern backup 1", "store": store_id, "name": name})
