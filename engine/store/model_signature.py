"""The clinic's own word for a model that was trained on its record: a signature that goes with the folder.

Whoever signs is an administrator, with the key of their slot, which nobody has outside the store. That a key has signed
here stands in the audit, within the encrypted database; the folder alone proves nothing.
"""

from __future__ import annotations

from engine.domain.results import PackRef
from engine.signing import Signature, sign_digest_with
from engine.store.gate import needs
from engine.store.permissions import Permission
from engine.store.vault import Vault

_ACTION = "model.sign"


@needs(Permission.CLINIC_CHANGE)
def sign_model(vault: Vault, ref: PackRef) -> Signature:
    """Sign a pack that training here gave, and note it in the audit.

    Raises:
        StoreError: the audit cannot be written; nothing is signed then.
    """
    vault.note(_ACTION, detail={"pack": ref.id, "version": ref.version, "digest": ref.digest})
    return sign_digest_with(ref.digest, vault.signer)


@needs(Permission.CLINIC_READ)
def own_keys(vault: Vault) -> frozenset[str]:
    """Return the public keys (hex) that have signed models in this clinic."""
    return frozenset(str(key) for (key,) in vault.rows("SELECT DISTINCT key FROM audit WHERE action = ?", (_ACTION,)))
