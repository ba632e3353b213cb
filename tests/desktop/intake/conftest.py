"""An empty clinic behind a window, and the page of the import over it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from desktop.context import Context
from desktop.intake.check_page import CheckPage
from desktop.intake.columns_page import ColumnsPage
from desktop.intake.file_page import FilePage
from desktop.intake.presenter import ImportPresenter
from desktop.intake.view import ImportView
from desktop.people import People
from desktop.widgets.buttons import Button
from desktop.widgets.choices import Select
from engine.workflows.clinics import OpenClinic
from engine.workflows.predictors import Predictors
from engine.workflows.unlock import unlock
from tests.made_once import new_clinic

WAIT_MS = 60_000
PASSPHRASE = "a clinic of nobody at all"


class Desk:
    """The page with hands: what a person does, and what they see."""

    def __init__(self, qtbot: QtBot, context: Context) -> None:
        self.qtbot = qtbot
        self.context = context
        self.people = People(context)
        self.presenter = ImportPresenter(context, self.people)
        self.problems: list[str] = []
        self.good_news: list[str] = []
        context.problem.connect(self.problems.append)
        context.good_news.connect(self.good_news.append)
        self.show()

    def show(self) -> None:
        """Build the page anew, as a change of language or look does."""
        self.view = ImportView(self.context.ui, self.presenter)
        self.qtbot.addWidget(self.view)
        self.view.resize(1286, 640)
        self.view.show()
        self.view.activateWindow()
        self.qtbot.waitUntil(self.view.isActiveWindow, timeout=WAIT_MS)

    def settled(self) -> None:
        """Wait until nothing runs any more."""
        self.qtbot.waitUntil(lambda: not self.presenter.busy and not self.context.jobs.busy, timeout=WAIT_MS)
        QApplication.processEvents()  # what was shown anew is in view after one more turn

    def open(self, path: Path) -> None:
        """Choose a file and wait until it was read."""
        self.presenter.choose(path)
        self.settled()

    def button(self, words: str) -> Button:
        """Return the button in view with these words."""
        found = [each for each in self.view.findChildren(QPushButton) if each.isVisible() and each.text() == words]
        assert len(found) == 1, [each.text() for each in self.view.findChildren(QPushButton) if each.isVisible()]
        assert isinstance(found[0], Button)
        return found[0]

    def press(self, words: str) -> None:
        """Press a button and wait for what follows."""
        self.button(words).click()
        self.settled()

    def answers_in_view(self) -> list[Button]:
        """Return the answers that are offered."""
        card = self.view.findChild(type(self.columns.question))
        assert card is not None
        buttons = [each for each in card.findChildren(Button) if each.isVisible()]
        return [each for each in buttons if each.text() != self.context.texts("import.next_question")]

    @property
    def columns(self) -> ColumnsPage:
        """The page of the columns."""
        page = self.view.page("columns")
        assert isinstance(page, ColumnsPage)
        return page

    @property
    def check(self) -> CheckPage:
        """The page of the check."""
        page = self.view.page("check")
        assert isinstance(page, CheckPage)
        return page

    def refused(self) -> str:
        """Return why the file is not read, as it stands on the first page."""
        page = self.view.page("file")
        assert isinstance(page, FilePage)
        return page.refused.text

    def select_of(self, heading: str) -> Select:
        """Return the list under a heading in view."""
        found = [
            each
            for each in self.columns.grid.findChildren(Select)
            if each.isVisible() and each.accessibleName().startswith(f"{heading}:")
        ]
        assert len(found) == 1
        return found[0]


@pytest.fixture
def empty_clinic(qtbot: QtBot, context: Context, predictors: Predictors, tmp_path: Path) -> Iterator[Context]:
    """A window with a clinic of nobody."""
    folder = tmp_path / "empty"
    new_clinic(folder, "CHN", PASSPHRASE, context.clock)
    opened: list[OpenClinic] = []
    failed: list[object] = []
    context.jobs.store(
        context, lambda task: unlock(folder, PASSPHRASE, context.clock, predictors), opened.append, failed.append
    )
    qtbot.waitUntil(lambda: bool(opened or failed), timeout=WAIT_MS)
    assert not failed
    context.take_clinic(opened[0])
    yield context
    clinic = context.let_go()
    assert clinic is not None
    vault = clinic.vault
    closed: list[None] = []
    context.jobs.store(context, lambda task: vault.close(), closed.append, failed.append)
    qtbot.waitUntil(lambda: bool(closed or failed), timeout=WAIT_MS)


@pytest.fixture
def desk(qtbot: QtBot, empty_clinic: Context) -> Desk:
    """The page over a clinic of nobody."""
    return Desk(qtbot, empty_clinic)
