"""The encrypted connection: one SQLCipher database with our errors. The only place that imports the library."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2 as sqlcipher

from engine.errors import BugError, EngineError, StoreError
from engine.store.header import check_header

Cell = str | int | float | bytes | None
Row = tuple[Any, ...]

# Before 3.51.3 a reset of the write-ahead log could corrupt the database.
_OLDEST_SQLITE = (3, 51, 3)

_MORE = 0  # the library's word that a copy goes on
_PAGES_AT_ONCE = 256  # of a copy: a megabyte, some ten milliseconds

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

    def heeded(self, heed: Callable[[int], None]) -> Database:
        """Return the same connection for long reading: ``heed`` hears of every part that was read, and may raise."""
        return _Heeded(self._connection, heed)

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

    def copy_into(self, empty: Database, pause: Callable[[int, int], None] | None = None) -> None:
        """Copy every page; see ``engine.store.copies``."""

        def between(status: int, left: int, total: int) -> None:
            # After the last part the copy is done: what would be written then would not be in it.
            if pause is not None and status == _MORE:
                pause(total - left, total)

        # Pages held in memory would be copied without a look at the disk: each is to be read, and so checked, anew.
        self.run("PRAGMA shrink_memory")
        with _translated():
            if pause is None:
                self._connection.backup(empty._connection)
            else:
                self._connection.backup(empty._connection, pages=_PAGES_AT_ONCE, progress=between)

    def turn_key(self, key: bytes) -> None:
        """Encrypt everything anew under another raw 32-byte key, and leave nothing in the log."""
        # The library takes back a change of the key that was interrupted; in the log it would lie under both.
        self.move_log()
        self.run(f"PRAGMA rekey = \"x'{key.hex()}'\"")
        self.move_log()

    def damage(self) -> list[str]:
        """Return what both checks of the whole file find; empty when it is sound. Reads every page.

        Pages that look wrong while newer ones wait in the log, as under another key after a turning that was cut off,
        are looked at again when the log was moved in; damage that the log has no page for stays.
        """
        # The cipher's check misses cut-off pages; the structural one misses flipped bits in unused space.
        try:
            cipher = [str(row[0]) for row in self.rows("PRAGMA cipher_integrity_check")]
            if cipher:
                self.move_log()
                cipher = [str(row[0]) for row in self.rows("PRAGMA cipher_integrity_check")]
            structure = [str(row[0]) for row in self.rows("PRAGMA quick_check")]
        except StoreError as error:
            return [error.code]
        return cipher + [line for line in structure if line != "ok"]

    def move_log(self) -> None:
        """Move the write-ahead log into the database, and leave nothing in it.

        Raises:
            StoreError: it cannot be moved; nothing is lost, it stays and is moved when the store is next opened.
        """
        self.run("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Move the write-ahead log into the database and close."""
        with suppress(EngineError):
            self.move_log()
        with _translated():
            self._connection.close()


class _Heeded(Database):
    """Tells how much is read, part by part."""

    def __init__(self, connection: Any, heed: Callable[[int], None]) -> None:
        super().__init__(connection)
        self._heed = heed

    def rows(self, sql: str, values: Sequence[Cell] = ()) -> list[Row]:
        """Return all rows of a query."""
        self._heed(0)
        found = super().rows(sql, values)
        self._heed(len(found))
        return found

    def stream(self, sql: str, values: Sequence[Cell] = (), size: int = 100_000) -> Iterator[list[Row]]:
        """Yield the rows of a query in lists of up to ``size``."""
        for chunk in super().stream(sql, values, min(size, 20_000)):
            yield chunk
            self._heed(len(chunk))
