"""A signature is of one key, over one digest, and of a pack."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InputError
from engine.signing import Signature, public_key_of, read_public_key, sign_digest, signed_by

DIGEST = "ab" * 32
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def test_a_signed_digest_is_known_by_its_key_alone() -> None:
    signature = Signature.from_text(sign_digest(DIGEST, PEM).to_text())
    key = read_public_key(PUBLIC)
    assert key == public_key_of(PEM) == signature.key
    assert signed_by(signature, DIGEST, [key])
    assert not signed_by(signature, DIGEST, [])
    assert not signed_by(signature, DIGEST, ["cd" * 32])
    assert not signed_by(signature, "cd" * 32, [key])


@given(st.integers(0, 511))
def test_any_changed_bit_breaks_a_signature(bit: int) -> None:
    signature = sign_digest(DIGEST, PEM)
    data = bytearray.fromhex(signature.signature)
    data[bit // 8] ^= 1 << bit % 8
    assert not signed_by(Signature(signature.key, data.hex()), DIGEST, [signature.key])


def test_a_signature_made_for_something_else_is_none_of_a_pack() -> None:
    key = public_key_of(PEM)
    assert not signed_by(Signature(key, KEY.sign(bytes.fromhex(DIGEST)).hex()), DIGEST, [key])


def test_a_trusted_key_that_is_no_key_vouches_for_nothing() -> None:
    assert not signed_by(Signature("ab", "cd"), DIGEST, ["ab"])


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"key": "zz", "signature": "00"}', '{"key": 1, "signature": "00"}'])
def test_what_is_no_signature_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="signature_unreadable"):
        Signature.from_text(text)


def test_other_keys_are_refused() -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    locked = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    for content in (b"", PUBLIC, locked, other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())):
        with pytest.raises(InputError, match="key_unreadable"):
            sign_digest(DIGEST, content)
    for content in (b"", PEM, other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)):
        with pytest.raises(InputError, match="key_unreadable"):
            read_public_key(content)
