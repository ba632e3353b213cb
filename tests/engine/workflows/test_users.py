"""The people of a clinic through the front door, and guessing at their passphrases (test programme T9)."""

from __future__ import annotations

import json
import secrets
import shutil
import statistics
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import perf_counter

import pytest

from engine.domain.assessment import Clinic
from engine.domain.ports import FixedClock
from engine.errors import AccessError, EngineError, PassphraseError, StoreError, UsageError
from engine.store import Cost, RecoveryKey, User, create_clinic, open_clinic
from engine.store.folder import ClinicFolder
from engine.store.slot_files import readable_slot_files, write_slots
from engine.workflows import backups, users
from engine.workflows.clinics import OpenClinic
from engine.workflows.clinics import open_clinic as open_anyhow
from engine.workflows.patients import find_patients
from engine.workflows.unlock import change_passphrase, recover, unlock, unlock_state
from engine.workflows.users import Permission, Role, Second

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ADAS, BENS = "correct horse battery", "staple of the clinic"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RecoveryKey]:
    """A clinic with an administrator of all roles and a clinician who has chosen a passphrase."""
    folder = tmp_path_factory.mktemp("made") / "clinic"
    key = create_clinic(folder, ADAS, Clinic("c-1", "Maple", {}), FixedClock(NOW), owner=User("user-1", "Ada Okafor"))
    clinic = unlock(folder, ADAS, FixedClock(NOW))
    given = users.add(clinic, ADAS, "Ben Li", [Role.CLINICIAN])
    clinic.vault.close()
    clinic = unlock(folder, given.one_time, FixedClock(NOW), who="Ben Li")
    change_passphrase(clinic, given.one_time, BENS)
    clinic.vault.close()
    return folder, key


@pytest.fixture
def folder(tmp_path: Path, made: tuple[Path, RecoveryKey]) -> Path:
    shutil.copytree(made[0], tmp_path / "clinic")
    return tmp_path / "clinic"


def at(seconds: float) -> FixedClock:
    return FixedClock(NOW + timedelta(seconds=seconds))


def refusal(folder: Path, secret: str, who: str | None, seconds: float = 0) -> str:
    with pytest.raises(EngineError) as caught:
        unlock(folder, secret, at(seconds), who=who).vault.close()
    return caught.value.code


def test_a_one_time_passphrase_is_long_enough_and_never_the_same() -> None:
    drawn = {users.one_time_passphrase() for _ in range(200)}
    assert len(drawn) == 200
    assert all(len(each) == 19 and each.count("-") == 3 for each in drawn)


def test_the_first_sign_in_allows_nothing_but_a_passphrase_of_ones_own(folder: Path) -> None:
    clinic = unlock(folder, ADAS, at(0), who="Ada Okafor")
    given = users.add(clinic, ADAS, "  Cy\tWong ", [Role.CLINICIAN, Role.AUDITOR])
    assert given.user.name == "Cy Wong"
    assert given.one_time not in repr(given)
    clinic.vault.close()
    clinic = unlock(folder, given.one_time, at(0), who="cy wong")
    with pytest.raises(AccessError, match="access_passphrase_first"):
        find_patients(clinic, "")
    with pytest.raises(UsageError, match="passphrase_same"):
        change_passphrase(clinic, given.one_time, given.one_time)
    with pytest.raises(UsageError, match="passphrase_too_short"):
        change_passphrase(clinic, given.one_time, "short")
    change_passphrase(clinic, given.one_time, "a passphrase of my own")
    assert find_patients(clinic, "") == ()
    assert not users.may(clinic, Permission.USERS)
    clinic.vault.close()
    assert refusal(folder, given.one_time, "Cy Wong") == "passphrase_wrong"


def test_removal_says_whether_the_key_was_turned_and_removes_nobody_where_it_cannot_be(folder: Path) -> None:
    clinic = unlock(folder, ADAS, at(0), who="Ada Okafor")
    ben = users.find(clinic, "BEN li")
    with pytest.raises(UsageError, match="reason_needed"):
        users.remove(clinic, ADAS, ben.id, turning=True)
    assert [each.user.name for each in users.everyone(clinic)] == ["Ada Okafor", "Ben Li"]
    removed = users.remove(clinic, ADAS, ben.id, turning=True, reason="He left; nobody else here")
    assert (removed.user, removed.key_turned) == (ben, True)
    with pytest.raises(UsageError, match="user_unknown"):
        users.find(clinic, "Ben Li")
    clinic.vault.close()
    unlock(folder, ADAS, at(0)).vault.close()
    assert refusal(folder, BENS, "Ben Li") == "passphrase_wrong"


