"""Counts the rows of every table: what a copy of a database must have, whatever its schema."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from engine.store.vault import Cell, Row


class Readable(Protocol):
    """A database, or an open clinic."""

    def rows(self, sql: str, values: Sequence[Cell] = ()) -> list[Row]:
        """Return all rows of a query."""


def row_counts(database: Readable) -> dict[str, int]:
    """Return how many rows each of our own tables has."""
    tables = database.rows(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name"
    )
    return {
        str(name): int(database.rows(f'SELECT count(*) FROM "{name}"')[0][0])  # noqa: S608 - names from the database
        for (name,) in tables
    }
