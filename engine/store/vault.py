"""The open store: one encrypted connection, one lock, one way to write.

Every write goes through :meth:`Vault.change`, which opens the transaction, makes the row in ``change`` that stamps
what is written, and adds the audit entry, all of it or nothing. The connection belongs to the thread that opened it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlcipher3 import dbapi2 as sqlcipher

from engine.domain.ports import Clock
from engine.errors import AccessError, BugError, EngineError, StoreError
from engine.store.audit.entries import detail_text
from engine.store.audit.ledger import Ledger
from engine.store.change import Change, Heed
from engine.store.folder import Random
from engine.store.header import check_header
from engine.store.lock import FolderLock
from engine.store.permissions import BEFORE_CHANGE, Permission, permission_of, permits
from engine.store.users import Access, Emergency

Cell = str | int | float | bytes | None
Row = tuple[Any, ...]

__all__ = ["Cell", "Change", "Database", "Heed", "Row", "Vault"]

# Before 3.51.3 a reset of the write-ahead log could corrupt the database.
_OLDEST_SQLITE = (3, 51, 3)

_STORE_ERRORS = {
    3: "store_readonly",  # PERM
    5: "store_in_use",  # BUSY
    6: "store_in_use",  # LOCKED
    8: "store_readonly",
    10: "store_disk_failed",  # IOERR
    11: "store_damaged",  # CORRUPT
    13: "store_disk_full",
    14: "store_readonly",  # CANTOPEN
    26: "store_damaged",  # NOTADB
}


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the library's errors into ours. No value, path or query is carried along."""
    try:
        yield
    except sqlcipher.Error as error:
        raise _engine_error(error) from error
    except (UnicodeEncodeError, OverflowError) as error:
        # These quote the text itself, so the original is cut off.
        raise BugError("store_value", kind=type(error).__name__) from None


def _engine_error(error: Exception) -> EngineError:
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if code in _STORE_ERRORS:
        return StoreError(_STORE_ERRORS[code])
    return BugError("store_statement", sqlite=str(getattr(error, "sqlite_errorname", "") or type(error).__name__))


