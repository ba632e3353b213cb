"""Look-up tables: nested objects whose keys are texts, and their dense form over the keys that can occur."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from engine.risk.equations.errors import EquationError

Leaf = float | str
Tree = dict[str, "Leaf | Tree"]

_LARGEST = 4_000_000  # entries of a dense table: 32 MB in the graph


@dataclass(frozen=True, slots=True)
class Table:
    """A named table."""

    name: str
    tree: Tree


@dataclass(frozen=True, slots=True)
class Dense:
    """A table laid out over every combination of possible keys, the last key fastest.

    ``entries[i]`` is what stands there, None where the table has nothing. ``fails_at[i]`` is -1 where there is an
    entry, else the position of the first key that is not there.
    """

    entries: tuple[Leaf | Tree | None, ...]
    fails_at: tuple[int, ...]


def key_text(number: float) -> str:
    """Return how a number is written as a key: without decimals when it is whole."""
    return str(int(number)) if float(number).is_integer() else repr(float(number))


def lay_out(table: Table, keys: Sequence[Sequence[str]], where: str) -> Dense:
    """Return the table over the product of these keys.

    Raises:
        EquationError: ``equation_too_large`` when there are too many combinations.
    """
    if math.prod(len(texts) for texts in keys) > _LARGEST:
        raise EquationError("equation_too_large", where)
    found = [_find(table.tree, path) for path in product(*keys)]
    return Dense(tuple(entry for entry, _ in found), tuple(position for _, position in found))


def keys_at(table: Table, depth: int) -> frozenset[str]:
    """Return every key that occurs ``depth`` keys deep in the table."""
    level: list[Tree] = [table.tree]
    for _ in range(depth):
        level = [branch for tree in level for branch in tree.values() if isinstance(branch, dict)]
    return frozenset(key for tree in level for key in tree)


def _find(tree: Tree, path: Sequence[str]) -> tuple[Leaf | Tree | None, int]:
    place: Leaf | Tree = tree
    for position, key in enumerate(path):
        if not isinstance(place, dict) or key not in place:
            return None, position
        place = place[key]
    return place, -1
