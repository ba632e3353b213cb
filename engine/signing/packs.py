"""Signs and checks the digest of a pack. A digest names every file of a pack, so its signature stands for all of it.

Keys are files as ``openssl genpkey -algorithm ed25519`` writes them: PEM, PKCS 8 without a passphrase for the private
one, SubjectPublicKeyInfo for the public one. In the clinic and in a signature a public key is its 32 bytes in hex.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from engine.errors import InputError

# What is signed begins with what it is, so that a signature made for anything else is none of a pack.
_PURPOSE = b"lantern-pack/1 digest "


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature and the public key that checks it, both in hex."""

    key: str
    signature: str

    def to_text(self) -> str:
        """Return the text of a signature file."""
        return json.dumps({"key": self.key, "signature": self.signature}, indent=1) + "\n"

    @classmethod
    def from_text(cls, text: str) -> Signature:
        """Return the signature in the text of a file; InputError ``signature_unreadable`` when it is none."""
        try:
            document = json.loads(text)
            key, signature = bytes.fromhex(document["key"]), bytes.fromhex(document["signature"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise InputError("signature_unreadable") from error
        return cls(key.hex(), signature.hex())


def sign_digest(digest: str, private_key: bytes) -> Signature:
    """Sign the digest (hex) of a pack; InputError ``key_unreadable`` when the key file is no such private key."""
    key = _private(private_key)
    return Signature(key.public_key().public_bytes_raw().hex(), key.sign(_PURPOSE + bytes.fromhex(digest)).hex())


class Signing(Protocol):
    """Signs with a key that is kept elsewhere; ``public`` is the raw public key."""

    @property
    def public(self) -> bytes:
        """The raw 32-byte public key."""

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature of a message."""


def sign_digest_with(digest: str, signer: Signing) -> Signature:
    """Sign the digest (hex) of a pack with a key that does not leave its place."""
    return Signature(signer.public.hex(), signer.sign(_PURPOSE + bytes.fromhex(digest)).hex())


def public_key_of(private_key: bytes) -> str:
    """Return the public key (hex) of a private key file; raises as ``sign_digest``."""
    return _private(private_key).public_key().public_bytes_raw().hex()


def read_public_key(content: bytes) -> str:
    """Return the key (hex) in a public key file; InputError ``key_unreadable`` when it is no such key."""
    try:
        key = load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InputError("key_unreadable") from error
    if not isinstance(key, Ed25519PublicKey):
        raise InputError("key_unreadable")
    return key.public_bytes_raw().hex()


def signed_by(signature: Signature, digest: str, keys: Collection[str]) -> bool:
    """Return whether one of these keys (hex) signed this digest (hex)."""
    if signature.key not in keys:
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signature.key))
        key.verify(bytes.fromhex(signature.signature), _PURPOSE + bytes.fromhex(digest))
    except (InvalidSignature, ValueError):
        return False
    return True


def _private(content: bytes) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InputError("key_unreadable") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError("key_unreadable")
    return key
