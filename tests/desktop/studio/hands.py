"""The studio's last pages worked by hand: a window on a clinic, a clock that is put on, buttons and fields by name."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop.context import Context
from desktop.studio.presenter import StudioPresenter
from desktop.studio.stages import Stages
from desktop.studio.view import StudioView
from engine.domain.ports import FixedClock
from engine.workflows.clinics import OpenClinic
from engine.workflows.unlock import unlock
from tests.desktop.studio.lived import PASSPHRASE

WAIT_MS = 60_000
Found = TypeVar("Found")


class HandClock(FixedClock):
    """A clock that is put on by hand."""

    def put_on(self, much: timedelta) -> None:
        """Let time pass."""
        self._moment += much


@dataclass
class Hands:
    """Somebody at the studio."""

    qtbot: QtBot
    context: Context
    clock: HandClock
    presenter: StudioPresenter
    view: StudioView

    @property
    def stages(self) -> Stages:
        """The state of the last pages."""
        return self.presenter.stages

    def idle(self) -> None:
        """Wait until nothing runs and everything is shown."""
        for _ in range(3):
            self.qtbot.waitUntil(lambda: not self.context.jobs.busy, timeout=WAIT_MS)
            QTest.qWait(20)

    def open(self, name: str, step: str) -> None:
        """Take a version in hand at a step."""
        self.presenter.open_model(name, step)
        self.idle()
        assert self.presenter.step == step

    def go(self, step: str) -> None:
        """Go to another step."""
        self.presenter.go(step)
        self.idle()

    def ask(self, work: Callable[[OpenClinic], Found]) -> Found:
        """Look into the open store, on its own lane."""
        found: list[Found] = []
        self.context.on_store(self.context, work, found.append)
        self.qtbot.waitUntil(lambda: bool(found), timeout=WAIT_MS)
        return found[0]

    def put_on(self, **much: float) -> None:
        """Let time pass, and look anew."""
        self.clock.put_on(timedelta(**much))
        self.stages.read()
        self.idle()

    def words(self) -> str:
        """Return every word that is seen now."""
        return words_of(self.view)

    def button(self, name: str) -> QAbstractButton:
        """Return the visible button of a name."""
        found = [each for each in self.view.findChildren(QAbstractButton, name) if each.isVisible()]
        assert found, f"{name} is not on the page"
        return found[-1]

    def has(self, name: str) -> bool:
        """Whether something of a name is seen."""
        return any(each.isVisible() for each in self.view.findChildren(QWidget, name))

    def press(self, name: str) -> None:
        """Press a button."""
        button = self.button(name)
        assert button.isEnabled(), name
        button.click()
        self.idle()

    def type(self, name: str, text: str) -> None:
        """Type into a field."""
        lines = [each for each in self.view.findChildren(QLineEdit, name) if each.isVisible()]
        boxes = [each for each in self.view.findChildren(QPlainTextEdit, name) if each.isVisible()]
        field = (lines or boxes)[-1]
        field.clear()
        QTest.keyClicks(field, text)


def words_of(view: QWidget) -> str:
    """Return every word of a widget that is seen now."""
    return "\n".join(label.text() for label in view.findChildren(QLabel) if label.isVisible())


def open_clinic(qtbot: QtBot, context: Context, store: Path, folder: Path, who: str, secret: str = PASSPHRASE) -> None:
    """Open a copy of a clinic on the store's lane."""
    shutil.copytree(store, folder)
    found: list[OpenClinic] = []
    context.jobs.store(context, lambda task: unlock(folder, secret, context.clock, who=who), found.append)
    qtbot.waitUntil(lambda: bool(found), timeout=WAIT_MS)
    context.take_clinic(found[0])


def close_clinic(qtbot: QtBot, context: Context) -> None:
    """Close it there."""
    clinic = context.let_go()
    closed: list[None] = []
    assert clinic is not None
    context.jobs.store(context, lambda task: clinic.vault.close(), closed.append)
    qtbot.waitUntil(lambda: bool(closed), timeout=WAIT_MS)


def hands_at(qtbot: QtBot, context: Context, clock: HandClock, width: int = 1286) -> Hands:
    """Show the studio of the open clinic."""
    presenter = StudioPresenter(context)
    view = StudioView(context.ui, presenter)
    qtbot.addWidget(view)
    view.resize(width, 680)
    view.show()
    qtbot.waitExposed(view)
    made = Hands(qtbot, context, clock, presenter, view)
    made.idle()
    return made
