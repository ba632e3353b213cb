"""Seals: the digests of the leaves that a change wrote, and the state that its entry signs.

    rows of one owner in one table -> leaf -> part of a seal (up to 20,000 leaves) -> state of the change

The state is the root of this tree. All seals are kept, so that every entry can be checked against the leaves it spoke
of, and the last leaf of each owner against the rows as they are now.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from engine.domain.batch import IntArray
from engine.store.audit.capture import Capture
from engine.store.audit.digests import LEAF, NO_ROWS, Leaves, all_leaves, leaves_of
from engine.store.audit.units import BY_NUMBER, UNITS, Unit

if TYPE_CHECKING:
    from engine.store.database import Database

NO_STATE = ""  # of an entry that wrote no row
_PART = 20_000
_PARTS_READ = 64

Part = tuple[Unit, Leaves]


def seal_touched(database: Database, capture: Capture, change: int, heed: Callable[[int], None] | None = None) -> str:
    """Write the seal of what a change touched, and return its state."""
    return _write(database, change, _parts(database, capture, heed))


def seal_everything(database: Database, change: int) -> str:
    """Write a seal of all rows there are, and return its state: for a store from before there were seals."""
    return _write(database, change, ((unit, part) for unit in UNITS for part in _cut(all_leaves(database, unit))))


def _parts(database: Database, capture: Capture, heed: Callable[[int], None] | None) -> Iterator[Part]:
    for touched in capture.touched():
        for start in range(0, touched.owners.size, _PART):
            if heed is not None:
                heed(0)
            yield touched.unit, leaves_of(database, touched.unit, touched.owners[start : start + _PART])
        for part in _cut(iter((touched.leaves,))):
            yield touched.unit, part


def _cut(leaves: Iterator[Leaves]) -> Iterator[Leaves]:
    for some in leaves:
        for start in range(0, some.size, _PART):
            yield some[start : start + _PART]


def _write(database: Database, change: int, parts: Iterator[Part]) -> str:
    tree = _Tree()
    for unit, leaves in parts:
        content = leaves.tobytes()
        tree.add(unit.number, content)
        database.run("INSERT INTO seal(change, unit, leaves) VALUES (?, ?, ?)", (change, unit.number, content))
    return tree.state


class _Tree:
    """The state of a change, part by part."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._parts = 0

    def add(self, unit: int, content: bytes) -> None:
        self.add_digest(unit, hashlib.sha256(content).digest())

    def add_digest(self, unit: int, digest: bytes) -> None:
        self._parts += 1
        self._hash.update(unit.to_bytes(2, "big") + digest)

    @property
    def state(self) -> str:
        return self._hash.hexdigest() if self._parts else NO_STATE


def states(database: Database) -> Iterator[tuple[int, str]]:
    """Yield each change that has a seal with the state that the seal gives now."""
    rows = database.stream("SELECT change, unit, leaves, digest FROM seal ORDER BY key", size=_PARTS_READ)
    for change, parts in groupby((row for some in rows for row in some), lambda row: row[0]):
        tree = _Tree()
        for _, unit, content, digest in parts:
            if digest is None:
                tree.add(unit, content)
            else:  # the leaves were those of somebody who was erased; see ``engine.store.audit.redact``
                tree.add_digest(unit, digest)
        yield int(change), tree.state


@dataclass(frozen=True, slots=True)
class Difference:
    """A leaf that is not what was sealed last.

    ``change``: the one that sealed it; None where nobody ever did. ``gone``: no row of it is left.
    """

    unit: Unit
    owner: int
    change: int | None
    gone: bool


def differences(database: Database, most: int = 1_000) -> Iterator[Difference]:
    """Yield the leaves that are not what was sealed last, up to ``most`` of each unit. Reads every row."""
    for number in sorted(BY_NUMBER):
        yield from _of_unit(database, BY_NUMBER[number], most)


def _of_unit(database: Database, unit: Unit, most: int) -> Iterator[Difference]:
    sealed, changes = _last_sealed(database, unit)
    now = np.concatenate([np.empty(0, LEAF), *all_leaves(database, unit)])
    owners = np.union1d(sealed["owner"], now["owner"])
    differ = owners[_spread(sealed, owners) != _spread(now, owners)]
    for owner in differ[:most].tolist():
        place = int(np.searchsorted(sealed["owner"], owner))
        known = place < sealed.size and sealed["owner"][place] == owner
        gone = not np.any(now["owner"] == owner)
        yield Difference(unit, owner, int(changes[place]) if known else None, gone)


def _spread(leaves: Leaves, owners: IntArray) -> Leaves:
    """Return a digest for each of the owners; zeros where there is none."""
    found = np.zeros(owners.size, LEAF["digest"])
    found[np.searchsorted(owners, leaves["owner"])] = leaves["digest"]
    return found


def _last_sealed(database: Database, unit: Unit) -> tuple[Leaves, IntArray]:
    """Return the last leaf of every owner that was ever sealed, by owner, and the changes that sealed them."""
    rows = database.rows("SELECT change, leaves FROM seal WHERE unit = ? ORDER BY key", (unit.number,))
    parts = [np.frombuffer(content[: len(content) // LEAF.itemsize * LEAF.itemsize], LEAF) for _, content in rows]
    leaves = np.concatenate([np.empty(0, LEAF), *parts])
    changes = np.repeat(np.array([row[0] for row in rows], np.int64), [part.size for part in parts])
    backwards = leaves["owner"][::-1]
    _, places = np.unique(backwards, return_index=True)
    last = leaves.size - 1 - places
    return leaves[last], changes[last]


__all__ = ["NO_ROWS", "NO_STATE", "Difference", "differences", "seal_everything", "seal_touched", "states"]
