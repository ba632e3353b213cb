"""The anchor: what the audit had come to, kept in two small files beside the database.

SQLCipher notices a changed page, but neither an old copy of one page or of the whole file nor a lost write-ahead log:
all of them open and pass every check. So the last entry's number and hash stand outside. After each commit the older of
the two files is replaced; the other still holds the state before, so a file that is damaged is told apart from one that
is behind, and mended from its twin.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.store.audit.entries import Head, Signing, entry_hash, head_of
from engine.store.folder import Random, write_durably

if TYPE_CHECKING:
    from engine.store.database import Database

FORMAT = "lantern-anchor/1"
FILES = ("anchor-1.lantern", "anchor-2.lantern")
_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Anchor:
    """What the store had come to. ``highest``: the highest keys of tables; ``slots``: the key file's revision."""

    store_id: str
    epoch: int
    seq: int
    hash: str
    schema: int
    slots: int
    highest: Mapping[str, int]
    actor: str
    key: str

    def encode(self, mac_key: bytes, signer: Signing) -> bytes:
        """Return the file's bytes: authenticated for who has the data key, and signed by who acted."""
        body = self._body()
        body["signature"] = signer.sign(_canonical(body)).hex()
        body["mac"] = hmac.digest(mac_key, _canonical(body), "sha256").hex()
        return _canonical(body) + b"\n"

    def _body(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "store": self.store_id,
            "epoch": self.epoch,
            "seq": self.seq,
            "hash": self.hash,
            "schema": self.schema,
            "slots": self.slots,
            "highest": dict(self.highest),
            "actor": self.actor,
            "key": self.key,
        }


def read_anchor(content: bytes, mac_key: bytes) -> Anchor | None:
    """Return the anchor of a file's bytes; None when any bit of it is not what was written."""
    try:
        body = json.loads(content)
        mac = body.pop("mac")
        if not hmac.compare_digest(hmac.digest(mac_key, _canonical(body), "sha256").hex(), mac):
            return None
        if _canonical(body | {"mac": mac}) + b"\n" != content:
            return None
        return Anchor(
            store_id=body["store"],
            epoch=body["epoch"],
            seq=body["seq"],
            hash=body["hash"],
            schema=body["schema"],
            slots=body["slots"],
            highest=body["highest"],
            actor=body["actor"],
            key=body["key"],
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def newest_slots_claimed(folder: Path, store_id: str) -> int:
    """Return the highest revision of the key file that the anchors of a store speak of; 0 where none does.

    Read without a key, so nobody can vouch for it.
    """
    claimed = [0]
    for name in FILES:
        with suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError):
            body = json.loads(_read(folder / name) or b"")
            if body["store"] == store_id:
                claimed.append(int(body["slots"]))
    return max(claimed)


class Standing(StrEnum):
    """How the database stands to its anchor."""

    SOUND = "sound"
    MENDED = "mended"  # the program ended between a commit and its anchor: nothing is missing
    NONE = "none"  # neither file is there
    DAMAGED = "damaged"  # neither file can be read
    TWIN_MISSING = "twin_missing"
    TWIN_DAMAGED = "twin_damaged"
    TWIN_OLD = "twin_old"  # one file was put back to an earlier state
    BEHIND = "behind"  # the anchor was put back, or could not be written for long
    FOREIGN = "foreign"  # of another store
    WORK_MISSING = "work_missing"  # the database is behind: committed work is not there
    OTHER_HISTORY = "other_history"  # the entry that the anchor names is another one
    SLOTS_OLD = "slots_old"  # the key file was put back to an earlier state
    LOG_MISSING = "log_missing"  # the database has no signed entry, though an anchor was written: it is older

    @property
    def stops(self) -> bool:
        """Whether nobody should go on working without having decided about it."""
        return self in _STOPPING

    @property
    def wrong(self) -> bool:
        """Whether a file is not as it was left. That a program ended before it could write the anchor is not wrong."""
        return self not in (Standing.SOUND, Standing.MENDED)

    @property
    def told(self) -> bool:
        """Whether whoever signs in hears of it, though work goes on."""
        return self.wrong and not self.stops


_STOPPING = frozenset(
    {Standing.WORK_MISSING, Standing.OTHER_HISTORY, Standing.FOREIGN, Standing.SLOTS_OLD, Standing.LOG_MISSING}
)


@dataclass(frozen=True, slots=True)
class AnchorState:
    """What was found when the store was opened. ``anchor``: the newest file that can be trusted."""

    standing: Standing
    anchor: Anchor | None
    missing: int = 0  # entries that the anchor knows and the database lacks


