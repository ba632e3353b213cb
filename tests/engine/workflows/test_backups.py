"""The daily backup, how old the last one is, and what a home screen hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from engine.errors import StoreError
from engine.wording import LANGUAGES, load_wording
from engine.workflows import backups
from engine.workflows.backups import BackupAge
from engine.workflows.clinics import OpenClinic, open_clinic
from tests.made_once import new_clinic

PASSPHRASE = "a passphrase for tests"


class Turned:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def today(self) -> date:
        return self.moment.date()

    def turn(self, days: int) -> None:
        self.moment += timedelta(days=days)


@pytest.fixture
def clock() -> Turned:
    return Turned()


@pytest.fixture
def clinic(tmp_path: Path, clock: Turned) -> Iterator[OpenClinic]:
    new_clinic(tmp_path / "clinic", "GBR", PASSPHRASE, clock)
    with open_clinic(tmp_path / "clinic", PASSPHRASE, clock) as opened:
        yield opened


def test_a_clinic_without_a_backup_warns_and_makes_none_by_itself(clinic: OpenClinic) -> None:
    standing = backups.backup_standing(clinic)
    assert (standing.age, standing.days, standing.folder) == (BackupAge.NEVER, None, None)
    assert standing.warns
    assert backups.daily_backup(clinic) is None


def test_the_daily_backup_is_made_once_a_day(clinic: OpenClinic, clock: Turned, tmp_path: Path) -> None:
    (stick := tmp_path / "stick").mkdir()
    backups.choose_backup_folder(clinic, stick)
    assert backups.daily_backup(clinic) is not None
    assert backups.daily_backup(clinic) is None
    clock.turn(days=1)
    made = backups.daily_backup(clinic)
    assert made is not None
    assert made.backup.manifest.made_at == clock.now()
    assert len(list(stick.glob("*.lantern-backup"))) == 2
    backups.choose_backup_folder(clinic, None)
    clock.turn(days=1)
    assert backups.daily_backup(clinic) is None


def test_a_stick_that_is_away_is_asked_for_and_no_folder_made_in_its_place(clinic: OpenClinic, tmp_path: Path) -> None:
    backups.choose_backup_folder(clinic, tmp_path / "stick")
    with pytest.raises(StoreError, match="backup_folder_away"):
        backups.daily_backup(clinic)
    assert not (tmp_path / "stick").exists()


@pytest.mark.parametrize(
    ("days", "age"),
    [(0, BackupAge.FRESH), (1, BackupAge.FRESH), (2, BackupAge.OLD), (6, BackupAge.OLD), (7, BackupAge.VERY_OLD)],
)
def test_the_age_of_the_last_backup_is_told(
    clinic: OpenClinic, clock: Turned, tmp_path: Path, days: int, age: BackupAge
) -> None:
    backups.back_up(clinic, tmp_path / "stick")
    clock.turn(days=days)
    standing = backups.backup_standing(clinic)
    assert (standing.days, standing.age, standing.warns) == (days, age, age is not BackupAge.FRESH)
    for language in LANGUAGES:
        assert load_wording(language).say(f"backup.age.{age.value}", days=days)


def test_a_backup_made_while_the_clock_was_ahead_is_of_no_known_age(
    clinic: OpenClinic, clock: Turned, tmp_path: Path
) -> None:
    (stick := tmp_path / "stick").mkdir()
    backups.choose_backup_folder(clinic, stick)
    clock.turn(days=2_000)
    assert backups.daily_backup(clinic) is not None
    backups.drill(clinic, PASSPHRASE)
    clock.turn(days=-2_000)
    standing = backups.backup_standing(clinic)
    assert (standing.age, standing.days, standing.dated_ahead) == (BackupAge.VERY_OLD, None, True)
    assert standing.warns
    assert standing.drill_due
    made = backups.daily_backup(clinic)
    assert made is not None
    assert made.backup.manifest.made_at == clock.now()
    assert backups.backup_standing(clinic).age is BackupAge.FRESH
    assert backups.daily_backup(clinic) is None


def test_a_clock_put_back_by_less_than_a_day_makes_no_second_backup(
    clinic: OpenClinic, clock: Turned, tmp_path: Path
) -> None:
    (stick := tmp_path / "stick").mkdir()
    backups.choose_backup_folder(clinic, stick)
    assert backups.daily_backup(clinic) is not None
    clock.moment -= timedelta(hours=20)
    assert backups.daily_backup(clinic) is None
    standing = backups.backup_standing(clinic)
    assert (standing.age, standing.dated_ahead) == (BackupAge.FRESH, False)


def test_a_drill_is_due_once_a_month(clinic: OpenClinic, clock: Turned, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="backup_none"):
        backups.drill(clinic, PASSPHRASE)
    assert not backups.backup_standing(clinic).drill_due
    backups.back_up(clinic, tmp_path / "stick")
    assert backups.backup_standing(clinic).drill_due
    done = backups.drill(clinic, PASSPHRASE)
    assert done.people == 0
    assert not backups.backup_standing(clinic).drill_due
    clock.turn(days=31)
    assert backups.backup_standing(clinic).drill_due


def test_a_restored_clinic_opens_with_the_passphrase_of_its_day(
    clinic: OpenClinic, clock: Turned, tmp_path: Path
) -> None:
    made = backups.back_up(clinic, tmp_path / "stick")
    done = backups.restore(made.backup.file, tmp_path / "new", PASSPHRASE, clock, reason="The disk broke")
    assert done.manifest == made.backup.manifest
    with open_clinic(tmp_path / "new", PASSPHRASE, clock) as opened:
        assert opened.clinic == clinic.clinic
