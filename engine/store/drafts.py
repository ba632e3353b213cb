"""Forms in hand, kept inside the encrypted store so that a lock or a crash loses nothing that was typed.

A draft is for who typed it alone. The front desk has drafts of its own form; any other kind needs leave to write the
record. Sheets that wait for a printer lie in the same table and are everybody's who prints
(``engine.store.print_jobs``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from engine.domain.plain import Plain
from engine.errors import BugError, UsageError
from engine.store.database import Row
from engine.store.gate import needs
from engine.store.permissions import Permission
from engine.store.vault import Vault

FRONT_FORM = "front_form"  # tells who somebody is; every other kind may hold results


@dataclass(frozen=True, slots=True)
class Draft:
    """One unfinished form. ``kind`` names the form and ``content`` is its to understand."""

    id: str
    kind: str
    person_id: str | None
    actor: str
    saved_at: datetime
    content: Plain


@needs(Permission.PEOPLE_WRITE)
def save_draft(
    vault: Vault,
    kind: str,
    content: Plain,
    actor: str,
    *,
    person_id: str | None = None,
    draft_id: str | None = None,
) -> str:
    """Save a form as it stands and return the draft's id; with ``draft_id`` the earlier state is replaced.

    A draft of somebody else stays as it is, and this one is kept beside it under another id. Drafts are no part of the
    record: they are not audited and leave no history.

    Raises:
        AccessError: ``access_denied`` for a form of the record.
    """
    vault.require(_needed(kind))
    if actor != vault.user.id:
        raise BugError("change_actor")
    if draft_id is not None and vault.rows("SELECT 1 FROM draft WHERE id = ? AND actor <> ?", (draft_id, actor)):
        draft_id = None
    id_ = draft_id or vault.random(16).hex()
    with vault.scratch() as database:
        database.run(
            "INSERT INTO draft(id, kind, patient, actor, saved_at, content) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT(id) DO UPDATE SET kind = excluded.kind, patient = excluded.patient, actor = excluded.actor,"
            " saved_at = excluded.saved_at, content = excluded.content",
            (id_, kind, person_id, actor, vault.clock.now().isoformat(), json.dumps(content)),
        )
    return id_


@needs(Permission.PEOPLE_WRITE)
def load_draft(vault: Vault, draft_id: str) -> Draft:
    """Return one draft of who has the clinic open.

    Raises:
        UsageError: ``draft_unknown``, also where it is somebody else's. AccessError: ``access_denied`` for a form of
            the record.
    """
    sql = "SELECT id, kind, patient, actor, saved_at, content FROM draft WHERE id = ? AND actor = ?"
    found = vault.one(sql, (draft_id, vault.user.id))
    if found is None:
        raise UsageError("draft_unknown")
    draft = draft_from_row(found)
    vault.require(_needed(draft.kind))
    return draft


@needs(Permission.PEOPLE_WRITE)
def drafts(vault: Vault) -> tuple[Draft, ...]:
    """Return the drafts of who has the clinic open, the one saved last first: what others type is theirs.

    Forms of the record are left out for who may not write it (any more).
    """
    sql = "SELECT id, kind, patient, actor, saved_at, content FROM draft WHERE actor = ?"
    rows = vault.rows(f"{sql} ORDER BY saved_at DESC, key DESC", (vault.user.id,))
    found = (draft_from_row(row) for row in rows)
    return tuple(draft for draft in found if vault.may(_needed(draft.kind)))


@needs(Permission.PEOPLE_WRITE)
def delete_draft(vault: Vault, draft_id: str) -> None:
    """Forget a draft of who has the clinic open; an unknown one is already forgotten, and another's stays."""
    with vault.scratch() as database:
        database.run("DELETE FROM draft WHERE id = ? AND actor = ?", (draft_id, vault.user.id))


def _needed(kind: str) -> Permission:
    return Permission.PEOPLE_WRITE if kind == FRONT_FORM else Permission.RECORD_WRITE


def draft_from_row(row: Row) -> Draft:
    """Return a draft from its columns, in the order of the table."""
    id_, kind, person_id, actor, saved_at, content = row
    return Draft(id_, kind, person_id, actor, datetime.fromisoformat(saved_at), json.loads(content))
