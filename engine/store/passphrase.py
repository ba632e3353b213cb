"""Another passphrase for an open clinic: one slot is sealed anew, the data is not touched."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from engine.errors import BugError, StoreError
from engine.store.folder import ClinicFolder
from engine.store.slot_files import open_slot, readable_slot_files, trusted_slots, write_slots
from engine.store.slots import FLOOR, Cost, SlotFile, SlotKind, blank_slot, passphrase_secret, seal, unseal
from engine.store.vault import Vault


def replace_passphrase(
    vault: Vault, secret: str, kind: SlotKind, passphrase: str, *, cost: Cost = FLOOR, floor: Cost = FLOOR
) -> None:
    """Seal the slot of who has the clinic open with another passphrase; from then on the old one opens nothing.

    Both copies of the key slots are replaced. A copy of the folder that was made before still opens with the old
    passphrase. The audit says whether the old passphrase or the recovery key was shown.

    Args:
        vault: the open clinic.
        secret: the passphrase so far or the recovery key: an open clinic does not keep the data key, so it is taken
            from its slot again.
        kind: which of the two ``secret`` has to be.
        passphrase: the new one.
        cost: of the new slot.
        floor: below which a slot is refused.

    Raises:
        PassphraseError: ``passphrase_wrong`` when ``secret`` opens nothing. UsageError: ``passphrase_empty``.
        StoreError: the slots are damaged or cannot be written; the old passphrase still opens the clinic then.
    """
    place = ClinicFolder(vault.folder)
    readable = readable_slot_files(place)
    _, data_key = open_slot(readable[0].file, secret, floor, (kind,))
    trusted = trusted_slots(readable, data_key)
    content = _resealed(vault, trusted.file, passphrase_secret(passphrase), data_key, cost).encode(data_key)
    try:
        with vault.change(vault.user.id, "passphrase.change") as change:
            change.note(shown=kind.value)
            write_slots(place, content, vault.random)
    except BaseException:
        with suppress(StoreError):  # a copy that could not be replaced is the old one already
            write_slots(place, trusted.content, vault.random)
        raise


def _resealed(vault: Vault, slots: SlotFile, secret: bytes, data_key: bytes, cost: Cost) -> SlotFile:
    """Return the slots with the user's own passphrase slot sealed anew."""
    mine = [each for each in slots.slots if each.kind is SlotKind.PASSPHRASE and each.user_id == vault.user.id]
    if not mine:
        raise StoreError("store_slots_damaged")
    old = mine[0]
    blank = replace(
        blank_slot(old.user_id, old.user_name, old.kind, cost, vault.random), role=old.role, revision=old.revision + 1
    )
    new = seal(blank, slots.store_id, secret, data_key)
    # Opened once before anything is written: a slot that does not open would lock its owner out.
    if unseal(new, slots.store_id, secret, cost) != data_key:
        raise BugError("slot_sealed_wrong")
    changed = tuple(new if each is old else each for each in slots.slots)
    return replace(slots, revision=slots.revision + 1, slots=changed)
