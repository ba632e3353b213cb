"""Rows that wait for a person."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from engine.domain.entries import ParkedRow
from engine.domain.plain import canonical_json, to_plain
from engine.store.gate import inner
from engine.store.groups import select_in
from engine.store.vault import Change, Vault


@inner
def store_parked(vault: Vault, change: Change, parked: Sequence[ParkedRow], import_key: int) -> int:
    """Store the rows that are not yet kept from an earlier import; return how many were."""
    digests = [_digest(row) for row in parked]
    # What was taken back with its import comes anew; what a person decided about stays decided.
    sql = (
        "SELECT digest, parked_row.key FROM json_each(?) AS wanted"
        " CROSS JOIN parked_row ON parked_row.digest = wanted.value JOIN import ON import.key = parked_row.import"
        " WHERE decided IS NULL OR import.ended IS NULL OR decided <> import.ended"
    )
    kept: dict[str, int] = dict(select_in(vault, sql, dict.fromkeys(digests)))
    change.many(
        "INSERT OR IGNORE INTO parked_again(parked, import, row) VALUES (?, ?, ?)",
        ((kept[digest], import_key, row.row) for row, digest in zip(parked, digests, strict=True) if digest in kept),
    )
    fresh = [(row, digest) for row, digest in zip(parked, digests, strict=True) if digest not in kept]
    first = change.rows("SELECT coalesce(max(key), 0) + 1 FROM parked_row")[0][0]
    change.insert(
        "parked_row",
        "key, import, row, visit_group, digest, problems, cells, state",
        (
            (
                key,
                import_key,
                row.row,
                row.visit_group,
                digest,
                canonical_json(to_plain(row.problems)).decode("ascii"),
                canonical_json(row.cells).decode("ascii"),
                "waiting",
            )
            for key, (row, digest) in enumerate(fresh, first)
        ),
        range(first, first + len(fresh)),
    )
    return len(fresh)


def _digest(row: ParkedRow) -> str:
    """Return what recognises a row that comes again; without its cells only place and problems can."""
    content = [row.cells, row.visit_group] if row.cells else [row.row, row.visit_group, to_plain(row.problems)]
    return hashlib.sha256(canonical_json(content)).hexdigest()
