"""Who approves what goes out, and that nothing but their keys leads from a person to a pseudonym."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.domain.ports import FixedClock
from engine.errors import AccessError, PassphraseError, StoreError, UsageError
from engine.population import draw_pseudonyms
from engine.store import (
    Approval,
    RecoveryKey,
    Role,
    Second,
    Vault,
    accounts,
    add_user,
    approve_export,
    keep_pseudonyms,
    load_pseudonyms,
    open_clinic,
    set_roles,
)
from engine.store.access import slots_at_hand
from engine.store.passphrase import replace_passphrase
from engine.store.slots import SlotKind
from tests.engine.store.conftest import CHEAP, PASSPHRASE

TABLE = {"person-1": "P0102", "person-2": "P0304"}
OpenAs = Callable[[str, str], Vault]


@pytest.fixture
def open_as(folder: Path, clock: FixedClock, recovery_key: RecoveryKey) -> OpenAs:
    assert recovery_key.secret  # the clinic lies there
    return lambda who, passphrase: open_clinic(folder, passphrase, clock, who=who, floor=CHEAP)


def join(open_as: OpenAs, name: str, *roles: Role) -> None:
    """Give somebody access, who chooses a passphrase: their name twice."""
    with open_as("Ada Okafor", PASSPHRASE) as opened:
        add_user(opened, PASSPHRASE, name, roles, f"first {name}", cost=CHEAP, floor=CHEAP)
    with open_as(name, f"first {name}") as opened:
        replace_passphrase(opened, f"first {name}", SlotKind.PASSPHRASE, name * 2, cost=CHEAP, floor=CHEAP)


def alone(vault: Vault) -> Approval:
    return approve_export(vault, PASSPHRASE, reason="registry", floor=CHEAP)


def test_who_is_alone_signs_with_a_reason(vault: Vault) -> None:
    assert alone(vault).told == {"one_signature": 1, "reason": "registry"}
    with pytest.raises(UsageError, match="reason_needed"):
        approve_export(vault, PASSPHRASE, floor=CHEAP)
    with pytest.raises(PassphraseError):
        approve_export(vault, "another", reason="registry", floor=CHEAP)


def test_where_somebody_else_may_approve_they_have_to(open_as: OpenAs) -> None:
    join(open_as, "Ben", Role.CLINICIAN)
    with open_as("Ben", "BenBen") as opened:
        for second in (None, Second("Ben", "BenBen")):
            with pytest.raises(AccessError, match="deidentify_not_approved"):
                approve_export(opened, "BenBen", second, "registry", floor=CHEAP)
        with pytest.raises(PassphraseError):
            approve_export(opened, "BenBen", Second("Ada Okafor", "guess"), floor=CHEAP)
        approval = approve_export(opened, "BenBen", Second("Ada Okafor", PASSPHRASE), floor=CHEAP)
        assert approval.told == {"approved_by": "user-1"}
    with open_as("Ada Okafor", PASSPHRASE) as opened:  # nobody else is an administrator
        assert alone(opened).told["one_signature"] == 1


@pytest.mark.parametrize("roles", [(Role.ADMINISTRATOR,), (Role.FRONT_DESK,), (Role.AUDITOR,)])
def test_only_who_sees_records_asks(open_as: OpenAs, roles: tuple[Role, ...]) -> None:
    join(open_as, "Cy", *roles)
    with open_as("Cy", "CyCy") as opened, pytest.raises(AccessError, match="access_denied"):
        approve_export(opened, "CyCy", Second("Ada Okafor", PASSPHRASE), "registry", floor=CHEAP)


def test_pseudonyms_are_kept_and_those_who_are_gone_are_forgotten(vault: Vault, folder: Path) -> None:
    assert load_pseudonyms(vault, alone(vault)) == {}
    keep_pseudonyms(vault, alone(vault), TABLE)
    assert load_pseudonyms(vault, alone(vault)) == TABLE
    keep_pseudonyms(vault, alone(vault), {"person-2": "P0304"})
    assert load_pseudonyms(vault, alone(vault)) == {"person-2": "P0304"}
    assert {path.name for path in folder.iterdir() if "pseudonyms" in path.name} == {"pseudonyms.lantern"}


def test_the_data_key_does_not_open_the_table_and_nothing_in_it_tells_a_person(vault: Vault, folder: Path) -> None:
    keep_pseudonyms(vault, alone(vault), TABLE)
    content = (folder / "pseudonyms.lantern").read_bytes()
    document = json.loads(content)
    assert not [word for word in (*TABLE, *TABLE.values()) if word.encode() in content]
    keys = alone(vault)
    with vault.granting():
        data_key = slots_at_hand(vault, PASSPHRASE, CHEAP).keys.data_key
    nonce, sealed = bytes.fromhex(document["nonce"]), bytes.fromhex(document["sealed"])
    about = [b"", json.dumps({"for": "", "store": document["store"], "what": document["format"]}).encode()]
    guesses = [data_key, keys.signing_key, vault.anchor_key, hashlib.sha256(keys.signing_key).digest()]
    for key in guesses:
        for each in about:
            with pytest.raises(InvalidTag):
                AESGCM(key[:32]).decrypt(nonce, sealed, each)


def test_a_colleague_who_approves_later_is_let_in_when_the_table_is_written_again(open_as: OpenAs) -> None:
    with open_as("Ada Okafor", PASSPHRASE) as opened:
        keep_pseudonyms(opened, alone(opened), TABLE)
    join(open_as, "Dee", Role.ADMINISTRATOR)
    with open_as("Ada Okafor", PASSPHRASE) as opened:
        by_dee = approve_export(opened, PASSPHRASE, Second("Dee", "DeeDee"), floor=CHEAP)
        with pytest.raises(StoreError, match="pseudonyms_not_yours"):
            load_pseudonyms(opened, by_dee)
        set_roles(opened, PASSPHRASE, _id(opened, "Dee"), [Role.CLINICIAN], reason="Sees patients now", floor=CHEAP)
        own = alone(opened)
        keep_pseudonyms(opened, own, load_pseudonyms(opened, own))
        set_roles(opened, PASSPHRASE, _id(opened, "Dee"), [Role.ADMINISTRATOR], floor=CHEAP)
        with pytest.raises(StoreError, match="pseudonyms_not_yours"):  # a clinician is given no key
            load_pseudonyms(opened, by_dee)
        keep_pseudonyms(opened, approve_export(opened, PASSPHRASE, Second("Dee", "DeeDee"), floor=CHEAP), TABLE)
        fresh = approve_export(opened, PASSPHRASE, Second("Dee", "DeeDee"), floor=CHEAP)
        assert load_pseudonyms(opened, fresh) == TABLE


def _id(vault: Vault, name: str) -> str:
    return next(each.user.id for each in accounts(vault) if each.user.name == name)


@pytest.mark.parametrize("place", range(0, 1200, 97))
def test_a_flipped_bit_in_the_table_is_told(vault: Vault, folder: Path, place: int) -> None:
    keep_pseudonyms(vault, alone(vault), TABLE)
    path = folder / "pseudonyms.lantern"
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= 1
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"pseudonyms_damaged|pseudonyms_not_yours"):
        load_pseudonyms(vault, alone(vault))


def test_a_pseudonym_follows_from_no_key_and_no_number(vault: Vault) -> None:
    """What a keyed hash of the record number would give is looked for among the pseudonyms that were drawn."""
    ids = [f"{number:05}" for number in range(300)]
    drawn = {each[1:] for each in draw_pseudonyms(ids, vault.random).values()}
    keys = [b"", vault.anchor_key, alone(vault).signing_key]
    hashes = {hmac.new(key, each.encode(), "sha256").hexdigest()[:12] for key in keys for each in ids}
    assert not drawn & hashes
