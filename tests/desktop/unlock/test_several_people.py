"""The page in front of a clinic that several people use: who signs in, a first passphrase, places by role."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from desktop.app import App
from desktop.context import Context
from desktop.faults import Faults
from desktop.unlock.presenter import UnlockPresenter
from desktop.unlock.view import UnlockView
from desktop.widgets.choices import Select
from desktop.widgets.rail import RailItem
from engine.domain.ports import FixedClock
from engine.workflows import users
from engine.workflows.clinics import ClinicRequest, OpenClinic, create
from engine.workflows.unlock import change_passphrase, unlock
from engine.workflows.users import Role
from tests.desktop.unlock.front import opened_page

WAIT = 20_000
ADAS, BENS, CYS = "the passphrase of Ada", "the passphrase of Ben", "for once and for Cy"
CLOCK = FixedClock(datetime(2026, 11, 22, 10, 42, tzinfo=UTC))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ada does everything, Ben is at the front desk, Dee audits; Cy has not signed in yet."""
    folder = tmp_path_factory.mktemp("several") / "clinic"
    create(ClinicRequest(folder, "Riverside", "GBR", owner_name="Ada Okafor"), ADAS, CLOCK)
    clinic = unlock(folder, ADAS, CLOCK)
    given = {
        name: users.add(clinic, ADAS, name, [role]).one_time
        for name, role in (("Ben Li", Role.FRONT_DESK), ("Dee Auditor", Role.AUDITOR))
    }
    users.add(clinic, ADAS, "Cy Wong", [Role.CLINICIAN], CYS)
    clinic.vault.close()
    for name, one_time in given.items():
        clinic = unlock(folder, one_time, CLOCK, who=name)
        change_passphrase(clinic, one_time, BENS)
        clinic.vault.close()
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "clinic")
    return tmp_path / "clinic"


@pytest.fixture
def page(qtbot: QtBot, context: Context, folder: Path) -> tuple[UnlockPresenter, UnlockView]:
    context.change(clinic=str(folder))
    return opened_page(qtbot, context)


def fields(view: UnlockView) -> list[QLineEdit]:
    return [
        each
        for each in view.findChildren(QLineEdit)
        if each.echoMode() is QLineEdit.EchoMode.Password and each.isVisible()
    ]


def choose(view: UnlockView, name: str) -> None:
    (choice,) = view.findChildren(Select)
    choice.setCurrentIndex(choice.findText(name))
    choice.activated.emit(choice.currentIndex())


def enter(field: QLineEdit, text: str) -> None:
    field.clear()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def close(qtbot: QtBot, context: Context, clinic: OpenClinic) -> None:
    closed: list[None] = []
    context.jobs.store(context, lambda task: clinic.vault.close(), closed.append)
    qtbot.waitUntil(lambda: bool(closed), timeout=WAIT)


def test_each_signs_in_by_name_and_is_counted_apart(
    qtbot: QtBot, context: Context, page: tuple[UnlockPresenter, UnlockView]
) -> None:
    presenter, view = page
    opened: list[OpenClinic] = []
    presenter.opened.connect(opened.append)
    (choice,) = view.findChildren(Select)
    names = [choice.itemText(place) for place in range(choice.count())]
    assert names == ["Ada Okafor", "Ben Li", "Dee Auditor", "Cy Wong"]
    assert choice.currentText() == "Ada Okafor"
    for _ in range(5):
        enter(fields(view)[0], BENS)
        qtbot.waitUntil(lambda: not presenter.busy and bool(presenter.problem), timeout=WAIT)
    qtbot.waitUntil(lambda: presenter.seconds > 0, timeout=WAIT)
    choose(view, "Ben Li")
    qtbot.waitUntil(lambda: presenter.seconds == 0, timeout=WAIT)
    assert not presenter.problem
    enter(fields(view)[0], BENS)
    qtbot.waitUntil(lambda: bool(opened), timeout=WAIT)
    assert opened[0].vault.user.name == "Ben Li"
    close(qtbot, context, opened[0])


def test_a_passphrase_of_somebody_elses_choice_is_changed_before_the_clinic_opens(
    qtbot: QtBot, context: Context, page: tuple[UnlockPresenter, UnlockView]
) -> None:
    presenter, view = page
    opened: list[OpenClinic] = []
    presenter.opened.connect(opened.append)
    choose(view, "Cy Wong")
    enter(fields(view)[0], CYS)
    qtbot.waitUntil(lambda: presenter.choosing is not None, timeout=WAIT)
    assert not opened
    new, again = fields(view)
    QTest.keyClicks(new, "a passphrase of my own")
    enter(again, "another one")
    assert presenter.problem == context.texts("unlock.passphrases_differ")
    for text, code in ((CYS, "passphrase_same"), ("short", "passphrase_too_short")):
        new.clear()
        QTest.keyClicks(new, text)
        enter(again, text)
        qtbot.waitUntil(lambda: not presenter.busy, timeout=WAIT)
        assert presenter.problem == context.texts.wording.say(f"error.{code}", least=8)
        assert not opened
    new.clear()
    QTest.keyClicks(new, "a passphrase of my own")
    enter(again, "a passphrase of my own")
    qtbot.waitUntil(lambda: bool(opened), timeout=WAIT)
    assert not opened[0].vault.change_first
    close(qtbot, context, opened[0])


@pytest.mark.parametrize(
    ("name", "secret", "places"),
    [("Ada Okafor", ADAS, 7), ("Ben Li", BENS, 3), ("Dee Auditor", BENS, 2)],
)
def test_places_that_a_role_cannot_use_are_absent(
    qtbot: QtBot, context: Context, folder: Path, tmp_path: Path, name: str, secret: str, places: int
) -> None:
    context.change(clinic=str(folder))
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    app = App(context, application, Faults(tmp_path / "faults", context.clock.now, lambda: "0"))
    ended: list[bool] = []
    app.end_process = lambda: ended.append(True)
    app.start()
    app.unlock.begin_looking()
    app.window.show_fitting()
    qtbot.waitUntil(lambda: app.unlock.state is not None, timeout=WAIT)
    assert app.unlock.state is not None
    app.unlock.choose(next(user.id for user in app.unlock.state.people if user.name == name))
    app.unlock.unlock(secret)
    qtbot.waitUntil(lambda: app.work is not None, timeout=WAIT)
    work = app.work
    assert work is not None
    if places > 2:
        qtbot.waitUntil(lambda: work.people.panel is not None, timeout=WAIT)
    qtbot.waitUntil(lambda: context.jobs.busy == 0, timeout=WAIT)
    assert len(work.shell.rail.findChildren(RailItem)) == places
    assert work.page == ("patients" if places > 2 else "security")
    assert not work.shell.notice.text
    app.lock()
    qtbot.waitUntil(lambda: bool(ended), timeout=WAIT)
    app.window.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    delete(app.window)
