"""A restore drill: the newest backup is restored to a scratch file under a key that nobody keeps, and compared."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from engine.domain.record import Record
from engine.errors import AccessError, StoreError, UsageError
from engine.store.backup.contents import check_contents, contents_told
from engine.store.backup.files import missing_beside
from engine.store.backup.manifest import Backup
from engine.store.backup.meanwhile import NOTHING_ELSE, Check, Meanwhile
from engine.store.backup.open import Unsealed, opened_copy, unseal_backup
from engine.store.backup.own import own_backups
from engine.store.backup.proof import is_proven
from engine.store.blobs import sealed_files
from engine.store.copies import copy_pages
from engine.store.database import Database, Row
from engine.store.gate import needs
from engine.store.permissions import Permission
from engine.store.records import load_record, load_records
from engine.store.schema import MIGRATIONS
from engine.store.settings import keep_setting, load_setting
from engine.store.slots import FLOOR, Cost
from engine.store.vault import Vault

LAST = "backup.last_drill"
_SCRATCH = ".drill-"
# Rows that are only ever added: what a backup holds of them must be what the clinic holds of them today.
_KEPT = ("audit", "seal")
_CHUNK = 20_000
_WITH_VISITS = (
    "SELECT id FROM patient WHERE root = key AND ended IS NULL"
    " AND key IN (SELECT patient FROM visit WHERE ended IS NULL) AND id NOT IN (SELECT value FROM json_each(?))"
    " ORDER BY random() LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One person as the backup has them, and as they are now; None where they are not there any more."""

    before: Record
    now: Record | None


