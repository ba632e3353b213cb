"""The numbers of the list lead to where they came from, by a press and by a key."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop.context import Context
from desktop.patients.model import Column
from desktop.patients.presenter import PatientsPresenter
from desktop.patients.view import PatientsView
from desktop.people import People
from engine.workflows.audit import clinic_audit

WAIT_MS = 20_000


@pytest.fixture
def view(qtbot: QtBot, practice: Context) -> Iterator[PatientsView]:
    people = People(practice)
    presenter = PatientsPresenter(practice, people)
    people.load()
    qtbot.waitUntil(lambda: bool(presenter.counts), timeout=WAIT_MS)
    made = PatientsView(practice.ui, presenter)
    qtbot.addWidget(made)
    made.resize(1286, 720)
    made.show()
    made.activateWindow()
    made.table.setFocus()
    qtbot.waitUntil(made.table.hasFocus)
    yield made
    made.close()


def told(qtbot: QtBot, view: PatientsView) -> list[str]:
    inspecting = view._presenter.inspecting
    qtbot.waitUntil(lambda: inspecting.shown is not None, timeout=WAIT_MS)
    assert inspecting.shown is not None
    lines = inspecting.shown.lines
    QTest.keyClick(inspecting.shown, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: inspecting.shown is None, timeout=WAIT_MS)
    return lines


def press(view: PatientsView, column: Column, *, twice: bool = False) -> None:
    place = view.table.visualRect(view.model.index(1, column)).center()
    (QTest.mouseDClick if twice else QTest.mouseClick)(view.table.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_a_press_on_a_number_shows_where_it_came_from(qtbot: QtBot, view: PatientsView) -> None:
    press(view, Column.PRESSURE)
    lines = told(qtbot, view)
    assert lines[0].startswith("Systolic blood pressure, reading 1, visit of ")
    assert any(line.startswith("From the file practice_clinic") for line in lines)
    press(view, Column.RISK)
    lines = told(qtbot, view)
    assert lines[0] == f"Risk: {view.model.shown(1).risk} of 100"
    assert any(line.startswith("Worked out by ") for line in lines)


def test_a_key_shows_all_numbers_of_a_row(qtbot: QtBot, view: PatientsView) -> None:
    view.table.go(1)
    QTest.keyClick(view.table, Qt.Key.Key_I, Qt.KeyboardModifier.AltModifier)
    lines = told(qtbot, view)
    assert lines[0].startswith("Risk: ")
    assert any(line.startswith("Diastolic blood pressure, ") for line in lines)
    assert any(line.startswith("Date of birth") for line in lines)


def test_a_second_press_opens_the_record_instead(qtbot: QtBot, view: PatientsView) -> None:
    opened: list[str] = []
    view._presenter.record_asked.connect(opened.append)
    press(view, Column.PRESSURE)
    press(view, Column.PRESSURE, twice=True)
    qtbot.wait(700)
    assert (len(opened), view._presenter.inspecting.shown) == (1, None)


def test_the_log_has_that_somebody_looked(qtbot: QtBot, view: PatientsView, practice: Context) -> None:
    def views() -> int:
        found: list[int] = []
        practice.on_store(
            view._presenter,
            lambda clinic: sum(entry.action == "record.view" for entry in clinic_audit(clinic).lines),
            found.append,
        )
        qtbot.waitUntil(lambda: bool(found), timeout=WAIT_MS)
        return found[0]

    before = views()
    press(view, Column.AGE)
    told(qtbot, view)
    assert views() == before + 1
