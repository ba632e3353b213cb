"""Restores a backup into a new folder. Nothing that is there is written over; the old clinic stays where it is."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.domain.ports import Clock
from engine.domain.results import PackRef
from engine.errors import AccessError, StoreError
from engine.store.access import access_of
from engine.store.backup.contents import check_contents, contents_told
from engine.store.backup.files import restore_files
from engine.store.backup.known import keys_that_may, known_people
from engine.store.backup.manifest import Manifest, read_backup
from engine.store.backup.meanwhile import NOTHING_ELSE, Meanwhile
from engine.store.backup.open import Unsealed, opened_copy, unseal_backup
from engine.store.backup.proof import is_proven
from engine.store.blobs import sealed_files
from engine.store.clinic import built_aside
from engine.store.copies import copy_pages
from engine.store.database import Database
from engine.store.erasure.again import find_notices
from engine.store.erasure.erase import erase_again
from engine.store.erasure.scope import scope_of_ids
from engine.store.erasure.scrub import finish_erasures
from engine.store.folder import ClinicFolder, Random
from engine.store.kept_packs import sealed_packs, unpack_packs
from engine.store.lock import FolderLock
from engine.store.migrate import migrate
from engine.store.permissions import Permission
from engine.store.places import check_place
from engine.store.sealed_files import Sealed
from engine.store.sign_in import begin_audit
from engine.store.slot_files import write_slots
from engine.store.slot_renewal import renew
from engine.store.slots import FLOOR, Cost, SlotKind
from engine.store.two_people import Second, given_reason, open_second
from engine.store.vault import Vault


@dataclass(frozen=True, slots=True)
class Restored:
    """A clinic that was restored: what its backup said, and who did it.

    ``erased``: how many people were erased again; ``unproven``: how many erasures were not carried out, because the
    backup does not know who signed them as somebody who may erase. ``nobody_tells``: nothing was there that could tell
    who was erased since. ``files_lacking``: how many attached files do not lie whole beside the backup. ``packs``: how
    many of the clinic's own packs and trained models, of all stages, were beside it; ``packs_lacking``: those that
    could not be had.
    """

    manifest: Manifest
    user: str
    erased: int = 0
    unproven: int = 0
    nobody_tells: bool = False
    files_lacking: int = 0
    packs: int = 0
    packs_lacking: tuple[PackRef, ...] = ()


def restore(  # noqa: PLR0913 - who restores, who agrees, and where from and to
    file: Path,
    folder: Path,
    secret: str,
    clock: Clock,
    *,
    who: str | None = None,
    second: Second | None = None,
    reason: str = "",
    erased: Sequence[Path] = (),
    floor: Cost = FLOOR,
    random: Random = secrets.token_bytes,
    meanwhile: Meanwhile = NOTHING_ELSE,
) -> Restored:
    """Restore a backup into ``folder``, which must be absent or empty.

    The clinic is built aside, held row by row against the signed audit in it, and moved into place after that, so that
    no journal of another database can come to lie beside it. Work goes on under the data key and the passphrases of the
    backup's day, in a new epoch of the audit, which says from which backup it comes, and who agreed: where the backup
    knows another administrator, one of them (``second``); the recovery key and a single administrator act alone, and
    the audit says so with the ``reason``.

    Who was erased since the backup was made is erased from it again before anybody sees the clinic: later backups in
    the same folder, a clinic beside the new one and files named in ``erased`` say who (``engine.store.erasure.again``).

    Raises:
        AccessError: ``access_two_people``, ``backup_not_yours``. UsageError: ``erased_file``; ``reason_needed`` where
            one acts alone and gives none. PassphraseError: ``second_passphrase_wrong`` where it is that of the other.
        StoreError: ``backup_altered`` where a row, an entry or the manifest is not what who could sign it has signed.
        PassphraseError, UsageError, StoreError: as ``unseal_backup`` and ``opened_copy``; the place is refused, not
            empty, full or cannot be written.
        Cancelled: as ``meanwhile`` says; nothing is left there.
    """
    check_place(folder)
    unsealed = unseal_backup(read_backup(file), secret, who=who, floor=floor)
    agreed = _agreed(unsealed, second, reason, floor)
    place = ClinicFolder(folder)
    place.check_length()
    with opened_copy(unsealed) as copy, built_aside(folder, random) as aside:
        trusted = keys_that_may(known_people(copy), unsealed.slots.file, Permission.ERASE)
        found = find_notices(unsealed.backup.manifest, file.parent, folder, trusted, erased)
        with _built(copy, unsealed, aside, agreed, clock, random, meanwhile) as vault:
            user = vault.user.name or vault.user.id
            again = [notice for notice in found.proven if erase_again(vault, notice)]
            unproven = [notice for notice in found.unproven if scope_of_ids(vault, notice.persons)]
            packs = sealed_packs(vault.ledger.database)
            files = [each for each in sealed_files(vault.ledger.database) if each not in packs]

            def bring(wanted: Sequence[Sealed]) -> int:
                return restore_files(unsealed.backup, aside.path, wanted, random, lambda: meanwhile.pause(1, 1))

            lacking, packs_away = bring(files), bring(packs)
            packs_lacking = unpack_packs(vault)
            finish_erasures(vault, unsealed.opened.keys.data_key)
    people = sum(len(notice.persons) for notice in again)
    return Restored(
        manifest=unsealed.backup.manifest,
        user=user,
        erased=people,
        unproven=len(unproven),
        nobody_tells=found.nobody_tells,
        files_lacking=lacking,
        packs=len(packs) - packs_away,
        packs_lacking=packs_lacking,
    )


def _agreed(unsealed: Unsealed, second: Second | None, reason: str, floor: Cost) -> dict[str, str | int]:
    """Return what the audit says about who agreed; see ``engine.store.two_people``, which asks an open clinic."""
    own, slots = unsealed.opened.slot, unsealed.slots.file
    others = {slot.user_id for slot in slots.people if slot.opens_backups and slot.user_id != own.user_id}
    if own.kind is SlotKind.RECOVERY or not others:
        return {"one_signature": 1, "reason": given_reason(reason)}
    if second is None:
        raise AccessError("access_two_people")
    opened = open_second(slots, second, floor)
    if opened.slot.user_id not in others or opened.slot.change_first:
        raise AccessError("access_two_people")
    return {"second": opened.slot.user_id}


@contextmanager
def _built(
    copy: Database,
    unsealed: Unsealed,
    aside: ClinicFolder,
    agreed: dict[str, str | int],
    clock: Clock,
    random: Random,
    meanwhile: Meanwhile,
) -> Iterator[Vault]:
    data_key = unsealed.opened.keys.data_key
    database = Database.open(aside.database, data_key, create=True)
    try:
        copy_pages(copy, database, meanwhile.pause)
        check_contents(database, contents_told(unsealed.backup.manifest), "store_disk_failed")
        database.set_up()
        migrate(database, clock)
        if not is_proven(database, unsealed, lambda count: meanwhile.pause(1, 1)):
            raise StoreError("backup_altered")
    except BaseException:
        database.close()
        raise
    # As at an opening: the slot takes in what waited for it, and an interrupted change of the data key is ended.
    renewal = renew(unsealed.slots.file, unsealed.opened, data_key, None, random)
    access = access_of(renewal.slot, renewal.keys, renewal.file)
    with Vault(aside.path, database, FolderLock.acquire(aside.lock), access, clock, random) as vault:
        vault.ledger.slots = renewal.file.revision
        if not vault.ledger.begun:
            begin_audit(vault)
        vault.ledger.open()
        with vault.change(vault.user.id, "backup.restore") as change:
            change.run("UPDATE store SET epoch = epoch + 1")
            head = unsealed.backup.manifest.head
            change.note(name=unsealed.backup.manifest.name, seq=head.seq, hash=head.hash, epoch=head.epoch)
            change.note(**agreed)
        content = renewal.file.encode(data_key) if renewal.changed else unsealed.slots.content
        write_slots(aside, content, random)
        with vault.granting():
            yield vault
