"""What a database holds, in figures that a copy must have too."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import StoreError
from engine.store.backup.manifest import Head, Manifest
from engine.store.copies import row_counts
from engine.store.database import Database


@dataclass(frozen=True, slots=True)
class Contents:
    """The schema, the rows of each table and the end of the audit."""

    schema: int
    rows: dict[str, int]
    head: Head


def contents_of(database: Database) -> Contents:
    """Count what a database of any of our schemas holds."""
    rows = row_counts(database)
    columns = {str(row[1]) for row in database.rows("PRAGMA table_info(store)")}
    epoch = int(database.rows("SELECT epoch FROM store")[0][0]) if "epoch" in columns else 1
    last = database.rows("SELECT seq, entry_hash FROM audit ORDER BY seq DESC LIMIT 1") or [(0, None)]
    head = Head(epoch, int(last[0][0]), str(last[0][1] or ""))
    return Contents(int(database.rows("PRAGMA user_version")[0][0]), rows, head)


def check_contents(database: Database, wanted: Contents, error: str) -> None:
    """Check every page of a database and what it holds.

    Raises:
        StoreError: with the code ``error``.
    """
    if database.damage() or contents_of(database) != wanted:
        raise StoreError(error)


def contents_told(manifest: Manifest) -> Contents:
    """Return what a manifest says that its copy holds."""
    return Contents(manifest.schema, dict(manifest.rows), manifest.head)
