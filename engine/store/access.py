"""From a slot to an open store: what its keys give, and the slots of an open store for who changes them."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.errors import PassphraseError
from engine.store.folder import ClinicFolder
from engine.store.gate import inner, needs
from engine.store.permissions import Permission
from engine.store.signer import Signer
from engine.store.slot_files import open_slot, readable_slot_files, trusted_slots
from engine.store.slot_format import SlotFile, SlotFileAsRead
from engine.store.slots import FLOOR, Cost, Keys, Slot
from engine.store.users import Access
from engine.store.vault import Vault

_ANCHOR_PURPOSE = "lantern anchor 1"


@dataclass(frozen=True, slots=True)
class AtHand:
    """The slots of an open clinic, with the keys of who has it open."""

    read: SlotFileAsRead
    own: Slot
    keys: Keys
    secret: bytes = field(repr=False)

    @property
    def file(self) -> SlotFile:
        """The slots themselves."""
        return self.read.file


def access_of(slot: Slot, keys: Keys, file: SlotFile) -> Access:
    """Return what a slot gives to who opened it."""
    return Access(
        user=slot.user,
        signer=Signer(keys.signing_key),
        backup_public=file.backup_public,
        anchor_key=anchor_key(keys),
        change_first=slot.change_first,
    )


def anchor_key(keys: Keys) -> bytes:
    """Return the key under which the anchor files are."""
    return keys.derived(_ANCHOR_PURPOSE)


@inner
def slots_at_hand(vault: Vault, secret: str, floor: Cost) -> AtHand:
    """Return the slots with the keys that the passphrase of who has the clinic open gives; it is typed again for this.

    Raises:
        PassphraseError: ``passphrase_wrong``. StoreError: the slots are damaged.
    """
    readable = readable_slot_files(ClinicFolder(vault.folder))
    opened = open_slot(readable[0].file, secret, floor, who=vault.user.id)
    read = trusted_slots(readable, opened)
    own = next(
        slot for slot in read.file.slots if slot.kind is opened.slot.kind and slot.user_id == opened.slot.user_id
    )
    return AtHand(read, own, opened.keys, opened.secret)


@needs(Permission.PERSON_EXPORT)
def opens_clinic(vault: Vault, secret: str, *, floor: Cost = FLOOR) -> bool:
    """Whether a secret is the passphrase of who has the clinic open, or its recovery key.

    Raises:
        AccessError: ``access_denied``. StoreError: the slots are damaged.
    """
    try:
        slots_at_hand(vault, secret, floor)
    except PassphraseError:
        return False
    return True
