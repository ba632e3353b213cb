"""Everybody, some people at a time: for long work that lets others have their turn in between."""

from __future__ import annotations

from engine.store.gate import needs
from engine.store.permissions import Permission
from engine.store.vault import Vault


@needs(Permission.RECORD_READ)
def people_after(vault: Vault, place: int, most: int) -> tuple[int, tuple[str, ...]]:
    """Return the ids of the next people, at most so many, and the place after them; the first place is 0."""
    rows = vault.rows(
        "SELECT key, id FROM patient WHERE root = key AND ended IS NULL AND key > ? ORDER BY key LIMIT ?", (place, most)
    )
    return (rows[-1][0] if rows else place), tuple(row[1] for row in rows)
