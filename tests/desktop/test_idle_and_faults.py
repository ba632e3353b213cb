"""Nobody there, a machine that slept, a fault of ours: each is noticed, none tells a value."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from desktop.faults import Faults
from desktop.idle import IdleWatch


def watch(qtbot: QtBot, minutes: float) -> tuple[IdleWatch, list[str]]:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    made = IdleWatch(application, lambda: minutes)
    told: list[str] = []
    made.idle.connect(told.append)
    made.start()
    return made, told


def test_nobody_there_for_the_chosen_time_is_told_once(qtbot: QtBot) -> None:
    made, told = watch(qtbot, minutes=0.0005)
    time.sleep(0.05)
    made.look()
    made.look()
    assert told[:1] == ["idle"]
    made.stop()


def test_a_key_begins_the_time_anew_in_a_window_that_came_later(qtbot: QtBot) -> None:
    made, told = watch(qtbot, minutes=0.005)
    for _ in range(2):
        field = QLineEdit()
        qtbot.addWidget(field)
        field.show()
        field.activateWindow()
        qtbot.waitUntil(field.isActiveWindow)
        window = field.windowHandle()
        assert window is not None
        for _ in range(4):
            time.sleep(0.1)
            QTest.keyClick(window, Qt.Key.Key_A)  # as from the system: it comes to the window, not to the field
            made.look()
        assert field.text() == "aaaa"
    assert told == []
    time.sleep(0.35)
    made.look()
    assert told == ["idle"]


def test_a_machine_that_slept_is_noticed_by_the_clock_on_the_wall(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, told = watch(qtbot, minutes=5)
    later = time.time() + 3600
    monkeypatch.setattr(time, "time", lambda: later)
    made.look()
    assert told == ["suspend"]


def test_a_report_says_where_in_the_program_and_no_value(tmp_path: Path) -> None:
    told: list[bool] = []
    faults = Faults(tmp_path / "faults", lambda: datetime(2026, 11, 22, 10, 0, tzinfo=UTC), lambda: "0.1.0")
    faults.on_fault = lambda: told.append(True)
    try:
        {}["Zhang Xiulan"]  # type: ignore[index]  # meant to fail
    except KeyError as error:
        faults.report(error)
    (report,) = (tmp_path / "faults").iterdir()
    text = report.read_text(encoding="utf-8")
    assert "Zhang" not in text
    assert "KeyError" in text
    assert "test_idle_and_faults.py" in text
    assert told == [True]


def test_old_reports_make_room(tmp_path: Path) -> None:
    moments = iter(range(100))
    faults = Faults(tmp_path, lambda: datetime(2026, 11, 22, 10, 0, 0, next(moments), tzinfo=UTC), lambda: "0")
    for _ in range(30):
        faults.report(ValueError())
    assert len(list(tmp_path.iterdir())) <= 20
