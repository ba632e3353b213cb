"""Users: added, renamed, given roles, removed; the data key after it; what takes two people; emergencies."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TypedDict

import pytest

from engine.domain.ports import FixedClock
from engine.errors import AccessError, PassphraseError, StoreError, UsageError
from engine.store import (
    Cost,
    RecoveryKey,
    Role,
    Second,
    SlotKind,
    User,
    Vault,
    accounts,
    add_user,
    agreed_by_two,
    apply_entries,
    close_review,
    count_people,
    load_record,
    load_users,
    open_clinic,
    open_emergency,
    open_reviews,
    remove_user,
    rename_user,
    renew_recovery,
    replace_passphrase,
    set_passphrase,
    set_roles,
    slot_files,
    turn_key,
)
from engine.store.audit.anchor import FILES as ANCHORS
from engine.store.audit.chain import Flaw
from engine.store.audit_log import verify_store
from engine.store.emergency import EmergencyReason
from engine.store.folder import ClinicFolder, Random, write_durably
from engine.store.slot_files import readable_slot_files
from engine.store.slot_format import SlotFile

CHEAP = Cost(64, 1, 1)
ADAS = "correct horse battery"
BENS = "a staple for once"
BENS_OWN = "a staple of his own"
Sheet = Callable[..., object]


class Costs(TypedDict):
    cost: Cost
    floor: Cost


COSTS: Costs = {"cost": CHEAP, "floor": CHEAP}


def opened(folder: Path, clock: FixedClock, secret: str = ADAS, who: str | None = "Ada Okafor") -> Vault:
    return open_clinic(folder, secret, clock, floor=CHEAP, who=who)


def opens(folder: Path, clock: FixedClock, secret: str, who: str | None) -> bool:
    try:
        opened(folder, clock, secret, who).close()
    except PassphraseError:
        return False
    return True


def forget(folder: Path) -> None:
    """Take away what tells that older files were put back."""
    for name in ANCHORS:
        (folder / name).unlink()


def slots(folder: Path) -> SlotFile:
    return readable_slot_files(ClinicFolder(folder))[0].file


def last_entry(vault: Vault) -> tuple[str, dict[str, object]]:
    ((action, detail),) = vault._database.rows("SELECT action, detail FROM audit ORDER BY seq DESC LIMIT 1")
    return action, json.loads(detail)


@pytest.fixture
def vault(open_again: Callable[[], Vault]) -> Iterator[Vault]:
    """The clinic, which a test may close and open as somebody else."""
    opened = open_again()
    yield opened
    opened.close()


@pytest.fixture
def ben(folder: Path, vault: Vault) -> User:
    """A clinician, who has chosen no passphrase yet."""
    return add_user(vault, ADAS, "Ben Li", [Role.CLINICIAN], BENS, **COSTS)


@pytest.fixture
def settled(folder: Path, vault: Vault, ben: User, clock: FixedClock) -> Path:
    """The folder of a closed clinic whose second user has a passphrase of his own."""
    vault.close()
    with opened(folder, clock, BENS, "Ben Li") as his:
        replace_passphrase(his, BENS, SlotKind.PASSPHRASE, BENS_OWN, cost=CHEAP, floor=CHEAP)
    return folder


class TestAdding:
    def test_somebody_new_changes_the_passphrase_before_anything_else(
        self, folder: Path, vault: Vault, ben: User, clock: FixedClock
    ) -> None:
        assert [(each.user, each.change_first) for each in accounts(vault)][1] == (ben, True)
        assert {user.name for user in load_users(vault)} == {"Ada Okafor", "Ben Li"}
        action, detail = last_entry(vault)
        public = slots(folder).slots[2].public.hex()
        assert (action, detail) == ("user.add", {"user": ben.id, "roles": "clinician", "public": public})
        vault.close()
        with opened(folder, clock, BENS, "Ben Li") as his:
            with pytest.raises(AccessError, match="access_passphrase_first"):
                load_record(his, "x")
            replace_passphrase(his, BENS, SlotKind.PASSPHRASE, BENS_OWN, cost=CHEAP, floor=CHEAP)
            with pytest.raises(UsageError, match="person_unknown"):
                load_record(his, "x")
        with opened(folder, clock, BENS_OWN, "Ben Li") as his:
            assert not his.change_first
            assert his.signer.public.hex() == public  # a change of passphrase keeps the key to sign with
        assert not opens(folder, clock, BENS, "Ben Li")

    @pytest.mark.parametrize(
        ("name", "roles", "secret", "code"),
        [
            ("", [Role.AUDITOR], ADAS, "user_name_empty"),
            (" ADA  okafor", [Role.AUDITOR], ADAS, "user_name_taken"),
            ("user-1", [Role.AUDITOR], ADAS, "user_name_taken"),
            ("Ben", [], ADAS, "user_roles_none"),
            ("Ben", [Role.AUDITOR], "wrong", "passphrase_wrong"),
        ],
    )
    def test_what_cannot_be_added_changes_nothing(
        self, folder: Path, vault: Vault, name: str, roles: list[Role], secret: str, code: str
    ) -> None:
        before, log = slots(folder), vault._database.rows("SELECT count(*) FROM audit")
        with pytest.raises((UsageError, PassphraseError), match=code):
            add_user(vault, secret, name, roles, BENS, **COSTS)
        assert slots(folder) == before
        assert vault._database.rows("SELECT count(*) FROM audit") == log

    def test_only_administrators_do_any_of_this(self, settled: Path, clock: FixedClock) -> None:
        with opened(settled, clock, BENS_OWN, "Ben Li") as his:
            attempts: list[Callable[[], object]] = [
                lambda: add_user(his, BENS_OWN, "Eve", [Role.ADMINISTRATOR], BENS, **COSTS),
                lambda: set_roles(his, BENS_OWN, his.user.id, [Role.ADMINISTRATOR], floor=CHEAP),
                lambda: remove_user(his, BENS_OWN, "user-1", floor=CHEAP),
                lambda: rename_user(his, BENS_OWN, "user-1", "Eve", floor=CHEAP),
                lambda: set_passphrase(his, BENS_OWN, "user-1", BENS, **COSTS),
                lambda: renew_recovery(his, BENS_OWN, RecoveryKey.generate(os.urandom), **COSTS),
                lambda: turn_key(his, BENS_OWN, {}, floor=CHEAP),
            ]
            before = slots(settled)
            for attempt in attempts:
                with pytest.raises(AccessError, match="access_denied"):
                    attempt()
            assert slots(settled) == before


class TestChanging:
    def test_roles_hold_from_the_next_opening_with_no_passphrase_of_the_other(
        self, settled: Path, clock: FixedClock
    ) -> None:
        with opened(settled, clock) as vault:
            ben = accounts(vault)[1].user
            assert set_roles(vault, ADAS, ben.id, [Role.ADMINISTRATOR, Role.AUDITOR], floor=CHEAP).roles == {
                Role.ADMINISTRATOR,
                Role.AUDITOR,
            }
        with opened(settled, clock, BENS_OWN, "Ben Li") as his:
            assert his.user.roles_text == "administrator+auditor"
            rename_user(his, BENS_OWN, "user-1", "Ada O.", floor=CHEAP)  # he is an administrator now
            set_roles(his, BENS_OWN, "user-1", [Role.CLINICIAN], reason="She asked for it", floor=CHEAP)
        with opened(settled, clock, who="Ada O.") as vault:
            assert vault.user == User("user-1", "Ada O.", frozenset({Role.CLINICIAN}))
            with pytest.raises(AccessError):
                set_roles(vault, ADAS, "user-1", [Role.ADMINISTRATOR], floor=CHEAP)

    def test_entries_say_the_roles_that_somebody_gave_themselves(self, vault: Vault, ben: User) -> None:
        set_roles(vault, ADAS, ben.id, [Role.ADMINISTRATOR], floor=CHEAP)
        set_roles(vault, ADAS, "user-1", [Role.AUDITOR], floor=CHEAP)
        vault.note("audit.read")
        rows = vault.ledger.database.rows("SELECT action, roles FROM audit ORDER BY seq DESC LIMIT 2")
        assert rows[0] == ("audit.read", "auditor")
        assert rows[1][0] == "user.roles"
        assert rows[1][1] != "auditor"  # it was an administrator who gave them

    def test_there_is_always_an_administrator(self, vault: Vault, ben: User) -> None:
        with pytest.raises(UsageError, match="user_last_administrator"):
            set_roles(vault, ADAS, "user-1", [Role.CLINICIAN], floor=CHEAP)
        with pytest.raises(UsageError, match="user_self"):
            remove_user(vault, ADAS, "user-1", floor=CHEAP)
        with pytest.raises(UsageError, match="user_unknown"):
            remove_user(vault, ADAS, "nobody", floor=CHEAP)

    def test_a_forgotten_passphrase_is_replaced_for_once(self, settled: Path, clock: FixedClock) -> None:
        was = slots(settled).slots[2]
        with opened(settled, clock) as vault:
            set_passphrase(vault, ADAS, was.user_id, "another for once", **COSTS)
            with pytest.raises(UsageError, match="user_self"):
                set_passphrase(vault, ADAS, "user-1", "another for once", **COSTS)
        now = slots(settled).slots[2]
        assert (now.change_first, now.revision, now.public != was.public) == (True, was.revision + 1, True)
        assert not opens(settled, clock, BENS_OWN, "Ben Li")
        assert opens(settled, clock, "another for once", "Ben Li")

    def test_a_new_sheet_replaces_the_old_one(
        self, settled: Path, recovery_key: RecoveryKey, clock: FixedClock
    ) -> None:
        new = RecoveryKey.generate(os.urandom)
        with opened(settled, clock) as vault:
            renew_recovery(vault, ADAS, new, **COSTS)
        assert opens(settled, clock, new.text, None)
        with pytest.raises(
            UsageError, match="user_needed"
        ):  # it is no recovery key any more, but might be a passphrase
            opened(settled, clock, recovery_key.text, None)
        assert not opens(settled, clock, recovery_key.text, "Ada Okafor")

    @pytest.mark.parametrize("failing", [1, 2])
    def test_a_disk_that_fails_changes_nothing(
        self, folder: Path, vault: Vault, monkeypatch: pytest.MonkeyPatch, failing: int
    ) -> None:
        before, whole = slots(folder), write_durably
        written: list[Path] = []

        def failing_write(path: Path, content: bytes, random: Random) -> None:
            written.append(path)
            if len(written) == failing:
                raise StoreError("store_disk_full")
            whole(path, content, random)

        with monkeypatch.context() as patch:
            patch.setattr(slot_files, "write_durably", failing_write)
            with pytest.raises(StoreError, match="store_disk_full"):
                add_user(vault, ADAS, "Ben Li", [Role.CLINICIAN], BENS, **COSTS)
        assert slots(folder) == before
        assert [user.name for user in load_users(vault)] == ["Ada Okafor"]


class TestRemoving:
    @pytest.mark.parametrize("renamed", [False, True], ids=["removed", "renamed"])
    def test_a_change_of_which_a_disk_kept_the_slots_alone_is_found_and_put_right(
        self, settled: Path, clock: FixedClock, renamed: bool
    ) -> None:
        lost = {name: (settled / name).read_bytes() for name in ("store.db", *ANCHORS)}
        with opened(settled, clock) as vault:
            ben = accounts(vault)[1].user.id
            if renamed:
                ben = rename_user(vault, ADAS, ben, "Ben Li-Wu", floor=CHEAP).id
            assert renamed or remove_user(vault, ADAS, ben, floor=CHEAP).id == ben
        for name, content in lost.items():
            (settled / name).write_bytes(content)
        with opened(settled, clock) as vault:
            assert [user.name for user in load_users(vault)] == ["Ada Okafor", "Ben Li"]
            assert [finding.flaw for finding in verify_store(vault).findings] == [Flaw.SLOT_MISSING]
            rename_user(vault, ADAS, vault.user.id, "Ada O.", floor=CHEAP)
            assert sorted(user.name for user in load_users(vault)) == ["Ada O.", *(["Ben Li-Wu"] if renamed else [])]
            assert verify_store(vault).findings == ()

    def test_who_is_removed_opens_nothing_even_with_an_old_key_file(self, settled: Path, clock: FixedClock) -> None:
        kept = {name: (settled / name).read_bytes() for name in ("clinic.lantern", "clinic-copy.lantern")}
        with opened(settled, clock) as vault:
            ben = accounts(vault)[1].user
            assert remove_user(vault, ADAS, ben.id, floor=CHEAP) == ben
            assert [user.name for user in load_users(vault)] == ["Ada Okafor"]
        assert not opens(settled, clock, BENS_OWN, "Ben Li")
        now = {name: (settled / name).read_bytes() for name in kept}
        for name, content in kept.items():
            (settled / name).write_bytes(content)
        with pytest.raises(StoreError, match="store_slots_old"):
            opened(settled, clock, BENS_OWN, "Ben Li")
        anchors = {name: (settled / name).read_bytes() for name in ANCHORS}
        with pytest.raises(StoreError, match="store_slots_old"):  # nor can he decide to go on
            open_clinic(settled, BENS_OWN, clock, floor=CHEAP, who="Ben Li", inspect=True)
        forget(settled)  # who can put back the key file can delete the anchor: the users are in the record, though
        with pytest.raises(StoreError, match="store_slots_old"):
            opened(settled, clock, BENS_OWN, "Ben Li")
        with opened(settled, clock) as vault:
            assert [finding.flaw for finding in verify_store(vault).findings] == [Flaw.SLOT_UNKNOWN]
        for name, content in anchors.items():
            (settled / name).write_bytes(content)
        for name, content in now.items():
            (settled / name).write_bytes(content)

        old = settled.with_name("old")
        shutil.copytree(settled, old)
        with opened(settled, clock) as vault:
            turn_key(vault, ADAS, {"one_signature": 1}, floor=CHEAP)
        for place, refusal in ((settled, "store_damaged"), (old, "store_slots_old")):
            for name, content in kept.items():
                (place / name).write_bytes(content)
            forget(place)
            with pytest.raises(StoreError, match=refusal):
                opened(place, clock, BENS_OWN, "Ben Li")

    def test_who_has_fewer_roles_by_now_does_not_get_them_back(self, settled: Path, clock: FixedClock) -> None:
        with opened(settled, clock) as vault:
            ben = accounts(vault)[1].user
            set_roles(vault, ADAS, ben.id, [Role.ADMINISTRATOR, Role.CLINICIAN], floor=CHEAP)
        opened(settled, clock, BENS_OWN, "Ben Li").close()
        kept = {name: (settled / name).read_bytes() for name in ("clinic.lantern", "clinic-copy.lantern")}
        with opened(settled, clock) as vault:
            set_roles(vault, ADAS, ben.id, [Role.FRONT_DESK], reason="Another post", floor=CHEAP)
        now = {name: (settled / name).read_bytes() for name in kept}
        for files, refused in ((kept, True), (now, False)):
            for name, content in files.items():
                (settled / name).write_bytes(content)
            forget(settled)
            if refused:
                with pytest.raises(StoreError, match="store_slots_old"):
                    opened(settled, clock, BENS_OWN, "Ben Li")
                with opened(settled, clock) as vault:
                    second = Second("Ben Li", BENS_OWN)
                    with pytest.raises(StoreError, match="store_slots_old"):
                        agreed_by_two(vault, ADAS, Role.ADMINISTRATOR, second, floor=CHEAP)
            else:
                with opened(settled, clock, BENS_OWN, "Ben Li") as his:
                    assert his.user.roles == {Role.FRONT_DESK}

    def test_an_old_recovery_sheet_opens_nothing_even_with_an_old_key_file(
        self, settled: Path, recovery_key: RecoveryKey, clock: FixedClock
    ) -> None:
        opened(settled, clock, recovery_key.text, None).close()
        kept = {name: (settled / name).read_bytes() for name in ("clinic.lantern", "clinic-copy.lantern")}
        new = RecoveryKey.generate(os.urandom)
        with opened(settled, clock) as vault:
            renew_recovery(vault, ADAS, new, **COSTS)
        opened(settled, clock, new.text, None).close()
        for name, content in kept.items():
            (settled / name).write_bytes(content)
        forget(settled)
        with pytest.raises(StoreError, match="store_slots_old"):
            opened(settled, clock, recovery_key.text, None)

    def test_the_turned_key_is_everybodys_who_is_left(
        self, settled: Path, recovery_key: RecoveryKey, sheet: Sheet, clock: FixedClock
    ) -> None:
        before = slots(settled).backup_public
        with opened(settled, clock) as vault:
            rows = [{"person": "ann", "visit_date": "2024-01-02", "name": "ann"}]
            apply_entries(vault, sheet(rows), actor="user-1")  # type: ignore[arg-type]  # a fixture
            anchor = vault.anchor_key
            turn_key(vault, ADAS, {"second": "user-2"}, floor=CHEAP)
            assert count_people(vault) == 1
            assert vault.anchor_key != anchor
            assert vault.backup_public == slots(settled).backup_public != before
            assert vault.damage() == []
            assert last_entry(vault)[0] == "key.turned"
        assert not slots(settled).turning
        for secret, who in ((ADAS, "Ada Okafor"), (BENS_OWN, "Ben Li"), (recovery_key.text, None)):
            for _ in range(2):  # with the letter, and after it was taken in
                with opened(settled, clock, secret, who) as vault:
                    assert count_people(vault) == 1
        assert {slot.letter for slot in slots(settled).slots} == {None}

    def test_killed_at_any_moment_the_turning_leaves_one_key_that_opens(
        self, settled: Path, recovery_key: RecoveryKey, clock: FixedClock
    ) -> None:
        script = (
            "import sys; from pathlib import Path\n"
            "from engine.store import open_clinic, turn_key, Cost\n"
            "from engine.domain.ports import SystemClock\n"
            "cheap = Cost(64, 1, 1)\n"
            f"vault = open_clinic(Path(sys.argv[1]), {ADAS!r}, SystemClock(), floor=cheap, who='Ada Okafor')\n"
            "print('go', flush=True)\n"
            f"turn_key(vault, {ADAS!r}, {{}}, floor=cheap)\n"
            "print('done', flush=True); vault.close()\n"
        )
        ended = []
        for wait in (0.0, 0.004, 0.008, 0.015, 0.03, 0.06, 0.12, 0.25, 0.5, 1.0):
            with subprocess.Popen(
                [sys.executable, "-c", script, str(settled)], stdout=subprocess.PIPE, text=True
            ) as child:
                assert child.stdout is not None
                assert child.stdout.readline() == "go\n"
                time.sleep(wait)
                child.send_signal(signal.SIGKILL)
                ended.append("done" in child.stdout.read())
            for secret, who in ((BENS_OWN, "Ben Li"), (ADAS, "Ada Okafor"), (recovery_key.text, None)):
                with opened(settled, clock, secret, who) as vault:
                    assert vault.damage() == []
        assert not slots(settled).turning
        assert not all(ended)


class TestTwoPeople:
    def test_alone_one_gives_a_reason_and_the_entry_is_marked(self, vault: Vault, ben: User) -> None:
        with pytest.raises(UsageError, match="reason_needed"):
            agreed_by_two(vault, ADAS, Role.ADMINISTRATOR, reason=" \n", floor=CHEAP)
        with pytest.raises(PassphraseError, match="passphrase_wrong"):
            agreed_by_two(vault, "wrong", Role.ADMINISTRATOR, reason="Alone", floor=CHEAP)
        agreed = agreed_by_two(vault, ADAS, Role.ADMINISTRATOR, reason="Nobody\nelse", floor=CHEAP)
        assert agreed == {"one_signature": 1, "reason": "Nobody else"}
        turn_key(vault, ADAS, agreed, floor=CHEAP)
        rows = vault._database.rows("SELECT detail FROM audit WHERE action = 'key.turn'")
        assert [json.loads(row[0]) for row in rows] == [agreed]

    def test_where_there_is_another_they_have_to_agree(self, settled: Path, clock: FixedClock) -> None:
        with opened(settled, clock) as vault:
            ben = accounts(vault)[1].user
            set_roles(vault, ADAS, ben.id, [Role.ADMINISTRATOR], floor=CHEAP)
            add_user(vault, ADAS, "Cy", [Role.CLINICIAN], "only a clinician", **COSTS)

            def agree(second: Second | None) -> dict[str, str | int]:
                return agreed_by_two(vault, ADAS, Role.ADMINISTRATOR, second, "Because", floor=CHEAP)

            for second in (None, Second("Cy", "only a clinician"), Second("Ada Okafor", ADAS)):
                with pytest.raises(AccessError, match="access_two_people"):
                    agree(second)
            for second in (Second("Ben Li", ADAS), Second("Nobody", BENS_OWN)):
                with pytest.raises(PassphraseError, match="passphrase_wrong"):
                    agree(second)
            assert agree(Second("ben li", BENS_OWN)) == {"second": ben.id}


class TestEmergency:
    @pytest.fixture
    def desk(self, settled: Path, sheet: Sheet, clock: FixedClock) -> Iterator[Vault]:
        """Somebody at the front desk, in a clinic with two people on record."""
        with opened(settled, clock) as vault:
            rows = [{"person": name, "visit_date": "2024-01-02", "name": name} for name in ("ann", "bo")]
            apply_entries(vault, sheet(rows), actor="user-1")  # type: ignore[arg-type]  # a fixture
            set_roles(vault, ADAS, accounts(vault)[1].user.id, [Role.FRONT_DESK], floor=CHEAP)
        with opened(settled, clock, BENS_OWN, "Ben Li") as vault:
            yield vault

    def test_it_takes_a_reason_and_leaves_an_item_for_another_person(
        self, settled: Path, desk: Vault, clock: FixedClock
    ) -> None:
        with pytest.raises(AccessError):
            load_record(desk, "ann")
        for secret, person, text, code in (
            ("wrong", "ann", "Fainted", "passphrase_wrong"),
            (BENS_OWN, "zoe", "Fainted", "person_unknown"),
            (BENS_OWN, "ann", " ", "reason_needed"),
        ):
            with pytest.raises((PassphraseError, UsageError), match=code):
                open_emergency(desk, secret, person, EmergencyReason.DANGER, text, floor=CHEAP)
        with pytest.raises(AccessError):
            load_record(desk, "ann")
        emergency = open_emergency(desk, BENS_OWN, "ann", EmergencyReason.DANGER, "Fainted", floor=CHEAP)
        assert emergency.until == clock.now() + timedelta(minutes=60)
        assert load_record(desk, "ann").patient.name == "ann"
        with pytest.raises(AccessError):
            load_record(desk, "bo")
        assert last_entry(desk)[0] == "emergency.open"
        with pytest.raises(AccessError):  # the front desk reviews nothing
            open_reviews(desk)
        desk.close()
        with opened(settled, clock) as vault:
            (item,) = open_reviews(vault)
            assert (item.person_id, item.reason, item.text) == ("ann", EmergencyReason.DANGER, "Fainted")
            with pytest.raises(UsageError, match="reason_needed"):
                close_review(vault, item.id, "", floor=CHEAP)
            close_review(vault, item.id, "Right to do", floor=CHEAP)
            assert open_reviews(vault) == ()
            assert last_entry(vault) == ("emergency.review", {"review": item.id})  # what was said tells of a patient
            (said,) = vault._database.rows("SELECT value FROM setting WHERE name GLOB 'review.*' AND change = ended")
            assert json.loads(said[0])["text"] == "Right to do"
            with pytest.raises(UsageError, match="review_unknown"):
                close_review(vault, item.id, "Again", floor=CHEAP)

    def test_ones_own_is_closed_by_oneself_only_where_nobody_else_may(self, folder: Path, vault: Vault) -> None:
        rows = [{"user": "user-1", "person": "ann", "reason": "other", "text": "x", "opened": "2025-06-30T09:00:00"}]
        with vault.change("user-1", "emergency.open") as change:
            change.run(
                "INSERT INTO setting(name, value, change) VALUES ('review.a', ?, ?)", (json.dumps(rows[0]), change.id)
            )
        with pytest.raises(AccessError, match="access_review_own"):
            close_review(vault, "a", "Fine")
        add_user(vault, ADAS, "Ben Li", [Role.FRONT_DESK], BENS, **COSTS)
        with pytest.raises(PassphraseError, match="passphrase_wrong"):
            close_review(vault, "a", "Fine", "wrong", floor=CHEAP)
        set_roles(vault, ADAS, accounts(vault)[1].user.id, [Role.CLINICIAN], floor=CHEAP)
        with pytest.raises(AccessError, match="access_review_own"):
            close_review(vault, "a", "Fine", ADAS, floor=CHEAP)
        set_roles(vault, ADAS, accounts(vault)[1].user.id, [Role.FRONT_DESK], floor=CHEAP)
        close_review(vault, "a", "Fine", ADAS, floor=CHEAP)
        assert last_entry(vault)[1]["one_signature"] == 1
