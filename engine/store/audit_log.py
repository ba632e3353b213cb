"""What people ask the audit: whether the store is sound, who saw a record, and the checkpoint for paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.store.audit.checkpoint import Checkpoint, checkpoint_of
from engine.store.audit.entries import Entry, entries, head_of
from engine.store.audit.verify import Verification, verify
from engine.store.folder import ClinicFolder
from engine.store.gate import inner, needs
from engine.store.groups import RecordGroups
from engine.store.people import person_key
from engine.store.permissions import Permission
from engine.store.settings import actor_names
from engine.store.slot_files import readable_slot_files
from engine.store.slots import Slot, SlotKind
from engine.store.users import RECOVERY_ID
from engine.store.vault import Heed, Vault

# What shows or hands out everybody at once, and so concerns each person.
OF_EVERYBODY = frozenset({"list.view", "export.visits", "deidentified.export", "studio.read"})


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One entry as a person reads it. ``everybody``: it concerns all people at once. ``change``: that it is of."""

    seq: int
    moment: datetime
    actor_id: str
    actor: str
    roles: str
    action: str
    person_ids: tuple[str, ...]
    detail: str
    signed: bool
    everybody: bool
    change: int | None = None


@dataclass(frozen=True, slots=True)
class AuditLog:
    """Entries, the first one first. ``own_only``: those of others are not shown to who asks."""

    lines: tuple[AuditLine, ...]
    own_only: bool


@needs(Permission.AUDIT_OWN)
def verify_store(vault: Vault, checkpoint: Checkpoint | None = None, heed: Heed | None = None) -> Verification:
    """Check the whole store against its audit; writes nothing.

    ``heed`` hears how many rows were read since last time; what it raises ends the check.

    Raises:
        AccessError: as every function of the store.
    """
    slots = readable_slot_files(ClinicFolder(vault.folder))[0].file.slots
    return verify(vault.ledger.database, vault.ledger.state, _keys(slots), checkpoint, heed, slots, vault.folder)


@needs(Permission.CLINIC_READ)
def current_checkpoint(vault: Vault) -> Checkpoint:
    """Return the checkpoint of the store as it is now, for the foot of a list."""
    return checkpoint_of(vault.ledger.database)


@needs(Permission.CLINIC_READ)
def audit_count(vault: Vault) -> int:
    """Return how many entries the audit has."""
    return head_of(vault.ledger.database).seq


@needs(Permission.AUDIT_OWN)
def read_audit(vault: Vault, person_id: str | None = None) -> AuditLog:
    """Return the entries, or those that concern one person: who saw, changed, printed or handed out their record.

    Who may not read all of the audit is shown their own entries.

    Raises:
        UsageError: ``person_unknown``.
    """
    everything = vault.may(Permission.AUDIT_ALL)
    name_of = actor_names(vault)
    ids, changes = (set[str](), set[int]()) if person_id is None else concerning(vault, person_id)
    lines = []
    for entry in entries(vault.ledger.database):
        if not everything and entry.actor != vault.user.id:
            continue
        if person_id is None or entry.action in OF_EVERYBODY or entry.change in changes or ids & set(entry.persons):
            lines.append(audit_line(entry, name_of(entry.actor)))
    return AuditLog(tuple(lines), own_only=not everything)


@needs(Permission.AUDIT_PERSON)
def who_saw(vault: Vault, person_id: str) -> tuple[AuditLine, ...]:
    """Return every entry that concerns one person, by whomever: what a person has a right to hear of their record.

    Raises:
        UsageError: ``person_unknown``.
    """
    return _about(vault, person_id)


@needs(Permission.AUDIT_PERSON)
def audited_people(vault: Vault, patient_id: str) -> tuple[str, ...]:
    """Return the ids of the people who have this clinic number, for who reads the audit and may see nobody."""
    rows = vault.rows(
        "SELECT DISTINCT root.id FROM patient JOIN patient AS root ON root.key = patient.root"
        " WHERE patient.patient_id = ? AND patient.ended IS NULL ORDER BY root.key",
        (patient_id.strip(),),
    )
    return tuple(row[0] for row in rows)


@inner
def _about(vault: Vault, person_id: str) -> tuple[AuditLine, ...]:
    name_of = actor_names(vault)
    ids, changes = concerning(vault, person_id)
    return tuple(
        audit_line(entry, name_of(entry.actor))
        for entry in entries(vault.ledger.database)
        if entry.action in OF_EVERYBODY or entry.change in changes or ids & set(entry.persons)
    )


def audit_line(entry: Entry, name: str) -> AuditLine:
    """Return an entry as a person reads it; ``name``: of who acted."""
    return AuditLine(
        seq=entry.seq,
        moment=datetime.fromisoformat(entry.moment),
        actor_id=entry.actor,
        actor=name,
        roles=entry.roles,
        action=entry.action,
        person_ids=entry.persons,
        detail=entry.detail,
        signed=entry.form is not None,
        everybody=entry.action in OF_EVERYBODY,
        change=entry.change,
    )


@inner
def concerning(vault: Vault, person_id: str) -> tuple[set[str], set[int]]:
    """Return the ids of the records of a person, and the changes that wrote there without naming them."""
    members: Sequence[int] = RecordGroups(vault).of(person_key(vault, person_id))
    ids: set[str] = set()
    changes: set[int] = set()
    for key in members:
        ids |= {row[0] for row in vault.rows("SELECT id FROM patient WHERE key = ?", (key,))}
        for sql in (
            "SELECT change FROM attribute WHERE patient = ?",
            "SELECT last_change FROM attribute WHERE patient = ?",
            "SELECT change FROM visit WHERE patient = ?",
            "SELECT change FROM assessment WHERE patient = ?",
            "SELECT value.change FROM visit CROSS JOIN measurement AS value ON value.key >= visit.key << 24"
            " AND value.key < (visit.key + 1) << 24 WHERE visit.patient = ?",
        ):
            changes |= {row[0] for row in vault.rows(sql, (key,))}
    return ids, changes


def _keys(slots: Sequence[Slot]) -> dict[str, str]:
    """Return who has a key slot, with their public key in hex; empty for slots of the first format."""
    return {RECOVERY_ID if slot.kind is SlotKind.RECOVERY else slot.user_id: slot.public.hex() for slot in slots}
