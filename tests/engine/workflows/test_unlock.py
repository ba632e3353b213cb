"""The unlock page: tries that are counted, the recovery sheet, another passphrase."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from engine.domain.ports import FixedClock
from engine.errors import PassphraseError, StoreError, UsageError
from engine.store import RecoveryKey
from engine.wording import LANGUAGES, load_wording
from engine.workflows.clinics import ClinicRequest, OpenClinic, create
from engine.workflows.setup import new_recovery_key
from engine.workflows.unlock import UnlockState, change_passphrase, recover, unlock, unlock_state

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
PASSPHRASE = "a passphrase for tests"
WRONG = "wrong"
NEW = "another one for tests"


class Turned:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.moment = NOW

    def now(self) -> datetime:
        return self.moment

    def today(self) -> date:
        return self.moment.date()

    def turn(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RecoveryKey]:
    folder = tmp_path_factory.mktemp("made") / "clinic"
    key = new_recovery_key()
    request = ClinicRequest(folder, "Maple Lane", "GBR", owner_name="Ada\tOkafor ")
    assert create(request, PASSPHRASE, FixedClock(NOW), recovery_key=key).recovery_key == key.text
    return folder, key


@pytest.fixture
def folder(made: tuple[Path, RecoveryKey], tmp_path: Path) -> Path:
    return Path(shutil.copytree(made[0], tmp_path / "clinic"))


@pytest.fixture
def clock() -> Turned:
    return Turned()


def refused(folder: Path, clock: Turned, secret: str = WRONG) -> str:
    with pytest.raises(PassphraseError) as caught:
        unlock(folder, secret, clock)
    for language in LANGUAGES:
        assert load_wording(language).error(caught.value)
    return caught.value.code


def opened(folder: Path, clock: Turned, secret: str = PASSPHRASE) -> None:
    unlock(folder, secret, clock).vault.close()


def state(folder: Path, clock: Turned) -> UnlockState:
    return unlock_state(folder, clock)


def audit(clinic: OpenClinic) -> list[str]:
    return [row[0] for row in clinic.vault._database.rows("SELECT action FROM audit ORDER BY seq")]


def test_before_it_is_unlocked_a_clinic_says_whose_it_is(folder: Path, clock: Turned) -> None:
    found = state(folder, clock)
    assert [user.name for user in found.people] == ["Ada Okafor"]
    assert (found.practice, found.owner_name, found.seconds_to_wait, found.tries_left) == (False, "Ada Okafor", 0, 5)
    assert found.exists
    assert not state(folder.parent / "nowhere", clock).exists
    assert not state(folder.parent, clock).exists


def test_five_tries_are_free_the_sixth_waits_and_a_restart_forgets_nothing(folder: Path, clock: Turned) -> None:
    for left in (4, 3, 2, 1, 0):
        assert refused(folder, clock) == "passphrase_wrong"
        assert state(folder, clock).tries_left == left
    # Nothing is kept in memory between two calls: each is a restart.
    assert refused(folder, clock, PASSPHRASE) == "passphrase_wait"
    assert state(folder, clock).seconds_to_wait == 30
    clock.turn(-86_400 * 400)
    assert refused(folder, clock, PASSPHRASE) == "passphrase_wait"
    assert state(folder, clock).seconds_to_wait == 30
    clock.turn(29)
    assert refused(folder, clock) == "passphrase_wait"
    clock.turn(1)
    assert refused(folder, clock) == "passphrase_wrong"
    assert state(folder, clock).seconds_to_wait == 60
    clock.turn(60)
    clinic = unlock(folder, PASSPHRASE, clock)
    assert audit(clinic)[-1] == "unlock.failed_tries"
    assert clinic.vault._database.rows("SELECT detail FROM audit ORDER BY seq DESC")[0][0].startswith('{"failed":6')
    clinic.vault.close()
    assert state(folder, clock).tries_left == 5
    assert not list(folder.glob("tries*"))


def test_what_is_no_guess_is_not_counted(folder: Path, clock: Turned) -> None:
    assert refused(folder, clock, "") == "passphrase_wrong"
    clinic = unlock(folder, PASSPHRASE, clock)
    with pytest.raises(StoreError, match="store_in_use"):
        opened(folder, clock)
    clinic.vault.close()
    assert refused(folder, clock) == "passphrase_wrong"
    (folder / "store.db").rename(folder / "away.db")
    with pytest.raises(StoreError, match="store_file_missing"):
        opened(folder, clock)
    (folder / "away.db").rename(folder / "store.db")
    assert state(folder, clock).tries_left == 4
    with pytest.raises(StoreError, match="store_missing"):
        opened(folder.parent, clock)
    assert [path.name for path in folder.parent.iterdir()] == ["clinic"]


def test_a_store_that_cannot_be_opened_for_another_reason_gives_the_try_back(folder: Path, clock: Turned) -> None:
    refused(folder, clock)
    content = bytearray((folder / "store.db").read_bytes())
    content[100] ^= 1
    (folder / "store.db").write_bytes(content)
    with pytest.raises(StoreError, match="store_damaged"):
        opened(folder, clock)
    assert state(folder, clock).tries_left == 4


def test_a_deleted_file_of_tries_opens_at_once(folder: Path, clock: Turned) -> None:
    for _ in range(5):
        refused(folder, clock)
    assert refused(folder, clock, PASSPHRASE) == "passphrase_wait"
    (folder / "tries.json").unlink()
    opened(folder, clock)


def test_the_recovery_sheet_gives_a_new_passphrase_without_waiting(
    folder: Path, made: tuple[Path, RecoveryKey], clock: Turned
) -> None:
    for _ in range(6):
        refused(folder, clock)
    key = made[1]
    with pytest.raises(UsageError, match="passphrase_too_short"):
        recover(folder, key.text, "seven77", clock)
    with pytest.raises(PassphraseError, match="recovery_key_shape"):
        recover(folder, "ABC", NEW, clock)
    with pytest.raises(PassphraseError, match="recovery_key_other"):
        recover(folder, new_recovery_key().text, NEW, clock)
    clinic = recover(folder, key.text.lower(), NEW, clock)
    assert audit(clinic)[-4:] == ["passphrase.change", "session.close", "session.open", "unlock.failed_tries"]
    assert clinic.clinic.name == "Maple Lane"
    clinic.vault.close()
    assert state(folder, clock).tries_left == 5
    assert refused(folder, clock, PASSPHRASE) == "passphrase_wrong"
    opened(folder, clock, NEW)
    opened(folder, clock, key.text)


def test_the_passphrase_is_changed_by_who_knows_the_old_one(folder: Path, clock: Turned) -> None:
    clinic = unlock(folder, PASSPHRASE, clock)
    with pytest.raises(UsageError, match="passphrase_too_short"):
        change_passphrase(clinic, PASSPHRASE, "short")
    for _ in range(5):
        with pytest.raises(PassphraseError, match="passphrase_wrong"):
            change_passphrase(clinic, "wrong", NEW)
    with pytest.raises(PassphraseError, match="passphrase_wait"):
        change_passphrase(clinic, PASSPHRASE, NEW)
    clock.turn(30)
    change_passphrase(clinic, PASSPHRASE, NEW)
    told = [action for action in audit(clinic) if action in ("passphrase.change", "unlock.failed_tries")]
    assert told == ["unlock.failed_tries"] * 5 + ["passphrase.change"]  # each at once, and none a second time
    clinic.vault.close()
    assert refused(folder, clock, PASSPHRASE) == "passphrase_wrong"
    opened(folder, clock, NEW)


def test_slots_that_cannot_be_written_leave_the_clinic_closed_and_the_old_passphrase(
    folder: Path, made: tuple[Path, RecoveryKey], clock: Turned, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("store_disk_full")

    monkeypatch.setattr("engine.store.slot_files.write_durably", full)
    with pytest.raises(StoreError, match="store_disk_full"):
        recover(folder, made[1].text, NEW, clock)
    monkeypatch.undo()
    opened(folder, clock)
