"""Another passphrase for an open clinic: one slot is sealed anew, the data is not touched."""

from __future__ import annotations

from dataclasses import replace

from engine.errors import StoreError
from engine.store.folder import ClinicFolder
from engine.store.gate import needs
from engine.store.permissions import Permission
from engine.store.slot_files import open_slot, readable_slot_files, swap_slots, trusted_slots
from engine.store.slot_format import SlotFile
from engine.store.slot_renewal import resealed, with_slot
from engine.store.slots import FLOOR, Cost, Slot, SlotKind, new_signing_key, passphrase_secret
from engine.store.users import User
from engine.store.vault import Vault


@needs(Permission.OWN_ACCESS)
def replace_passphrase(
    vault: Vault,
    secret: str,
    kind: SlotKind,
    passphrase: str,
    *,
    user_id: str | None = None,
    cost: Cost = FLOOR,
    floor: Cost = FLOOR,
) -> User:
    """Seal a slot with another passphrase and return whose; from then on the old one opens nothing.

    With a passphrase it is the slot of who has the clinic open. With the recovery key it is that of an administrator
    (``user_id``; None: the first there is), who signs with a new key from then on, since only the lost passphrase gave
    the old one. Both copies of the key slots are replaced. A copy of the folder that was made before still opens with
    the old passphrase. The audit says which was shown, and the public key.

    Args:
        vault: the open clinic.
        secret: the passphrase so far or the recovery key: an open clinic does not keep the data key, so it is taken
            from its slot again.
        kind: which of the two ``secret`` has to be.
        passphrase: the new one.
        user_id: whose passphrase is replaced with the recovery key.
        cost: of the new slot, at least.
        floor: below which a slot is refused.

    Raises:
        PassphraseError: ``passphrase_wrong`` when ``secret`` opens nothing. UsageError: ``passphrase_empty``.
        StoreError: the slots are damaged or cannot be written; the old passphrase still opens the clinic then.
    """
    new_secret = passphrase_secret(passphrase)
    readable = readable_slot_files(ClinicFolder(vault.folder))
    opened = open_slot(readable[0].file, secret, floor, (kind,), vault.user.id)
    trusted = trusted_slots(readable, opened)
    keys = opened.keys
    if kind is SlotKind.RECOVERY:
        keys = replace(keys, signing_key=new_signing_key(vault.random))
    old = _slot_of(trusted.file, vault.user.id if kind is SlotKind.PASSPHRASE else user_id)
    new = resealed(old, trusted.file.store_id, new_secret, keys, old.cost.at_least(cost), vault.random)
    file = with_slot(trusted.file, old, new)
    detail = {"shown": kind.value, "user": new.user_id, "public": new.public.hex()}
    swap_slots(vault, trusted, file, keys.data_key, "passphrase.change", detail)
    vault.passphrase_changed()
    return new.user


def _slot_of(slots: SlotFile, user_id: str | None) -> Slot:
    fitting = [slot for slot in slots.people if user_id in (None, slot.user_id) and (user_id or slot.opens_backups)]
    if not fitting:
        raise StoreError("store_slots_damaged")
    return fitting[0]
