"""Who vouches for a pack: Ed25519 signatures over its digest (RFC 8032)."""

from engine.signing.packs import Signature, public_key_of, read_public_key, sign_digest, sign_digest_with, signed_by

__all__ = ["Signature", "public_key_of", "read_public_key", "sign_digest", "sign_digest_with", "signed_by"]
