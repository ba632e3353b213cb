"""Rewrites every page of the database, so that nothing of what was removed is left in one.

SQLCipher writes zeros over what is deleted, but a page that was once split may keep old rows in its gap. So the
database is built anew beside itself (``VACUUM INTO``) and copied back page by page in one transaction, which the
write-ahead log carries: a power cut in the middle leaves the old pages or the new ones, and the next opening does it
again. The log is emptied at the end. It takes little memory, and twice the room of the database on the disk.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from engine.errors import StoreError
from engine.store.blobs import sweep_files
from engine.store.copies import copy_pages, row_counts
from engine.store.database import Database
from engine.store.erasure.notices import notices_of, write_notices
from engine.store.folder import ClinicFolder, store_error
from engine.store.gate import inner
from engine.store.vault import Vault

_FRESH = ".store-scrub.db"


@inner
def finish_erasures(vault: Vault, data_key: bytes) -> bool:
    """Do what is left to do after erasures; return whether anything was.

    Raises:
        StoreError: the disk is full or failed; it is done at the next opening then.
    """
    with vault.granting():
        if not vault.rows("SELECT 1 FROM unscrubbed"):
            return False
        notices = notices_of(vault)
    write_notices(vault.folder, notices, vault.random)
    sweep_files(vault.ledger.database, vault.folder)
    scrub(vault.ledger.database, vault.folder, data_key)
    with vault.scratch() as database:
        database.run("DELETE FROM unscrubbed")
    vault.ledger.database.run("PRAGMA wal_checkpoint(TRUNCATE)")
    return True


def scrub(database: Database, folder: Path, data_key: bytes) -> None:
    """Rewrite every page of a database that is open in this folder.

    Raises:
        StoreError: ``store_disk_full``, ``store_disk_failed``; the database is what it was.
    """
    place, fresh = ClinicFolder(folder), folder / _FRESH
    try:
        # The database from before a newer schema holds the person too; a backup is no reason to keep it.
        place.replaced_by_upgrade.unlink(missing_ok=True)
        _remove(fresh)
        fresh.touch(mode=0o600)
        database.run("VACUUM INTO ?", (str(fresh),))
        copy = Database.open(fresh, data_key)
        try:
            if copy.damage() or row_counts(copy) != row_counts(database):
                raise StoreError("store_disk_failed")
            copy_pages(copy, database)
        finally:
            copy.close()
    except OSError as error:
        raise store_error(error) from error
    finally:
        with suppress(OSError):
            _remove(fresh)
    database.run("PRAGMA wal_checkpoint(TRUNCATE)")


def _remove(path: Path) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        path.with_name(f"{path.name}{suffix}").unlink(missing_ok=True)
