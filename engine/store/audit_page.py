"""The audit as people page through it: the newest entries first; of one user, since a moment, about one person."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from engine.store.audit.entries import newest_entries
from engine.store.audit_log import OF_EVERYBODY, AuditLine, audit_line, concerning
from engine.store.gate import needs
from engine.store.permissions import Permission
from engine.store.settings import actor_names
from engine.store.vault import Vault


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which entries: ``actor`` and ``person`` by id, ``since`` a moment. None: of everybody, about all, of any age."""

    actor: str | None = None
    since: datetime | None = None
    person: str | None = None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Entries, the newest first. ``more``: there are older ones. ``own_only``: those of others are not shown."""

    lines: tuple[AuditLine, ...]
    more: bool
    own_only: bool


@needs(Permission.AUDIT_OWN)
def audit_page(vault: Vault, query: AuditQuery, before: int | None = None, size: int = 200) -> AuditPage:
    """Return up to ``size`` entries that are older than entry ``before`` (None: from the newest on).

    Who may not read all of the audit is shown their own entries; of one person, who saw them is shown to who may read
    that person's record too.

    Raises:
        UsageError: ``person_unknown``.
    """
    everything = vault.may(Permission.AUDIT_ALL) or _about_own_patient(vault, query)
    condition, values = _condition(vault, query, everything)
    found = newest_entries(vault.ledger.database, condition, values, before, size + 1)
    name_of = actor_names(vault)
    lines = tuple(audit_line(entry, name_of(entry.actor)) for entry in found[:size])
    return AuditPage(lines, len(found) > size, own_only=not everything)


@needs(Permission.AUDIT_OWN)
def last_sign_ins(vault: Vault) -> dict[str, datetime]:
    """Return when each user signed in last, by id; only one's own for who may not read a summary of the audit."""
    rows = vault.rows("SELECT actor, max(moment) FROM audit WHERE action = 'session.open' GROUP BY actor")
    summary = vault.may(Permission.AUDIT_SUMMARY)
    return {actor: datetime.fromisoformat(moment) for actor, moment in rows if summary or actor == vault.user.id}


def _about_own_patient(vault: Vault, query: AuditQuery) -> bool:
    return query.person is not None and vault.may(Permission.RECORD_READ)


def _condition(vault: Vault, query: AuditQuery, everything: bool) -> tuple[str, list[str | int]]:
    parts: list[str] = ["1"]
    values: list[str | int] = []
    actor = query.actor if everything else vault.user.id
    if actor is not None:
        parts.append("actor = ?")
        values.append(actor)
    if not everything and query.actor not in (None, vault.user.id):
        parts.append("0")
    if query.since is not None:
        parts.append("moment >= ?")
        values.append(query.since.astimezone(UTC).isoformat())
    if query.person is not None:
        ids, changes = concerning(vault, query.person)
        parts.append(
            "(EXISTS(SELECT 1 FROM json_each(?) AS one WHERE instr(subjects, one.value))"
            " OR change IN (SELECT value FROM json_each(?)) OR action IN (SELECT value FROM json_each(?)))"
        )
        values += [_json(ids), _json(changes), _json(OF_EVERYBODY)]
    return " AND ".join(parts), values


def _json(found: Sequence[object] | set[str] | set[int] | frozenset[str]) -> str:
    return json.dumps(sorted(found, key=str))
