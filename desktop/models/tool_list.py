"""The list of tools: by area, each with its name, version and how it stands; arrows go up and down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from desktop.models.words import StandingWords
from desktop.widgets.labels import Label, plain_tip, shown
from desktop.widgets.parts import Card, scrolled
from desktop.widgets.ui import Ui, clear, column, divider

_MIDDLE_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_WRAPPED = int(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap)
_WIDE = 300  # of the whole list at 100 %
_MOST_LINES = 3  # of a name
_INKS = {"ok": "ok", "warn": "warn", "danger": "danger", "info": "text_2", "primary": "primary"}


@dataclass(frozen=True, slots=True)
class ListedTool:
    """One line: the tool, and how it stands."""

    id: str
    title: str
    version: str
    standing: StandingWords


class ToolItem(QAbstractButton):
    """One tool; the present one has a bar at its edge and a tint."""

    def __init__(self, ui: Ui, tool: ListedTool) -> None:
        super().__init__()
        self._ui = ui
        self.tool = tool
        self.setText(shown(tool.title))
        self.setAccessibleName(f"{shown(tool.title)}, {tool.standing.text}")
        self.setToolTip(plain_tip(f"{tool.title} · {tool.version}"))
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the lines of the name and one of the standing: names that differ at their end stay apart."""
        return QSize(self._ui.px(200), self._ui.px(34) + self._name_height())

    def minimumSizeHint(self) -> QSize:
        """Return the same."""
        return self.sizeHint()

    def _name_height(self) -> int:
        metrics = QFontMetrics(self._ui.theme.bold(13))
        box = metrics.boundingRect(0, 0, self._ui.px(_WIDE - 40), 10_000, _WRAPPED, self.text())
        one = self._ui.line(13) + self._ui.px(2)
        return one * min(_MOST_LINES, max(1, round(box.height() / metrics.lineSpacing())))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw name and standing."""
        theme, px, painter = self._ui.theme, self._ui.px, QPainter(self)
        here, standing = self.isChecked(), self.tool.standing
        if here or self.underMouse():
            painter.fillRect(self.rect(), theme.color("tint" if here else "sunken"))
        if here:
            painter.fillRect(0, 0, px(3), self.height(), theme.color("primary"))
        if self.hasFocus():
            painter.setPen(QPen(theme.color("primary"), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        wide, name = px(_WIDE - 40), self._name_height()
        painter.setFont(theme.bold(13))
        painter.setPen(theme.color("text"))
        painter.drawText(QRectF(px(16), px(7), wide, name), _WRAPPED, self.text())
        below = px(7) + name
        painter.drawPixmap(px(16), below + px(3), theme.pixmap(standing.icon, _INKS[standing.tone], 14))
        painter.setFont(theme.font(12))
        painter.setPen(theme.color(_INKS[standing.tone]))
        words = painter.fontMetrics().elidedText(standing.text, Qt.TextElideMode.ElideRight, wide - px(20))
        painter.drawText(QRectF(px(36), below - px(1), wide - px(20), px(22)), _MIDDLE_LEFT, words)


class ToolList(Card):
    """All tools."""

    chosen = Signal(str)

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui, gap=0, pad=0)
        self._ui = ui
        self._chosen = ""
        self._told: Sequence[tuple[str, Sequence[ListedTool]]] = ()
        self.items: dict[str, ToolItem] = {}
        self._place = column(ui, gap=0)
        self._area = scrolled(column(ui, self._place, 1, gap=0))
        self.body.setContentsMargins(ui.margins(1, 4))
        self.body.addWidget(self._area)
        self.setFixedWidth(ui.px(_WIDE))

    def show_tools(self, areas: Sequence[tuple[str, Sequence[ListedTool]]], chosen: str) -> None:
        """Show the tools of each area and mark the present one; nothing is made anew where nothing changed."""
        if areas != self._told:
            self._told = areas
            clear(self._place)
            self.items = {}
            for at, (heading, tools) in enumerate(areas):
                self._add_area(heading, tools, first=at == 0)
        for pack_id, item in self.items.items():
            item.setChecked(pack_id == chosen)
            item.setFocusPolicy(Qt.FocusPolicy.StrongFocus if pack_id == chosen else Qt.FocusPolicy.ClickFocus)
        if chosen != self._chosen:
            self._chosen = chosen
            QTimer.singleShot(0, self, self._bring)  # only then do new lines have their places

    def _bring(self) -> None:
        """Bring the present tool into sight, with the heading of the list above its first one."""
        if self._chosen not in self.items:
            return
        if self._chosen == next(iter(self.items)):
            self._area.verticalScrollBar().setValue(0)
        else:
            self._area.ensureWidgetVisible(self.items[self._chosen], 0, self._ui.px(30))

    def _add_area(self, heading: str, tools: Sequence[ListedTool], *, first: bool) -> None:
        if not first:
            self._put(divider())
        label = Label(self._ui, heading, 12, tone="3", wrap=False)
        label.setContentsMargins(self._ui.margins(16, 8, 16, 4))
        self._put(label)
        for tool in tools:
            item = ToolItem(self._ui, tool)
            item.clicked.connect(lambda _=False, pack_id=tool.id: self.chosen.emit(pack_id))
            self.items[tool.id] = item
            self._put(item)

    def _put(self, part: QWidget) -> None:
        self._place.addWidget(part)
        part.show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go up and down."""
        step = {int(Qt.Key.Key_Down): 1, int(Qt.Key.Key_Up): -1}.get(event.key())
        order = list(self.items)
        now = next((at for at, pack_id in enumerate(order) if self.items[pack_id].isChecked()), None)
        if step is None or now is None:
            super().keyPressEvent(event)
            return
        wanted = order[max(0, min(len(order) - 1, now + step))]
        self.items[wanted].setFocus()
        self.chosen.emit(wanted)
