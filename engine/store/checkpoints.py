"""A checkpoint from paper, a stick or a backup, held against the open store."""

from __future__ import annotations

from engine.store.audit.checkpoint import Checkpoint, CheckpointAnswer, answer
from engine.store.gate import needs
from engine.store.permissions import Permission
from engine.store.vault import Vault


@needs(Permission.AUDIT_OWN)
def compare_checkpoint(vault: Vault, checkpoint: Checkpoint) -> CheckpointAnswer:
    """Return whether the store still holds the entry that a checkpoint names. Reads one row."""
    return answer(vault.ledger.database, checkpoint)
