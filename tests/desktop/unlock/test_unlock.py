"""The page in front of a clinic, through its real widgets."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from desktop.context import Context
from desktop.unlock.presenter import UnlockPresenter
from desktop.unlock.view import UnlockView
from desktop.widgets.buttons import Button
from engine.domain.ports import SystemClock
from engine.workflows.clinics import OpenClinic
from engine.workflows.practice import practice_passphrase
from engine.workflows.setup import ClinicRequest, create, new_recovery_key
from tests.desktop.unlock.front import opened_page

WAIT = 20_000


@pytest.fixture
def page(qtbot: QtBot, context: Context, practice_store: Path, tmp_path: Path) -> tuple[UnlockPresenter, UnlockView]:
    folder = tmp_path / "practice-copy"
    shutil.copytree(practice_store, folder)
    context.change(clinic=str(folder))
    return opened_page(qtbot, context)


def close(qtbot: QtBot, context: Context, clinic: OpenClinic) -> None:
    closed: list[None] = []
    context.jobs.store(context, lambda task: clinic.vault.close(), closed.append)
    qtbot.waitUntil(lambda: bool(closed), timeout=WAIT)


def line(view: UnlockView) -> QLineEdit:
    return next(each for each in view.findChildren(QLineEdit) if each.echoMode() is QLineEdit.EchoMode.Password)


def button(view: UnlockView, text: str) -> Button:
    return next(each for each in view.findChildren(Button) if each.text() == text)


def type_and_enter(qtbot: QtBot, view: UnlockView, text: str) -> None:
    field = line(view)
    field.clear()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def test_the_practice_clinic_opens_by_the_passphrase_on_the_page_and_by_nothing_else(
    qtbot: QtBot, context: Context, page: tuple[UnlockPresenter, UnlockView]
) -> None:
    presenter, view = page
    opened: list[OpenClinic] = []
    presenter.opened.connect(opened.append)
    assert presenter.practice_passphrase == practice_passphrase("en")
    type_and_enter(qtbot, view, "")
    qtbot.waitUntil(lambda: bool(presenter.problem), timeout=WAIT)
    assert not opened
    type_and_enter(qtbot, view, presenter.practice_passphrase)
    qtbot.waitUntil(lambda: bool(opened), timeout=WAIT)
    assert opened[0].clinic.practice
    close(qtbot, context, opened[0])


def test_a_wrong_passphrase_is_told_in_the_words_of_the_command_with_the_tries_that_are_left(
    qtbot: QtBot, context: Context, page: tuple[UnlockPresenter, UnlockView]
) -> None:
    presenter, view = page
    for _ in range(3):
        type_and_enter(qtbot, view, "not this one")
        qtbot.waitUntil(lambda: not presenter.busy and bool(presenter.problem), timeout=WAIT)
    assert presenter.problem == context.texts.wording.say("error.passphrase_wrong")
    qtbot.waitUntil(lambda: presenter.state is not None and presenter.state.tries_left == 2, timeout=WAIT)
    assert context.texts("unlock.tries_left", count=2) in view._notice.text


def test_after_five_tries_there_is_a_wait_that_outlives_the_page(
    qtbot: QtBot, context: Context, page: tuple[UnlockPresenter, UnlockView]
) -> None:
    presenter, view = page
    for _ in range(5):
        type_and_enter(qtbot, view, "not this one")
        qtbot.waitUntil(lambda: not presenter.busy and bool(presenter.problem), timeout=WAIT)
    qtbot.waitUntil(lambda: presenter.seconds > 0, timeout=WAIT)
    again, other = opened_page(qtbot, context)
    qtbot.waitUntil(lambda: again.seconds > 20, timeout=WAIT)
    wait = next(each for each in other.findChildren(Button) if each.text().startswith("Wait"))
    assert not wait.isEnabled()


def test_the_recovery_sheet_opens_the_clinic_and_sets_a_new_passphrase(
    qtbot: QtBot, context: Context, tmp_path: Path
) -> None:
    key, folder = new_recovery_key(), tmp_path / "clinic"
    create(ClinicRequest(folder, "Riverside", "GBR"), "the old passphrase", SystemClock(), recovery_key=key)
    context.change(clinic=str(folder))
    presenter, view = opened_page(qtbot, context)
    opened: list[OpenClinic] = []
    presenter.opened.connect(opened.append)
    QTest.mouseClick(button(view, context.texts("unlock.use_recovery")), Qt.MouseButton.LeftButton)
    lines = [each for each in view.findChildren(QLineEdit) if each.isVisible()]
    assert len(lines) == 6
    for field, text in zip(lines, [*key.text.splitlines(), "a new passphrase", "another one"], strict=True):
        QTest.keyClicks(field, text.lower())
    QTest.keyClick(lines[-1], Qt.Key.Key_Return)
    assert presenter.problem == context.texts("unlock.passphrases_differ")
    lines[-1].clear()
    QTest.keyClicks(lines[-1], "a new passphrase")
    QTest.keyClick(lines[-1], Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(opened), timeout=WAIT)
    close(qtbot, context, opened[0])
    fresh, page = opened_page(qtbot, context)
    fresh.opened.connect(opened.append)
    type_and_enter(qtbot, page, "the old passphrase")
    qtbot.waitUntil(lambda: bool(fresh.problem), timeout=WAIT)
    type_and_enter(qtbot, page, "a new passphrase")
    qtbot.waitUntil(lambda: len(opened) == 2, timeout=WAIT)
    close(qtbot, context, opened[1])


def test_a_wrong_row_of_the_sheet_is_named(qtbot: QtBot, context: Context, tmp_path: Path) -> None:
    key, folder = new_recovery_key(), tmp_path / "clinic"
    create(ClinicRequest(folder, "Riverside", "GBR"), "the old passphrase", SystemClock(), recovery_key=key)
    context.change(clinic=str(folder))
    presenter, _ = opened_page(qtbot, context)
    rows = key.text.splitlines()
    rows[2] = "2222 2222 22"
    presenter.turn_to_recovery(on=True)
    presenter.recover("\n".join(rows), "a new passphrase", "a new passphrase")
    qtbot.waitUntil(lambda: presenter.problem_row == 3, timeout=WAIT)
    assert "3" in presenter.problem


def test_caps_lock_is_a_standing_line(qtbot: QtBot, page: tuple[UnlockPresenter, UnlockView]) -> None:
    _, view = page
    QTest.keyClicks(line(view), "A")  # a capital without Shift
    assert view._caps.text
    QTest.keyClicks(line(view), "a")
    assert not view._caps.text


def test_the_language_changes_at_once_and_the_page_keeps_its_state(
    qtbot: QtBot, context: Context, page: tuple[UnlockPresenter, UnlockView]
) -> None:
    presenter, _ = page
    context.change(language="zh")
    view = UnlockView(context.ui, presenter)
    qtbot.addWidget(view)
    view.show()
    assert button(view, context.texts("unlock.open")).text() == "解锁"
    assert presenter.state is not None


def test_where_the_clinic_was_moved_away_a_sentence_says_so(qtbot: QtBot, context: Context, tmp_path: Path) -> None:
    context.change(clinic=str(tmp_path / "gone"))
    presenter = UnlockPresenter(context)
    assert not presenter.has_clinic()
    presenter.begin_looking()
    presenter.look()
    qtbot.waitUntil(lambda: presenter.state is not None, timeout=WAIT)
    presenter.unlock("anything at all")
    qtbot.waitUntil(lambda: bool(presenter.problem), timeout=WAIT)
    assert presenter.problem == context.texts.wording.say("error.store_missing")
