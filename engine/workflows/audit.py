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
from engine.store.audit_log import (
    AuditLine,
    AuditLog,
    audited_people,
    current_checkpoint,
    read_audit,
    verify_store,
    who_saw,
)
from engine.store.people import people_numbered
from engine.store.permissions import Permission, actions
from engine.store.roles import Role, read_roles
from engine.store.sign_in import go_on
from engine.wording import Wording
from engine.workflows.clinics import OpenClinic
from engine.workflows.unlock import counted_opening, tell_audit

__all__ = [
    "AnchorState",
    "AuditLine",
    "AuditLog",
    "Finding",
    "Verification",
    "VerifyRequest",
    "action_words",
    "checkpoint_text",
    "clinic_audit",
    "every_action",
    "note_export",
    "note_list",
    "note_record",
    "people_of_audit",
    "role_words",
    "verify_clinic",
    "who_saw_record",
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
        PassphraseError: it opens no slot; ``passphrase_wait``. UsageError: ``checkpoint_shape``.
        StoreError: the store is missing, damaged, newer or in use.
    """
    checkpoint = None if request.checkpoint is None else parse_checkpoint(request.checkpoint)
    with counted_opening(request.folder, clock, request.who) as before:
        vault = open_store(request.folder, secret, clock, who=request.who, inspect=True)
    with vault:
        stopped = vault.ledger.state.standing.stops
        if not stopped:
            tell_audit(vault, before)
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


def who_saw_record(clinic: OpenClinic, person_id: str) -> tuple[AuditLine, ...]:
    """Return who saw, changed, printed or handed out a person's record, the first one first; asking is an entry too.

    Raises:
        AccessError: ``access_denied``. UsageError: ``person_unknown``.
    """
    lines = who_saw(clinic.vault, person_id)
    clinic.vault.note("audit.person", (person_id,))
    return lines


def people_of_audit(clinic: OpenClinic, patient_id: str) -> tuple[str, ...]:
    """Return the ids of the people with this clinic number, also for an auditor, who sees nothing else of them."""
    if clinic.vault.may(Permission.AUDIT_PERSON):
        return audited_people(clinic.vault, patient_id)
    return people_numbered(clinic.vault, patient_id)


def action_words(action: str, words: Wording) -> str:
    """Return what an action is in plain words."""
    key = f"audit.action.{action}"
    return words.say(key) if key in words else action  # one of a later program


def role_words(roles: str, words: Wording) -> str:
    """Return the roles of an entry in words."""
    held = read_roles(roles) if roles else frozenset[Role]()
    if held == frozenset(Role):
        return words.say("role.every")
    return ", ".join(words.say(f"role.{role.value}") for role in Role if role in held)


def every_action() -> tuple[str, ...]:
    """Return every action that an entry can be of."""
    return ("audit.begin", *actions())


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
