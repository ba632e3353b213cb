"""Every row that is held of one person, as it stands in the store: what an erasure would remove."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.domain.plain import Plain
from engine.domain.series import ARMS, NO_OFFSET, QUALIFIERS, wall_time
from engine.store.erasure.scope import TABLES, Scope, count_and_digest, rows_of, scope_of
from engine.store.gate import needs
from engine.store.permissions import Permission
from engine.store.series_blocks import unpack
from engine.store.vault import Vault

# The content of assessments and of blocks of readings is handed out unpacked.
_PACKED = frozenset({"content"})
_PACKED_TABLES = frozenset({"assessment", "series_block"})
_BLOCKS = "measure, method, device, sha256, content"


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
    if scope.series:
        found["series"] = {"columns": list(_READING), "rows": list(_readings(vault, scope))}
    return found


_READING = ("block", "row", "time", "offset_minutes", "arm", "field", "value", "qualifier")


def _readings(vault: Vault, scope: Scope) -> Iterator[list[Plain]]:
    """Yield each value of each reading; times are wall clocks, values canonical."""
    where, keys = scope.where("series_block")
    sql = f"SELECT key, {_BLOCKS} FROM series_block WHERE {where} ORDER BY key"  # noqa: S608 - names of ours
    for key, measure, method, device, sha256, content in vault.rows(sql, keys):
        block = unpack(sha256, content, measure, method, device)
        values = block.values()
        for at in range(len(block)):
            offset = int(block.offset[at])
            known = None if offset == NO_OFFSET else offset
            start: list[Plain] = [key, int(block.rows[at]), wall_time(int(block.wall[at])).isoformat(), known]
            for place, name in enumerate(block.fields):
                if not np.isnan(values[at, place]):
                    sign = QUALIFIERS[block.qualifiers[at, place]]
                    yield [*start, ARMS[block.arms[at]], name, float(values[at, place]), sign]


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