class Database:
    """An encrypted connection with our errors. Writing is for :class:`Change` and migrations."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @classmethod
    def open(cls, path: Path, key: bytes, *, create: bool = False) -> Database:
        """Open the database with its raw 32-byte key. A missing file is never made unless ``create`` is given.

        Raises:
            StoreError: ``store_file_missing``, ``store_plaintext``, ``store_damaged``, ``store_library``, or why the
                file cannot be read.
            OSError: the new file cannot be made.
        """
        if create:
            path.touch(mode=0o600, exist_ok=False)
        else:
            check_header(path)
        with _translated():
            # No statement is kept for later: prepared ones hold the few slots of SQLite's own small-object memory, and
            # every row then takes memory from the system, which with memory security is locked and wiped each time.
            connection = sqlcipher.connect(
                f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, cached_statements=0
            )
        database = cls(connection)
        try:
            database._unlock(key)
        except BaseException:
            connection.close()
            raise
        return database

    def _unlock(self, key: bytes) -> None:
        self.run("PRAGMA cipher_log_level = NONE")
        self.run(f"PRAGMA key = \"x'{key.hex()}'\"")
        if not self.rows("PRAGMA cipher_version") or sqlcipher.sqlite_version_info < _OLDEST_SQLITE:
            raise StoreError("store_library")
        self.run("PRAGMA cipher_memory_security = ON")
        # The key was proven by its slot: a first page that cannot be read now is damage, not a wrong passphrase.
        self.rows("SELECT count(*) FROM sqlite_master")

    def set_up(self) -> None:
        """Set the connection for work. Done apart from opening, so that a newer store is refused untouched before.

        Raises:
            StoreError: ``store_disk_failed`` where the disk offers no write-ahead log.
        """
        if self.rows("PRAGMA journal_mode = WAL") != [("wal",)]:
            raise StoreError("store_disk_failed")
        self.run("PRAGMA synchronous = FULL")
        self.run("PRAGMA temp_store = MEMORY")
        self.run("PRAGMA mmap_size = 0")
        self.run("PRAGMA foreign_keys = ON")
        self.run("PRAGMA trusted_schema = OFF")
        self.run("PRAGMA cache_size = -65536")

    def run(self, sql: str, values: Sequence[Cell] = ()) -> int:
        """Run one statement and return the row id of the last insert."""
        with _translated():
            return int(self._connection.execute(sql, values).lastrowid or 0)

    def many(self, sql: str, rows: Iterable[Sequence[Cell]]) -> None:
        """Run one statement for many rows.

        Binding None is several times as slow as a number or text in this library: for bulk, leave the column out.
        """
        with _translated():
            self._connection.executemany(sql, rows)

    def rows(self, sql: str, values: Sequence[Cell] = ()) -> list[Row]:
        """Return all rows of a query."""
        with _translated():
            found: list[Row] = self._connection.execute(sql, values).fetchall()
            return found

    def one(self, sql: str, values: Sequence[Cell] = ()) -> Row | None:
        """Return the first row of a query, or None."""
        found = self.rows(sql, values)
        return found[0] if found else None

    def stream(self, sql: str, values: Sequence[Cell] = (), size: int = 100_000) -> Iterator[list[Row]]:
        """Yield the rows of a query in lists of up to ``size``."""
        with _translated():
            cursor = self._connection.execute(sql, values)
        while True:
            with _translated():
                chunk = cursor.fetchmany(size)
            if not chunk:
                return
            yield chunk

    def begin(self) -> None:
        """Start a transaction that may write."""
        self.run("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """End the transaction; what it wrote is on disk afterwards."""
        self.run("COMMIT")

    def rollback(self) -> None:
        """Undo the transaction, if the database did not already do so by itself."""
        if self._connection.in_transaction:
            self.run("ROLLBACK")

    def copy_into(self, empty: Database) -> None:
        """Copy every page; see ``engine.store.copies``."""
        with _translated():
            self._connection.backup(empty._connection)

    def turn_key(self, key: bytes) -> None:
        """Encrypt everything anew under another raw 32-byte key, and leave nothing in the log."""
        # The library takes back a change of the key that was interrupted; in the log it would lie under both.
        self.run("PRAGMA wal_checkpoint(TRUNCATE)")
        self.run(f"PRAGMA rekey = \"x'{key.hex()}'\"")
        self.run("PRAGMA wal_checkpoint(TRUNCATE)")

    def damage(self) -> list[str]:
        """Return what both checks of the whole file find; empty when it is sound. Reads every page."""
        # The cipher's check misses cut-off pages; the structural one misses flipped bits in unused space.
        try:
            cipher = [str(row[0]) for row in self.rows("PRAGMA cipher_integrity_check")]
            structure = [str(row[0]) for row in self.rows("PRAGMA quick_check")]
        except StoreError as error:
            return [error.code]
        return cipher + [line for line in structure if line != "ok"]

    def close(self) -> None:
        """Move the write-ahead log into the database and close."""
        # Nothing is lost when the log cannot be moved: it stays and is taken over when the store is next opened.
        with suppress(EngineError):
            self.run("PRAGMA wal_checkpoint(TRUNCATE)")
        with _translated():
            self._connection.close()


class _DiscardedError(Exception):
    """A rehearsal ends: everything is undone, and nobody hears of it."""


class Vault:
    """An open clinic, to be closed: reads under a grant (``engine.store.gate``), writes inside :meth:`change` only."""

    def __init__(
        self, folder: Path, database: Database, lock: FolderLock, access: Access, clock: Clock, random: Random
    ) -> None:
        self.folder = folder
        self.clock = clock
        self.random = random
        self._database = database
        self._lock = lock
        self._changing = False
        self._heed: Heed | None = None
        self._field_keys: dict[str, int] | None = None
        self.signed_in = False
        self.ledger = Ledger(database, folder, access, random)
        self.take(access)
        self._grants = 0
        self._emergency: Emergency | None = None
        self.damage = database.damage

    def take(self, access: Access) -> None:
        """Go on with what a slot gives now: after its roles or the data key have changed."""
        self.ledger.take(access)
        self.user = access.user
        self.signer = access.signer
        self.backup_public = access.backup_public
        self.anchor_key = access.anchor_key
        self.change_first = access.change_first  # a passphrase that somebody else has chosen is to be changed

    def __enter__(self) -> Vault:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Write everything into the database file, close it and give the folder free."""
        try:
            if self.signed_in:
                self.signed_in = False
                with suppress(EngineError):  # a full disk must not keep the store open
                    self.note("session.close")
            self._database.close()
        finally:
            self._lock.release()

    def may(self, permission: Permission, person_ids: Sequence[str] = ()) -> bool:
        """Whether who is signed in may do this now, with these people where it is about some."""
        if self.change_first and permission not in BEFORE_CHANGE:
            return False
        if permits(self.user.roles, permission):
            return True
        return self._emergency is not None and self._emergency.covers(permission, person_ids, self.clock.now())

    def require(self, permission: Permission, person_ids: Sequence[str] = ()) -> None:
        """Refuse who may not do this.

        Raises:
            AccessError: ``access_denied``; ``access_passphrase_first``.
        """
        if not self.may(permission, person_ids):
            if self.change_first and permission not in BEFORE_CHANGE:
                raise AccessError("access_passphrase_first")
            raise AccessError("access_denied")

    @contextmanager
    def granting(self) -> Iterator[None]:
        """Let queries run within the block. For ``engine.store.gate``, which asks :meth:`require` before."""
        self._grants += 1
        try:
            yield
        finally:
            self._grants -= 1

    def rows(self, sql: str, values: Sequence[Cell] = ()) -> list[Row]:
        """Return all rows of a query."""
        return self._granted.rows(sql, values)

    def stream(self, sql: str, values: Sequence[Cell] = (), size: int = 100_000) -> Iterator[list[Row]]:
        """Yield the rows of a query in lists of up to ``size``."""
        return self._granted.stream(sql, values, size)

    def one(self, sql: str, values: Sequence[Cell] = ()) -> Row | None:
        """Return the first row of a query, or None."""
        return self._granted.one(sql, values)

    @property
    def _granted(self) -> Database:
        if not self._grants and not self._changing:
            raise BugError("store_no_grant")
        return self._database

    def note(self, action: str, subjects: Sequence[str] = (), detail: Mapping[str, Cell] | None = None) -> None:
        """Write an entry of something that changes nothing: a look at a record, an export, a sign-in.

        Raises:
            StoreError: it cannot be written, and then it should not be done either. AccessError: who is signed in may
                not do it.
        """
        self._require_action(action, subjects)
        with self.writing():
            moment = self.clock.now().isoformat()
            self.ledger.append(self.ledger.act(moment, action, tuple(subjects), detail_text(detail or {})))
        self.ledger.committed()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Run one transaction, all or nothing, after the anchor of the one before is written."""
        if self._changing:
            raise BugError("change_nested")
        self.ledger.check()
        self.ledger.catch_up()
        self._changing = True
        try:
            self._database.begin()
            yield
            self._database.commit()
        except BaseException:
            self._undo()
            raise
        finally:
            self._changing = False

    @contextmanager
    def change(self, actor: str, action: str, subjects: Sequence[str] = ()) -> Iterator[Change]:
        """Open the one kind of transaction that writes.

        ``actor`` is the id of a user, ``action`` a dotted word such as ``visit.move``, ``subjects`` the ids of the
        persons concerned. On any error everything is undone, the audit entry included.
        """
        if actor != self.user.id:
            raise BugError("change_actor")  # nobody acts in the name of somebody else
        self._require_action(action)
        change = None
        try:
            with self.writing():
                change = self._start(action, subjects)
                yield change
                if change.discarded:
                    raise _DiscardedError
                self._seal(change, action)
        except _DiscardedError:
            return
        finally:
            if change is not None:
                change.end()
        self.ledger.committed()

    def _require_action(self, action: str, person_ids: Sequence[str] = ()) -> None:
        permission = permission_of(action)
        if permission is None:
            raise BugError("action_unknown", action=action)
        self.require(permission, person_ids)

    def _start(self, action: str, subjects: Sequence[str]) -> Change:
        values = (self.clock.now().isoformat(), self.user.id, action)
        key = self._database.run("INSERT INTO change(moment, actor, action) VALUES (?, ?, ?)", values)
        self.ledger.capture.start()
        return Change(self._database, self.ledger.capture, key, subjects, self._heed)

    def _seal(self, change: Change, action: str) -> None:
        state = self.ledger.seal(change.id, change.heed)
        moment = str(self._database.rows("SELECT moment FROM change WHERE key = ?", (change.id,))[0][0])
        self.ledger.append(self.ledger.act(moment, action, tuple(change.subjects), change.detail, change.id, state))

    def _undo(self) -> None:
        self._field_keys = None
        # A full or failing disk may have ended the transaction already; the error that led here tells more.
        with suppress(EngineError):
            self._database.rollback()

    @contextmanager
    def heeding(self, heed: Heed) -> Iterator[None]:
        """Let a long change be watched and stopped: ``heed`` is called while it writes; what it raises undoes it."""
        self._heed = heed
        try:
            yield
        finally:
            self._heed = None

    @contextmanager
    def scratch(self) -> Iterator[Database]:
        """Open a transaction for working state that is no record (drafts): not stamped and not audited."""
        with self.writing():
            yield self._database

    def begin_emergency(self, emergency: Emergency) -> None:
        """Let who is signed in see one person's record for a while; an earlier emergency ends."""
        self._emergency = emergency

    def turn_key(self, data_key: bytes, access: Access) -> None:
        """Encrypt the whole database anew under another data key, in one transaction of the library's.

        Raises:
            StoreError: the disk is full or failed; the key before still opens it then.
        """
        if self._changing:
            raise BugError("change_nested")
        self._database.turn_key(data_key)
        self.take(access)

    def passphrase_changed(self) -> None:
        """Who has the clinic open has a passphrase that nobody else knows."""
        self.change_first = False

    def field_keys(self) -> dict[str, int]:
        """Return the store's small number for each field name it has seen. These are no values, so all may know."""
        if self._field_keys is None:
            self._field_keys = {name: key for key, name in self._database.rows("SELECT key, name FROM field")}
        return self._field_keys

    def field_key(self, change: Change, name: str) -> int:
        """Return the number of a field, giving it one when it is new."""
        keys = self.field_keys()
        if name not in keys:
            keys[name] = change.run("INSERT INTO field(name) VALUES (?)", (name,))
        return keys[name]
