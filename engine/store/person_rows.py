"""Every row that is held of one person, as it stands in the store: what an erasure would remove."""

from __future__ import annotations

from engine.domain.plain import Plain
from engine.store.erasure.scope import TABLES, count_and_digest, rows_of, scope_of
from engine.store.gate import needs
from engine.store.permissions import Permission
from engine.store.vault import Vault

# The content of an assessment is handed out unpacked.
_PACKED = frozenset({"content"})
_PACKED_TABLES = frozenset({"assessment"})


@needs(Permission.PERSON_EXPORT)
def person_rows(vault: Vault, person_id: str) -> dict[str, Plain]:
    """Return the rows of each table: its columns, and one list per row. Merged records are among them.

    Raises:
        UsageError: ``person_unknown``.
    """
    scope = scope_of(vault, person_id)
    found: dict[str, Plain] = {}
    for table in TABLES:
        columns, rows = rows_of(vault, scope, table)
        kept = [place for place, name in enumerate(columns) if not (table in _PACKED_TABLES and name in _PACKED)]
        if rows:
            found[table] = {
                "columns": [columns[place] for place in kept],
                "rows": [[row[place] for place in kept] for row in rows],
            }
    return found


@needs(Permission.PERSON_EXPORT)
def person_row_counts(vault: Vault, person_id: str) -> dict[str, int]:
    """Return how many rows of each table are this person's.

    Raises:
        UsageError: ``person_unknown``.
    """
    return count_and_digest(vault, scope_of(vault, person_id), b"")[0]


@needs(Permission.PERSON_EXPORT)
def field_names(vault: Vault) -> dict[str, str]:
    """Return the name of each field by its number in the rows."""
    return {str(key): name for key, name in vault.rows("SELECT key, name FROM field ORDER BY key")}
