"""The open store: one encrypted connection, one lock, one way to write.

Every write goes through :meth:`Vault.change`, which opens the transaction, makes the row in ``change`` that stamps
what is written, and adds the audit entry, all of it or nothing. The connection belongs to the thread that opened it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

from engine.domain.ports import Clock
from engine.errors import AccessError, BugError, EngineError, StoreError
from engine.store.audit.entries import detail_text
from engine.store.audit.ledger import Ledger
from engine.store.change import Change, Heed
from engine.store.database import Cell, Database, Row
from engine.store.folder import Random
from engine.store.lock import FolderLock
from engine.store.permissions import BEFORE_CHANGE, Permission, permission_of, permits
from engine.store.users import Access, Emergency

__all__ = ["Change", "Heed", "Vault"]


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
        self._copying = False
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
        self._access = access
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
                    # What is left of the disk belongs to the next sign-in, not to the word that this one ended.
                    self._database.move_log()
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

    @property
    def emergency(self) -> Emergency | None:
        """The emergency that lasts now."""
        found = self._emergency
        return found if found is not None and self.clock.now() < found.until else None

    def turn_key(self, data_key: bytes, access: Access) -> None:
        """Encrypt the whole database anew under another data key, in one transaction of the library's.

        Raises:
            StoreError: the disk is full or failed, ``backup_running``; the key before still opens it then.
        """
        if self._changing:
            raise BugError("change_nested")
        self.check_not_copying()
        self._database.turn_key(data_key)
        self.take(access)

    def check_not_copying(self) -> None:
        """Refuse what would pull every page from under a backup, or leave in it who was erased meanwhile.

        Raises:
            StoreError: ``backup_running``.
        """
        if self._copying:
            raise StoreError("backup_running")

    @contextmanager
    def copying(self) -> Iterator[None]:
        """Keep the data key as it is, and let no second backup begin, while one is made or tried.

        Raises:
            StoreError: ``backup_running``.
        """
        self.check_not_copying()
        self._copying = True
        try:
            yield
        finally:
            self._copying = False

    def looking_at(self, database: Database) -> Vault:
        """Return a vault over another database, for reading in the name of who is signed in; it is not to be closed."""
        return Vault(self.folder, database, self._lock, self._access, self.clock, self.random)

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
