"""Writes the audit of an open store: seals, entries and the anchor, in this order around one commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import StoreError
from engine.store.audit.anchor import AnchorFiles, AnchorState, Standing, anchor_of
from engine.store.audit.capture import Capture
from engine.store.audit.entries import Act, append, detail_text, digest_before, genesis, head_of
from engine.store.audit.seals import seal_everything, seal_touched
from engine.store.folder import Random

if TYPE_CHECKING:
    from engine.store.database import Cell, Database
    from engine.store.users import Access

# What a stopping state is called when somebody wants to work all the same.
_ERRORS = {
    Standing.WORK_MISSING: "store_work_missing",
    Standing.OTHER_HISTORY: "store_other_history",
    Standing.FOREIGN: "store_other_anchor",
    Standing.SLOTS_OLD: "store_slots_old",
}


class Ledger:
    """The audit of one open store, written in the name of who opened it.

    ``slots``: the revision of the key file, which the anchor keeps. ``state``: what was found at the opening.
    """

    def __init__(self, database: Database, folder: Path, access: Access, random: Random) -> None:
        self.slots = 0
        self.state = AnchorState(Standing.SOUND, None)
        self.capture = Capture(database)
        self.database = database
        self._access = access
        self._folder, self._random = folder, random
        self._files = AnchorFiles(folder, access.anchor_key, random)
        self._behind = False
        self._both = True  # a store that begins writes both files

    def take(self, access: Access) -> None:
        """Go on in the name of who acts now; under another data key both anchor files are written anew at once."""
        turned = access.anchor_key != self._access.anchor_key
        self._access = access
        if turned:
            self._files = AnchorFiles(self._folder, access.anchor_key, self._random)
            self._both = True
            self.committed()

    def open(self, other_keys: Iterable[bytes] = ()) -> AnchorState:
        """Look how the store stands to its anchor. Reads a few rows, whatever the size of the store.

        ``other_keys``: what the anchor files may be under as well while the data key is turned; they are written anew.
        """
        if self.begun:
            store_id = str(self.database.rows("SELECT id FROM store")[0][0])
            self.state = self._files.look(self.database, store_id, self.slots, other_keys)
            standing, turned = self.state.standing, self._files.of_another_key
            self._both = turned or standing not in (Standing.SOUND, Standing.MENDED)
            self._behind = turned or standing is not Standing.SOUND
        return self.state

    @property
    def begun(self) -> bool:
        """Whether the store has a signed entry."""
        last = self.database.rows("SELECT form FROM audit ORDER BY seq DESC LIMIT 1")
        return bool(last) and last[0][0] is not None

    def begin(self, moment: str) -> None:
        """Bind the entries from before there was a chain, and seal all rows; within the transaction that is open."""
        access = self._access
        count, digest = digest_before(self.database)
        change = self.database.run(
            "INSERT INTO change(moment, actor, action) VALUES (?, ?, 'audit.begin')", (moment, access.user.id)
        )
        detail: dict[str, Cell] = {
            "entries_before": count,
            "sha256_before": digest,
            "user": access.user.id,
            "public": access.signer.public.hex(),
        }
        state = seal_everything(self.database, change)
        self.append(self.act(moment, "audit.begin", detail=detail_text(detail), change=change, state=state), first=True)

    def act(
        self,
        moment: str,
        action: str,
        subjects: tuple[str, ...] = (),
        detail: str = "{}",
        change: int | None = None,
        state: str = "",
    ) -> Act:
        """Return what is to be written down of who opened the store."""
        user = self._access.user
        return Act(moment, user.id, user.roles_text, action, subjects, detail, change, state)

    def seal(self, change: int, heed: Callable[[int], None] | None) -> str:
        """Seal what the change touched and return the state."""
        return seal_touched(self.database, self.capture, change, heed)

    def append(self, act: Act, *, first: bool = False) -> None:
        """Write the entry, within the transaction that is open."""
        append(self.database, act, self._access.signer, genesis_of(self.database) if first else None)

    def committed(self) -> None:
        """Bring the anchor up to the commit that just ended.

        The commit is on disk, so where the anchor cannot follow nothing is taken back: :meth:`catch_up` refuses the
        next change until it can.
        """
        self._behind = True
        try:
            self.catch_up()
        except StoreError:
            return

    def catch_up(self) -> None:
        """Write the anchor where it is behind.

        Raises:
            StoreError: why it cannot be written.
        """
        if not self._behind or not self.begun:
            return
        access = self._access
        anchor = anchor_of(self.database, head_of(self.database), self.slots, access.user.id, access.signer)
        (self._files.write_both if self._both else self._files.write)(anchor, access.signer)
        self._behind = self._both = False

    def check(self) -> None:
        """Refuse work on a store that does not stand as it should.

        Raises:
            StoreError: ``store_work_missing``, ``store_other_history``, ``store_other_anchor``, ``store_slots_old``.
        """
        standing = self.state.standing
        if standing is Standing.WORK_MISSING:
            raise StoreError(_ERRORS[standing], entries=self.state.missing)
        if standing.stops:
            raise StoreError(_ERRORS[standing])

    def accept(self) -> None:
        """Take the store as it is from now on; a commit and its anchor must follow."""
        self.state = AnchorState(Standing.SOUND, self.state.anchor)
        self._both = self._behind = True


def genesis_of(database: Database) -> str:
    """Return what the first entry of this store is bound to."""
    return genesis(str(database.rows("SELECT id FROM store")[0][0]))
