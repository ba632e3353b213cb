"""Learns which leaves a change touches, whatever statement touches them.

Triggers of this connection alone (they are never in the file) write owner by owner into a table in memory. Tables that
an import fills with a million rows have none for what is inserted: whose the rows are is told (``TOLD``), and
``Change`` lets no other statement insert there. Everything here is undone with the transaction. The triggers stay once
they are made: where one was dropped, SQLite reads its schema anew into the little memory it keeps for statements, and
an import took four times as long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from engine.domain.batch import IntArray
from engine.store.audit.digests import LEAF, Leaves
from engine.store.audit.units import BY_NUMBER, BY_TABLE, UNITS, Unit

if TYPE_CHECKING:
    from engine.store.database import Database

# Tables of which is told whose the rows are that are inserted.
TOLD = frozenset({"patient", "attribute", "visit", "measurement", "parked_row"})

_EVENTS = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}


class Touched(NamedTuple):
    """What a change touched in one table: whose rows are to be read, and the leaves that are known already."""

    unit: Unit
    owners: IntArray
    leaves: Leaves


class Capture:
    """What one connection touches. Made once; :meth:`start` begins a change."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._told: dict[int, list[IntArray]] = {}
        self._leaves: dict[int, list[Leaves]] = {}
        self._ready = False

    def start(self) -> None:
        """Begin with nothing; must be called within the transaction."""
        self._told, self._leaves = {}, {}
        if self._ready and self._database.rows("SELECT 1 FROM sqlite_temp_master WHERE name = 'touched'"):
            self._database.run("DELETE FROM touched")
            return
        self._database.run(
            "CREATE TEMP TABLE touched(unit INTEGER, owner INTEGER, PRIMARY KEY (unit, owner)) WITHOUT ROWID"
        )
        for unit in UNITS:
            for event in _EVENTS:
                if event != "INSERT" or unit.table not in TOLD:
                    self._database.run(_trigger(unit, event))
        self._ready = True

    def tell(self, table: str, owners: Iterable[int]) -> None:
        """Tell whose leaves in a table are touched."""
        self._told.setdefault(BY_TABLE[table].number, []).append(np.unique(np.fromiter(owners, np.int64)))

    def tell_leaves(self, table: str, leaves: Leaves) -> None:
        """Tell leaves that are known without reading their rows back."""
        self._leaves.setdefault(BY_TABLE[table].number, []).append(leaves)

    def touched(self) -> Iterator[Touched]:
        """Yield each unit that was touched."""
        found = self._database.rows("SELECT unit, owner FROM touched ORDER BY unit, owner")
        parts = dict(self._told)
        for number, rows in groupby(found, itemgetter(0)):
            parts[number] = [*parts.get(number, []), np.array([row[1] for row in rows], np.int64)]
        for number in sorted(parts.keys() | self._leaves.keys()):
            owners = np.unique(np.concatenate([np.empty(0, np.int64), *parts.get(number, [])]))
            leaves = np.concatenate([np.empty(0, LEAF), *self._leaves.get(number, [])])
            leaves = leaves[~np.isin(leaves["owner"], owners)]
            yield Touched(BY_NUMBER[number], owners, leaves)


def _trigger(unit: Unit, event: str) -> str:
    writes = " ".join(
        f"INSERT INTO touched SELECT {unit.number}, {row}.{unit.owner_sql}"  # noqa: S608 - names of ours
        f" WHERE NOT EXISTS (SELECT 1 FROM touched WHERE unit = {unit.number} AND owner = {row}.{unit.owner_sql});"
        for row in _EVENTS[event]
    )
    name = f"touched_{unit.table}_{event.lower()}"
    return f"CREATE TEMP TRIGGER {name} AFTER {event} ON main.{unit.table} BEGIN {writes} END"
