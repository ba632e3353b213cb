"""A clinic with one person for each role, and the whole window opened as one of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from desktop.app import App
from desktop.context import Context
from desktop.faults import Faults
from desktop.paths import Paths
from desktop.settings import SettingsFile
from desktop.work import Work
from engine.domain.ports import FixedClock
from engine.intake.typed import TypedValue
from engine.risk.predictors import Predictors
from engine.workflows import users
from engine.workflows.assess import assess_people
from engine.workflows.clinics import ClinicRequest, OpenClinic, create
from engine.workflows.record import add_medicine, enter_visit
from engine.workflows.unlock import change_passphrase, unlock
from engine.workflows.users import Role
from tests.desktop.conftest import NOW

WAIT = 30_000
ADA, BEN, CLA, DEE, MAX = "Ada Okafor", "Ben Li", "Clara Wu", "Dee Brand", "Max Ito"
ROLES = {BEN: Role.FRONT_DESK, CLA: Role.CLINICIAN, DEE: Role.AUDITOR, MAX: Role.ADMINISTRATOR}
SECRETS = {name: f"the passphrase of {name}" for name in (ADA, *ROLES)}
PATIENTS = ("Anna Miller", "Peter Novak", "Grace Obi")
Found = TypeVar("Found")


@pytest.fixture(scope="session")
def roles_store(tmp_path_factory: pytest.TempPathFactory, predictors: Predictors) -> Path:
    """Ada does everything, the others one thing each; three people are on record."""
    folder = tmp_path_factory.mktemp("roles") / "clinic"
    clock = FixedClock(NOW - timedelta(days=1))
    create(ClinicRequest(folder, "Riverside", "GBR", owner_name=ADA), SECRETS[ADA], clock)
    clinic = unlock(folder, SECRETS[ADA], clock, predictors)
    given = {name: users.add(clinic, SECRETS[ADA], name, [role]).one_time for name, role in ROLES.items()}
    ids = []
    for at, name in enumerate(PATIENTS, 1):
        values = {"name": name, "patient_id": f"N00{at}", "birth_date": "1961", "sex": "F", "sbp_mmhg": "152"}
        values |= {"visit_date": "2026-11-20", "smoker": "current", "diabetes": "no", "cvd_history": "no"}
        entered = enter_visit(clinic, [TypedValue(key, text) for key, text in values.items()])
        ids.append(str(entered.person_id))
    add_medicine(clinic, ids[0], "amlodipine 5 mg")
    assess_people(clinic, ids)
    clinic.vault.close()
    for name, one_time in given.items():
        clinic = unlock(folder, one_time, clock, predictors, name)
        change_passphrase(clinic, one_time, SECRETS[name])
        clinic.vault.close()
    return folder


class HandClock(FixedClock):
    """A clock that is put on by hand."""

    def put_on(self, much: timedelta) -> None:
        """Let time pass."""
        self._moment += much


@dataclass
class Desk:
    """The whole window, opened by one person."""

    qtbot: QtBot
    app: App
    clock: HandClock
    faults: list[object] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    @property
    def context(self) -> Context:
        """What the screens share."""
        return self.app.context

    @property
    def work(self) -> Work:
        """The screens of the open clinic."""
        assert self.app.work is not None
        return self.app.work

    def until(self, settled: Callable[[], object]) -> None:
        """Wait until something is so."""
        self.qtbot.waitUntil(lambda: bool(settled()), timeout=WAIT)

    def idle(self) -> None:
        """Wait until nothing runs."""
        self.until(lambda: not self.context.jobs.busy)
        QTest.qWait(20)
        self.until(lambda: not self.context.jobs.busy)

    def unlock(self, name: str) -> Work:
        """Open the clinic as somebody."""
        self.app.start()
        self.app.unlock.begin_looking()
        self.app.window.show_fitting()
        self.until(lambda: self.app.unlock.state is not None)
        state = self.app.unlock.state
        assert state is not None
        self.app.unlock.choose(next(user.id for user in state.people if user.name == name))
        self.app.unlock.unlock(SECRETS[name])
        self.until(lambda: self.app.work is not None)
        self.idle()
        return self.work

    def ask(self, work: Callable[[OpenClinic], Found]) -> Found:
        """Look into the open store, on its own lane."""
        found: list[Found] = []
        self.context.on_store(self.app, work, found.append)
        self.until(lambda: found)
        return found[0]

    def entries(self, action: str) -> list[tuple[str, str]]:
        """Return subjects and detail of every entry of an action."""
        sql = "SELECT subjects, detail FROM audit WHERE action = ? ORDER BY seq"
        return self.ask(lambda clinic: clinic.vault.ledger.database.rows(sql, (action,)))

    def words(self) -> str:
        """Return every word of the window that is seen now."""
        labels = self.app.window.findChildren(QLabel)
        return "\n".join(label.text() for label in labels if label.isVisible())

    def find(self, kind: type[QWidget], name: str) -> QWidget:
        """Return the visible part of a name."""
        found = [each for each in self.app.window.findChildren(kind, name) if each.isVisible()]
        assert found, name
        return found[-1]

    def press(self, name: str) -> None:
        """Press a button."""
        button = self.find(QAbstractButton, name)
        assert isinstance(button, QAbstractButton)
        assert button.isEnabled(), name
        button.click()
        self.idle()

    def type(self, name: str, text: str, *, enter: bool = False) -> None:
        """Type into a field."""
        line = self.find(QLineEdit, name)
        assert isinstance(line, QLineEdit)
        line.clear()
        QTest.keyClicks(line, text)
        if enter:
            QTest.keyClick(line, Qt.Key.Key_Return)
            self.idle()

    def person(self, name: str) -> str:
        """Return the id of a patient."""
        panel = self.work.people.panel
        assert panel is not None
        rows = (panel.row(at) for at in range(len(panel)))
        return next(row.person_id for row in rows if row.name == name)

    def lock(self) -> None:
        """Lock the clinic."""
        self.app.lock()
        self.until(lambda: self.ended)


@pytest.fixture
def roles_folder(roles_store: Path, tmp_path: Path) -> Path:
    """A copy of that clinic."""
    shutil.copytree(roles_store, tmp_path / "clinic")
    return tmp_path / "clinic"


@pytest.fixture
def desk(qtbot: QtBot, roles_folder: Path, tmp_path: Path) -> Iterator[Desk]:
    """The program in front of that clinic; whatever goes wrong in it is kept."""
    clock = HandClock(NOW)
    paths = Paths(tmp_path / "data")
    context = Context(paths, SettingsFile(paths.settings), clock)
    context.change(look="light", clinic=str(roles_folder))
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    app = App(context, application, Faults(tmp_path / "faults", clock.now, lambda: "0"))
    made = Desk(qtbot, app, clock)
    app.end_process = lambda: made.ended.append("ended")
    context.jobs.broken.connect(made.faults.append)
    yield made
    if not made.ended:
        made.lock() if app.work is not None else None
    context.jobs.close()
    app.window.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    delete(app.window)
