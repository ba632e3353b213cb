"""Key slots: the keys of a store, wrapped once per person and once for the recovery key.

    secret -> Argon2id (RFC 9106) -> HKDF-SHA256 -> AES-256-GCM over the keys

A slot holds the data key, the key its user signs with and, for administrators and the recovery key, those that open
backups. Changing a passphrase rewrites one slot; the data is never encrypted anew. What a slot says of itself (store,
user, roles, revision, public keys, cost of the derivation) is authenticated with it, so a slot can neither be moved to
another store nor be given a cheaper derivation or another role.

Nobody has the passphrase of another. What an administrator changes about somebody's slot (roles, a new data key) is
left as a letter that only its user can open (``engine.store.letters``), and taken into the slot when they next sign in.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass, field, replace
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
from engine.store.letters import Letter, letterbox, open_letter, write_letter
from engine.store.roles import Role, read_roles
from engine.store.signer import SEED_BYTES, Signer
from engine.store.users import RECOVERY_ID, User

DATA_KEY_BYTES = 32
SALT_BYTES = 16
NONCE_BYTES = 12
_OLD = 1
_NEW = 2


class SlotKind(StrEnum):
    """What opens a slot."""

    PASSPHRASE = "passphrase"  # noqa: S105 - the name of a kind, no secret
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class Cost:
    """The price of one derivation: memory in KiB, passes over it, lanes."""

    memory_kib: int
    passes: int
    lanes: int

    def reaches(self, floor: Cost) -> bool:
        """Whether no part is below ``floor``."""
        return self.memory_kib >= floor.memory_kib and self.passes >= floor.passes and self.lanes >= floor.lanes

    def at_least(self, other: Cost) -> Cost:
        """Return the dearer of the two in each part."""
        return Cost(
            max(self.memory_kib, other.memory_kib), max(self.passes, other.passes), max(self.lanes, other.lanes)
        )


# RFC 9106, section 4, second recommended option; also the floor below which a slot is refused.
FLOOR = Cost(64 * 1024, 3, 4)
# Above this a slot is damaged or hostile: deriving would exhaust the machine.
_CEILING = Cost(4 * 1024 * 1024, 256, 64)


@dataclass(frozen=True, slots=True)
class Keys:
    """What a slot holds, 32 bytes each.

    ``signing_key`` is an Ed25519 seed, empty in a slot of the first format. ``backup_keys`` are X25519 private keys,
    the newest first; empty where the user is no administrator.
    """

    data_key: bytes = field(repr=False)
    signing_key: bytes = field(default=b"", repr=False)
    backup_keys: tuple[bytes, ...] = field(default=(), repr=False)

    def derived(self, purpose: str) -> bytes:
        """Return a 32-byte key that follows from the data key, another for each purpose."""
        return derived(self.data_key, purpose)


@dataclass(frozen=True, slots=True)
class Slot:
    """One way to the keys. ``roles`` is the text that was sealed; :attr:`user` tells those that hold now.

    ``public`` is the raw Ed25519 key of the user's signatures, ``box`` the X25519 key that letters are sealed to.
    """

    user_id: str
    user_name: str
    roles: str
    kind: SlotKind
    revision: int
    cost: Cost
    salt: bytes
    nonce: bytes
    sealed: bytes
    public: bytes = b""
    box: bytes = b""
    change_first: bool = False
    holds_backup_keys: bool = False
    letter: Letter | None = None
    version: int = _NEW

    @property
    def is_old(self) -> bool:
        """Whether it was sealed by the first format, with the data key alone and without a letterbox."""
        return self.version == _OLD

    @property
    def user(self) -> User:
        """Whose slot it is, with the roles that hold now."""
        return User(self.user_id, self.user_name, read_roles(self.letter.roles if self.letter else self.roles))

    @property
    def opens_backups(self) -> bool:
        """Whether its holder is meant to open backups."""
        return self.kind is SlotKind.RECOVERY or Role.ADMINISTRATOR in self.user.roles

    def authenticated(self, store_id: str) -> bytes:
        """The parts that are sealed together with the keys. A name may change without the passphrase."""
        told = {
            "store": store_id,
            "user": self.user_id,
            "kind": self.kind.value,
            "revision": self.revision,
            "kdf": kdf_of(self),
        }
        if self.is_old:
            return canonical(told | {"role": self.roles})
        told |= {"public": self.public.hex(), "box": self.box.hex(), "backup": self.holds_backup_keys}
        return canonical(told | {"roles": self.roles, "change_first": self.change_first})


def canonical(value: object) -> bytes:
    """Return the one JSON form of a plain value: sorted keys, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


def derived(key: bytes, purpose: str) -> bytes:
    """Return a 32-byte key that follows from another, for one purpose."""
    return HKDF(hashes.SHA256(), 32, None, purpose.encode("ascii")).derive(key)


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


def blank_slot(user: User, kind: SlotKind, cost: Cost, random: Random, *, change_first: bool = False) -> Slot:
    """Return a first-revision slot with fresh salt and nonce and nothing sealed in it yet."""
    return Slot(
        user_id=user.id,
        user_name=user.name,
        roles=user.roles_text,
        kind=kind,
        revision=1,
        cost=cost,
        salt=random(SALT_BYTES),
        nonce=random(NONCE_BYTES),
        sealed=b"",
        change_first=change_first,
    )


