"""Finds who is to be erased again when a backup is restored, and tells the notices that nobody here can vouch for."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from engine.store.backup.manifest import backups_in
from engine.store.database import Database
from engine.store.erasure.notices import Notice, notices_beside, notices_in_files, parse_notice


@dataclass(frozen=True, slots=True)
class Found:
    """Notices for a store. ``unproven``: signed by somebody whom the restored store does not know."""

    proven: tuple[Notice, ...]
    unproven: tuple[Notice, ...]


def find_notices(
    backup_folder: Path, new_folder: Path, store_id: str, known_keys: Iterable[str], named: Iterable[Path] = ()
) -> Found:
    """Return the notices of later backups in the same folder, of clinics beside the new one, and of files named.

    What a person names by hand is taken as theirs to decide; of the rest only what somebody signed whom the backup
    knows, so that a file on a stick cannot take a person out of a clinic.

    Raises:
        UsageError: ``erased_file``. StoreError: a file that was named cannot be read.
    """
    trusted = {notice.id: notice for notice in notices_in_files(named, store_id)}
    texts = [text for backup in backups_in(backup_folder, store_id) for text in backup.manifest.erased]
    lying = [notice for text in texts if (notice := parse_notice(text)) is not None and notice.store_id == store_id]
    keys, unproven = set(known_keys), dict[str, Notice]()
    for notice in [*lying, *notices_beside(new_folder, store_id)]:
        if notice.id not in trusted:
            (trusted if notice.key in keys else unproven)[notice.id] = notice
    left = (notice for id_, notice in unproven.items() if id_ not in trusted)
    return Found(tuple(sorted(trusted.values(), key=lambda each: each.at)), tuple(left))


def keys_in_audit(database: Database) -> set[str]:
    """Return every public key that the audit gave to somebody, in hex."""
    found: set[str] = set()
    for row in database.rows("SELECT detail FROM audit WHERE detail GLOB '*public*'"):
        detail = json.loads(row[0])
        found |= {str(detail[name]) for name in ("public", "recovery_public") if name in detail}
    return found
