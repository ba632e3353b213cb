"""What was imported, and the rows that still wait for a person."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.domain.entries import Counts, ParkedRow
from engine.domain.plain import from_plain
from engine.domain.problems import Problem
from engine.errors import UsageError
from engine.store.gate import needs
from engine.store.groups import select_in
from engine.store.permissions import Permission
from engine.store.settings import actor_names
from engine.store.vault import Vault


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """One import as it ended."""

    id: str
    file_name: str | None
    file_sha256: str | None
    sheet: str | None
    received_at: datetime
    actor: str
    counts: Counts
    undone_at: datetime | None = None
    undone_by: str | None = None


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A parked row that nobody has decided about yet."""

    id: int
    import_id: str
    parked: ParkedRow


@needs(Permission.RECORD_READ)
def imports(vault: Vault) -> tuple[ImportSummary, ...]:
    """Return all imported files, the latest first."""
    name_of = actor_names(vault)
    rows = vault.rows(
        "SELECT import.id, file_name, file_sha256, sheet, received_at, change.actor, rows_read, rows_new, rows_updated,"
        " rows_repeated, rows_parked, rows_rejected, undone.moment, undone.actor"
        " FROM import JOIN change ON change.key = import.change LEFT JOIN change AS undone ON undone.key = import.ended"
        " WHERE kind = 'imported' ORDER BY import.key DESC"
    )
    return tuple(
        ImportSummary(
            *(id_, name, sha256, sheet, datetime.fromisoformat(at), name_of(actor), Counts(*counts)),
            undone_at=None if undone is None else datetime.fromisoformat(undone),
            undone_by=None if undone is None else name_of(undone_by),
        )
        for id_, name, sha256, sheet, at, actor, *counts, undone, undone_by in rows
    )


@needs(Permission.RECORD_READ)
def names_of_imports(vault: Vault, changes: Iterable[int]) -> dict[int, str]:
    """Return the name of the file that each of these changes imported; one that an erasure took is left out."""
    sql = (
        "SELECT import.change, file_name FROM json_each(?) AS wanted JOIN import ON import.change = wanted.value"
        " WHERE file_name IS NOT NULL"
    )
    return dict(select_in(vault, sql, dict.fromkeys(changes)))


@needs(Permission.RECORD_READ)
def was_imported(vault: Vault, file_name: str, file_sha256: str) -> bool:
    """Return whether a file of this name and content was imported before."""
    found = vault.one("SELECT 1 FROM import WHERE file_sha256 = ? AND file_name = ? LIMIT 1", (file_sha256, file_name))
    return found is not None


@needs(Permission.RECORD_READ)
def latest_import(vault: Vault) -> str | None:
    """Return the id of the file that was imported last; None where none was."""
    found = vault.one("SELECT id FROM import WHERE kind = 'imported' ORDER BY key DESC LIMIT 1")
    return None if found is None else str(found[0])


@needs(Permission.RECORD_READ)
def waiting_rows(vault: Vault) -> tuple[WaitingRow, ...]:
    """Return the parked rows that wait, by import and row."""
    rows = vault.rows(
        "SELECT parked_row.key, import.id, row, visit_group, problems, cells FROM parked_row"
        " JOIN import ON import.key = parked_row.import WHERE state = 'waiting' ORDER BY parked_row.import, row"
    )
    return tuple(
        WaitingRow(
            key,
            import_id,
            ParkedRow(
                row=row,
                problems=from_plain(tuple[Problem, ...], json.loads(problems)),
                cells=from_plain(tuple[tuple[str, str], ...], json.loads(cells)),
                visit_group=group,
            ),
        )
        for key, import_id, row, group, problems, cells in rows
    )


@needs(Permission.RECORD_WRITE)
def reject_rows(vault: Vault, ids: Sequence[int], actor: str) -> None:
    """Throw parked rows out for good; they stay readable in the history.

    Raises:
        UsageError: ``parked_unknown`` when one does not wait.
    """
    _decide(vault, ids, "rejected", actor)


@needs(Permission.RECORD_WRITE)
def mark_rows_stored(vault: Vault, ids: Sequence[int], actor: str) -> None:
    """Record that the content of parked rows was corrected and stored.

    Raises:
        UsageError: ``parked_unknown`` when one does not wait.
    """
    _decide(vault, ids, "stored", actor)


def _decide(vault: Vault, ids: Sequence[int], state: str, actor: str) -> None:
    wanted = json.dumps(list(ids))
    found = vault.rows(
        "SELECT key FROM parked_row WHERE state = 'waiting' AND key IN (SELECT value FROM json_each(?))", (wanted,)
    )
    if len(found) != len(set(ids)):
        raise UsageError("parked_unknown")
    with vault.change(actor, f"parked.{state}") as change:
        change.run(
            "UPDATE parked_row SET state = ?, decided = ? WHERE key IN (SELECT value FROM json_each(?))",
            (state, change.id, wanted),
        )
        change.note(rows=len(found))
