"""Finds who is to be erased again when a backup is restored, and tells the notices that nobody here can vouch for."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from engine.errors import StoreError
from engine.store.backup.manifest import Manifest, backups_in
from engine.store.erasure.notices import Notice, notices_beside, notices_in_files, parse_notice
from engine.store.slot_format import read_slot_file


@dataclass(frozen=True, slots=True)
class Found:
    """Notices for a store. ``unproven``: signed by somebody of whom the restored store does not know that they may.

    ``nobody_tells``: nothing was there that could tell of erasures since, be it that there were none.
    """

    proven: tuple[Notice, ...]
    unproven: tuple[Notice, ...]
    nobody_tells: bool


def find_notices(
    manifest: Manifest, backup_folder: Path, new_folder: Path, trusted_keys: Iterable[str], named: Collection[Path] = ()
) -> Found:
    """Return those of later backups in the same folder, of clinics beside the new one, and of files named.

    What a person names by hand is taken as theirs to decide; of the rest only what was signed with one of the keys
    (``trusted_keys``, in hex) of those who might erase when the backup was made, so that neither a file on a stick nor
    anybody else who works in the clinic can take a person out of it.

    Raises:
        UsageError: ``erased_file``. StoreError: a file that was named cannot be read.
    """
    store_id = manifest.store_id
    trusted = {notice.id: notice for notice in notices_in_files(named, store_id)}
    others = backups_in(backup_folder, store_id)
    texts = [text for backup in others for text in backup.manifest.erased]
    lying = [notice for text in texts if (notice := parse_notice(text)) is not None and notice.store_id == store_id]
    keys, unproven = set(trusted_keys), dict[str, Notice]()
    for notice in [*lying, *notices_beside(new_folder, store_id)]:
        if notice.id not in trusted:
            (trusted if notice.key in keys else unproven)[notice.id] = notice
    left = (notice for id_, notice in unproven.items() if id_ not in trusted)
    later = any(backup.manifest.made_at > manifest.made_at for backup in others)
    nobody_tells = not (named or later or trusted or unproven or _clinic_beside(new_folder, store_id))
    return Found(tuple(sorted(trusted.values(), key=lambda each: each.at)), tuple(left), nobody_tells)


def _clinic_beside(folder: Path, store_id: str) -> bool:
    """Whether the clinic itself lies in a folder beside ``folder``."""
    with suppress(OSError):
        for path in folder.absolute().parent.glob("*/clinic*.lantern"):
            with suppress(StoreError, OSError):
                if read_slot_file(path.read_bytes()).file.store_id == store_id:
                    return True
    return False
