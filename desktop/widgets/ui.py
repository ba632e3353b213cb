"""What a widget needs to know: how the window looks and which language it speaks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from PySide6.QtCore import QMargins, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from desktop.i18n import Texts
from desktop.theme import Theme

Box = TypeVar("Box", bound=QBoxLayout)


@dataclass(frozen=True, slots=True)
class Ui:
    """The look and the language of one window; a change of either makes a new one and rebuilds the screens."""

    theme: Theme
    texts: Texts

    def px(self, size: float) -> int:
        """Return a length of the design at the chosen text size."""
        return self.theme.px(size)

    def line(self, size: float) -> int:
        """Return how high a line of a label is; Chinese signs need more than the metrics of the first font tell."""
        return QFontMetrics(self.theme.font(size)).height() + (self.px(3) if self.texts.language == "zh" else 0)

    def margins(self, *sizes: float) -> QMargins:
        """Return margins: one size for all sides, two for sides and ends, or left, top, right, bottom."""
        if len(sizes) == 1:
            sizes = sizes * 4
        if len(sizes) == 2:
            sizes = (sizes[0], sizes[1], sizes[0], sizes[1])
        left, top, right, bottom = (0 if size == 0 else self.px(size) for size in sizes)
        return QMargins(left, top, right, bottom)


def column(
    ui: Ui, *parts: QWidget | QLayout | int | None, gap: float = 8, margins: Iterable[float] = (0,)
) -> QVBoxLayout:
    """Return parts below each other. A number is a stretch of that weight; None is left out."""
    return _filled(QVBoxLayout(), ui, parts, gap, margins)


def row(ui: Ui, *parts: QWidget | QLayout | int | None, gap: float = 8, margins: Iterable[float] = (0,)) -> QHBoxLayout:
    """Return parts beside each other. A number is a stretch of that weight; None is left out."""
    return _filled(QHBoxLayout(), ui, parts, gap, margins)


def _filled(
    box: Box, ui: Ui, parts: Iterable[QWidget | QLayout | int | None], gap: float, margins: Iterable[float]
) -> Box:
    box.setContentsMargins(ui.margins(*margins))
    box.setSpacing(ui.px(gap) if gap else 0)
    for part in parts:
        if isinstance(part, int):
            box.addStretch(part)
        elif isinstance(part, QWidget):
            box.addWidget(part)
        elif part is not None:
            box.addLayout(part)
    return box


def held(layout: QLayout) -> QWidget:
    """Return a widget around a layout, so that it can be hidden and moved as one."""
    made = QWidget()
    made.setLayout(layout)
    return made


def frame(role: str, tone: str = "") -> QFrame:
    """Return a frame that the style sheet knows by its role."""
    made = QFrame()
    made.setProperty("role", role)
    if tone:
        made.setProperty("tone", tone)
    made.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    return made


def divider(vertical: bool = False) -> QFrame:
    """Return a hair line."""
    return frame("line-v" if vertical else "line")


def restyle(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet looks at, and let it look again."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    if not widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
        return  # it was not looked at yet
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


def take_out(layout: QLayout) -> None:
    """Take everything out of a layout and keep the widgets, to put them in again in another order.

    Not by ``takeAt``: a widget keeps the item that is taken so, and its new place would never hear that it grew.
    """
    while (item := layout.itemAt(layout.count() - 1)) is not None:
        widget = item.widget()
        if widget is not None:
            layout.removeWidget(widget)
        else:
            layout.removeItem(item)


def clear(layout: QLayout) -> None:
    """Take everything out of a layout and let it go."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        inner = item.layout()
        if widget is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
        elif inner is not None:
            clear(inner)
            inner.setParent(None)
