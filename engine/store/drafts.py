"""Forms in hand, kept inside the encrypted store so that a lock or a crash loses nothing that was typed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from engine.domain.plain import Plain
from engine.errors import UsageError
from engine.store.database import Row
from engine.store.gate import needs
from engine.store.permissions import Permission
from engine.store.vault import Vault


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

    Drafts are no part of the record: they are not audited and leave no history.
    """
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
    """Return one draft.

    Raises:
        UsageError: ``draft_unknown``.
    """
    found = vault.one("SELECT id, kind, patient, actor, saved_at, content FROM draft WHERE id = ?", (draft_id,))
    if found is None:
        raise UsageError("draft_unknown")
    return draft_from_row(found)


@needs(Permission.PEOPLE_WRITE)
def drafts(vault: Vault) -> tuple[Draft, ...]:
    """Return the drafts of who has the clinic open, the one saved last first: what others type is theirs."""
    sql = "SELECT id, kind, patient, actor, saved_at, content FROM draft WHERE actor = ?"
    rows = vault.rows(f"{sql} ORDER BY saved_at DESC, key DESC", (vault.user.id,))
    return tuple(draft_from_row(row) for row in rows)


@needs(Permission.PEOPLE_WRITE)
def delete_draft(vault: Vault, draft_id: str) -> None:
    """Forget a draft; an unknown one is already forgotten."""
    with vault.scratch() as database:
        database.run("DELETE FROM draft WHERE id = ?", (draft_id,))


def draft_from_row(row: Row) -> Draft:
    """Return a draft from its columns, in the order of the table."""
    id_, kind, person_id, actor, saved_at, content = row
    return Draft(id_, kind, person_id, actor, datetime.fromisoformat(saved_at), json.loads(content))
