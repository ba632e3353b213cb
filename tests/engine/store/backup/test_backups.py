"""Backups made, read back, opened by those who may, restored and tried."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.domain.ports import FixedClock
from engine.errors import AccessError, PassphraseError, StoreError, UsageError
from engine.store import (
    Cost,
    RecoveryKey,
    Role,
    User,
    Vault,
    apply_entries,
    count_people,
    find_patients,
    load_record,
    open_clinic,
)
from engine.store.audit_log import verify_store
from engine.store.backup.contents import contents_of
from engine.store.backup.drill import drill, last_drill
from engine.store.backup.make import Made, back_up, last_backup
from engine.store.backup.manifest import backups_in, decode, read_backup, seal_key, unseal_key
from engine.store.backup.open import unseal_backup
from engine.store.backup.restore import restore
from engine.store.database import Database
from engine.store.folder import ClinicFolder
from engine.store.key_turning import turn_key
from engine.store.settings import write_user
from engine.store.signer import Signer
from engine.store.slot_files import open_slot, readable_slot_files, swap_slots
from engine.store.slot_format import read_slot_file
from engine.store.slots import Keys, SlotKind, blank_slot, new_signing_key, passphrase_secret, seal
from engine.store.two_people import Second
from tests.engine.store.backup.conftest import PEOPLE

Sheet = Callable[..., object]
OpenAgain = Callable[[], Vault]
CHEAP = Cost(64, 1, 1)
PASSPHRASE = "correct horse battery"
NURSES = "the nurse's own words"


def restored(made: Made, folder: Path, clock: FixedClock, secret: str = PASSPHRASE) -> Vault:
    restore(made.backup.copy, folder, secret, clock, reason="The disk broke", floor=CHEAP)
    return open_clinic(folder, secret, clock, floor=CHEAP)


def check_refused(code: str, act: Callable[[], object]) -> None:
    with pytest.raises(StoreError) as caught:
        act()
    assert caught.value.code == code


class TestMaking:
    def test_a_backup_is_two_files_that_say_nothing_in_the_clear(self, made: Made, stick: Path) -> None:
        assert sorted(path.suffix for path in stick.iterdir()) == [".lantern-backup", ".lantern-manifest"]
        content = b"".join(path.read_bytes() for path in stick.iterdir())
        for word in ("王建国", "Nováková", "Maple", PASSPHRASE):
            assert word.encode() not in content
            assert word.encode("utf-16-le") not in content
            assert json.dumps(word)[1:-1].encode() not in content

    def test_it_holds_what_the_clinic_held_when_it_was_made(self, made: Made, filled: Vault) -> None:
        manifest = made.backup.manifest
        assert (manifest.people, manifest.visits) == (3, 3)
        assert manifest.sha256 == hashlib.sha256(made.backup.copy.read_bytes()).hexdigest()
        now = contents_of(filled.ledger.database)
        assert manifest.head.seq == now.head.seq - 1  # the entry that it was verified came after
        assert {table for table, count in now.rows.items() if manifest.rows[table] != count} <= {
            "audit",
            "change",
            "seal",
            "setting",
        }

    def test_the_audit_tells_of_it_and_the_clinic_remembers_it(self, made: Made, filled: Vault, stick: Path) -> None:
        actions = [row[0] for row in filled.ledger.database.rows("SELECT action FROM audit ORDER BY seq")]
        assert actions[-2:] == ["backup.start", "backup.verified"]
        last = last_backup(filled)
        assert last is not None
        assert (last.name, last.folder) == (made.backup.manifest.name, str(stick))
        assert verify_store(filled).sound

    def test_a_second_one_never_takes_the_place_of_the_first(self, made: Made, filled: Vault, stick: Path) -> None:
        before = {path.name: path.read_bytes() for path in stick.iterdir()}
        other = back_up(filled, stick, "0.1")
        assert other.backup.manifest.name == made.backup.manifest.name + "-2"  # the clock stands still
        assert {name: (stick / name).read_bytes() for name in before} == before

    def test_a_damaged_clinic_is_not_backed_up_and_the_good_backup_stays(
        self, made: Made, stick: Path, folder: Path, clock: FixedClock
    ) -> None:
        before = {path.name: path.read_bytes() for path in stick.iterdir()}
        restore(made.backup.copy, folder.parent / "fresh", PASSPHRASE, clock, reason="The disk broke", floor=CHEAP)
        place = folder.parent / "fresh" / "store.db"
        content = bytearray(place.read_bytes())
        content[len(content) - 5000] ^= 1  # in a page that opening does not read
        place.write_bytes(content)
        with open_clinic(folder.parent / "fresh", PASSPHRASE, clock, floor=CHEAP) as vault:
            check_refused("backup_source_damaged", lambda: back_up(vault, stick, "0.1"))
        assert {path.name: path.read_bytes() for path in stick.iterdir()} == before

    def test_a_folder_that_cannot_take_one_is_refused(self, filled: Vault, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("mine")
        check_refused("backup_not_folder", lambda: back_up(filled, tmp_path / "file", "1"))
        check_refused("backup_not_folder", lambda: back_up(filled, tmp_path / "file" / "below", "1"))
        check_refused("backup_inside", lambda: back_up(filled, filled.folder, "1"))
        check_refused("backup_inside", lambda: back_up(filled, filled.folder / "backups", "1"))
        assert (tmp_path / "file").read_text() == "mine"

    @pytest.mark.skipif(sys.platform == "win32", reason="limits of this kind are Unix ones")
    def test_one_that_cannot_be_written_to_the_end_leaves_the_good_one_alone(
        self, made: Made, filled: Vault, stick: Path
    ) -> None:
        import resource

        before = {path.name: path.read_bytes() for path in stick.iterdir()}
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, hard))
        try:
            check_refused("backup_disk_failed", lambda: back_up(filled, stick, "0.1"))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert {path.name: path.read_bytes() for path in stick.iterdir()} == before
        last = filled.ledger.database.rows("SELECT action, detail FROM audit ORDER BY seq DESC LIMIT 1")
        assert last[0][0] == "backup.failed"
        assert json.loads(last[0][1])["reason"] == "backup_disk_failed"

    def test_what_an_interrupted_one_left_is_cleared_away(self, made: Made, filled: Vault, stick: Path) -> None:
        name = made.backup.manifest.name
        (stick / f"{name.rpartition('-')[0]}-000000.part").write_bytes(b"half")
        (stick / "letter.part").write_text("mine")
        back_up(filled, stick, "0.1")
        assert [path.name for path in stick.glob("*.part")] == ["letter.part"]

    def test_old_ones_are_thinned_out_once_a_new_one_is_verified(
        self, open_again: OpenAgain, stick: Path, folder: Path
    ) -> None:
        start = datetime(2025, 1, 1, 12, tzinfo=UTC)
        removed = 0
        for days in range(40):
            with open_clinic(folder, PASSPHRASE, FixedClock(start + timedelta(days=days)), floor=CHEAP) as vault:
                removed += back_up(vault, stick, "0.1").removed
        left = backups_in(stick, "clinic-1")
        assert len(left) + removed == 40
        assert [(start + timedelta(days=39) - each.manifest.made_at).days for each in left][:7] == list(range(7))
        assert {each.manifest.made_at.month for each in left} == {1, 2}
        assert len(list(stick.iterdir())) == 2 * len(left)

    def test_backups_of_another_clinic_in_the_same_folder_are_left_alone(
        self, made: Made, filled: Vault, stick: Path
    ) -> None:
        for path in stick.iterdir():
            path.rename(path.with_name("lantern-other-20200101-000000" + path.suffix))
        before = {path.name: path.read_bytes() for path in stick.iterdir()}
        back_up(filled, stick, "0.1")
        assert {name: (stick / name).read_bytes() for name in before} == before


class TestOpening:
    def test_the_recovery_key_opens_it(self, made: Made, recovery_key: RecoveryKey, tmp_path: Path) -> None:
        clock = FixedClock(datetime(2025, 7, 1, tzinfo=UTC))
        with restored(made, tmp_path / "new", clock, recovery_key.text) as vault:
            assert count_people(vault) == 3

    def test_another_passphrase_opens_nothing(self, made: Made, tmp_path: Path, clock: FixedClock) -> None:
        with pytest.raises(PassphraseError, match="passphrase_wrong"):
            restore(
                made.backup.copy, tmp_path / "new", "another passphrase", clock, reason="The disk broke", floor=CHEAP
            )
        assert not (tmp_path / "new").exists()

    def test_who_is_no_administrator_makes_one_and_cannot_open_it(
        self, open_again: OpenAgain, stick: Path, folder: Path, tmp_path: Path, clock: FixedClock
    ) -> None:
        with open_again() as vault:
            add_nurse(vault)
        with open_clinic(folder, "the nurse's own words", clock, who="Nia", floor=CHEAP) as vault:
            made = back_up(vault, stick, "0.1")
            with pytest.raises(AccessError, match="backup_not_yours"):
                drill(vault, stick, "the nurse's own words", who="Nia", floor=CHEAP)
        with pytest.raises(AccessError, match="backup_not_yours"):
            restore(
                made.backup.copy,
                tmp_path / "new",
                "the nurse's own words",
                clock,
                who="Nia",
                reason="The disk broke",
                floor=CHEAP,
            )
        assert not (tmp_path / "new").exists()
        restore(
            made.backup.copy,
            tmp_path / "new",
            PASSPHRASE,
            clock,
            who="Ada Okafor",
            reason="The disk broke",
            floor=CHEAP,
        )

    def test_a_key_that_was_sealed_for_another_copy_opens_nothing(self, made: Made, filled: Vault) -> None:
        manifest = made.backup.manifest
        foreign = seal_key(bytes(32), filled.backup_public, "clinic-2", manifest.name)
        altered = replace(made.backup, manifest=replace(manifest, sealed=foreign))
        check_refused("backup_key_other", lambda: unseal_backup(altered, PASSPHRASE, floor=CHEAP))

    def test_after_the_data_key_was_turned_the_keys_from_before_open_no_new_backup(
        self, made: Made, filled: Vault, stick: Path
    ) -> None:
        before = unseal_backup(made.backup, PASSPHRASE, floor=CHEAP).opened.keys.backup_keys
        turn_key(filled, PASSPHRASE, {"one_signature": 1, "reason": "somebody left"}, floor=CHEAP)
        assert drill(filled, stick, PASSPHRASE, floor=CHEAP).name == made.backup.manifest.name  # older ones still open
        new = back_up(filled, stick, "0.1").backup
        with pytest.raises(StoreError, match="backup_key_other"):
            unseal_key(new.manifest, before)
        assert drill(filled, stick, PASSPHRASE, floor=CHEAP).name == new.manifest.name

    def test_every_changed_byte_of_the_manifest_is_found(self, made: Made) -> None:
        content = made.backup.file.read_bytes()
        for place in range(0, len(content), 41):
            damaged = bytearray(content)
            damaged[place] ^= 1 << (place % 7)
            with pytest.raises(StoreError) as caught:
                decode(bytes(damaged))
            assert caught.value.code in ("backup_damaged", "backup_newer")

    def test_a_manifest_signed_by_a_stranger_is_not_trusted(self, made: Made) -> None:
        stranger = Signer(bytes(32))
        forged = decode(replace(made.backup.manifest, key=stranger.public).encode(stranger))
        check_refused(
            "backup_damaged", lambda: unseal_backup(replace(made.backup, manifest=forged), PASSPHRASE, floor=CHEAP)
        )

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            (lambda slots: slots[:-30] + "\n", "backup_damaged"),
            (lambda slots: "é", "backup_damaged"),
            (lambda slots: slots.replace("lantern-clinic/2", "lantern-clinic/9"), "backup_newer"),
        ],
        ids=["cut", "no text of ours", "of a later program"],
    )
    def test_slots_that_are_not_those_of_the_clinic_are_not_tried(
        self, made: Made, filled: Vault, change: Callable[[str], str], code: str
    ) -> None:
        manifest = replace(made.backup.manifest, slots=change(made.backup.manifest.slots))
        forged = decode(manifest.encode(filled.signer))
        check_refused(code, lambda: unseal_backup(replace(made.backup, manifest=forged), PASSPHRASE, floor=CHEAP))

    def test_slots_written_by_somebody_without_the_data_key_are_not_trusted(self, made: Made, filled: Vault) -> None:
        file = read_slot_file(made.backup.manifest.slots.encode()).file
        manifest = replace(made.backup.manifest, slots=file.encode(bytes(32)).decode())
        forged = replace(made.backup, manifest=decode(manifest.encode(filled.signer)))
        check_refused("backup_damaged", lambda: unseal_backup(forged, PASSPHRASE, floor=CHEAP))

    def test_every_damage_of_the_copy_is_found(self, made: Made, tmp_path: Path, clock: FixedClock) -> None:
        whole = made.backup.copy.read_bytes()
        for number, content in enumerate(
            [whole[:-4096], whole[:1000], b"", flipped(whole, 70_000), whole + bytes(4096)]
        ):
            made.backup.copy.write_bytes(content)
            folder = tmp_path / f"new{number}"
            check_refused(
                "backup_damaged",
                lambda folder=folder: restore(
                    made.backup.copy, folder, PASSPHRASE, clock, reason="The disk broke", floor=CHEAP
                ),  # type: ignore[misc]  # a default binds the loop's value
            )
            assert not folder.exists()

    def test_half_a_backup_is_none(self, made: Made, tmp_path: Path, clock: FixedClock) -> None:
        check_refused("backup_missing", lambda: read_backup(tmp_path / "nowhere.lantern-backup"))
        copy = made.backup.copy.rename(made.backup.folder / "elsewhere")
        check_refused("backup_missing", lambda: read_backup(made.backup.file))
        copy.rename(made.backup.copy)
        renamed = made.backup.file.rename(made.backup.folder / "other.lantern-manifest")
        check_refused("backup_damaged", lambda: read_backup(renamed))

    def test_a_later_format_is_told_apart_from_damage(self, made: Made) -> None:
        content = made.backup.file.read_bytes().replace(b"lantern-backup/1", b"lantern-backup/9")
        check_refused("backup_newer", lambda: decode(content))


class TestRestoring:
    def test_everything_is_there_and_stands_in_a_new_epoch(self, made: Made, tmp_path: Path, clock: FixedClock) -> None:
        with restored(made, tmp_path / "new", clock) as vault:
            assert [person.name for person in find_patients(vault)] == [person["name"] for person in PEOPLE]
            assert load_record(vault, "p1").visits[0].measurements[0].value == 121.0
            rows = vault.ledger.database.rows
            assert rows("SELECT epoch FROM store") == [(2,)]
            ((detail,),) = rows("SELECT detail FROM audit WHERE action = 'backup.restore'")
            assert json.loads(detail)["name"] == made.backup.manifest.name
            assert verify_store(vault).sound

    def test_the_clinic_before_and_the_backup_stay_as_they_are(
        self, made: Made, filled: Vault, tmp_path: Path, clock: FixedClock, stick: Path, sheet: Sheet
    ) -> None:
        apply_entries(filled, sheet([{**PEOPLE[0], "person": "later", "patient_id": "P9"}]), actor="user-1")  # type: ignore[arg-type]  # a fixture
        before = {path.name: path.read_bytes() for path in stick.iterdir()}
        with restored(made, tmp_path / "new", clock) as vault:
            assert count_people(vault) == 3
        assert count_people(filled) == 4
        assert {path.name: path.read_bytes() for path in stick.iterdir()} == before

    def test_nothing_is_written_over(self, made: Made, tmp_path: Path, clock: FixedClock, folder: Path) -> None:
        (tmp_path / "taken").mkdir()
        (tmp_path / "taken" / "store.db-wal").write_bytes(b"of another")
        check_refused(
            "store_not_empty",
            lambda: restore(
                made.backup.copy, tmp_path / "taken", PASSPHRASE, clock, reason="The disk broke", floor=CHEAP
            ),
        )
        check_refused(
            "store_not_empty",
            lambda: restore(made.backup.copy, folder, PASSPHRASE, clock, reason="The disk broke", floor=CHEAP),
        )
        assert [path.name for path in (tmp_path / "taken").iterdir()] == ["store.db-wal"]

    def test_no_journal_lies_beside_it(self, made: Made, tmp_path: Path, clock: FixedClock) -> None:
        restore(made.backup.file, tmp_path / "new", PASSPHRASE, clock, reason="The disk broke", floor=CHEAP)
        assert [path.name for path in (tmp_path / "new").glob("store.db?*")] == []

    def test_a_place_where_a_clinic_must_not_live_is_refused(
        self, made: Made, tmp_path: Path, clock: FixedClock
    ) -> None:
        check_refused(
            "place_synced",
            lambda: restore(
                made.backup.copy, tmp_path / "Dropbox" / "c", PASSPHRASE, clock, reason="The disk broke", floor=CHEAP
            ),
        )
        assert not (tmp_path / "Dropbox").exists()

    def test_who_restores_alone_says_why(self, made: Made, tmp_path: Path, clock: FixedClock) -> None:
        for reason in ("", " \n\t"):
            with pytest.raises(UsageError, match="reason_needed"):
                restore(made.backup.copy, tmp_path / "new", PASSPHRASE, clock, reason=reason, floor=CHEAP)
        assert not (tmp_path / "new").exists()

    def test_where_there_are_two_administrators_both_agree(
        self, open_again: OpenAgain, stick: Path, tmp_path: Path, clock: FixedClock
    ) -> None:
        with open_again() as vault:
            add_nurse(vault, Role.ADMINISTRATOR)
            file = back_up(vault, stick, "0.1").backup.copy
        with pytest.raises(AccessError, match="access_two_people"):
            restore(file, tmp_path / "new", PASSPHRASE, clock, who="user-1", floor=CHEAP)
        with pytest.raises(AccessError, match="access_two_people"):
            restore(
                file,
                tmp_path / "new",
                PASSPHRASE,
                clock,
                who="user-1",
                second=Second("user-1", PASSPHRASE),
                floor=CHEAP,
            )
        wrong = Second("Nia", "not the nurse's words")
        with pytest.raises(PassphraseError, match="second_passphrase_wrong"):
            restore(file, tmp_path / "new", PASSPHRASE, clock, who="user-1", second=wrong, floor=CHEAP)
        assert not (tmp_path / "new").exists()
        second = Second("Nia", "the nurse's own words")
        restore(file, tmp_path / "new", PASSPHRASE, clock, who="user-1", second=second, floor=CHEAP)
        with open_clinic(tmp_path / "new", PASSPHRASE, clock, who="user-1", floor=CHEAP) as vault:
            ((detail,),) = vault.ledger.database.rows("SELECT detail FROM audit WHERE action = 'backup.restore'")
            assert json.loads(detail)["second"] == "user-2"


class TestDrill:
    def test_a_drill_compares_the_newest_backup_and_leaves_nothing(
        self, made: Made, filled: Vault, stick: Path
    ) -> None:
        assert last_drill(filled) is None
        done = drill(filled, stick, PASSPHRASE, floor=CHEAP)
        assert (done.name, done.people, done.visits) == (made.backup.manifest.name, 3, 3)
        assert done.compared > made.backup.manifest.head.seq
        assert last_drill(filled) == filled.clock.now()
        assert list(filled.folder.glob(".drill-*")) == []

    def test_a_damaged_backup_fails_it_and_the_audit_says_so(self, made: Made, filled: Vault, stick: Path) -> None:
        made.backup.copy.write_bytes(flipped(made.backup.copy.read_bytes(), 90_000))
        check_refused("backup_damaged", lambda: drill(filled, stick, PASSPHRASE, floor=CHEAP))
        last = filled.ledger.database.rows("SELECT action, detail FROM audit ORDER BY seq DESC LIMIT 1")
        assert last[0][0] == "backup.drill_failed"
        assert last_drill(filled) is None

    def test_a_backup_of_another_history_fails_it(
        self, made: Made, filled: Vault, stick: Path, tmp_path: Path, clock: FixedClock, sheet: Sheet
    ) -> None:
        later = FixedClock(clock.now() + timedelta(hours=1))
        restore(made.backup.copy, tmp_path / "branch", PASSPHRASE, later, reason="The disk broke", floor=CHEAP)
        with open_clinic(tmp_path / "branch", PASSPHRASE, later, floor=CHEAP) as branch:
            apply_entries(branch, sheet([{**PEOPLE[0], "visit_date": "2024-09-09"}]), actor="user-1")  # type: ignore[arg-type]  # a fixture
            back_up(branch, stick, "0.1")
        check_refused("backup_differs", lambda: drill(filled, stick, PASSPHRASE, floor=CHEAP))

    def test_a_row_that_is_not_what_was_signed_fails_it(self, made: Made, filled: Vault, stick: Path) -> None:
        """Somebody with every key of the copy changes a value in it and seals the manifest anew."""
        unsealed = unseal_backup(made.backup, PASSPHRASE, floor=CHEAP)
        copy = Database.open(made.backup.copy, unsealed.key)
        copy.run("UPDATE measurement SET number = 99.0 WHERE number = 121.0")
        copy.close()
        content = made.backup.copy.read_bytes()
        altered = replace(made.backup.manifest, size=len(content), sha256=hashlib.sha256(content).hexdigest())
        made.backup.file.write_bytes(altered.encode(filled.signer))
        check_refused("backup_damaged", lambda: drill(filled, stick, PASSPHRASE, floor=CHEAP))

    def test_without_a_backup_there_is_nothing_to_try(self, filled: Vault, stick: Path) -> None:
        check_refused("backup_none", lambda: drill(filled, stick, PASSPHRASE, floor=CHEAP))


def test_an_auditor_alone_restores_nothing(made: Made, filled: Vault) -> None:
    filled.user = User("user-1", "Ada Okafor", frozenset({Role.AUDITOR}))
    with pytest.raises(AccessError, match="access_denied"), filled.change("user-1", "backup.restore"):
        pass


def add_nurse(vault: Vault, role: Role = Role.FRONT_DESK) -> None:
    """Give a second person a slot: a front desk, without the keys that open backups."""
    before = readable_slot_files(ClinicFolder(vault.folder))[0]
    keys = open_slot(before.file, PASSPHRASE, CHEAP, who="Ada Okafor").keys
    nurse = User("user-2", "Nia", frozenset({role}))
    own = Keys(keys.data_key, new_signing_key(vault.random), keys.backup_keys)
    blank = blank_slot(nurse, SlotKind.PASSPHRASE, CHEAP, vault.random)
    slot = seal(blank, before.file.store_id, passphrase_secret("the nurse's own words"), own)
    file = replace(before.file, slots=(*before.file.slots, slot))
    swap_slots(
        vault,
        before,
        file,
        keys.data_key,
        "user.add",
        {"user": nurse.id, "roles": nurse.roles_text, "public": slot.public.hex()},
        lambda change: write_user(change, nurse),
    )
    assert len(read_slot_file(ClinicFolder(vault.folder).marker.read_bytes()).file.people) == 2


def flipped(content: bytes, place: int) -> bytes:
    damaged = bytearray(content)
    damaged[place] ^= 4
    return bytes(damaged)
