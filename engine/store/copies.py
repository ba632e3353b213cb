"""What a copy of a database is made with and measured by, whatever its schema."""

from __future__ import annotations

from collections.abc import Callable

from engine.errors import BugError, StoreError
from engine.store.database import Database

# The library's error while copying carries no code, only its fixed words.
_WORDS = {"full": "store_disk_full", "malformed": "store_damaged", "not a database": "store_damaged"}


def copy_pages(source: Database, empty: Database, pause: Callable[[int, int], None] | None = None) -> None:
    """Copy every page of a database, under the other's key, as the last moment of it saw them.

    ``pause`` is called between two parts with how much is copied and how much there is. It may read and write through
    ``source``: what it writes is in the copy too.

    Raises:
        StoreError: ``store_disk_full``, ``store_disk_failed``; ``store_damaged``, of the source.
    """
    try:
        source.copy_into(empty, pause)
    except BugError as error:
        words = str(error.__cause__)
        code = next((code for end, code in _WORDS.items() if words.endswith(end)), "store_disk_failed")
        raise StoreError(code) from error


def row_counts(database: Database) -> dict[str, int]:
    """Return how many rows each of our own tables has."""
    tables = database.rows(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name"
    )
    return {
        str(name): int(database.rows(f'SELECT count(*) FROM "{name}"')[0][0])  # noqa: S608 - names from the database
        for (name,) in tables
    }
