"""The card of backups: what it says, one by hand, the daily one, a stop; and the word in the bar of every page."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop.context import Context
from desktop.emergency import EmergencyDesk
from desktop.printing import Printers
from desktop.security.backup_card import BackupCard
from desktop.security.backups import Backups
from desktop.security.presenter import SecurityPresenter
from desktop.shell import TopBar
from engine.store.settings import keep_setting
from engine.workflows.clinics import OpenClinic
from tests.desktop.conftest import NOW, WAIT_MS


@pytest.fixture
def presenter(practice: Context) -> SecurityPresenter:
    return SecurityPresenter(practice, Printers(practice), EmergencyDesk(practice))


@pytest.fixture
def backups(qtbot: QtBot, presenter: SecurityPresenter) -> Backups:
    presenter.backups.look()
    qtbot.waitUntil(lambda: presenter.backups.overview is not None, timeout=WAIT_MS)
    return presenter.backups


@pytest.fixture
def card(qtbot: QtBot, practice: Context, presenter: SecurityPresenter, backups: Backups) -> BackupCard:
    made = BackupCard(practice.ui, presenter)
    qtbot.addWidget(made)
    made.show()
    return made


def texts_of(widget: QWidget) -> str:
    labels = [label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget)]
    return "\n".join(labels).replace("\u200b", "")


def wait_until_done(qtbot: QtBot, backups: Backups) -> None:
    qtbot.waitUntil(lambda: not backups.runs, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: backups._context.jobs.busy == 0, timeout=WAIT_MS)


def test_before_the_first_one_it_says_that_there_is_none(card: BackupCard, backups: Backups) -> None:
    said = texts_of(card)
    assert "No backup yet" in said
    assert "None of the last 14 days has one." in said
    assert backups.bar_words()[0] == ""  # a practice clinic has nobody to lose


def test_one_by_hand_asks_where_and_then_says_that_the_stick_may_go(
    qtbot: QtBot, card: BackupCard, backups: Backups, tmp_path: Path
) -> None:
    with qtbot.waitSignal(backups.folder_asked, timeout=WAIT_MS):
        backups.back_up_now()
    (stick := tmp_path / "stick").mkdir()
    backups.choose_folder(stick)
    assert backups.runs
    wait_until_done(qtbot, backups)
    assert (backups.problem, [path.suffix for path in sorted(stick.iterdir())]) == (
        "",
        [".lantern-backup", ".lantern-manifest"],
    )
    said = texts_of(card)
    assert f"Today {backups._context.texts.time(NOW)}" in said
    assert str(stick) in said
    assert "1 of the last 14 days has one." in said
    assert backups.bar_words() == (f"Backed up today {backups._context.texts.time(NOW)}", "quiet")


def test_a_place_in_the_clinic_s_own_folder_is_refused_in_words(
    qtbot: QtBot, card: BackupCard, backups: Backups, practice: Context
) -> None:
    backups.choose_folder(practice.clinic.vault.folder / "backups")
    wait_until_done(qtbot, backups)
    assert "would be lost together with it" in backups.problem
    assert backups.problem in texts_of(card)


def test_the_daily_one_is_made_when_the_stick_comes_and_once_only(
    qtbot: QtBot, card: BackupCard, backups: Backups, tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    backups.take_daily_folder(stick)
    qtbot.waitUntil(lambda: backups.daily, timeout=WAIT_MS)
    stick.rmdir()
    backups.look_for_daily()
    qtbot.waitUntil(lambda: backups._missed is not None, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: "Not plugged in now" in texts_of(card), timeout=WAIT_MS)
    assert not stick.exists()
    stick.mkdir()
    backups.look_for_daily()
    qtbot.waitUntil(lambda: backups.overview is not None and backups.overview.last is not None, timeout=WAIT_MS)
    wait_until_done(qtbot, backups)
    backups.look_for_daily()
    wait_until_done(qtbot, backups)
    assert len(list(stick.glob("*.lantern-backup"))) == 1
    assert "Every day" in texts_of(card)


def test_a_daily_one_that_fails_is_a_quiet_notice_and_no_more(
    qtbot: QtBot, card: BackupCard, backups: Backups, practice: Context, tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    backups.take_daily_folder(stick)
    qtbot.waitUntil(lambda: backups.daily, timeout=WAIT_MS)
    told: list[str] = []
    practice.problem.connect(told.append)
    practice.on_store(practice, _put_inside)
    wait_until_done(qtbot, backups)
    backups.look()
    wait_until_done(qtbot, backups)
    backups.look_for_daily()
    qtbot.waitUntil(lambda: bool(backups.quiet_problem), timeout=WAIT_MS)
    assert told == []
    assert backups.bar_words() == ("Backup did not work", "warn")
    assert "would be lost together with it" in texts_of(card)


def _put_inside(clinic: OpenClinic) -> None:
    """Let the daily ones go where an older program may have let them go."""
    inside = clinic.vault.folder / "backups"
    inside.mkdir()
    with clinic.vault.change(clinic.actor, "backup.folder") as change:
        keep_setting(change, "backup.folder", str(inside))


def test_saving_goes_on_while_one_is_made_and_a_stop_leaves_nothing(
    qtbot: QtBot, backups: Backups, practice: Context, tmp_path: Path
) -> None:
    (stick := tmp_path / "stick").mkdir()
    order: list[str] = []
    backups.back_up_now(stick)
    practice.on_store(practice, lambda clinic: clinic.vault.note("list.view"), lambda _: order.append("saved"))
    backups.changed.connect(lambda: None if backups.runs else order.append("ended"))
    wait_until_done(qtbot, backups)
    assert order[0] == "saved"
    shutil.rmtree(stick)
    stick.mkdir()
    backups.back_up_now(stick)
    backups.stop()
    wait_until_done(qtbot, backups)
    assert "stopped" in backups.problem
    assert list(stick.iterdir()) == []


def test_the_bar_shows_it_and_leads_to_the_page(qtbot: QtBot, practice: Context) -> None:
    bar = TopBar(practice.ui, lambda query: [], "Ada Okafor", practice=False)
    qtbot.addWidget(bar)
    bar.resize(1280, 48)
    bar.show()
    bar.show_backup("Last backup 9 days ago", "danger")
    assert bar._backup.isVisible()
    with qtbot.waitSignal(bar.backup_asked, timeout=WAIT_MS):
        bar._backup.click()
    bar.show_backup("", "quiet")
    assert not bar._backup.isVisible()
