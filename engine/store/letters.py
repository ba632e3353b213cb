"""Letters to a key slot: keys and roles that an administrator gives to somebody whose passphrase nobody else has.

X25519 (RFC 7748) between a fresh key and that of the slot -> HKDF-SHA256 -> AES-256-GCM. The slot's key follows from
the signing key that only its passphrase gives. Who wrote a letter is not proven by it: the slot file that carries it is
authenticated with the data key, and the audit names who changed it.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from engine.errors import StoreError
from engine.store.folder import Random

_KEY_BYTES = 32
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Letter:
    """What waits at a slot. ``roles`` hold from now on; the keys in ``sealed`` are for the slot's user alone."""

    roles: str
    sender: bytes
    nonce: bytes
    sealed: bytes


def letterbox(signing_key: bytes) -> bytes:
    """Return the raw X25519 public key that letters to the holder of a signing key are sealed to."""
    return _box_key(signing_key).public_key().public_bytes_raw()


def new_backup_key(random: Random) -> bytes:
    """Draw a raw X25519 private key that opens backups."""
    return random(_KEY_BYTES)


def backup_public(backup_key: bytes) -> bytes:
    """Return the raw X25519 public key that backups are sealed to."""
    return X25519PrivateKey.from_private_bytes(backup_key).public_key().public_bytes_raw()


def write_letter(box: bytes, roles: str, content: bytes, about: bytes, random: Random) -> Letter:
    """Return a letter with ``content`` that opens for the holder of ``box``, and only together with ``about``."""
    sender = X25519PrivateKey.from_private_bytes(random(_KEY_BYTES))
    public = sender.public_key().public_bytes_raw()
    key = _letter_key(sender.exchange(X25519PublicKey.from_public_bytes(box)), public, box)
    nonce = random(_NONCE_BYTES)
    return Letter(roles, public, nonce, AESGCM(key).encrypt(nonce, content, about))


def open_letter(letter: Letter, signing_key: bytes, about: bytes) -> bytes:
    """Return the content of a letter.

    Raises:
        StoreError: ``store_slots_damaged`` when it was written to somebody else, about something else, or altered.
    """
    mine = _box_key(signing_key)
    box = mine.public_key().public_bytes_raw()
    try:
        shared = mine.exchange(X25519PublicKey.from_public_bytes(letter.sender))
        return AESGCM(_letter_key(shared, letter.sender, box)).decrypt(letter.nonce, letter.sealed, about)
    except (InvalidTag, ValueError) as error:
        raise StoreError("store_slots_damaged") from error


def _box_key(signing_key: bytes) -> X25519PrivateKey:
    seed = HKDF(hashes.SHA256(), _KEY_BYTES, None, b"lantern letterbox 1").derive(signing_key)
    return X25519PrivateKey.from_private_bytes(seed)


def _letter_key(shared: bytes, sender: bytes, box: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, sender + box, b"lantern letter 1").derive(shared)