def test_two_administrators_turn_the_key_together(folder: Path) -> None:
    clinic = unlock(folder, ADAS, at(0), who="Ada Okafor")
    users.set_roles_of(clinic, ADAS, users.find(clinic, "Ben Li").id, [Role.ADMINISTRATOR])
    with pytest.raises(AccessError, match="access_two_people"):
        users.turn(clinic, ADAS, reason="I would rather not ask")
    users.turn(clinic, ADAS, Second("Ben Li", BENS))
    clinic.vault.close()
    unlock(folder, BENS, at(0), who="Ben Li").vault.close()


def test_an_open_clinic_is_no_place_to_guess_at_a_passphrase(folder: Path) -> None:
    clinic = unlock(folder, ADAS, at(0), who="Ada Okafor")
    for _ in range(5):
        with pytest.raises(PassphraseError, match="passphrase_wrong"):
            users.rename(clinic, "guess", "user-1", "Other")
    with pytest.raises(PassphraseError, match="passphrase_wait"):
        users.rename(clinic, ADAS, "user-1", "Other")
    clinic.vault.close()


class TestGuessingAtAnother:
    """Whose passphrase is guessed at waits for it, from whatever session and on whatever page it is."""

    @pytest.fixture
    def clinic(self, folder: Path) -> Iterator[OpenClinic]:
        clinic = unlock(folder, ADAS, at(0), who="Ada Okafor")
        users.set_roles_of(clinic, ADAS, users.find(clinic, "Ben Li").id, [Role.ADMINISTRATOR])
        with clinic.vault:
            yield clinic

    @staticmethod
    def refused(act: Callable[[], object]) -> str:
        with pytest.raises(EngineError) as caught:
            act()
        return caught.value.code

    @staticmethod
    def told(clinic: OpenClinic) -> list[tuple[int, str]]:
        rows = clinic.vault._database.rows("SELECT detail FROM audit WHERE action = 'unlock.failed_tries' ORDER BY seq")
        return [(json.loads(row[0])["failed"], json.loads(row[0])["user"]) for row in rows]

    def test_a_second_person_is_counted_as_themselves_and_waits(self, clinic: OpenClinic, folder: Path) -> None:
        ben = users.find(clinic, "Ben Li").id
        for count in range(5):
            guess = Second(("Ben Li", "ben  LI", ben)[count % 3], "guess")
            assert self.refused(partial(users.turn, clinic, ADAS, guess)) == "second_passphrase_wrong"
            assert self.told(clinic) == [(1, ben)] * (count + 1)  # at once
            users.rename(clinic, ADAS, "user-1", f"Ada {count}")  # one's own success clears nothing of theirs
        assert self.refused(lambda: users.turn(clinic, ADAS, Second("Ben Li", BENS))) == "passphrase_wait"
        assert unlock_state(folder, at(0), "Ben Li").tries_left == 0
        assert unlock_state(folder, at(0), "user-1").tries_left == 5
        users.turn(replace(clinic, clock=at(30)), ADAS, Second("Ben Li", BENS))
        assert unlock_state(folder, at(30), "Ben Li").tries_left == 5
        assert self.told(clinic) == [(1, ben)] * 5

    def test_ones_own_wrong_passphrase_costs_the_second_nothing(self, clinic: OpenClinic, folder: Path) -> None:
        assert self.refused(lambda: users.turn(clinic, "guess", Second("Ben Li", "guess"))) == "passphrase_wrong"
        assert unlock_state(folder, at(0), "user-1").tries_left == 4
        assert unlock_state(folder, at(0), "Ben Li").tries_left == 5
        assert self.told(clinic) == [(1, "user-1")]

    def test_the_right_passphrase_with_nobody_else_named_is_no_wrong_one(
        self, clinic: OpenClinic, folder: Path
    ) -> None:
        for _ in range(7):
            assert self.refused(lambda: users.turn(clinic, ADAS)) == "access_two_people"
        assert unlock_state(folder, at(0), "user-1").tries_left == 5
        assert self.told(clinic) == []

    def test_a_drill_counts_whose_passphrase_it_is_and_ends_no_wait(
        self, clinic: OpenClinic, folder: Path, tmp_path: Path
    ) -> None:
        backups.back_up(clinic, tmp_path / "stick")
        for _ in range(4):
            assert self.refused(lambda: backups.drill(clinic, "guess", who="Ben Li")) == "passphrase_wrong"
        assert unlock_state(folder, at(0), "user-1").tries_left == 5
        backups.drill(clinic, BENS, who="Ben Li")  # may be that of another day
        assert unlock_state(folder, at(0), "Ben Li").tries_left == 1
        assert self.refused(lambda: backups.drill(clinic, "guess", who="Ben Li")) == "passphrase_wrong"
        assert self.refused(lambda: backups.drill(clinic, BENS, who="Ben Li")) == "passphrase_wait"

    def test_restoring_is_no_place_to_guess_either(self, clinic: OpenClinic, tmp_path: Path) -> None:
        file = backups.back_up(clinic, tmp_path / "stick").backup.file
        before = sorted(path.name for path in (tmp_path / "stick").iterdir())

        def restore(secret: str, who: str, second: Second | None = None, seconds: float = 0) -> None:
            place = tmp_path / f"new-{len(list(tmp_path.iterdir()))}"
            backups.restore(file, place, secret, at(seconds), who=who, second=second)

        for count in range(5):
            who = ("Ben Li", "ben  LI")[count % 2]
            assert self.refused(partial(restore, "guess", who)) == "passphrase_wrong"
        assert self.refused(lambda: restore(BENS, "Ben Li", Second("Ada Okafor", ADAS))) == "passphrase_wait"
        guess = Second("Ada Okafor", "guess")
        for _ in range(5):
            assert self.refused(lambda: restore(BENS, "Ben Li", guess, 30)) == "second_passphrase_wrong"
        assert self.refused(lambda: restore(ADAS, "Ada Okafor", seconds=30)) == "passphrase_wait"
        restore(BENS, "Ben Li", Second("Ada Okafor", ADAS), 60)
        assert sorted(path.name for path in (tmp_path / "stick").iterdir()) == sorted([*before, "tries.json"])


