"""Verify a clinic, read its audit, and note what was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.domain.ports import Clock
from engine.store import open_clinic as open_store
from engine.store.audit.anchor import AnchorState
from engine.store.audit.chain import Finding
from engine.store.audit.checkpoint import parse_checkpoint
from engine.store.audit.verify import Verification
from engine.store.audit_log import AuditLine, AuditLog, current_checkpoint, read_audit, verify_store
from engine.store.sign_in import go_on
from engine.workflows.clinics import OpenClinic

__all__ = [
    "AnchorState",
    "AuditLine",
    "AuditLog",
    "Finding",
    "Verification",
    "VerifyRequest",
    "checkpoint_text",
    "clinic_audit",
    "note_export",
    "note_list",
    "note_record",
    "verify_clinic",
]


@dataclass(frozen=True, slots=True)
class VerifyRequest:
    """What is to be verified. ``checkpoint``: as typed. ``reason``: why work should go on from a store that stopped."""

    folder: Path
    who: str | None = None
    checkpoint: str | None = None
    reason: str | None = None


def verify_clinic(request: VerifyRequest, secret: str, clock: Clock) -> Verification:
    """Check a clinic against its audit, also one that refuses to open because work is missing from it.

    With a ``reason`` such a clinic works on from what is there; that is an entry of its own, and a new epoch begins.

    Raises:
        PassphraseError: it opens no slot. UsageError: ``checkpoint_shape``.
        StoreError: the store is missing, damaged, newer or in use.
    """
    checkpoint = None if request.checkpoint is None else parse_checkpoint(request.checkpoint)
    with open_store(request.folder, secret, clock, who=request.who, inspect=True) as vault:
        stopped = vault.ledger.state.standing.stops
        found = verify_store(vault, checkpoint)
        if stopped and request.reason is not None:
            go_on(vault, request.reason)
        elif not stopped:
            vault.note("audit.verify", detail={"sound": int(found.sound), "findings": len(found.findings)})
    return found


def clinic_audit(clinic: OpenClinic, person_id: str | None = None) -> AuditLog:
    """Return the audit, or what of it concerns one person. That it was read is an entry too.

    Raises:
        UsageError: ``person_unknown``.
    """
    log = read_audit(clinic.vault, person_id)
    clinic.vault.note("audit.read", () if person_id is None else (person_id,))
    return log


def checkpoint_text(clinic: OpenClinic) -> str:
    """Return the checkpoint for the foot of a printed list."""
    return str(current_checkpoint(clinic.vault))


def note_record(clinic: OpenClinic, person_id: str) -> None:
    """Write down that a record was opened."""
    clinic.vault.note("record.view", (person_id,))


def note_list(clinic: OpenClinic, people: int) -> None:
    """Write down that a list of people was shown."""
    clinic.vault.note("list.view", detail={"people": people})


def note_export(clinic: OpenClinic, rows: int) -> None:
    """Write down that all visits were handed out in a file."""
    clinic.vault.note("export.visits", detail={"rows": rows})
