"""Who approves a de-identified export, and the table of pseudonyms that later exports may go on with.

The table lies beside the database, sealed with a key of its own (AES-256-GCM) that is in letters to those who may
approve such exports (``engine.store.letters``). The data key does not open it, so neither a clinician nor who has a
copy of the open database gets from a person to a pseudonym. The key is drawn anew each time the table is written; a
copy from before stays open to those who could open it then. It is in no backup, and nobody has its key who was given a
new passphrase by others: without it an export begins with new pseudonyms.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.errors import AccessError, StoreError
from engine.store.access import slots_at_hand
from engine.store.folder import ClinicFolder, write_durably
from engine.store.gate import needs
from engine.store.letters import Letter, open_letter, write_letter
from engine.store.permissions import Permission, permits
from engine.store.slot_files import open_slot
from engine.store.slot_format import SlotFile
from engine.store.slots import FLOOR, NONCE_BYTES, Cost, Slot, SlotKind, canonical
from engine.store.two_people import Second, given_reason
from engine.store.vault import Vault

_FORMAT = "lantern-pseudonyms/1"
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Approval:
    """Somebody approved. ``told`` is what the audit says of it."""

    told: Mapping[str, str | int]
    user_id: str
    signing_key: bytes = field(repr=False)
    slots: SlotFile = field(repr=False)


@needs(Permission.DEIDENTIFIED_ASK)
def approve_export(
    vault: Vault, secret: str, second: Second | None = None, reason: str = "", *, floor: Cost = FLOOR
) -> Approval:
    """Return that another person who may do so approves of a de-identified export.

    Where nobody else may, who asks does it with their passphrase and a reason, if they may: "one signature".

    Raises:
        PassphraseError: ``passphrase_wrong``, of one or the other. AccessError: ``deidentify_not_approved``.
        UsageError: ``reason_needed`` where there is nobody else. StoreError: the slots are damaged.
    """
    at_hand = slots_at_hand(vault, secret, floor)
    others = {slot.user_id for slot in at_hand.file.people if _approves(slot)} - {vault.user.id}
    if not others:
        vault.require(Permission.DEIDENTIFIED_APPROVE)
        told: dict[str, str | int] = {"one_signature": 1, "reason": given_reason(reason)}
        return Approval(told, vault.user.id, at_hand.keys.signing_key, at_hand.file)
    if second is None:
        raise AccessError("deidentify_not_approved")
    opened = open_slot(at_hand.file, second.passphrase, floor, (SlotKind.PASSPHRASE,), second.who)
    if opened.slot.user_id not in others or opened.slot.change_first:
        raise AccessError("deidentify_not_approved")
    told = {"approved_by": opened.slot.user_id}
    if reason.strip():
        told["reason"] = given_reason(reason)
    return Approval(told, opened.slot.user_id, opened.keys.signing_key, at_hand.file)


def _approves(slot: Slot) -> bool:
    return permits(slot.user.roles, Permission.DEIDENTIFIED_APPROVE)


@needs(Permission.DEIDENTIFIED_ASK)
def load_pseudonyms(vault: Vault, approval: Approval) -> dict[str, str]:
    """Return the pseudonyms that were kept, by the id of the person; none where none were kept.

    Raises:
        StoreError: ``pseudonyms_not_yours`` when who approved has no letter with the key; ``pseudonyms_damaged``.
    """
    path = ClinicFolder(vault.folder).pseudonyms
    try:
        document = json.loads(path.read_bytes())
        if document["format"] != _FORMAT or document["store"] != approval.slots.store_id:
            raise StoreError("pseudonyms_damaged")
        letters, nonce, sealed = document["letters"], bytes.fromhex(document["nonce"]), document["sealed"]
        written = {who: Letter("", *map(bytes.fromhex, parts)) for who, parts in letters.items()}
        content = bytes.fromhex(sealed)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise StoreError("pseudonyms_damaged") from error
    try:
        letter = written[approval.user_id]
        key = open_letter(letter, approval.signing_key, _about(approval.slots.store_id, approval.user_id))
    except (KeyError, StoreError) as error:
        raise StoreError("pseudonyms_not_yours") from error
    try:
        found: dict[str, str] = json.loads(AESGCM(key).decrypt(nonce, content, _about(approval.slots.store_id)))
    except (InvalidTag, ValueError) as error:
        raise StoreError("pseudonyms_damaged") from error
    return found


@needs(Permission.DEIDENTIFIED_ASK)
def keep_pseudonyms(vault: Vault, approval: Approval, pseudonyms: Mapping[str, str]) -> None:
    """Keep pseudonyms for later exports, in the place of those that were kept; whoever is in them no more is forgotten.

    Raises:
        StoreError: the disk is full or failed; those from before stay.
    """
    store_id, key, nonce = approval.slots.store_id, vault.random(_KEY_BYTES), vault.random(NONCE_BYTES)
    letters = {}
    for slot in approval.slots.slots:
        if slot.box and slot.kind is SlotKind.PASSPHRASE and _approves(slot):
            letter = write_letter(slot.box, "", key, _about(store_id, slot.user_id), vault.random)
            letters[slot.user_id] = [letter.sender.hex(), letter.nonce.hex(), letter.sealed.hex()]
    sealed = AESGCM(key).encrypt(nonce, canonical(dict(pseudonyms)), _about(store_id))
    document = {"format": _FORMAT, "store": store_id, "letters": letters, "nonce": nonce.hex(), "sealed": sealed.hex()}
    write_durably(ClinicFolder(vault.folder).pseudonyms, canonical(document), vault.random)


def _about(store_id: str, who: str = "") -> bytes:
    return canonical({"what": _FORMAT, "store": store_id, "for": who})
