"""One transaction that writes: what it may do, and what it says of itself in the audit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from engine.errors import BugError
from engine.store.audit.capture import TOLD, Capture
from engine.store.audit.digests import Leaves
from engine.store.audit.entries import detail_text

if TYPE_CHECKING:
    from engine.store.database import Cell, Database, Row

Heed = Callable[[int], None]  # hears how many rows were written since last time; raises Cancelled to stop the change
_HEEDED_ROWS = 2000
_INSERT = re.compile(r"\s*(?:INSERT|REPLACE)\b.*?\bINTO\s+(\w+)", re.IGNORECASE)


class Change:
    """One transaction that writes. ``id`` stamps what it writes; ``note`` adds counts to the audit entry."""

    def __init__(
        self, database: Database, capture: Capture, change_id: int, subjects: Sequence[str], heed: Heed | None = None
    ) -> None:
        self.heed = heed
        self.id = change_id
        self.subjects = list(subjects)
        self._database: Database | None = database
        self._capture = capture
        self._detail: dict[str, Cell] = {}
        self._discarded = False

    @property
    def _live(self) -> Database:
        if self._database is None:
            raise BugError("change_ended")  # a write now would belong to no transaction
        return self._database

    def run(self, sql: str, values: Sequence[Cell] = ()) -> int:
        """Run one statement and return the row id of the last insert."""
        _check_told(sql)
        return self._live.run(sql, values)

    def many(self, sql: str, rows: Iterable[Sequence[Cell]]) -> None:
        """Run one statement for many rows; see :meth:`Database.many`."""
        _check_told(sql)
        self._live.many(sql, rows if self.heed is None else _heeded(rows, self.heed))

    def insert(self, table: str, columns: str, rows: Iterable[Sequence[Cell]], owners: Iterable[int]) -> None:
        """Insert rows into a table of which is told whose they are (``engine.store.audit.capture.TOLD``).

        ``columns``: their names, with what may follow the values after a semicolon (``ON CONFLICT ...``).
        """
        self.insert_sealed(table, columns, rows)
        self._capture.tell(table, owners)

    def insert_sealed(self, table: str, columns: str, rows: Iterable[Sequence[Cell]]) -> None:
        """Insert rows of which :meth:`sealed` tells the leaves."""
        names, _, rest = columns.partition(";")
        marks = ", ".join("?" * (names.count(",") + 1))
        sql = f"INSERT INTO {table}({names}) VALUES ({marks}){rest}"  # noqa: S608 - names of ours
        self._live.many(sql, rows if self.heed is None else _heeded(rows, self.heed))

    def sealed(self, table: str, leaves: Leaves) -> None:
        """Tell all there is of these owners in a table; a row that is touched otherwise is read back instead."""
        self._capture.tell_leaves(table, leaves)

    def rows(self, sql: str, values: Sequence[Cell] = ()) -> list[Row]:
        """Return all rows of a query, with what this change wrote so far."""
        return self._live.rows(sql, values)

    def end(self) -> None:
        """Refuse everything from here on."""
        self._database = None

    def note(self, **detail: Cell) -> None:
        """Add to the audit entry: counts, field names and ids, never a value of a patient."""
        self._detail.update(detail)

    def discard(self) -> None:
        """Undo everything at the end, without an error: a rehearsal."""
        self._discarded = True

    @property
    def discarded(self) -> bool:
        """Whether the change was only rehearsed."""
        return self._discarded

    @property
    def detail(self) -> str:
        """The audit entry's detail as JSON."""
        return detail_text(self._detail)


def _check_told(sql: str) -> None:
    found = _INSERT.match(sql)
    if found and found[1] in TOLD:
        raise BugError("change_untold")  # the rows would belong to nobody's leaf


def _heeded(rows: Iterable[Sequence[Cell]], heed: Heed) -> Iterator[Sequence[Cell]]:
    """Hand rows on, and tell every so many of them."""
    heed(0)
    for count, row in enumerate(rows, 1):
        yield row
        if count % _HEEDED_ROWS == 0:
            heed(_HEEDED_ROWS)
