"""What a copy of a database is made with and measured by, whatever its schema."""

from __future__ import annotations

from engine.errors import BugError, StoreError
from engine.store.database import Database


def copy_pages(source: Database, empty: Database) -> None:
    """Copy every page of a database, under the other's key, as one moment saw them.

    Raises:
        StoreError: ``store_disk_full``, ``store_disk_failed``.
    """
    try:
        source.copy_into(empty)
    except BugError as error:
        # What goes wrong while copying is the disk; the library's error carries no code, only its fixed words.
        full = str(error.__cause__).endswith("full")
        raise StoreError("store_disk_full" if full else "store_disk_failed") from error


def row_counts(database: Database) -> dict[str, int]:
    """Return how many rows each of our own tables has."""
    tables = database.rows(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name"
    )
    return {
        str(name): int(database.rows(f'SELECT count(*) FROM "{name}"')[0][0])  # noqa: S608 - names from the database
        for (name,) in tables
    }