@dataclass(frozen=True, slots=True)
class Drill:
    """A drill that went well.

    ``compared``: rows that were held against the clinic of today; ``samples``: people to be compared by eye, for who
    may see records.
    """

    name: str
    made_at: datetime
    size: int
    people: int
    visits: int
    compared: int
    seconds: float
    samples: tuple[Sample, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    """What the restored copy holds: by query its rows' count and digest; and the people picked."""

    tables: tuple[tuple[str, int, str], ...]
    picked: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class _Gone:
    """Who was erased since: the people, and the seals that lost leaves then. A backup from before has both still."""

    persons: str = "[]"
    seals: str = "[]"


@needs(Permission.BACKUP)
def drill(
    vault: Vault,
    folder: Path,
    secret: str,
    *,
    who: str | None = None,
    floor: Cost = FLOOR,
    samples: int = 0,
    meanwhile: Meanwhile = NOTHING_ELSE,
) -> Drill:
    """Restore the newest of the clinic's own backups in a folder to a scratch file, compare it, and write it down.

    The scratch file lies in the clinic's folder for as long as the comparing takes, encrypted under a key that nobody
    keeps. ``samples``: how many people to return for a look by eye.

    Raises:
        PassphraseError, UsageError, AccessError, StoreError: as ``unseal_backup`` and ``opened_copy``; ``backup_none``;
            ``backup_differs`` where the backup holds another history than the clinic; ``backup_running``.
        Cancelled: as ``meanwhile`` says.
    """
    every = own_backups(vault, folder)
    if not every:
        raise StoreError("backup_none")
    newest = every[0]
    with vault.copying():
        try:
            done = _drill(vault, newest, _Secret(secret, who, floor), samples, meanwhile)
        except (StoreError, AccessError) as error:
            with suppress(StoreError):  # the failure itself is told
                vault.note("backup.drill_failed", detail={"name": newest.manifest.name, "reason": error.code})
            raise
    with vault.change(vault.user.id, "backup.drill") as change:
        report = {"people": done.people, "visits": done.visits, "compared": done.compared, "seconds": done.seconds}
        last = {"name": done.name, "at": vault.clock.now().isoformat(), "made_at": done.made_at.isoformat()}
        keep_setting(change, LAST, last | report | {"size": done.size, "by": vault.user.id})
        change.note(name=done.name, people=done.people, compared=done.compared)
    return done


@needs(Permission.RECORD_READ)
def note_reading(vault: Vault, *, right: bool) -> None:
    """Write down what a person said of the people that the last drill picked: a drill they doubt is due again.

    Raises:
        AccessError: ``access_denied`` for who may see no record, and so compared none. StoreError: ``backup_none``.
    """
    last = load_setting(vault, LAST)
    if last is None:
        raise StoreError("backup_none")
    with vault.change(vault.user.id, "backup.drill_read" if right else "backup.drill_failed") as change:
        keep_setting(change, LAST, last | {"read": vault.clock.now().isoformat()} if right else None)
        change.note(name=last["name"], **({} if right else {"reason": "records_look_wrong"}))


@dataclass(frozen=True, slots=True)
class LastDrill:
    """The last drill that went well, as it is kept for its report; a number is None where an older program kept none.

    ``read_at``: when somebody said that the records picked look right.
    """

    name: str
    at: datetime
    by: str | None
    made_at: datetime | None
    size: int | None
    people: int | None
    visits: int | None
    compared: int | None
    seconds: float | None
    read_at: datetime | None


@needs(Permission.CLINIC_READ)
def drill_report(vault: Vault) -> LastDrill | None:
    """Return what is kept of the last drill; None where there never was one."""
    found = load_setting(vault, LAST)
    if found is None:
        return None
    made_at, read = found.get("made_at"), found.get("read")
    numbers = {name: found.get(name) for name in ("size", "people", "visits", "compared", "seconds", "by")}
    return LastDrill(
        name=found["name"],
        at=datetime.fromisoformat(found["at"]),
        made_at=None if made_at is None else datetime.fromisoformat(made_at),
        read_at=None if read is None else datetime.fromisoformat(read),
        **numbers,
    )


@needs(Permission.CLINIC_READ)
def last_drill(vault: Vault) -> datetime | None:
    """Return when the last drill went well; None where there never was one."""
    found = load_setting(vault, LAST)
    return None if found is None else datetime.fromisoformat(found["at"])


@dataclass(frozen=True, slots=True)
class _Secret:
    secret: str = field(repr=False)
    who: str | None
    floor: Cost


def _drill(vault: Vault, newest: Backup, secret: _Secret, samples: int, meanwhile: Meanwhile) -> Drill:
    began = time.monotonic()
    path = vault.folder / f"{_SCRATCH}{vault.random(4).hex()}"
    for left in vault.folder.glob(f"{_SCRATCH}*"):
        left.unlink()  # of a drill that was interrupted; nobody has its key
    some = samples if vault.may(Permission.RECORD_READ) else 0
    gone = _gone(vault.ledger.database)

    def restored(check: Check) -> _Found:
        unsealed = unseal_backup(newest, secret.secret, who=secret.who, floor=secret.floor)
        check()
        try:
            return _restored(vault, unsealed, path, some, gone, check)
        finally:
            path.unlink(missing_ok=True)

    found = meanwhile.beside(restored)
    compared = _compare(vault.ledger.database, found, meanwhile)
    told = tuple(Sample(before, _now(vault, before.patient.id)) for before in found.picked)
    if told:
        vault.note("record.view", [sample.before.patient.id for sample in told])
    manifest, seconds = newest.manifest, round(time.monotonic() - began, 1)
    return Drill(
        name=manifest.name,
        made_at=manifest.made_at,
        size=manifest.size,
        people=manifest.people,
        visits=manifest.visits,
        compared=compared,
        seconds=seconds,
        samples=told,
    )


def _restored(vault: Vault, unsealed: Unsealed, path: Path, samples: int, gone: _Gone, check: Check) -> _Found:
    """Restore a backup to a scratch file and look at all of it. Needs nothing of the open store."""
    with opened_copy(unsealed) as copy:
        check()
        scratch = Database.open(path, secrets.token_bytes(32), create=True)
        try:
            scratch.run("PRAGMA journal_mode = OFF")
            copy_pages(copy, scratch, lambda done, total: check())
            check_contents(scratch, contents_told(unsealed.backup.manifest), "store_disk_failed")
            _verify(scratch, unsealed, check)
            _check_files(scratch, unsealed.backup, check)
            return _Found(tuple(_digests(scratch, gone)), _pick(vault, scratch, samples, gone))
        finally:
            scratch.close()


def _pick(vault: Vault, scratch: Database, samples: int, gone: _Gone) -> tuple[Record, ...]:
    """Return some people with visits, drawn at random, as the copy has them."""
    if not samples or scratch.rows("PRAGMA user_version") != [(MIGRATIONS[-1].version,)]:
        return ()
    ids = [str(row[0]) for row in scratch.rows(_WITH_VISITS, (gone.persons, samples))]
    return tuple(load_records(vault.looking_at(scratch), ids))


def _now(vault: Vault, person_id: str) -> Record | None:
    try:
        return load_record(vault, person_id)
    except UsageError:
        return None


def _verify(scratch: Database, unsealed: Unsealed, check: Check) -> None:
    """Check every entry and every row against the signed audit that the backup itself holds, and who signed for it.

    Raises:
        StoreError: ``backup_damaged``.
    """
    if unsealed.backup.manifest.schema != MIGRATIONS[-1].version:
        return  # rows of an older schema are sealed in its way
    if not is_proven(scratch, unsealed, lambda count: check()):
        raise StoreError("backup_damaged")


def _check_files(scratch: Database, backup: Backup, check: Check) -> None:
    """Read every sealed file beside the backup that it names.

    Raises:
        StoreError: ``backup_damaged``.
    """
    lacking = set(backup.manifest.lacking)
    if missing_beside(backup, [sealed for sealed in sealed_files(scratch) if sealed.name not in lacking], check):
        raise StoreError("backup_damaged")


def _digests(scratch: Database, gone: _Gone) -> Iterator[tuple[str, int, str]]:
    there = {str(row[0]) for row in scratch.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table in [name for name in _KEPT if name in there]:
        # The backup may have fewer columns than a clinic whose schema moved on since.
        columns = ", ".join(str(row[1]) for row in scratch.rows(f"PRAGMA table_info({table})"))
        last = int(scratch.rows(f"SELECT max(rowid) FROM {table}")[0][0] or 0)  # noqa: S608 - our own tables
        left_out = gone.seals if table == "seal" else "[]"
        sql = (
            f"SELECT {columns} FROM {table} WHERE rowid <= {last}"  # noqa: S608 - our own tables
            f" AND rowid NOT IN (SELECT value FROM json_each('{left_out}')) ORDER BY rowid"
        )
        yield sql, *_digest(scratch.stream(sql, size=_CHUNK))


def _compare(today: Database, found: _Found, meanwhile: Meanwhile) -> int:
    """Hold every row that is only ever added against the clinic of today; return how many there were.

    Raises:
        StoreError: ``backup_differs``.
    """
    compared, total = 0, sum(count for _, count, _ in found.tables)
    for sql, count, digest in found.tables:
        so_far = compared
        chunks = today.stream(sql, size=_CHUNK)
        told = (_paused(chunk, meanwhile, so_far + at * _CHUNK, total) for at, chunk in enumerate(chunks))
        if (count, digest) != _digest(told):
            raise StoreError("backup_differs")
        compared += count
    return compared


def _gone(today: Database) -> _Gone:
    persons = [person for (text,) in today.rows("SELECT persons FROM erasure") for person in json.loads(text)]
    seals = [key for (key,) in today.rows("SELECT key FROM seal WHERE digest IS NOT NULL")]
    return _Gone(json.dumps(persons), json.dumps(seals))


def _paused(chunk: list[Row], meanwhile: Meanwhile, done: int, total: int) -> list[Row]:
    meanwhile.pause(min(done, total), total)
    return chunk


def _digest(chunks: Iterator[list[Row]]) -> tuple[int, str]:
    """Return how many rows there are, and a digest of them."""
    digest, count = hashlib.sha256(), 0
    for rows in chunks:
        for row in rows:
            digest.update(repr(row).encode("utf-8", "surrogatepass"))
        count += len(rows)
    return count, digest.hexdigest()
