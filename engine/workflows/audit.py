"""Verify a clinic, read its audit, and note what was looked at."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from engine.domain.ports import Clock
from engine.errors import StoreError
from engine.fields.canonical import guarded
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
from engine.store.audit_page import AuditPage, AuditQuery, audit_page, last_sign_ins
from engine.store.people import names_of_people, people_numbered
from engine.store.permissions import Permission, actions
from engine.store.reviews import open_anchor_findings
from engine.store.roles import Role, read_roles
from engine.store.settings import actor_names
from engine.store.sign_in import go_on
from engine.store.two_people import given_reason
from engine.store.vault import Heed, Vault
from engine.wording import Wording
from engine.workflows.clinics import OpenClinic
from engine.workflows.files import whole_file
from engine.workflows.unlock import counted_opening, tell_audit

__all__ = [
    "AnchorState",
    "AuditLine",
    "AuditLog",
    "AuditPage",
    "AuditQuery",
    "Finding",
    "Verification",
    "VerifyRequest",
    "action_words",
    "audit_lines",
    "check_clinic",
    "checkpoint_text",
    "clinic_audit",
    "every_action",
    "last_unlocked",
    "note_export",
    "note_list",
    "note_record",
    "people_called",
    "people_of_audit",
    "role_words",
    "users_called",
    "verify_clinic",
    "who_saw_record",
    "write_audit",
]

_ROWS_AT_ONCE = 5_000


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
        PassphraseError: it opens no slot; ``passphrase_wait``. UsageError: ``checkpoint_shape``,
            ``reason_needed``.
        StoreError: the store is missing, damaged, newer or in use.
    """
    checkpoint = None if request.checkpoint is None else parse_checkpoint(request.checkpoint)
    reason = None if request.reason is None else given_reason(request.reason)
    with counted_opening(request.folder, clock, request.who) as before:
        vault = open_store(request.folder, secret, clock, who=request.who, inspect=True)
    with vault:
        stopped = vault.ledger.state.standing.stops
        if not stopped:
            tell_audit(vault, before)
        found = _with_unseen(vault, verify_store(vault, checkpoint))
        if stopped and reason is not None:
            go_on(vault, reason)
        elif not stopped:
            _note_check(vault, found)
    return found


def _with_unseen(vault: Vault, found: Verification) -> Verification:
    """Add how the anchor was found before and nobody has looked at; what is damaged may not tell it."""
    with suppress(StoreError):
        return replace(found, unseen=open_anchor_findings(vault))
    return found


def _note_check(vault: Vault, found: Verification) -> None:
    """Write down that the clinic was checked. A damaged file may take no entry; what was found is told all the same."""
    try:
        vault.note("audit.verify", detail={"sound": int(found.sound), "findings": len(found.findings)})
    except StoreError:
        if found.sound:
            raise


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
    return words.say("audit.told.comma").join(words.say(f"role.{role.value}") for role in Role if role in held)


def every_action() -> tuple[str, ...]:
    """Return every action that an entry can be of."""
    return ("audit.begin", *actions())


def audit_lines(
    clinic: OpenClinic, query: AuditQuery, before: int | None = None, size: int = 200, *, again: bool = False
) -> AuditPage:
    """Return a page of the audit, the newest entry first. The first page is an entry of its own: that it was read.

    ``again``: it is shown already, and is only read anew.

    Raises:
        UsageError: ``person_unknown``.
    """
    page = audit_page(clinic.vault, query, before, size)
    if before is None and not again:
        clinic.vault.note("audit.read", () if query.person is None else (query.person,))
    return page


def last_unlocked(clinic: OpenClinic) -> dict[str, datetime]:
    """Return when each user signed in last, by id; only one's own for who may not read a summary of the audit."""
    return last_sign_ins(clinic.vault)


def people_called(clinic: OpenClinic, person_ids: Iterable[str]) -> dict[str, str]:
    """Return the name or number of each of these people; nobody's where who is here may not know who people are."""
    if not clinic.vault.may(Permission.PEOPLE_READ):
        return {}
    return names_of_people(clinic.vault, person_ids)


def users_called(clinic: OpenClinic, user_ids: Iterable[str]) -> dict[str, str]:
    """Return the name of each of these users, also of those who left; somebody without one is left out."""
    name_of = actor_names(clinic.vault)
    return {each: name for each in user_ids if (name := name_of(each)) != each}


def check_clinic(clinic: OpenClinic, heed: Heed | None = None) -> Verification:
    """Check the open clinic against its audit; that it was is an entry.

    ``heed`` hears how many rows were read since last time; what it raises ends the check, and nothing was noted.
    """
    found = _with_unseen(clinic.vault, verify_store(clinic.vault, heed=heed))
    _note_check(clinic.vault, found)
    return found


def write_audit(
    clinic: OpenClinic,
    query: AuditQuery,
    path: Path,
    rows_of: Callable[[AuditLine], Sequence[str]],
    head: Sequence[str],
) -> int:
    """Write entries as CSV, the newest first, in the words of ``rows_of``; return how many. That it was is an entry.

    Raises:
        InputError: ``output_unwritable``. StoreError: the audit could not hear of it. Nothing is left there.
    """
    count, before = 0, None
    with whole_file(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(head)
        while True:
            page = audit_page(clinic.vault, query, before, _ROWS_AT_ONCE)
            for line in page.lines:
                writer.writerow([guarded(cell) for cell in rows_of(line)])
            count += len(page.lines)
            if not page.more:
                break
            before = page.lines[-1].seq
        text.flush()
        text.detach()  # the file is closed by the one who opened it
        # Before the file has its name: nothing is handed out that the audit does not know of.
        clinic.vault.note("audit.read", () if query.person is None else (query.person,), {"rows_in_file": count})
    return count


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
