"""Key slots: the random data key of a store, wrapped once per person and once for the recovery key.

    secret -> Argon2id (RFC 9106) -> HKDF-SHA256 -> AES-256-GCM over the data key

Changing a passphrase rewrites one slot; the data is never encrypted anew. What a slot says of itself (store, user,
role, revision, cost of the derivation) is authenticated with it, so a slot can neither be moved to another store nor
be given a cheaper derivation. The parts that cannot be authenticated before the key is known carry a plain digest:
a damaged file is thus told apart from a wrong passphrase.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import unicodedata
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from engine.errors import PassphraseError, StoreError, UsageError
from engine.store.folder import Random

FORMAT = "lantern-clinic/1"
DATA_KEY_BYTES = 32
_SALT_BYTES = 16
_NONCE_BYTES = 12


class SlotKind(StrEnum):
    """What opens a slot."""

    PASSPHRASE = "passphrase"  # noqa: S105 - the name of a kind, no secret
    RECOVERY = "recovery"


class Role(StrEnum):
    """What a user may do; enforced by the program, since all share one data key."""

    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Cost:
    """The price of one derivation: memory in KiB, passes over it, lanes."""

    memory_kib: int
    passes: int
    lanes: int

    def reaches(self, floor: Cost) -> bool:
        """Whether no part is below ``floor``."""
        return self.memory_kib >= floor.memory_kib and self.passes >= floor.passes and self.lanes >= floor.lanes


# RFC 9106, section 4, second recommended option; also the floor below which a slot is refused.
FLOOR = Cost(64 * 1024, 3, 4)
# Above this a slot is damaged or hostile: deriving would exhaust the machine.
_CEILING = Cost(4 * 1024 * 1024, 256, 64)


@dataclass(frozen=True, slots=True)
class Slot:
    """One way to the data key."""

    user_id: str
    user_name: str
    role: str
    kind: SlotKind
    revision: int
    cost: Cost
    salt: bytes
    nonce: bytes
    sealed: bytes

    def authenticated(self, store_id: str) -> bytes:
        """The parts that are sealed together with the key. A name may change without the passphrase."""
        return canonical(
            {
                "store": store_id,
                "user": self.user_id,
                "role": self.role,
                "kind": self.kind.value,
                "revision": self.revision,
                "kdf": _kdf(self),
            }
        )


@dataclass(frozen=True, slots=True)
class SlotFile:
    """The slots of one store. ``revision`` rises with every change; the higher of two copies counts."""

    store_id: str
    revision: int
    practice: bool
    slots: tuple[Slot, ...]

    def encode(self, data_key: bytes) -> bytes:
        """Return the file's bytes, authenticated with a key that follows from the data key."""
        body = self.body()
        body["mac"] = _mac(data_key, canonical(body)).hex()
        body["sha256"] = hashlib.sha256(canonical(body)).hexdigest()
        return canonical(body) + b"\n"

    def body(self) -> dict[str, Any]:
        """Return everything that is authenticated, as plain JSON values."""
        return {
            "format": FORMAT,
            "store": self.store_id,
            "revision": self.revision,
            "practice": self.practice,
            "slots": [_slot_to_plain(slot) for slot in self.slots],
        }


@dataclass(frozen=True, slots=True)
class SlotFileAsRead:
    """A slot file whose digest holds. It can be trusted only after :meth:`verify`."""

    file: SlotFile
    content: bytes
    mac: bytes

    def verify(self, data_key: bytes) -> bool:
        """Whether the file was written by someone who had the data key."""
        return hmac.compare_digest(_mac(data_key, canonical(self.file.body())), self.mac)


