"""A tool that asks what the form does not have: its questions stand beside the record and are told to it alone."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.record.tool_rows import ToolRow
from desktop.widgets.choices import Select
from desktop.widgets.fields import LineEdit
from tests.desktop.record.conftest import Bench
from tests.desktop.record.test_beside import cut, said, walk_in

PACK, OTHER = "heart_disease_rest", "breast_recurrence_5y"


def line_of(bench: Bench, pack: str) -> ToolRow:
    bench.idle()
    QApplication.processEvents()
    return bench.view.today.risk.tools.others.row(pack)


def opened(bench: Bench, pack: str = PACK) -> ToolRow:
    """Open the list of tools that are asked on demand, and ask this one, by key."""
    walk_in(bench)
    bench.presenter.tools.turn_others()
    line = line_of(bench, pack)
    assert not line.own.isVisible()
    line.button.setFocus()
    QTest.keyClick(line.button, Qt.Key.Key_Space)
    return line_of(bench, pack)


def choose(bench: Bench, line: ToolRow, question: str, code: str) -> None:
    box = next(each for each in line.own.findChildren(Select) if each.accessibleName() == question)
    box.set_value(code)
    box.activated.emit(box.currentIndex())
    bench.idle()


def test_a_doctor_answers_what_the_tool_asks_and_reads_its_number(bench: Bench) -> None:
    line = opened(bench)
    assert line.own.isVisible()
    assert "Chest pain" in said(line)
    assert line.answer.text() == ""
    choose(bench, line, "Chest pain", "typical_angina")
    first = line.answer.text()
    assert "%" in first
    choose(bench, line, "Resting ECG", "st_t_change")
    assert line.answer.text() != first
    assert cut(line) == []
    line.button.click()
    assert not line_of(bench, PACK).own.isVisible()
    form = bench.presenter.form
    assert form is not None
    assert not any(key.startswith(PACK) for key in form.boxes)  # and so nothing of it is saved


def test_a_word_where_a_number_belongs_is_said_and_who_types_stays_in_the_line(bench: Bench) -> None:
    line = opened(bench, OTHER)
    box = next(each for each in line.own.findChildren(LineEdit) if "nodes" in each.accessibleName())
    box.setFocus()
    QTest.keyClicks(box, "two")
    bench.idle()
    assert "Write a number." in said(line.own)
    box.selectAll()
    QTest.keyClicks(box, "2")
    bench.idle()
    assert "Write a number." not in said(line.own)
    assert box.hasFocus()


def test_the_next_person_begins_without_answers(bench: Bench) -> None:
    choose(bench, opened(bench), "Chest pain", "typical_angina")
    assert bench.presenter.tools.said
    bench.open(None)
    assert bench.presenter.tools.said == {}
    assert not bench.presenter.tools.asked
