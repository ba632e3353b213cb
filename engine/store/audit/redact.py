"""Takes the digests of an erased person out of the seals, and leaves every entry as provable as it was.

A digest of a row is no secret: whoever has the key could try names until one fits. So each part of a seal that holds
a leaf of the person loses its leaves and keeps their digest, which its entry signed. The leaves of other people that
lay in the same part are sealed anew, as they were, by the change that erases. ``erasure.seals`` names the parts, and is
sealed itself: a part that no erasure names is not to be without its leaves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from engine.domain.batch import IntArray
from engine.store.audit.digests import LEAF, Leaves
from engine.store.audit.units import BY_NUMBER

if TYPE_CHECKING:
    from engine.store.change import Change


def redact(change: Change, owners: Mapping[int, set[int]]) -> list[int]:
    """Empty the parts that hold leaves of these owners (by unit), within a change; return the keys of the parts."""
    emptied: list[int] = []
    for number, gone in owners.items():
        if gone:
            emptied += _redact_unit(change, number, np.array(sorted(gone), np.int64))
    return sorted(emptied)


def _redact_unit(change: Change, number: int, gone: IntArray) -> Iterator[int]:
    rows = change.rows("SELECT key, leaves FROM seal WHERE unit = ? AND digest IS NULL ORDER BY key", (number,))
    parts = [np.frombuffer(content, LEAF) for _, content in rows]
    holding = [key for (key, _), part in zip(rows, parts, strict=True) if np.isin(part["owner"], gone).any()]
    if not holding:
        return
    leaves = np.concatenate([np.empty(0, LEAF), *parts])
    keys = np.repeat(np.array([key for key, _ in rows], np.int64), [part.size for part in parts])
    last = _last_places(leaves)
    kept = last[np.isin(keys[last], holding) & ~np.isin(leaves["owner"][last], gone)]
    if kept.size:
        change.sealed(BY_NUMBER[number].table, leaves[kept])
    contents: dict[int, bytes] = dict(rows)
    for key in holding:
        change.run(
            "UPDATE seal SET leaves = x'', digest = ? WHERE key = ?", (hashlib.sha256(contents[key]).digest(), key)
        )
        yield key


def _last_places(leaves: Leaves) -> IntArray:
    """Return where the last leaf of each owner stands, by owner."""
    _, places = np.unique(leaves["owner"][::-1], return_index=True)
    return leaves.size - 1 - places
