"""The slot file: how the slots of a store are written, and how a file is read back that nobody can vouch for yet.

The file is authenticated with a key that follows from the data key. The parts that cannot be authenticated before that
key is known carry a plain digest: a damaged file is thus told apart from a wrong passphrase. The first format, which
had one user and held the data key alone, is still read; it is written anew when somebody next signs in.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any

from engine.errors import StoreError
from engine.store.letters import Letter
from engine.store.roles import read_roles
from engine.store.slots import Cost, Slot, SlotKind, canonical, derived, kdf_of

FORMAT = "lantern-clinic/2"
FIRST_FORMAT = "lantern-clinic/1"
_MAC_PURPOSE = "lantern slot file 1"


@dataclass(frozen=True, slots=True)
class SlotFile:
    """The slots of one store. ``revision`` rises with every change; the higher of two copies counts.

    ``backup_public``: the X25519 key that backups are sealed to, empty in the first format. ``turning``: the data key
    is being replaced, and the letters hold the new one; the database is under one or the other.
    """

    store_id: str
    revision: int
    practice: bool
    slots: tuple[Slot, ...]
    backup_public: bytes = b""
    turning: bool = False

    @property
    def people(self) -> tuple[Slot, ...]:
        """The slots of people, without that of the recovery key."""
        return tuple(slot for slot in self.slots if slot.kind is SlotKind.PASSPHRASE)

    def encode(self, data_key: bytes) -> bytes:
        """Return the file's bytes, authenticated with a key that follows from the data key."""
        body = self.body()
        body["mac"] = _mac(data_key, canonical(body)).hex()
        body["sha256"] = hashlib.sha256(canonical(body)).hexdigest()
        return canonical(body) + b"\n"

    def body(self) -> dict[str, Any]:
        """Return everything that is authenticated, as plain JSON values."""
        return {
            "format": FORMAT,
            "store": self.store_id,
            "revision": self.revision,
            "practice": self.practice,
            "backup_public": self.backup_public.hex(),
            "turning": self.turning,
            "slots": [_slot_to_plain(slot) for slot in self.slots],
        }


@dataclass(frozen=True, slots=True)
class SlotFileAsRead:
    """A slot file whose digest holds. It can be trusted only after :meth:`verify`."""

    file: SlotFile
    content: bytes
    body: bytes = field(repr=False)
    mac: bytes

    def verify(self, data_key: bytes) -> bool:
        """Whether the file was written by someone who had the data key."""
        return hmac.compare_digest(_mac(data_key, self.body), self.mac)


def read_slot_file(content: bytes) -> SlotFileAsRead:
    """Read a slot file of any format and check its digest.

    Raises:
        StoreError: ``store_slots_damaged`` for any changed byte; ``store_newer`` for a later format.
    """
    try:
        body = json.loads(content)
        if body["format"] not in (FORMAT, FIRST_FORMAT) and str(body["format"]).startswith("lantern-clinic/"):
            raise StoreError("store_newer")
        digest = body.pop("sha256")
        if digest != hashlib.sha256(canonical(body)).hexdigest():
            raise StoreError("store_slots_damaged")
        # Every bit counts, also the white space around the values.
        if canonical(body | {"sha256": digest}) + b"\n" != content:
            raise StoreError("store_slots_damaged")
        mac = bytes.fromhex(body.pop("mac"))
        file = SlotFile(
            store_id=str(body["store"]),
            revision=int(body["revision"]),
            practice=bool(body["practice"]),
            slots=tuple(_slot_from_plain(slot) for slot in body["slots"]),
            backup_public=bytes.fromhex(body.get("backup_public", "")),
            turning=bool(body.get("turning", False)),
        )
        return SlotFileAsRead(file, content, canonical(body), mac)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StoreError("store_slots_damaged") from error


def _mac(data_key: bytes, content: bytes) -> bytes:
    return hmac.digest(derived(data_key, _MAC_PURPOSE), content, "sha256")


def _slot_to_plain(slot: Slot) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "user": slot.user_id,
        "name": slot.user_name,
        "kind": slot.kind.value,
        "revision": slot.revision,
        "kdf": kdf_of(slot),
        "nonce": slot.nonce.hex(),
        "sealed": slot.sealed.hex(),
    }
    if slot.is_old:
        return plain | {"role": slot.roles}
    plain |= {"roles": slot.roles, "public": slot.public.hex(), "box": slot.box.hex()}
    plain |= {"change_first": slot.change_first, "backup": slot.holds_backup_keys}
    return plain | ({"letter": _letter_to_plain(slot.letter)} if slot.letter else {})


def _slot_from_plain(plain: dict[str, Any]) -> Slot:
    kdf = plain["kdf"]
    slot = Slot(
        user_id=str(plain["user"]),
        user_name=str(plain["name"]),
        roles=str(plain["role"] if "role" in plain else plain["roles"]),
        kind=SlotKind(plain["kind"]),
        revision=int(plain["revision"]),
        cost=Cost(int(kdf["memory_kib"]), int(kdf["passes"]), int(kdf["lanes"])),
        salt=bytes.fromhex(kdf["salt"]),
        nonce=bytes.fromhex(plain["nonce"]),
        sealed=bytes.fromhex(plain["sealed"]),
        public=bytes.fromhex(plain.get("public", "")),
        box=bytes.fromhex(plain.get("box", "")),
        change_first=bool(plain.get("change_first", False)),
        holds_backup_keys=bool(plain.get("backup", False)),
        letter=_letter_from_plain(plain["letter"]) if "letter" in plain else None,
        version=1 if "role" in plain else 2,
    )
    read_roles(slot.roles)  # roles that cannot be read are damage; found here, not where they are first asked for
    return slot


def _letter_to_plain(letter: Letter) -> dict[str, str]:
    return {
        "roles": letter.roles,
        "sender": letter.sender.hex(),
        "nonce": letter.nonce.hex(),
        "sealed": letter.sealed.hex(),
    }


def _letter_from_plain(plain: dict[str, str]) -> Letter:
    read_roles(str(plain["roles"]))
    return Letter(
        roles=str(plain["roles"]),
        sender=bytes.fromhex(plain["sender"]),
        nonce=bytes.fromhex(plain["nonce"]),
        sealed=bytes.fromhex(plain["sealed"]),
    )
