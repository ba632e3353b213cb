"""Finding from anywhere, filters with counts, and the pips of a band."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop.widgets.chips import CheckMenu, Chip
from desktop.widgets.finder import Finder, Found
from desktop.widgets.flow import Flow
from desktop.widgets.pips import Pips, step_of
from desktop.widgets.ui import Ui

PEOPLE = [Found("1", "Wang <b>Xiulan</b>", "0142 · East"), Found("2", "Wang Fang", "0143 · North")]


def page(qtbot: QtBot, ui: Ui) -> tuple[QWidget, Finder, QLineEdit]:
    """Return a window with a finder and another field, in which the cursor stands."""
    window, other = QWidget(), QLineEdit()
    finder = Finder(ui, lambda query: [one for one in PEOPLE if query in one.name.lower()])
    box = QVBoxLayout(window)
    box.addWidget(finder)
    box.addWidget(other)
    qtbot.addWidget(window)
    window.resize(600, 200)
    window.show()
    window.activateWindow()
    other.setFocus()
    qtbot.waitUntil(other.hasFocus)
    return window, finder, other


def test_arrows_choose_enter_opens_and_the_cursor_goes_back(qtbot: QtBot, ui: Ui) -> None:
    _, finder, other = page(qtbot, ui)
    finder.start()
    line = finder.findChild(QLineEdit)
    assert isinstance(line, QLineEdit)
    QTest.keyClicks(line, "wang")
    QTest.keyClick(line, Qt.Key.Key_Down)
    assert line.accessibleDescription() == "Wang Fang · 0143 · North"
    with qtbot.waitSignal(finder.opened) as opened:
        QTest.keyClick(line, Qt.Key.Key_Return)
    assert opened.args == ["2"]
    assert line.text() == ""
    assert other.hasFocus()


def test_nobody_found_is_said_and_esc_leaves(qtbot: QtBot, ui: Ui) -> None:
    _, finder, other = page(qtbot, ui)
    finder.start()
    line = finder.findChild(QLineEdit)
    assert isinstance(line, QLineEdit)
    QTest.keyClicks(line, "zzz")
    assert line.accessibleDescription() == ui.texts("find.nobody")
    QTest.keyClick(line, Qt.Key.Key_Return)
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert line.text() == ""
    assert other.hasFocus()


def test_a_chip_shows_only_the_state_that_holds(qtbot: QtBot, ui: Ui) -> None:
    chip = Chip(ui, "Due or overdue")
    qtbot.addWidget(chip)
    chip.show_words("Due or overdue", "64")
    with qtbot.waitSignal(chip.clicked):
        QTest.keyClick(chip, Qt.Key.Key_Return)
    assert not chip.isChecked()
    assert chip.accessibleName() == "Due or overdue 64"
    narrow = chip.sizeHint().width()
    chip.setChecked(True)
    assert chip.sizeHint().width() > narrow  # room for the tick
    assert not chip.grab().isNull()


def test_ticks_of_a_menu_are_set_one_after_the_other(qtbot: QtBot, ui: Ui) -> None:
    menu = CheckMenu()
    qtbot.addWidget(menu)
    heard: list[str] = []
    for name in ("East & West", "<i>North</i>"):
        action = menu.add_tick(name, False)
        action.triggered.connect(lambda _on, name=name: heard.append(name))
    menu.popup(menu.pos())
    QTest.keyClick(menu, Qt.Key.Key_Space)
    QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Space)
    assert heard == ["East & West", "<i>North</i>"]
    assert menu.isVisible()
    assert [action.isChecked() for action in menu.actions()] == [True, True]


def test_hidden_parts_take_no_room_in_a_flow(qtbot: QtBot, ui: Ui) -> None:
    chips = [Chip(ui, "a rather long filter") for _ in range(4)]
    flow = Flow(ui, *chips, gap=8)
    qtbot.addWidget(flow)
    flow.resize(chips[0].sizeHint().width() * 2 + 20, 200)
    flow.show()
    two = flow.heightForWidth(flow.width())
    chips[0].hide()
    chips[1].hide()
    assert flow.heightForWidth(flow.width()) < two
    qtbot.waitUntil(lambda: chips[2].y() == 0)


def test_pips_rise_with_the_band_in_schemes_of_any_length(qtbot: QtBot, ui: Ui) -> None:
    assert [step_of(place, 5) for place in range(5)] == [1, 2, 3, 4, 5]
    assert [step_of(place, 3) for place in range(3)] == [1, 3, 5]
    assert step_of(0, 1) == 1
    pips = Pips(ui, 2, "5 to 10 of 100")
    qtbot.addWidget(pips)
    assert pips.accessibleName() == "5 to 10 of 100"
    assert not pips.grab().isNull()