def canonical(value: object) -> bytes:
    """Return the one JSON form of a plain value: sorted keys, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


def read_slot_file(content: bytes) -> SlotFileAsRead:
    """Read a slot file and check its digest.

    Raises:
        StoreError: ``store_slots_damaged`` for any changed byte; ``store_newer`` for a later format.
    """
    try:
        body = json.loads(content)
        if body["format"] != FORMAT and str(body["format"]).startswith("lantern-clinic/"):
            raise StoreError("store_newer")
        digest = body.pop("sha256")
        if digest != hashlib.sha256(canonical(body)).hexdigest():
            raise StoreError("store_slots_damaged")
        # Every bit counts, also the white space around the values.
        if canonical(body | {"sha256": digest}) + b"\n" != content:
            raise StoreError("store_slots_damaged")
        slots = tuple(_slot_from_plain(slot) for slot in body["slots"])
        file = SlotFile(str(body["store"]), int(body["revision"]), bool(body["practice"]), slots)
        return SlotFileAsRead(file, content, bytes.fromhex(body["mac"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StoreError("store_slots_damaged") from error


def passphrase_secret(passphrase: str) -> bytes:
    """Return the bytes of a passphrase: composed Unicode (NFC) in UTF-8, so that every keyboard gives the same.

    Only an empty passphrase is refused here. How long it should be (15 signs or more) is advice for the person who
    chooses it and belongs where it is typed.

    Raises:
        UsageError: ``passphrase_empty``.
    """
    composed = unicodedata.normalize("NFC", passphrase)
    if not composed:
        raise UsageError("passphrase_empty")
    return composed.encode("utf-8", "surrogatepass")


def seal(blank: Slot, store_id: str, secret: bytes, data_key: bytes) -> Slot:
    """Return ``blank`` with the data key sealed into it. Its salt and nonce must be fresh random bytes."""
    plain = canonical({"data_key": data_key.hex()})
    sealed = AESGCM(_wrapping_key(blank, secret)).encrypt(blank.nonce, plain, blank.authenticated(store_id))
    return replace(blank, sealed=sealed)


def blank_slot(user_id: str, user_name: str, kind: SlotKind, cost: Cost, random: Random) -> Slot:
    """Return a first-revision slot for the owner with fresh salt and nonce and nothing sealed in it yet."""
    return Slot(
        user_id=user_id,
        user_name=user_name,
        role=Role.OWNER.value,
        kind=kind,
        revision=1,
        cost=cost,
        salt=random(_SALT_BYTES),
        nonce=random(_NONCE_BYTES),
        sealed=b"",
    )


def unseal(slot: Slot, store_id: str, secret: bytes, floor: Cost = FLOOR) -> bytes:
    """Return the data key.

    Raises:
        PassphraseError: ``passphrase_wrong`` when the secret does not open the slot.
        StoreError: ``store_slots_weak`` when the slot asks for a cheaper derivation than ``floor``;
            ``store_slots_damaged`` when it asks for an absurd one; ``store_memory`` when the machine cannot run it.
    """
    if not slot.cost.reaches(floor):
        raise StoreError("store_slots_weak")
    if not _CEILING.reaches(slot.cost):
        raise StoreError("store_slots_damaged")
    key = _wrapping_key(slot, secret)
    try:
        plain = AESGCM(key).decrypt(slot.nonce, slot.sealed, slot.authenticated(store_id))
    except InvalidTag as error:
        raise PassphraseError("passphrase_wrong") from error
    return bytes.fromhex(json.loads(plain)["data_key"])


def _wrapping_key(slot: Slot, secret: bytes) -> bytes:
    cost = slot.cost
    try:
        stretched = hash_secret_raw(secret, slot.salt, cost.passes, cost.memory_kib, cost.lanes, 32, Type.ID, 0x13)
    except HashingError as error:
        raise StoreError("store_memory") from error  # the only thing left that can fail
    return HKDF(hashes.SHA256(), 32, None, b"lantern key slot 1").derive(stretched)


def _mac(data_key: bytes, content: bytes) -> bytes:
    key = HKDF(hashes.SHA256(), 32, None, b"lantern slot file 1").derive(data_key)
    return hmac.digest(key, content, "sha256")


def _kdf(slot: Slot) -> dict[str, Any]:
    return {
        "name": "argon2id-13",
        "memory_kib": slot.cost.memory_kib,
        "passes": slot.cost.passes,
        "lanes": slot.cost.lanes,
        "salt": slot.salt.hex(),
    }


def _slot_to_plain(slot: Slot) -> dict[str, Any]:
    return {
        "user": slot.user_id,
        "name": slot.user_name,
        "role": slot.role,
        "kind": slot.kind.value,
        "revision": slot.revision,
        "kdf": _kdf(slot),
        "nonce": slot.nonce.hex(),
        "sealed": slot.sealed.hex(),
    }


def _slot_from_plain(plain: dict[str, Any]) -> Slot:
    kdf = plain["kdf"]
    return Slot(
        user_id=str(plain["user"]),
        user_name=str(plain["name"]),
        role=str(plain["role"]),
        kind=SlotKind(plain["kind"]),
        revision=int(plain["revision"]),
        cost=Cost(int(kdf["memory_kib"]), int(kdf["passes"]), int(kdf["lanes"])),
        salt=bytes.fromhex(kdf["salt"]),
        nonce=bytes.fromhex(plain["nonce"]),
        sealed=bytes.fromhex(plain["sealed"]),
    )
