"""Taking one import back: all of it in one audited change, or a look at what that would do."""

from __future__ import annotations

from datetime import datetime

from engine.domain.undo import Conflict, UndoSummary
from engine.errors import UsageError
from engine.store.gate import inner, needs
from engine.store.permissions import Permission
from engine.store.series import take_back_readings
from engine.store.undo.entries import take_back_entries, take_back_kept
from engine.store.undo.identity import end_people, people_that_go, take_back_identity
from engine.store.undo.rows import release_rows
from engine.store.undo.values import end_visits, take_back_values
from engine.store.undo.work import ACTION, Work, begin_work
from engine.store.vault import Vault

_MOST_SUBJECTS = 20  # people named in the audit entry


@needs(Permission.RECORD_WRITE)
def undo_import(vault: Vault, import_id: str, actor: str, *, rehearse: bool = False) -> UndoSummary:
    """Take an import back and say what went, what came back and what stays; ``rehearse`` changes nothing.

    Raises:
        UsageError: ``import_unknown``; ``import_undone`` when it was taken back before.
        StoreError: the disk is full or failed; nothing was taken back then.
    """
    found = vault.one(
        "SELECT key, change, file_name, received_at, ended FROM import WHERE id = ? AND kind = 'imported'", (import_id,)
    )
    if found is None:
        raise UsageError("import_unknown")
    key, at, file_name, received_at, ended = found
    if ended is not None:
        raise UsageError("import_undone")
    with vault.change(actor, ACTION) as change:
        work = begin_work(vault, change, key, at)
        _take_back(work)
        _name_subjects(work)
        counts = work.counts
        change.note(
            import_id=import_id,
            people_gone=counts.people_gone,
            visits_gone=counts.visits_gone,
            values_gone=counts.values_gone,
            values_back=counts.values_back,
            readings_gone=counts.readings_gone,
            conflicts=len(work.conflicts),
        )
        if rehearse:
            change.discard()
    conflicts: tuple[Conflict, ...] = tuple(work.conflicts)
    moment = datetime.fromisoformat(received_at)
    return UndoSummary(import_id, file_name, moment, not rehearse, work.counts, conflicts)


@inner
def _take_back(work: Work) -> None:
    visits, moved = release_rows(work)
    alone = take_back_values(work, visits, moved)
    end_visits(work, visits, alone)
    take_back_entries(work)
    take_back_kept(work)
    sql = "SELECT DISTINCT patient FROM series_block WHERE import = ? AND ended IS NULL"
    blocks = work.vault.rows(sql, (work.key,))
    work.touched.update(row[0] for row in blocks)
    work.counts.readings_gone = take_back_readings(work.vault, work.change, work.key)
    work.touched.update(row[0] for row in work.vault.rows("SELECT key FROM patient WHERE change = ?", (work.at,)))
    gone = people_that_go(work)
    end_people(work, gone)
    take_back_identity(work, gone)
    _take_back_waiting(work)
    work.change.run("UPDATE import SET ended = ? WHERE key = ?", (work.change.id, work.key))


@inner
def _take_back_waiting(work: Work) -> None:
    """Let no row wait any more but those that a later file held too: they wait as that file's."""
    change = work.change
    change.run("DELETE FROM parked_again WHERE import = ?", (work.key,))
    rows = work.vault.rows("SELECT key FROM parked_row WHERE import = ? AND state = 'waiting'", (work.key,))
    for (key,) in rows:
        later = work.vault.one(
            "SELECT import, row FROM parked_again JOIN import ON import.key = import"
            " WHERE parked = ? AND import.ended IS NULL ORDER BY import",
            (key,),
        )
        if later is None:
            change.run("UPDATE parked_row SET state = 'rejected', decided = ? WHERE key = ?", (change.id, key))
            work.counts.rows_waiting += 1
        else:
            change.run("DELETE FROM parked_again WHERE parked = ? AND import = ?", (key, later[0]))
            change.run("UPDATE parked_row SET import = ?, row = ? WHERE key = ?", (*later, key))


@inner
def _name_subjects(work: Work) -> None:
    if 0 < len(work.touched) <= _MOST_SUBJECTS:
        rows = (work.vault.rows("SELECT id FROM patient WHERE key = ?", (key,)) for key in sorted(work.touched))
        work.change.subjects = [found[0][0] for found in rows if found]
