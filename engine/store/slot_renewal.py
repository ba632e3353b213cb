"""What a slot takes in when its user signs in: the present format, a letter that waited, keys it lacked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from engine.errors import BugError
from engine.store.folder import Random
from engine.store.letters import backup_public, new_backup_key
from engine.store.slot_files import Opened
from engine.store.slot_format import SlotFile
from engine.store.slots import Cost, Keys, Slot, SlotKind, new_signing_key, renewed, seal, unseal, with_letter

Dearer = Callable[[Cost, float], Cost]


@dataclass(frozen=True, slots=True)
class Renewal:
    """The slot file as it should be, the keys that hold, the slot of who signed in; whether anything changed."""

    file: SlotFile
    keys: Keys
    slot: Slot
    changed: bool


def renew(file: SlotFile, opened: Opened, data_key: bytes, dearer: Dearer | None, random: Random) -> Renewal:
    """Return the slot file after its user signed in.

    Args:
        file: the trusted one, of which ``opened`` is a slot.
        opened: what the secret opened.
        data_key: the one that the database opened with.
        dearer: what the derivation should cost, from what it costs and the seconds that took; None leaves it.
        random: for fresh salts and keys.
    """
    before, slot, keys = file, opened.slot, replace(opened.keys, data_key=data_key)
    if not keys.signing_key:
        keys = replace(keys, signing_key=new_signing_key(random))
    if not file.backup_public:
        first = new_backup_key(random)
        keys, file = replace(keys, backup_keys=(first,)), replace(file, backup_public=backup_public(first))
    if file.turning and data_key == opened.sealed.data_key != opened.keys.data_key:
        # The new data key never came into force. Only who can write letters for everybody takes it back.
        if not opened.sealed.backup_keys:
            return Renewal(before, replace(opened.sealed, data_key=data_key), slot, changed=False)
        keys = replace(keys, backup_keys=opened.sealed.backup_keys)
        file = replace(file, backup_public=backup_public(keys.backup_keys[0]))
    file = replace(file, slots=_written_to(file, slot, keys, random), turning=False)
    wanted = slot.cost if dearer is None else slot.cost.at_least(dearer(slot.cost, opened.seconds))
    if slot.is_old or slot.letter is not None or wanted != slot.cost:
        new = resealed(slot, file.store_id, opened.secret, keys, wanted, random, change_first=slot.change_first)
        file, slot = with_slot(file, slot, new), new
    return Renewal(file, keys, slot, changed=file != before)


def _written_to(file: SlotFile, own: Slot, keys: Keys, random: Random) -> tuple[Slot, ...]:
    """Return the slots with letters to those that lack keys they should have, or hold a data key that never came."""

    def lacks(slot: Slot) -> bool:
        if slot.is_old or same_slot(slot, own) or not keys.backup_keys:
            return False
        if slot.letter is not None:
            return file.turning
        return slot.opens_backups and not slot.holds_backup_keys

    return tuple(
        with_letter(slot, file.store_id, slot.user.roles_text, keys, random) if lacks(slot) else slot
        for slot in file.slots
    )


def same_slot(one: Slot, other: Slot) -> bool:
    """Whether two slots are revisions of one."""
    return one.kind is other.kind and (one.kind is SlotKind.RECOVERY or one.user_id == other.user_id)


def with_slot(file: SlotFile, old: Slot, new: Slot) -> SlotFile:
    """Return the file with one slot in the place of another."""
    return replace(file, slots=tuple(new if same_slot(slot, old) else slot for slot in file.slots))


def resealed(
    slot: Slot, store_id: str, secret: bytes, keys: Keys, cost: Cost, random: Random, *, change_first: bool = False
) -> Slot:
    """Return the next revision of a slot, opened once: one that does not open would lock its owner out."""
    new = seal(renewed(slot, cost, random, change_first=change_first), store_id, secret, keys)
    if unseal(new, store_id, secret, cost).data_key != keys.data_key:
        raise BugError("slot_sealed_wrong")
    return new
