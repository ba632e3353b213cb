"""What signing in does to a slot: the first format, letters, a dearer derivation, a data key half replaced."""

from __future__ import annotations

import json
import secrets
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from engine.domain.ports import FixedClock
from engine.errors import PassphraseError, StoreError, UsageError
from engine.store import Cost, RecoveryKey, Role, SlotKind, User, Vault, open_clinic, slot_files
from engine.store.folder import ClinicFolder, Random
from engine.store.settings import write_user
from engine.store.signer import Signer, is_signed
from engine.store.slot_files import Opened, open_slot, readable_slot_files, write_slots
from engine.store.slot_format import SlotFile
from engine.store.slots import Keys, blank_slot, seal, with_letter

CHEAP = Cost(64, 1, 1)
PASSPHRASE = "correct horse battery"
BENS = "staple of the clinic"
BEN = User("user-2", "Ben Li", frozenset({Role.CLINICIAN}))
SAVED = Path(__file__).parents[2] / "data" / "stores"
OLD_SHEET = "ABCDEFGHJKMNPQRSTVWXYZ23456789AB"


def opened(folder: Path, clock: FixedClock, secret: str = PASSPHRASE, who: str | None = None) -> Vault:
    return open_clinic(folder, secret, clock, floor=CHEAP, who=who)


def file_of(folder: Path) -> SlotFile:
    return readable_slot_files(ClinicFolder(folder))[0].file


def held(folder: Path, secret: str = PASSPHRASE, who: str | None = None) -> Opened:
    return open_slot(file_of(folder), secret, CHEAP, who=who)


def put(folder: Path, file: SlotFile, data_key: bytes) -> None:
    content = replace(file, revision=file.revision + 1).encode(data_key)
    write_slots(ClinicFolder(folder), content, secrets.token_bytes)


def enlist(folder: Path, clock: FixedClock, user: User) -> None:
    """Write down somebody as a user with these roles: a slot that the record does not know opens nothing."""
    with opened(folder, clock, who="user-1") as vault, vault.change("user-1", "user.add") as change:
        write_user(change, user)


@pytest.fixture
def first_format(folder: Path) -> Path:
    """A clinic as the first released schema and slot format left it."""
    shutil.copytree(SAVED / "format_1", folder)
    return folder


@pytest.fixture
def shared(folder: Path, recovery_key: RecoveryKey, clock: FixedClock) -> Path:
    """The clinic with a second user, a clinician."""
    file, keys = file_of(folder), held(folder).keys
    blank = blank_slot(BEN, SlotKind.PASSPHRASE, CHEAP, secrets.token_bytes)
    new = seal(blank, file.store_id, BENS.encode(), Keys(keys.data_key, secrets.token_bytes(32), keys.backup_keys))
    put(folder, replace(file, slots=(*file.slots, new)), keys.data_key)
    enlist(folder, clock, BEN)
    return folder


