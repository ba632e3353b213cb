"""Sheets that wait for a printer: kept as drafts, for waiting makes no record. That one was printed is audited."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from engine.domain.plain import Plain
from engine.store.database import Cell
from engine.store.drafts import Draft, draft_from_row
from engine.store.gate import needs
from engine.store.permissions import Permission
from engine.store.vault import Vault

KIND = "print"
_COLUMNS = "id, kind, patient, actor, saved_at, content"


@needs(Permission.REPORT)
def add_print_jobs(vault: Vault, jobs: Iterable[tuple[str, Plain]], actor: str) -> tuple[str, ...]:
    """Keep jobs (person id and content each), in this order, all or none; return their ids."""
    moment = vault.clock.now().isoformat()
    rows: list[tuple[Cell, ...]] = [
        (vault.random(16).hex(), KIND, person_id, actor, moment, json.dumps(content)) for person_id, content in jobs
    ]
    with vault.scratch() as database:
        database.many(f"INSERT INTO draft({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)", rows)  # noqa: S608 - our own columns
    return tuple(str(row[0]) for row in rows)


@needs(Permission.REPORT)
def print_jobs(vault: Vault) -> tuple[Draft, ...]:
    """Return all jobs, in the order in which they were added."""
    rows = vault.rows(f"SELECT {_COLUMNS} FROM draft WHERE kind = ? ORDER BY key", (KIND,))  # noqa: S608 - our own columns
    return tuple(draft_from_row(row) for row in rows)


@needs(Permission.REPORT)
def print_job(vault: Vault, job_id: str) -> Draft | None:
    """Return one job, or None."""
    row = vault.one(f"SELECT {_COLUMNS} FROM draft WHERE kind = ? AND id = ?", (KIND, job_id))  # noqa: S608 - our own columns
    return None if row is None else draft_from_row(row)


@needs(Permission.REPORT)
def change_print_job(vault: Vault, job_id: str, content: Plain) -> None:
    """Replace what a job says; it keeps its place."""
    with vault.scratch() as database:
        database.run("UPDATE draft SET content = ? WHERE id = ? AND kind = ?", (json.dumps(content), job_id, KIND))


@needs(Permission.REPORT)
def remove_print_job(vault: Vault, job_id: str) -> None:
    """Take a job off the list, whoever put it there; one that is gone already stays gone."""
    with vault.scratch() as database:
        database.run("DELETE FROM draft WHERE id = ? AND kind = ?", (job_id, KIND))


@needs(Permission.REPORT)
def record_print(
    vault: Vault, person_id: str, detail: Mapping[str, Cell], actor: str, job: tuple[str, Plain] | None = None
) -> None:
    """Audit that a sheet of a person was printed; in the same step a job (id and new content) hears of it.

    ``detail`` holds ids and forms, never a value of the person.
    """
    with vault.change(actor, "report.print", (person_id,)) as change:
        if job is not None:
            change.run("UPDATE draft SET content = ? WHERE id = ?", (json.dumps(job[1]), job[0]))
        change.note(**detail)
