"""Key slots: what opens them, what is refused, what is told apart."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import unicodedata
from dataclasses import replace

import pytest

from engine.errors import PassphraseError, StoreError, UsageError
from engine.store.roles import Role
from engine.store.slot_format import SlotFile, read_slot_file
from engine.store.slots import (
    FLOOR,
    Cost,
    Keys,
    Slot,
    SlotKind,
    blank_slot,
    canonical,
    passphrase_secret,
    read_letter,
    seal,
    unseal,
    with_letter,
)
from engine.store.users import User

CHEAP = Cost(64, 1, 1)
DATA_KEY = bytes(range(32))
KEYS = Keys(DATA_KEY, bytes(range(32, 64)), (bytes(range(64, 96)),))
ADA = User("user-1", "Ada")


def sealed(user: User) -> Slot:
    blank = blank_slot(user, SlotKind.PASSPHRASE, CHEAP, secrets.token_bytes)
    return seal(blank, "store-1", b"secret", KEYS)


@pytest.fixture
def slot() -> Slot:
    return sealed(ADA)


@pytest.fixture
def file(slot: Slot) -> SlotFile:
    return SlotFile("store-1", 3, False, (slot,))


def test_the_right_secret_gives_the_keys(slot: Slot) -> None:
    assert unseal(slot, "store-1", b"secret", CHEAP) == KEYS
    assert slot.holds_backup_keys


def test_only_an_administrator_holds_the_keys_that_open_backups() -> None:
    for role in Role:
        keys = unseal(sealed(User("user-2", "Ben", frozenset({role}))), "store-1", b"secret", CHEAP)
        assert keys.backup_keys == (KEYS.backup_keys if role is Role.ADMINISTRATOR else ())


def test_no_key_is_in_the_slot_or_in_what_is_printed_of_it(slot: Slot) -> None:
    for key in (KEYS.data_key, KEYS.signing_key, *KEYS.backup_keys):
        assert key not in slot.sealed
        assert key.hex().encode() not in slot.sealed
        assert repr(key) not in repr(KEYS)


def test_a_letter_gives_its_user_roles_and_keys(slot: Slot) -> None:
    new = replace(KEYS, data_key=bytes(32), signing_key=b"")
    told = with_letter(slot, "store-1", "clinician", new, secrets.token_bytes)
    assert told.user.roles == {Role.CLINICIAN}
    assert read_letter(told, "store-1", KEYS) == Keys(bytes(32), KEYS.signing_key, ())
    told = with_letter(slot, "store-1", "administrator+auditor", new, secrets.token_bytes)
    assert read_letter(told, "store-1", KEYS).backup_keys == KEYS.backup_keys
    assert unseal(told, "store-1", b"secret", CHEAP) == KEYS  # what was sealed stays until its user signs in


@pytest.mark.parametrize("part", ["roles", "sender", "nonce", "sealed"])
def test_nothing_of_a_letter_can_be_altered(slot: Slot, part: str) -> None:
    told = with_letter(slot, "store-1", "clinician", KEYS, secrets.token_bytes)
    assert told.letter is not None
    was = getattr(told.letter, part)
    forged = "administrator" if part == "roles" else bytes([was[0] ^ 1]) + was[1:]
    altered = replace(told.letter, **{part: forged})  # type: ignore[arg-type]  # the test names the part
    with pytest.raises(StoreError, match="store_slots_damaged"):
        read_letter(replace(told, letter=altered), "store-1", KEYS)


def test_a_letter_to_one_slot_opens_at_no_other(slot: Slot) -> None:
    told = with_letter(slot, "store-1", "clinician", KEYS, secrets.token_bytes)
    others = [
        (replace(told, user_id="user-2"), "store-1", KEYS),
        (replace(told, revision=2), "store-1", KEYS),
        (told, "store-2", KEYS),
        (told, "store-1", replace(KEYS, signing_key=bytes(32))),
    ]
    for other, store, keys in others:
        with pytest.raises(StoreError, match="store_slots_damaged"):
            read_letter(other, store, keys)


def test_a_wrong_secret_is_a_wrong_passphrase(slot: Slot) -> None:
    with pytest.raises(PassphraseError, match="passphrase_wrong"):
        unseal(slot, "store-1", b"Secret", CHEAP)


def test_a_slot_does_not_open_another_store(slot: Slot) -> None:
    with pytest.raises(PassphraseError):
        unseal(slot, "store-2", b"secret", CHEAP)


@pytest.mark.parametrize(
    "forged",
    [
        {"user_id": "user-2"},
        {"roles": "auditor"},
        {"public": bytes(32)},
        {"box": bytes(32)},
        {"change_first": True},
        {"holds_backup_keys": False},
        {"version": 1},
        {"kind": SlotKind.RECOVERY},
        {"revision": 2},
        {"cost": Cost(128, 1, 1)},
        {"salt": bytes(16)},
    ],
)
def test_nothing_a_slot_says_of_itself_can_be_altered(slot: Slot, forged: dict[str, object]) -> None:
    with pytest.raises(PassphraseError):
        unseal(replace(slot, **forged), "store-1", b"secret", CHEAP)  # type: ignore[arg-type]  # the test names the parts


def test_a_name_may_change_without_the_passphrase(slot: Slot) -> None:
    assert unseal(replace(slot, user_name="Ada Okafor"), "store-1", b"secret", CHEAP) == KEYS


@pytest.mark.parametrize("cost", [CHEAP, Cost(FLOOR.memory_kib - 1, 3, 4), Cost(FLOOR.memory_kib, 2, 4)])
def test_a_derivation_below_the_floor_is_refused_before_it_is_run(slot: Slot, cost: Cost) -> None:
    with pytest.raises(StoreError, match="store_slots_weak"):
        unseal(replace(slot, cost=cost), "store-1", b"secret")


def test_a_derivation_that_would_exhaust_the_machine_is_refused(slot: Slot) -> None:
    with pytest.raises(StoreError, match="store_slots_damaged"):
        unseal(replace(slot, cost=Cost(1 << 40, 3, 4)), "store-1", b"secret")


@pytest.mark.skipif(sys.platform == "win32", reason="a limit of memory of this kind is a Unix one")
def test_a_machine_without_the_memory_says_so() -> None:
    script = (
        "import resource; from engine.store.slots import *; from engine.errors import StoreError\n"
        "cost = Cost(3 * 1024 * 1024, 3, 4)\n"
        "slot = Slot('u', 'n', 'auditor', SlotKind.PASSPHRASE, 1, cost, bytes(16), bytes(12), b'')\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))\n"
        "try:\n    unseal(slot, 's', b'secret')\nexcept StoreError as error:\n    print(error.code)\n"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "store_memory"


def test_the_floor_is_the_second_choice_of_the_standard() -> None:
    assert Cost(64 * 1024, 3, 4) == FLOOR


def test_a_slot_file_reads_back_and_is_authentic(file: SlotFile) -> None:
    read = read_slot_file(file.encode(DATA_KEY))
    assert read.file == file
    told = with_letter(file.slots[0], "store-1", "auditor", KEYS, secrets.token_bytes)
    changed = replace(file, slots=(told,), backup_public=bytes(32), turning=True)
    assert read_slot_file(changed.encode(DATA_KEY)).file == changed
    assert read.verify(DATA_KEY)
    assert not read.verify(bytes(32))


def test_every_changed_byte_of_a_slot_file_is_found(file: SlotFile) -> None:
    content = file.encode(DATA_KEY)
    for place in range(len(content)):
        damaged = bytearray(content)
        damaged[place] ^= 1 << (place % 8)
        with pytest.raises(StoreError):
            read_slot_file(bytes(damaged))


@pytest.mark.parametrize("part", [0, 1, 100, -1])
def test_every_cut_slot_file_is_found(file: SlotFile, part: int) -> None:
    with pytest.raises(StoreError, match="store_slots_damaged"):
        read_slot_file(file.encode(DATA_KEY)[:part])


def test_a_forged_slot_file_with_a_fresh_digest_is_not_authentic(file: SlotFile) -> None:
    forged = replace(file, revision=9)
    assert not read_slot_file(forged.encode(bytes(32))).verify(DATA_KEY)


def test_a_later_format_is_newer_and_not_damaged(file: SlotFile) -> None:
    body = json.loads(file.encode(DATA_KEY))
    body["format"] = "lantern-clinic/3"
    with pytest.raises(StoreError, match="store_newer"):
        read_slot_file(canonical(body))


def test_every_keyboard_gives_the_same_passphrase() -> None:
    composed = "Žluťoučký kůň 口令"
    assert passphrase_secret(composed) == passphrase_secret(unicodedata.normalize("NFD", composed))
    assert passphrase_secret(" a ") != passphrase_secret("a")


def test_an_empty_passphrase_is_refused() -> None:
    with pytest.raises(UsageError, match="passphrase_empty"):
        passphrase_secret("")
