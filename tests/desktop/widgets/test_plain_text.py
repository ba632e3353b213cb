"""Names come from outside: markup stays text, and a name of any length freezes nothing."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.widgets.labels import ElidedLabel, Label, plain_tip, shown
from desktop.widgets.ui import Ui

MARKUP = "<b>Li</b> <img src='x'> & &amp; <script>"


def test_a_label_never_reads_markup(qtbot: QtBot, ui: Ui) -> None:
    label = Label(ui, MARKUP)
    qtbot.addWidget(label)
    assert label.textFormat() is Qt.TextFormat.PlainText
    assert label.text() == MARKUP


def test_a_tip_shows_markup_as_it_is_written(ui: Ui) -> None:
    tip = plain_tip(MARKUP)
    assert "<b>" not in tip
    assert "&lt;b&gt;Li" in tip


def test_a_name_of_ten_thousand_letters_takes_no_room_and_keeps_its_words(qtbot: QtBot, ui: Ui) -> None:
    name = "Ann " * 2_500
    label = ElidedLabel(ui, name)
    qtbot.addWidget(label)
    assert label.sizeHint().width() <= ui.px(900)
    assert label.minimumSizeHint().width() <= ui.px(24)
    assert label.text().startswith("Ann Ann")
    wrapped = Label(ui, name)
    qtbot.addWidget(wrapped)
    assert len(wrapped.text()) < len(name)


def test_a_word_of_thousands_of_letters_breaks_and_makes_no_page_wide(qtbot: QtBot, ui: Ui) -> None:
    label = Label(ui, "x" * 2_000)
    qtbot.addWidget(label)
    assert label.minimumSizeHint().width() < ui.px(700)
    assert label.text().replace("\u200b", "") == "x" * 2_000
    assert Label(ui, "https://example.org/a-name 一二三").text() == "https://example.org/a-name 一二三"


def test_line_breaks_and_control_codes_become_spaces() -> None:
    assert shown("Li\nGuo\u2028qiang\x07") == "Li Guo qiang"
    assert shown("每\u00a0100\u202f人") == "每 100 人"