def blank_recovery(cost: Cost, random: Random) -> Slot:
    """Return an empty slot for the recovery key, which is nobody's and may do everything."""
    return blank_slot(User(RECOVERY_ID, ""), SlotKind.RECOVERY, cost, random)


def new_signing_key(random: Random) -> bytes:
    """Draw the seed of a key to sign with."""
    return random(SEED_BYTES)


def renewed(slot: Slot, cost: Cost, random: Random, *, change_first: bool = False) -> Slot:
    """Return the next revision of a slot: what a letter said is in it, salt and nonce are fresh, nothing is sealed."""
    user = User(RECOVERY_ID, "") if slot.kind is SlotKind.RECOVERY else slot.user
    return replace(blank_slot(user, slot.kind, cost, random, change_first=change_first), revision=slot.revision + 1)


def seal(blank: Slot, store_id: str, secret: bytes, keys: Keys) -> Slot:
    """Return ``blank`` with the keys sealed into it. Its salt and nonce must be fresh random bytes."""
    held = keys.backup_keys if blank.opens_backups else ()
    public, box = Signer(keys.signing_key).public, letterbox(keys.signing_key)
    ready = replace(blank, public=public, box=box, holds_backup_keys=bool(held))
    plain = {"data_key": keys.data_key.hex(), "signing_key": keys.signing_key.hex(), "backup_keys": _listed(held)}
    key = _wrapping_key(ready, secret)
    return replace(ready, sealed=AESGCM(key).encrypt(ready.nonce, canonical(plain), ready.authenticated(store_id)))


def unseal(slot: Slot, store_id: str, secret: bytes, floor: Cost = FLOOR) -> Keys:
    """Return the keys that were sealed; a letter to the slot is not opened.

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
        plain = json.loads(AESGCM(key).decrypt(slot.nonce, slot.sealed, slot.authenticated(store_id)))
    except InvalidTag as error:
        raise PassphraseError("passphrase_wrong") from error
    return Keys(
        data_key=bytes.fromhex(plain["data_key"]),
        signing_key=bytes.fromhex(plain.get("signing_key", "")),
        backup_keys=_unlisted(plain.get("backup_keys", "")),
    )


def with_letter(slot: Slot, store_id: str, roles: str, keys: Keys, random: Random) -> Slot:
    """Return a slot with a letter that gives its user these roles, and these keys without the one to sign with.

    An earlier letter is replaced. Keys that open backups go to administrators and the recovery key only.

    Raises:
        StoreError: ``recovery_sheet_old`` for a slot of the first format, which has no letterbox.
    """
    if slot.is_old:
        raise StoreError("recovery_sheet_old")
    may_open = slot.kind is SlotKind.RECOVERY or Role.ADMINISTRATOR in read_roles(roles)
    held = keys.backup_keys if may_open else ()
    content = canonical({"data_key": keys.data_key.hex(), "backup_keys": _listed(held)})
    return replace(slot, letter=write_letter(slot.box, roles, content, _about_letter(slot, store_id, roles), random))


def read_letter(slot: Slot, store_id: str, keys: Keys) -> Keys:
    """Return the keys that the letter at a slot gives; ``keys`` were sealed in it. Without a letter they are the same.

    Raises:
        StoreError: ``store_slots_damaged``.
    """
    if slot.letter is None:
        return keys
    content = json.loads(open_letter(slot.letter, keys.signing_key, _about_letter(slot, store_id, slot.letter.roles)))
    return Keys(bytes.fromhex(content["data_key"]), keys.signing_key, _unlisted(content["backup_keys"]))


def _listed(keys: tuple[bytes, ...]) -> str:
    return " ".join(key.hex() for key in keys)


def _unlisted(text: str) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(word) for word in text.split())


def _about_letter(slot: Slot, store_id: str, roles: str) -> bytes:
    told = {"store": store_id, "user": slot.user_id, "kind": slot.kind.value, "revision": slot.revision}
    return canonical(told | {"roles": roles})


def kdf_of(slot: Slot) -> dict[str, Any]:
    """Return how the key of a slot is derived, as plain JSON values."""
    return {
        "name": "argon2id-13",
        "memory_kib": slot.cost.memory_kib,
        "passes": slot.cost.passes,
        "lanes": slot.cost.lanes,
        "salt": slot.salt.hex(),
    }


def stretch(secret: bytes, salt: bytes, cost: Cost) -> bytes:
    """Return 32 bytes from a secret, at a price (Argon2id, RFC 9106).

    Raises:
        StoreError: ``store_memory`` when the machine cannot run it.
    """
    try:
        return hash_secret_raw(secret, salt, cost.passes, cost.memory_kib, cost.lanes, 32, Type.ID, 0x13)
    except HashingError as error:
        raise StoreError("store_memory") from error  # the only thing left that can fail


def _wrapping_key(slot: Slot, secret: bytes) -> bytes:
    return derived(stretch(secret, slot.salt, slot.cost), f"lantern key slot {slot.version}")
