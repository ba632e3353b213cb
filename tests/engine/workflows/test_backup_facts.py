"""What is shown of backups before one is made or opened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.domain.ports import FixedClock
from engine.errors import StoreError
from engine.workflows import backups
from engine.workflows.audit import VerifyRequest, verify_clinic
from engine.workflows.backup_facts import backup_front, backup_fronts, backup_overview
from engine.workflows.clinics import ClinicRequest, OpenClinic, create, open_clinic

PASSPHRASE = "a passphrase for tests"
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def clinic(tmp_path: Path, clock: FixedClock) -> Iterator[OpenClinic]:
    create(ClinicRequest(tmp_path / "clinic", "Maple Lane", "GBR", owner_name="Ada"), PASSPHRASE, clock)
    with open_clinic(tmp_path / "clinic", PASSPHRASE, clock) as opened:
        yield opened


def test_a_clinic_without_backups_has_fourteen_empty_days(clinic: OpenClinic) -> None:
    found = backup_overview(clinic)
    assert (found.last, found.place, found.drill) == (None, None, None)
    assert [made for _, made in found.days] == [False] * 14
    assert found.days[-1][0] == NOW.astimezone().date()
    assert found.days[0][0] == NOW.astimezone().date() - timedelta(days=13)


def test_today_is_marked_and_the_folder_told(clinic: OpenClinic, tmp_path: Path) -> None:
    made = backups.back_up(clinic, tmp_path / "stick")
    found = backup_overview(clinic)
    assert [made for _, made in found.days] == [False] * 13 + [True]
    assert found.place is not None
    assert (found.place.folder, found.place.there) == (tmp_path / "stick", True)
    assert found.last is not None
    assert found.last.size == made.backup.manifest.size


def test_a_backup_says_what_it_is_before_it_is_opened(clinic: OpenClinic, tmp_path: Path, clock: FixedClock) -> None:
    backups.back_up(clinic, tmp_path / "stick")
    (front,) = backup_fronts(tmp_path / "stick")
    assert (front.made_by, front.made_at, front.patients) == ("Ada", NOW, 0)
    assert [user.name for user in front.openers] == ["Ada"]
    clinic.vault.close()
    request = VerifyRequest(tmp_path / "clinic", checkpoint=front.checkpoint)
    assert verify_clinic(request, PASSPHRASE, clock).answer == "kept"


def test_a_backup_that_was_altered_is_left_out_and_refused(clinic: OpenClinic, tmp_path: Path) -> None:
    made = backups.back_up(clinic, tmp_path / "stick")
    file = made.backup.file
    file.write_bytes(file.read_bytes().replace(b'"seq":', b'"sec":'))
    assert backup_fronts(tmp_path / "stick") == ()
    with pytest.raises(StoreError, match="backup_damaged"):
        backup_front(file)