class TestTheFirstFormat:
    def test_it_is_written_anew_with_keys_to_sign_and_for_backups(self, first_format: Path, clock: FixedClock) -> None:
        with opened(first_format, clock) as vault:
            assert vault.user == User("user-1", "Ada Okafor")
            public, backups = vault.signer.public, vault.backup_public
            row = vault._database.one("SELECT action, detail FROM audit ORDER BY seq DESC LIMIT 1 OFFSET 1")
        assert row is not None
        assert (row[0], json.loads(row[1])) == ("slot.renew", {"user": "user-1", "public": public.hex()})
        file = file_of(first_format)
        own, sheet = file.slots
        assert (own.version, sheet.version) == (2, 1)  # the secret of the sheet is not at hand
        assert own.holds_backup_keys
        assert file.backup_public == backups
        with opened(first_format, clock) as vault:
            assert (vault.signer.public, vault.backup_public) == (public, backups)
            assert vault._database.one("SELECT count(*) FROM audit WHERE action = 'slot.renew'") == (1,)

    def test_its_recovery_key_opens_and_then_gets_the_keys_for_backups(
        self, first_format: Path, clock: FixedClock
    ) -> None:
        opened(first_format, clock).close()
        with opened(first_format, clock, OLD_SHEET) as vault:
            assert vault.user.id == "recovery"
        assert not held(first_format, OLD_SHEET).keys.backup_keys
        opened(first_format, clock).close()  # an administrator signs in and leaves a letter
        keys = held(first_format).keys.backup_keys
        assert keys
        assert held(first_format, OLD_SHEET).keys.backup_keys == keys
        opened(first_format, clock, OLD_SHEET).close()
        sheet = file_of(first_format).slots[1]
        assert (sheet.letter, sheet.holds_backup_keys) == (None, True)

    def test_the_recovery_key_may_come_first(self, first_format: Path, clock: FixedClock) -> None:
        opened(first_format, clock, OLD_SHEET).close()
        opened(first_format, clock).close()
        opened(first_format, clock, OLD_SHEET).close()
        assert held(first_format).keys.backup_keys == held(first_format, OLD_SHEET).keys.backup_keys != ()

    def test_a_disk_that_fails_leaves_it_as_it_was(
        self, first_format: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        names = ("clinic.lantern", "clinic-copy.lantern")
        before = [(first_format / name).read_bytes() for name in names]

        def failing(path: Path, content: bytes, random: Random) -> None:
            raise StoreError("store_disk_full")

        with monkeypatch.context() as patch:
            patch.setattr(slot_files, "write_durably", failing)
            with pytest.raises(StoreError, match="store_disk_full"):
                opened(first_format, clock)
        assert [(first_format / name).read_bytes() for name in names] == before
        with opened(first_format, clock) as vault:
            assert vault._database.one("SELECT count(*) FROM audit WHERE action = 'slot.renew'") == (1,)


@dataclass(frozen=True)
class Fixed:
    cost: Cost

    def __call__(self, now: Cost, seconds: float) -> Cost:
        assert seconds > 0
        return self.cost


class TestWhoSignsIn:
    def test_everybody_opens_with_their_own_passphrase_only(self, shared: Path, clock: FixedClock) -> None:
        with opened(shared, clock, BENS, "Ben Li") as vault:
            assert vault.user == BEN
            assert is_signed(b"x", vault.signer.sign(b"x"), file_of(shared).slots[2].public)
        for who in ("Ada Okafor", " ada  OKAFOR", "user-1", "Ａda Okafor"):
            with opened(shared, clock, PASSPHRASE, who) as vault:
                assert vault.user.id == "user-1"
        for secret, who in ((BENS, "Ada Okafor"), (PASSPHRASE, "Ben Li"), (PASSPHRASE, "Nobody"), (PASSPHRASE, "")):
            with pytest.raises(PassphraseError, match="passphrase_wrong"):
                opened(shared, clock, secret, who)

    def test_where_there_are_several_one_has_to_say_who(
        self, shared: Path, recovery_key: RecoveryKey, clock: FixedClock
    ) -> None:
        with pytest.raises(UsageError, match="user_needed"):
            opened(shared, clock)
        opened(shared, clock, recovery_key.text).close()

    def test_a_clinician_holds_no_key_that_opens_backups(self, shared: Path, recovery_key: RecoveryKey) -> None:
        assert held(shared, BENS, "Ben Li").keys.backup_keys == ()
        assert held(shared, recovery_key.text).keys.backup_keys == held(shared, who="user-1").keys.backup_keys != ()

    def test_a_letter_is_taken_in_at_the_next_opening(self, shared: Path, clock: FixedClock) -> None:
        file, keys = file_of(shared), held(shared, who="user-1").keys
        told = with_letter(file.slots[2], file.store_id, "administrator", keys, secrets.token_bytes)
        put(shared, replace(file, slots=(*file.slots[:2], told)), keys.data_key)
        enlist(shared, clock, replace(BEN, roles=frozenset({Role.ADMINISTRATOR})))
        assert file_of(shared).slots[2].user.roles == {Role.ADMINISTRATOR}
        with opened(shared, clock, BENS, "Ben Li") as vault:
            assert vault.user.roles == {Role.ADMINISTRATOR}
        slot = file_of(shared).slots[2]
        assert (slot.letter, slot.roles, slot.revision, slot.holds_backup_keys) == (None, "administrator", 2, True)
        assert held(shared, BENS, "Ben Li").sealed.backup_keys == keys.backup_keys

    def test_a_dearer_derivation_is_taken_up_and_never_a_cheaper_one(self, shared: Path, clock: FixedClock) -> None:
        for asked, expected in ((Cost(128, 1, 1), Cost(128, 1, 1)), (Cost(64, 2, 1), Cost(128, 2, 1))):
            open_clinic(shared, BENS, clock, who="Ben Li", floor=CHEAP, dearer=Fixed(asked)).close()
            assert file_of(shared).slots[2].cost == expected
        assert held(shared, BENS, "Ben Li").keys.data_key == held(shared, who="user-1").keys.data_key


class TestADataKeyThatNeverCameIntoForce:
    """The slots hold both data keys; the power went before the database was under the new one."""

    @pytest.fixture
    def turning(self, shared: Path) -> Path:
        file, keys = file_of(shared), held(shared, who="user-1").keys
        new = Keys(secrets.token_bytes(32), b"", (secrets.token_bytes(32), *keys.backup_keys))
        slots = tuple(
            with_letter(slot, file.store_id, slot.user.roles_text, new, secrets.token_bytes) for slot in file.slots
        )
        put(shared, replace(file, slots=slots, turning=True), keys.data_key)
        return shared

    def test_everybody_still_opens(self, turning: Path, recovery_key: RecoveryKey, clock: FixedClock) -> None:
        opened(turning, clock, BENS, "Ben Li").close()
        assert file_of(turning).turning  # he cannot write letters for all
        opened(turning, clock, recovery_key.text).close()
        assert not file_of(turning).turning

    def test_an_administrator_takes_it_back(self, turning: Path, recovery_key: RecoveryKey, clock: FixedClock) -> None:
        with opened(turning, clock, who="user-1") as vault:
            backups = vault.backup_public
        file = file_of(turning)
        assert not file.turning
        for secret, who in ((PASSPHRASE, "user-1"), (BENS, "Ben Li"), (recovery_key.text, None)):
            with opened(turning, clock, secret, who) as vault:
                assert vault.backup_public == backups
        assert {slot.letter for slot in file_of(turning).slots} == {None}
        assert len({held(turning, BENS, "Ben Li").keys.data_key, held(turning, who="user-1").keys.data_key}) == 1


def test_signatures_tell_any_change() -> None:
    signer = Signer(bytes(32))
    signature = signer.sign(b"message")
    assert is_signed(b"message", signature, signer.public)
    assert not is_signed(b"Message", signature, signer.public)
    assert not is_signed(b"message", bytes(64), signer.public)
    assert not is_signed(b"message", signature, Signer(bytes(range(32))).public)
    assert not is_signed(b"message", signature, b"short")
