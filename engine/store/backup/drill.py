"""A restore drill: the newest backup is restored to a scratch file under a key that nobody keeps, and compared."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engine.errors import StoreError
from engine.store.audit.anchor import AnchorState, Standing
from engine.store.audit.verify import verify
from engine.store.backup.contents import check_contents, contents_told
from engine.store.backup.manifest import Backup, backups_in
from engine.store.backup.open import Unsealed, opened_copy, unseal_backup
from engine.store.copies import copy_pages
from engine.store.database import Database, Row
from engine.store.gate import needs
from engine.store.permissions import Permission
from engine.store.schema import MIGRATIONS
from engine.store.settings import keep_setting, load_setting
from engine.store.slots import FLOOR, Cost
from engine.store.vault import Vault

LAST = "backup.last_drill"
_SCRATCH = ".drill-"
# Rows that are only ever added: what a backup holds of them must be what the clinic holds of them today.
_KEPT = ("audit", "seal")
_CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class Drill:
    """A drill that went well. ``compared``: rows that were held against the clinic of today."""

    name: str
    made_at: datetime
    people: int
    visits: int
    compared: int
    seconds: float


@needs(Permission.BACKUP)
def drill(vault: Vault, folder: Path, secret: str, *, who: str | None = None, floor: Cost = FLOOR) -> Drill:
    """Restore the newest backup of a folder to a scratch file, compare it, and write down how it went.

    The scratch file lies in the clinic's folder for as long as the drill takes, encrypted.

    Raises:
        PassphraseError, UsageError, StoreError: as ``unseal_backup`` and ``opened_copy``; ``backup_none``;
            ``backup_differs`` where the backup holds another history than the clinic.
    """
    store_id = str(vault.rows("SELECT id FROM store")[0][0])
    every = backups_in(folder, store_id)
    if not every:
        raise StoreError("backup_none")
    newest = every[0]
    try:
        done = _drill(vault, newest, secret, who, floor)
    except StoreError as error:
        with suppress(StoreError):  # the failure itself is told
            vault.note("backup.drill_failed", detail={"name": newest.manifest.name, "reason": error.code})
        raise
    with vault.change(vault.user.id, "backup.drill") as change:
        keep_setting(change, LAST, {"name": done.name, "at": vault.clock.now().isoformat()})
        change.note(name=done.name, people=done.people, compared=done.compared)
    return done


@needs(Permission.CLINIC_READ)
def last_drill(vault: Vault) -> datetime | None:
    """Return when the last drill went well; None where there never was one."""
    found = load_setting(vault, LAST)
    return None if found is None else datetime.fromisoformat(found["at"])


def _drill(vault: Vault, newest: Backup, secret: str, who: str | None, floor: Cost) -> Drill:
    began = time.monotonic()
    unsealed = unseal_backup(newest, secret, who=who, floor=floor)
    path = vault.folder / f"{_SCRATCH}{vault.random(4).hex()}"
    for left in vault.folder.glob(f"{_SCRATCH}*"):
        left.unlink()  # of a drill that was interrupted; nobody has its key
    try:
        with opened_copy(unsealed) as copy:
            scratch = Database.open(path, vault.random(32), create=True)
            try:
                scratch.run("PRAGMA journal_mode = OFF")
                copy_pages(copy, scratch)
                check_contents(scratch, contents_told(newest.manifest), "store_disk_failed")
                _verify(scratch, unsealed)
                compared = _compare(vault.ledger.database, scratch)
            finally:
                scratch.close()
    finally:
        path.unlink(missing_ok=True)
    manifest = newest.manifest
    return Drill(manifest.name, manifest.made_at, manifest.people, manifest.visits, compared, time.monotonic() - began)


def _verify(scratch: Database, unsealed: Unsealed) -> None:
    """Check every entry and every row against the signed audit that the backup itself holds.

    Raises:
        StoreError: ``backup_damaged``.
    """
    if unsealed.backup.manifest.schema != MIGRATIONS[-1].version:
        return  # rows of an older schema are sealed in its way
    keys = {slot.user_id: slot.public.hex() for slot in unsealed.slots.file.slots}
    if not verify(scratch, AnchorState(Standing.SOUND, None), keys).sound:
        raise StoreError("backup_damaged")


def _compare(today: Database, scratch: Database) -> int:
    """Hold every row that is only ever added against the clinic of today; return how many there were.

    Raises:
        StoreError: ``backup_differs``.
    """
    there = {str(row[0]) for row in scratch.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}
    compared = 0
    for table in [name for name in _KEPT if name in there]:
        # The backup may have fewer columns than a clinic whose schema moved on since.
        columns = ", ".join(str(row[1]) for row in scratch.rows(f"PRAGMA table_info({table})"))
        last = int(scratch.rows(f"SELECT max(rowid) FROM {table}")[0][0] or 0)  # noqa: S608 - our own tables
        left_out = _emptied(today) if table == "seal" else "[]"
        sql = (
            f"SELECT {columns} FROM {table} WHERE rowid <= {last}"  # noqa: S608 - our own tables
            f" AND rowid NOT IN (SELECT value FROM json_each('{left_out}')) ORDER BY rowid"
        )
        count, digest = _digest(scratch.stream(sql, size=_CHUNK))
        if (count, digest) != _digest(today.stream(sql, size=_CHUNK)):
            raise StoreError("backup_differs")
        compared += count
    return compared


def _emptied(today: Database) -> str:
    """Return the keys of the seals that lost leaves when somebody was erased: a backup from before has them still."""
    return json.dumps([row[0] for row in today.rows("SELECT key FROM seal WHERE digest IS NOT NULL")])


def _digest(chunks: Iterator[list[Row]]) -> tuple[int, str]:
    """Return how many rows there are, and a digest of them."""
    digest, count = hashlib.sha256(), 0
    for rows in chunks:
        for row in rows:
            digest.update(repr(row).encode("utf-8", "surrogatepass"))
        count += len(rows)
    return count, digest.hexdigest()
