"""A record's presenter and page over a practice clinic."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from pytestqt.qtbot import QtBot

from desktop.context import Context
from desktop.people import People
from desktop.record.presenter import RecordPresenter
from desktop.record.view import RecordView
from engine.workflows.clinics import OpenClinic
from engine.workflows.panel import PanelRow

WAIT_MS = 20_000


@dataclass
class Bench:
    """The record's page and what a test asks of it."""

    qtbot: QtBot
    context: Context
    people: People
    presenter: RecordPresenter
    view: RecordView

    def idle(self) -> None:
        """Wait until nothing runs."""
        self.qtbot.waitUntil(lambda: self.context.jobs.busy == 0, timeout=WAIT_MS)

    def open(self, person: str | None) -> None:
        """Open a record and wait for it and its number."""
        self.presenter.open(person)
        self.qtbot.waitUntil(lambda: self.presenter.desk.live is not None, timeout=WAIT_MS)
        self.idle()

    def type(self, **texts: str) -> None:
        """Type texts into boxes, named by field."""
        for name, text in texts.items():
            self.presenter.desk.type(name.replace("__", "#") if "__" in name else f"{name}#1", text)
        self.idle()

    def ask(self, work: Callable[[OpenClinic], object]) -> object:
        """Run something on the store's lane and return what it gives."""
        found: list[object] = []
        self.context.on_store(self.presenter, work, found.append)
        self.qtbot.waitUntil(lambda: bool(found), timeout=WAIT_MS)
        return found[0]

    def somebody(self) -> PanelRow:
        """Return a person of the clinic who has visits."""
        panel = self.people.panel
        assert panel is not None
        return next(row for row in (panel.row(at) for at in range(len(panel))) if row.name and row.last_visit)


@pytest.fixture
def bench(qtbot: QtBot, practice: Context) -> Iterator[Bench]:
    """An open record's page, shown."""
    people = People(practice)
    people.load()
    presenter = RecordPresenter(practice, people)
    view = RecordView(practice.ui, presenter)
    view.resize(1286, 720)
    qtbot.addWidget(view)
    made = Bench(qtbot, practice, people, presenter, view)
    qtbot.waitUntil(lambda: people.panel is not None, timeout=WAIT_MS)
    view.show()
    view.activateWindow()
    yield made
    made.idle()
