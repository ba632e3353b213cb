"""What stands behind a number, by mouse and by key."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.record.boxes import ValueBox
from tests.desktop.record.conftest import WAIT_MS, Bench


def lines(bench: Bench) -> list[str]:
    """Wait for the inspector and return what it says."""
    inspecting = bench.presenter.inspecting
    bench.qtbot.waitUntil(lambda: inspecting.shown is not None, timeout=WAIT_MS)
    assert inspecting.shown is not None
    return inspecting.shown.lines


def test_a_press_on_the_head_of_a_box_shows_where_its_value_came_from(bench: Bench) -> None:
    bench.open(bench.somebody().person_id)
    box = next(one for one in bench.view.findChildren(ValueBox) if one.isVisible() and one.key.startswith("pressure#"))
    QTest.mouseClick(box.head, Qt.MouseButton.LeftButton)
    told = lines(bench)
    assert any(line.startswith("From the file ") for line in told)
    assert any(line.startswith("Recorded on ") for line in told)
    shown = bench.presenter.inspecting.shown
    assert shown is not None
    QTest.keyClick(shown, Qt.Key.Key_Escape)
    bench.qtbot.waitUntil(lambda: bench.presenter.inspecting.shown is None, timeout=WAIT_MS)


def test_a_line_of_the_history_leads_there_too(bench: Bench) -> None:
    bench.open(bench.somebody().person_id)
    bench.presenter.show_tab("history")
    bench.qtbot.waitUntil(lambda: bool(bench.presenter.visits.history), timeout=WAIT_MS)
    history = bench.presenter.visits.history or ()
    at = next(place for place, entry in enumerate(history) if entry.field == "sbp_mmhg")
    bench.view.history.table.selectRow(at)
    QTest.keyClick(bench.view.history.table, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    assert any("mmHg" in line for line in lines(bench))