class TestGuessing:
    def test_each_user_is_counted_apart_and_a_restart_forgets_nothing(self, folder: Path) -> None:
        for left in (4, 3, 2, 1, 0):
            assert refusal(folder, "guess", "Ben Li") == "passphrase_wrong"
            assert unlock_state(folder, at(0), "Ben Li").tries_left == left
        assert refusal(folder, BENS, "ben  LI") == "passphrase_wait"  # a name may be written in several ways
        assert unlock_state(folder, at(0), "Ada Okafor").tries_left == 5
        clinic = unlock(folder, ADAS, at(1), who="Ada Okafor")  # and the audit hears of it from who signs in next
        told = clinic.vault._database.rows("SELECT detail FROM audit WHERE action = 'unlock.failed_tries'")
        assert [(json.loads(row[0])["failed"], json.loads(row[0])["user"]) for row in told] == [
            (5, users.find(clinic, "Ben Li").id)
        ]
        clinic.vault.close()
        unlock(folder, ADAS, at(2), who="Ada Okafor").vault.close()
        assert refusal(folder, BENS, "Ben Li", 29) == "passphrase_wait"
        assert refusal(folder, "guess", "Ben Li", 30) == "passphrase_wrong"
        assert refusal(folder, BENS, "Ben Li", 89) == "passphrase_wait"
        clinic = unlock(folder, BENS, at(90), who="Ben Li")
        told = clinic.vault._database.rows("SELECT detail FROM audit WHERE action = 'unlock.failed_tries' ORDER BY seq")
        assert [json.loads(row[0])["failed"] for row in told] == [5, 1]
        clinic.vault.close()
        assert not list(folder.glob("tries*"))

    def test_the_wait_doubles_to_twenty_minutes_across_restarts(self, folder: Path) -> None:
        moment, waits = 0.0, []
        for _ in range(5):
            refusal(folder, "guess", "Ben Li")
        for _ in range(8):
            state = unlock_state(folder, at(moment), "Ben Li")
            waits.append(state.seconds_to_wait)
            assert refusal(folder, BENS, "Ben Li", moment) == "passphrase_wait"
            moment += state.seconds_to_wait
            assert refusal(folder, "guess", "Ben Li", moment) == "passphrase_wrong"
        assert waits == [30, 60, 120, 240, 480, 960, 1200, 1200]

    def test_somebody_unknown_is_told_the_same_in_the_same_time(self, folder: Path) -> None:
        taken: dict[str, list[float]] = {"Ben Li": [], "Nobody Here": []}
        for seconds in range(4):
            for who, times in taken.items():
                begun = perf_counter()
                assert refusal(folder, f"guess {seconds}", who) == "passphrase_wrong"
                times.append(perf_counter() - begun)
        known, unknown = (statistics.median(times) for times in taken.values())
        assert 0.5 < unknown / known < 2
        for who in taken:
            assert refusal(folder, "guess", who) == "passphrase_wrong"
            assert refusal(folder, "guess", who) == "passphrase_wait"

    @pytest.mark.parametrize("count", [60, pytest.param(1000, marks=pytest.mark.nightly)])
    def test_no_wrong_secret_opens_anything(
        self, folder: Path, made: tuple[Path, RecoveryKey], count: int, record_property: Callable[[str, object], None]
    ) -> None:
        """T9: wrong passphrases, near and far, and wrong recovery keys."""
        cheap = Cost(64, 1, 1)
        create_clinic(folder.with_name("cheap"), ADAS, Clinic("c-2", "Other", {}), at(0), cost=cheap)
        tried = 0
        for number in range(count):
            near = ADAS[: number % len(ADAS)] + chr(33 + number % 90) + ADAS[number % len(ADAS) + 1 :]
            far = secrets.token_hex(1 + number % 20)
            sheet = RecoveryKey.generate(secrets.token_bytes).text
            for secret in {near, far, sheet} - {ADAS}:
                tried += 1
                with pytest.raises(PassphraseError, match="passphrase_wrong"):
                    open_clinic(folder.with_name("cheap"), secret, at(number), floor=cheap)
        record_property("T9 tried", tried)
        assert tried > count * 2

    def test_swapped_slots_and_cheaper_ones_open_nothing(self, folder: Path, made: tuple[Path, RecoveryKey]) -> None:
        file = readable_slot_files(ClinicFolder(folder))[0].file
        ada, sheet, ben = file.slots
        forged = {
            "a slot under another name": (replace(ben, user_id=ada.user_id), sheet, replace(ada, user_id=ben.user_id)),
            "keys of one, roles of the other": (ada, sheet, replace(ben, roles=ada.roles)),
            "a lowered price": (replace(ada, cost=Cost(64, 1, 1)), sheet, ben),
            "a price just below": (replace(ada, cost=Cost(64 * 1024 - 1, 3, 4)), sheet, ben),
            "a sheet made a passphrase": (replace(sheet, kind=ada.kind, user_id=ada.user_id), ben),
        }
        for slots in forged.values():
            # Whoever forges this has no data key, so the file carries no valid mark; nor does a slot open.
            content = replace(file, slots=slots, revision=99).encode(bytes(32))
            write_slots(ClinicFolder(folder), content, secrets.token_bytes)
            for secret, who in ((ADAS, "Ada Okafor"), (BENS, "Ben Li")):
                with pytest.raises((PassphraseError, StoreError)):
                    open_clinic(folder, secret, at(0), who=who)


def test_who_uses_the_recovery_sheet_chooses_whose_passphrase_is_new(
    folder: Path, made: tuple[Path, RecoveryKey]
) -> None:
    clinic = recover(folder, made[1].text, "a new passphrase", at(0))
    assert clinic.vault.user.id == "user-1"
    clinic.vault.close()
    with pytest.raises(StoreError):  # a clinician is no administrator
        recover(folder, made[1].text, "a new passphrase", at(0), user_id="nobody")
    with open_anyhow(folder, made[1].text, at(0)) as opened:
        assert isinstance(opened, OpenClinic)
        assert opened.vault.user.id == "recovery"
