"""Making a clinic through the real pages: nothing exists before the key was typed back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from desktop.context import Context
from desktop.first_start.presenter import FirstStartPresenter
from desktop.first_start.view import FirstStartView
from desktop.widgets.buttons import Button
from engine.workflows.clinics import OpenClinic

WAIT = 20_000
PASSPHRASE = "four words nobody guesses"


@pytest.fixture
def pages(qtbot: QtBot, context: Context) -> tuple[FirstStartPresenter, FirstStartView]:
    presenter = FirstStartPresenter(context)
    presenter.begin(can_go_back=False)
    view = FirstStartView(context.ui, presenter)
    qtbot.addWidget(view)
    view.resize(1366, 736)
    view.show()
    qtbot.waitUntil(lambda: bool(presenter.countries), timeout=WAIT)
    return presenter, view


def lines(view: FirstStartView) -> list[QLineEdit]:
    return [each for each in view.findChildren(QLineEdit) if each.isVisible()]


def answer_first_page(qtbot: QtBot, presenter: FirstStartPresenter, view: FirstStartView, country: str) -> None:
    presenter.choose_country(country)
    qtbot.waitUntil(lambda: presenter.choice is not None and presenter.choice.iso3 == country, timeout=WAIT)
    QTest.keyClicks(lines(view)[0], "Riverside Clinic")
    QTest.keyClick(lines(view)[0], Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: presenter.step == 1, timeout=WAIT)


def answer_passphrase_page(qtbot: QtBot, presenter: FirstStartPresenter, view: FirstStartView) -> None:
    owner, one, two = lines(view)
    QTest.keyClicks(owner, "Wang Li")
    QTest.keyClicks(one, PASSPHRASE)
    QTest.keyClicks(two, PASSPHRASE)
    QTest.keyClick(two, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: presenter.step == 2, timeout=WAIT)


def test_five_answers_a_passphrase_and_the_key_typed_back_make_an_open_clinic(
    qtbot: QtBot, context: Context, pages: tuple[FirstStartPresenter, FirstStartView]
) -> None:
    presenter, view = pages
    opened: list[OpenClinic] = []
    presenter.opened.connect(opened.append)
    answer_first_page(qtbot, presenter, view, "CHN")
    answer_passphrase_page(qtbot, presenter, view)
    assert presenter.key is not None
    assert not context.paths.clinic.exists()
    for field, text in zip(lines(view), presenter.key.text.splitlines(), strict=True):
        QTest.keyClicks(field, text)
    QTest.keyClick(lines(view)[-1], Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(opened), timeout=WAIT)
    clinic = opened[0]
    assert clinic.clinic.name == "Riverside Clinic"
    assert clinic.clinic.settings["country_iso3"] == "CHN"
    assert clinic.vault.user.name == "Wang Li"
    assert context.settings.clinic == str(context.paths.clinic)
    assert presenter.answers.passphrase == ""
    closed: list[None] = []
    context.jobs.store(context, lambda task: clinic.vault.close(), closed.append)
    qtbot.waitUntil(lambda: bool(closed), timeout=WAIT)


def test_a_key_that_was_not_typed_back_makes_nothing_and_names_the_row(
    qtbot: QtBot, context: Context, pages: tuple[FirstStartPresenter, FirstStartView]
) -> None:
    presenter, view = pages
    answer_first_page(qtbot, presenter, view, "GBR")
    answer_passphrase_page(qtbot, presenter, view)
    assert presenter.key is not None
    rows = presenter.key.text.splitlines()
    for field, text in zip(lines(view), [*rows[:1], rows[2], *rows[2:]], strict=True):
        QTest.keyClicks(field, text)
    QTest.keyClick(lines(view)[-1], Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(presenter.key_problem), timeout=WAIT)
    assert presenter.key_row == 2
    assert not context.paths.clinic.exists()


def test_without_a_name_the_first_page_says_what_is_missing_beside_the_field(
    qtbot: QtBot, context: Context, pages: tuple[FirstStartPresenter, FirstStartView]
) -> None:
    presenter, view = pages
    presenter.choose_country("GBR")
    QTest.keyClick(lines(view)[0], Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(presenter.name_problem), timeout=WAIT)
    assert presenter.name_problem == context.texts.wording.say("error.clinic_name_empty")
    assert presenter.step == 0


@pytest.mark.parametrize(("one", "two"), [("short", "short"), (PASSPHRASE, PASSPHRASE + "!")])
def test_a_passphrase_that_is_short_or_not_the_same_twice_is_told_beside_its_field(
    qtbot: QtBot, pages: tuple[FirstStartPresenter, FirstStartView], one: str, two: str
) -> None:
    presenter, view = pages
    answer_first_page(qtbot, presenter, view, "GBR")
    _, first, second = lines(view)
    QTest.keyClicks(first, one)
    QTest.keyClicks(second, two)
    QTest.keyClick(second, Qt.Key.Key_Return)
    assert bool(presenter.passphrase_problem) == (one == two)
    assert bool(presenter.again_problem) == (one != two)
    assert presenter.step == 1


def test_going_back_keeps_the_answers_and_the_key(
    qtbot: QtBot, pages: tuple[FirstStartPresenter, FirstStartView]
) -> None:
    presenter, view = pages
    answer_first_page(qtbot, presenter, view, "GBR")
    answer_passphrase_page(qtbot, presenter, view)
    key = presenter.key
    presenter.back()
    presenter.back()
    assert lines(view)[0].text() == "Riverside Clinic"
    presenter.leave_clinic_page()
    qtbot.waitUntil(lambda: presenter.step == 1, timeout=WAIT)
    presenter.leave_passphrase_page()
    qtbot.waitUntil(lambda: presenter.step == 2, timeout=WAIT)
    assert presenter.key is key


def test_the_grey_box_follows_the_country_and_asks_for_what_it_leaves_open(
    qtbot: QtBot, context: Context, pages: tuple[FirstStartPresenter, FirstStartView]
) -> None:
    presenter, view = pages
    presenter.choose_country("CHN")
    qtbot.waitUntil(lambda: presenter.choice is not None and presenter.choice.iso3 == "CHN", timeout=WAIT)
    qtbot.wait(10)
    effect = view._pages[0]._effect.text
    assert presenter.choice is not None
    assert presenter.choice.lead is not None
    assert presenter.choice.lead.title["en"] in effect


def test_tools_without_a_clear_licence_are_offered_and_stay_off_unless_accepted(
    pages: tuple[FirstStartPresenter, FirstStartView],
) -> None:
    presenter, _ = pages
    offered = [pack.id for pack in presenter.to_accept]
    assert offered
    assert presenter.answers.accepted == []
    presenter.accept(offered[0], yes=True)
    presenter.accept(offered[0], yes=True)
    assert presenter.answers.accepted == offered[:1]
    presenter.accept(offered[0], yes=False)
    assert presenter.answers.accepted == []


def test_every_button_of_the_first_page_can_be_reached_by_the_keyboard(
    pages: tuple[FirstStartPresenter, FirstStartView],
) -> None:
    _, view = pages
    buttons = [each for each in view.findChildren(Button) if each.isVisible()]
    assert buttons
    assert all(each.focusPolicy() & Qt.FocusPolicy.TabFocus for each in buttons)
    assert all(each.accessibleName() for each in buttons)
