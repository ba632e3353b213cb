"""A checkpoint: a line short enough for the foot of a list on paper, which tells later whether history was rewritten.

    L-<epoch>-<number of the entry>-<four groups of four letters: 80 bits of the entry's hash>

Somebody who put back the database and both anchor files together cannot put back what lies on paper or on a stick.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from engine.errors import UsageError
from engine.store.audit.entries import entry_hash, head_of

if TYPE_CHECKING:
    from engine.store.database import Database

_HASH_BYTES = 10
_SHAPE = re.compile(r"L(\d{1,9})-(\d{1,15})-([A-Z2-7]{4})-([A-Z2-7]{4})-([A-Z2-7]{4})-([A-Z2-7]{4})")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint says. ``mark``: the first 80 bits of the entry's hash."""

    epoch: int
    seq: int
    mark: bytes

    @classmethod
    def at(cls, epoch: int, seq: int, hash_: str) -> Checkpoint:
        """Return the checkpoint of an entry, whose hash is given in hex."""
        return cls(epoch, seq, bytes.fromhex(hash_)[:_HASH_BYTES])

    def __str__(self) -> str:
        letters = base64.b32encode(self.mark).decode("ascii")
        groups = [letters[start : start + 4] for start in range(0, 16, 4)]
        return "-".join([f"L{self.epoch}", str(self.seq), *groups])


class CheckpointAnswer(StrEnum):
    """What a store says to a checkpoint."""

    KEPT = "kept"
    MISSING = "missing"  # the entry is not there: the store is older than the paper
    OTHER = "other"  # another entry has its number: history was rewritten


def parse_checkpoint(text: str) -> Checkpoint:
    """Read a checkpoint as a person types it: case, spaces and dashes around do not matter.

    Raises:
        UsageError: ``checkpoint_shape``.
    """
    found = _SHAPE.fullmatch("".join(text.split()).upper().replace("–", "-").replace("—", "-"))
    if found is None:
        raise UsageError("checkpoint_shape")
    epoch, seq, *letters = found.groups()
    return Checkpoint(int(epoch), int(seq), base64.b32decode("".join(letters)))


def checkpoint_of(database: Database) -> Checkpoint:
    """Return the checkpoint of the store as it is now."""
    head = head_of(database)
    epoch = int(database.rows("SELECT epoch FROM store")[0][0])
    return Checkpoint.at(epoch, head.seq, head.hash)


def answer(database: Database, checkpoint: Checkpoint) -> CheckpointAnswer:
    """Return whether the store still holds what the checkpoint names."""
    hash_ = entry_hash(database, checkpoint.seq)
    if hash_ is None:
        return CheckpointAnswer.MISSING
    kept = bytes.fromhex(hash_)[:_HASH_BYTES] == checkpoint.mark
    return CheckpointAnswer.KEPT if kept else CheckpointAnswer.OTHER
