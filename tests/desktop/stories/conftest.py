"""The real program at a test's desk.

Window, settings, store and lanes are those of a session; only its end is heard instead of ending the process.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.app import App, load_screens
from desktop.backend import warm_up
from desktop.collector import Collector
from desktop.context import Context
from desktop.faults import Faults
from desktop.main_window import FIRST_SIZE
from desktop.paths import Paths
from desktop.patients.view import PatientsView
from desktop.settings import SettingsFile
from desktop.work import Work
from engine.domain.ports import FixedClock
from engine.workflows.clinics import OpenClinic
from engine.workflows.practice import practice_passphrase
from tests.desktop.stories.hands import Hands
from tests.desktop.stories.watchdog import Watchdog

Found = TypeVar("Found")
FACTOR = 3  # what a busy machine and the measuring of tests cost; the bars themselves are in tests/benchmarks
FREEZE_SECONDS = 0.4  # no story may hold the window up so long; every stall over the bar of 50 ms is printed


@dataclass
class Desk:
    """One run of the program: the window, hands on it, and what it left behind."""

    app: App
    hands: Hands
    ended: list[str] = field(default_factory=list)

    @property
    def texts(self) -> Callable[..., str]:
        """The words of the window."""
        return self.app.context.texts

    @property
    def work(self) -> Work:
        """The screens behind the unlock page."""
        assert self.app.work is not None
        return self.app.work

    def new_patient(self) -> None:
        """Begin with somebody new, and wait for the empty form."""
        hands, record = self.hands, self.work.record
        before = record.form
        hands.key("Ctrl+N")
        hands.until(lambda: record.form is not None and record.form is not before and hands.focus() != "", "no form")
        hands.idle()

    def ask(self, work: Callable[[OpenClinic], Found]) -> Found:
        """Look into the open store, on its own lane."""
        found: list[Found] = []
        self.app.context.on_store(self.app, work, found.append)
        self.hands.until(lambda: found, "the store does not answer")
        return found[0]

    def unlock_practice(self) -> Work:
        """Open the practice clinic."""
        return self.unlock(practice_passphrase("en"))

    def unlock(self, passphrase: str) -> Work:
        """Open the clinic at the unlock page, and wait for the list."""
        hands = self.hands
        hands.type(passphrase)
        hands.key("Return")
        self.until_list()
        return self.work

    def until_list(self) -> None:
        """Wait until everybody stands in the list."""
        self.hands.until(lambda: self.hands.seen(PatientsView), "the list is not there")
        self.hands.until(lambda: self.work.people.panel is not None, "the list is not read")
        self.hands.idle()


@pytest.fixture
def begin(
    qtbot: QtBot, tmp_path: Path, clock: FixedClock, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Desk]]:
    """Starts the program as a session does; at the end of a story it prints what the story took."""
    warm_up()  # a session has done so before anybody can have typed a passphrase
    load_screens()
    made: list[Desk] = []
    application = QApplication.instance()
    assert isinstance(application, QApplication)

    def start(language: str, clinic: Path | None = None) -> Desk:
        paths = Paths(tmp_path / f"data{len(made)}")
        context = Context(paths, SettingsFile(paths.settings, language), clock)
        context.change(language=language, look="light", clinic=str(clinic or ""))
        faults = Faults(paths.crash_reports, clock.now, lambda: "0")
        app = App(context, application, faults)
        watch = Watchdog()
        desk = Desk(app, Hands(qtbot, app, watch))
        app.said.connect(desk.ended.append)
        app.end_process = lambda: None
        Collector(app).set_aside()
        qtbot.addWidget(app.window)
        app.start()
        app.window.resize(*FIRST_SIZE)  # the screen of tests is smaller, and would have it fill the screen
        app.window.show()
        app.window.activateWindow()
        qtbot.waitUntil(app.window.isActiveWindow)
        app.unlock.begin_looking()
        desk.hands.idle()
        watch.start()
        made.append(desk)
        return desk

    yield start
    for desk in made:
        desk.hands.watch.stop()
        desk.app.end_now()
        desk.hands.until(partial(_has_ended, desk), "it does not end")
        desk.app.context.jobs.close()
        lines = "\n".join(desk.hands.report())
        sys.stdout.write(f"\n{request.node.name}: {lines}\n")
        worst = desk.hands.watch.worst_worked
        assert worst.worked < FREEZE_SECONDS or busy_machine(), str(worst)
        reports = sorted(desk.app.context.paths.crash_reports.glob("fault-*"))
        assert not reports, reports[0].read_text(encoding="utf-8")


@pytest.fixture
def practice_desk(begin: Callable[..., Desk], practice_store: Path, tmp_path: Path) -> Callable[[str], Desk]:
    """Starts the program in front of a copy of the practice clinic."""

    def start(language: str) -> Desk:
        folder = tmp_path / "clinic"
        shutil.copytree(practice_store, folder)
        return begin(language, folder)

    return start


def _has_ended(desk: Desk) -> bool:
    return any(word in desk.ended for word in ("closed", "locked"))


def busy_machine() -> bool:
    """Return whether others use this machine so much that times on the wall tell little."""
    return hasattr(os, "getloadavg") and os.getloadavg()[0] > (os.cpu_count() or 1)
