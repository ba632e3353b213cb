"""The backups in a folder that are this clinic's own."""

from __future__ import annotations

from pathlib import Path

from engine.store.backup.known import every_key, known_people
from engine.store.backup.manifest import Backup, backups_in
from engine.store.gate import needs
from engine.store.permissions import Permission
from engine.store.vault import Vault


@needs(Permission.CLINIC_READ)
def own_backups(vault: Vault, folder: Path) -> list[Backup]:
    """Return those that somebody signed whom the clinic's audit knows, removed since or not; the newest first."""
    store_id = str(vault.rows("SELECT id FROM store")[0][0])
    return backups_in(folder, store_id, every_key(known_people(vault.ledger.database).values()))