class AnchorFiles:
    """The two files of one clinic folder."""

    def __init__(self, folder: Path, mac_key: bytes, random: Random) -> None:
        self._paths = [folder / name for name in FILES]
        self._key = mac_key
        self._random = random
        self._held: list[Anchor | None] = [None, None]
        self.of_another_key = False  # whether a file was read with another key than the one that holds

    def look(self, database: Database, store_id: str, slots: int, other_keys: Iterable[bytes] = ()) -> AnchorState:
        """Compare the files with the database. Reads a few rows, whatever the size of the store.

        ``other_keys`` open a file too: while the data key is turned, the files may still be under the one before.
        """
        found = [_read(path) for path in self._paths]
        self._held = [None if content is None else self._anchor(content, tuple(other_keys)) for content in found]
        held = [anchor for anchor in self._held if anchor is not None]
        if not held:
            return AnchorState(Standing.NONE if found == [None, None] else Standing.DAMAGED, None)
        newest = max(held, key=lambda anchor: (anchor.epoch, anchor.seq))
        state = _compare(newest, database, store_id, slots)
        if state.standing in (Standing.SOUND, Standing.MENDED) and (twin := self._twin_standing(found)) is not None:
            return AnchorState(twin, newest)
        return state

    def look_before_log(self) -> AnchorState:
        """Return how a database without a signed entry stands: nobody writes an anchor before there is one.

        A file that cannot be read was written all the same, so it stops too.
        """
        there = any(_read(path) is not None for path in self._paths)
        return AnchorState(Standing.LOG_MISSING if there else Standing.NONE, None)

    def _anchor(self, content: bytes, other_keys: tuple[bytes, ...]) -> Anchor | None:
        anchor = read_anchor(content, self._key)
        for key in other_keys:
            if anchor is None and (anchor := read_anchor(content, key)) is not None:
                self.of_another_key = True
        return anchor

    def _twin_standing(self, found: list[bytes | None]) -> Standing | None:
        one, other = self._held
        if one is None or other is None:
            return Standing.TWIN_MISSING if None in found else Standing.TWIN_DAMAGED
        same = one.store_id == other.store_id and abs(one.seq - other.seq) <= 1
        return None if same else Standing.TWIN_OLD

    def write(self, anchor: Anchor, signer: Signing) -> None:
        """Replace the older file.

        Raises:
            StoreError: why it cannot be written; the other file is untouched.
        """
        place = min((0, 1), key=lambda place: -1 if (held := self._held[place]) is None else held.seq)
        write_durably(self._paths[place], anchor.encode(self._key, signer), self._random)
        self._held[place] = anchor

    def write_both(self, anchor: Anchor, signer: Signing) -> None:
        """Replace both files: where a store begins, or goes on after something was wrong with them.

        Raises:
            StoreError: why one cannot be written.
        """
        for place, path in enumerate(self._paths):
            write_durably(path, anchor.encode(self._key, signer), self._random)
            self._held[place] = anchor


def _compare(anchor: Anchor, database: Database, store_id: str, slots: int) -> AnchorState:
    if anchor.store_id != store_id:
        return AnchorState(Standing.FOREIGN, anchor)
    head = head_of(database)
    if head.seq < anchor.seq:
        return AnchorState(Standing.WORK_MISSING, anchor, anchor.seq - head.seq)
    if entry_hash(database, anchor.seq) != anchor.hash:
        return AnchorState(Standing.OTHER_HISTORY, anchor)
    if slots < anchor.slots:
        return AnchorState(Standing.SLOTS_OLD, anchor)
    if head.seq - anchor.seq > 1:
        return AnchorState(Standing.BEHIND, anchor)
    return AnchorState(Standing.SOUND if head.seq == anchor.seq else Standing.MENDED, anchor)


def anchor_of(database: Database, head: Head, slots: int, actor: str, signer: Signing) -> Anchor:
    """Return the anchor of a store that has come to ``head``."""
    highest = database.rows(
        "SELECT (SELECT max(key) FROM change), (SELECT max(key) FROM seal), (SELECT max(key) FROM patient),"
        " (SELECT max(key) FROM visit)"
    )[0]
    store_id, epoch = database.rows("SELECT id, epoch FROM store")[0]
    return Anchor(
        store_id=store_id,
        epoch=epoch,
        seq=head.seq,
        hash=head.hash,
        schema=int(database.rows("PRAGMA user_version")[0][0]),
        slots=slots,
        highest={
            name: int(key or 0) for name, key in zip(("change", "seal", "patient", "visit"), highest, strict=True)
        },
        actor=actor,
        key=signer.public.hex(),
    )


def _read(path: Path) -> bytes | None:
    """Return the bytes of a file; None where there is none. One that cannot be read counts as damaged."""
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST)
    except FileNotFoundError:
        return None
    except OSError:
        return b""


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")
