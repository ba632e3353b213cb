"""What is drawn beside a place while something runs there."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from desktop.context import Context
from desktop.widgets.rail import Place, RailItem


@pytest.mark.parametrize("size", [100, 200])
@pytest.mark.parametrize("badge", ["…", "8 %", "100 %"])
def test_a_badge_lies_wholly_within_its_place(qtbot: QtBot, context: Context, badge: str, size: int) -> None:
    context.change(text_size=size)
    item = RailItem(context.ui, Place("studio", "flask"), "Studio", "Ctrl+6")
    qtbot.addWidget(item)
    item.resize(item.sizeHint())
    item.set_badge(badge)
    box = item.badge_box()
    assert box.left() >= 0
    assert box.right() <= item.width()
