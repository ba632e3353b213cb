"""The columns of a file: heading as written, what it is taken for, how sure that is, and the first rows.

Only the columns in view exist as widgets, so that a file of thousands of columns opens as fast as one of twenty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QStandardItem,
    QStandardItemModel,
    QWheelEvent,
)
from PySide6.QtWidgets import QScrollBar, QSizePolicy, QWidget

from desktop.widgets.choices import Select
from desktop.widgets.labels import shown
from desktop.widgets.ui import Ui

_NARROWEST, _WIDEST = 128, 230
_STATES = {"sure": ("ok", "check"), "check": ("warn", "question"), "skipped": ("text_3", "minus")}
_BARS = {"sure": "ok", "check": "warn_mark", "skipped": "dot"}
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)


@dataclass(frozen=True, slots=True)
class GridColumn:
    """One column: its heading, what it is taken for, a small line below, and its state with its word."""

    heading: str
    target: str
    label: str
    caption: str
    state: str
    state_word: str


@dataclass(frozen=True, slots=True)
class GridRow:
    """One of the first rows, as written."""

    row: int
    cells: tuple[str, ...]


class ColumnGrid(QWidget):
    """One stop for Tab: arrows go from column to column, Enter opens what a column may be taken for."""

    chosen = Signal(int)
    taken_for = Signal(int, str)
    scrolled = Signal()

    def __init__(self, ui: Ui, targets: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._ui = ui
        self._columns: Sequence[GridColumn] = ()
        self._rows: Sequence[GridRow] = ()
        self._at = 0
        self._first = 0
        self._shown_ends: list[int] = []
        self._selects: list[Select] = []
        self._targets = QStandardItemModel(self)
        for code, words in targets:
            self._add_target(code, words)
        self.bar = QScrollBar(Qt.Orientation.Horizontal)
        self.bar.setFixedHeight(ui.px(12))
        self.bar.valueChanged.connect(self._scroll)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_table(self, columns: Sequence[GridColumn], rows: Sequence[GridRow], at: int) -> None:
        """Show columns and rows; ``at`` is the present column."""
        self._columns, self._rows = columns, rows
        known = {self._targets.item(place).data(Qt.ItemDataRole.UserRole) for place in range(self._targets.rowCount())}
        for column in columns:
            if column.target not in known:
                known.add(column.target)
                self._add_target(column.target, column.label)
        self._limit_scroll()
        self.updateGeometry()
        self.show_column(at)

    def show_column(self, at: int) -> None:
        """Make a column the present one, and bring it into view."""
        self._at = min(max(at, 0), max(0, len(self._columns) - 1))
        self._first = min(self._first, self._at)
        if self._at >= self._first + self._fitting(self._first):
            self._first = self._first_for(self._at)
        self._lay_out()

    @property
    def in_view(self) -> tuple[int, int]:
        """The first and last column in view, counted from 1."""
        return self._first + 1, min(len(self._columns), self._first + max(1, len(self._shown_ends)))

    def sizeHint(self) -> QSize:
        """Return the height of heading and rows."""
        return QSize(self._ui.px(400), self._head() + len(self._rows) * self._ui.px(29))

    def minimumSizeHint(self) -> QSize:
        """Return the same height; the width is whatever there is."""
        return QSize(self._ui.px(200), self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many columns as fit."""
        super().resizeEvent(event)
        self._limit_scroll()
        self._first = 0
        self.show_column(self._at)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll sideways; up and down is left to the page."""
        turned = event.angleDelta()
        sideways = turned.x() or (turned.y() if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 0)
        if sideways:
            self.bar.setValue(self.bar.value() - (1 if sideways > 0 else -1))
        else:
            event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Make the column that is pointed at the present one."""
        place = next((place for place, end in enumerate(self._shown_ends) if event.position().x() < end), None)
        if place is not None and event.position().x() >= self._numbers():
            self._choose(self._first + place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to another column, or open what it may be taken for."""
        last = len(self._columns) - 1
        wanted = {
            Qt.Key.Key_Right: self._at + 1,
            Qt.Key.Key_Left: self._at - 1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }.get(Qt.Key(event.key()))
        if wanted is not None:
            self._choose(min(max(wanted, 0), last))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and not event.modifiers():
            self._selects[self._at - self._first].showPopup()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the columns in view."""
        painter, theme = QPainter(self), self._ui.theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), theme.color("surface"))
        painter.fillRect(QRect(0, 0, self._numbers(), self.height()), theme.color("sunken"))
        left = self._numbers()
        for place, end in enumerate(self._shown_ends):
            self._draw_column(painter, self._first + place, QRect(left, 0, end - left, self.height()))
            left = end
        self._draw_numbers(painter)
        if self._shown_ends and self._first <= self._at < self._first + len(self._shown_ends):
            self._draw_present(painter)

    def _draw_column(self, painter: QPainter, at: int, box: QRect) -> None:
        theme, px, column = self._ui.theme, self._ui.px, self._columns[at]
        if column.state == "check":
            painter.fillRect(box, theme.color("warn_tint"))
        painter.fillRect(QRect(box.left(), 0, box.width(), px(4)), theme.color(_BARS[column.state]))
        painter.setPen(theme.color("text_2"))
        painter.setFont(theme.font(12))
        pad = px(10)
        self._text(painter, column.heading, QRect(box.left() + pad, px(6), box.width() - 2 * pad, px(26)))
        self._draw_state(painter, column, box)
        painter.setFont(theme.font(13))
        painter.setPen(theme.color("text_3" if column.state == "skipped" else "text"))
        for number, row in enumerate(self._rows):
            top = self._head() + number * px(29)
            cell = row.cells[at] if at < len(row.cells) else ""
            self._text(painter, cell or "—", QRect(box.left() + pad, top, box.width() - 2 * pad, px(29)))
        painter.setPen(QPen(theme.color("line"), 1))
        painter.drawLine(box.right(), 0, box.right(), box.height())

    def _draw_state(self, painter: QPainter, column: GridColumn, box: QRect) -> None:
        theme, px = self._ui.theme, self._ui.px
        ink, icon = _STATES[column.state]
        painter.setFont(theme.font(12))
        words = painter.fontMetrics().horizontalAdvance(column.state_word)
        line = QRect(box.left() + px(10), px(66), box.width() - px(20), px(26))
        left = line.right() - words
        painter.setPen(theme.color(ink))
        painter.drawText(QRect(left, line.top(), words + 2, line.height()), _LEFT, column.state_word)
        painter.drawPixmap(left - px(20), line.top() + px(6), theme.pixmap(icon, ink, 14))
        painter.setPen(theme.color("warn" if column.state == "check" else "text_3"))
        self._text(painter, column.caption, QRect(line.left(), line.top(), left - px(24) - line.left(), line.height()))

    def _draw_numbers(self, painter: QPainter) -> None:
        theme, px = self._ui.theme, self._ui.px
        painter.setFont(theme.font(12))
        middle = int(Qt.AlignmentFlag.AlignCenter)
        for number, row in enumerate(self._rows):
            top = self._head() + number * px(29)
            painter.setPen(QPen(theme.color("line"), 1))
            painter.drawLine(0, top, self.width(), top)
            painter.setPen(theme.color("text_3"))
            painter.drawText(QRect(0, top, self._numbers(), px(29)), middle, str(row.row))

    def _draw_present(self, painter: QPainter) -> None:
        place = self._at - self._first
        left = self._shown_ends[place - 1] if place else self._numbers()
        box = QRectF(left + 1, 1, self._shown_ends[place] - left - 3, self._head() - 2)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self._ui.theme.color("primary"), 3 if self.hasFocus() else 2))
        painter.drawRect(box)

    @staticmethod
    def _text(painter: QPainter, text: str, box: QRect) -> None:
        fitting = painter.fontMetrics().elidedText(shown(text), Qt.TextElideMode.ElideRight, max(0, box.width()))
        painter.drawText(box, _LEFT, fitting)

    def _head(self) -> int:
        return self._ui.px(98)

    def _numbers(self) -> int:
        return self._ui.px(48)

    def _width(self, at: int) -> int:
        """Return how wide a column wants to be."""
        column = self._columns[at]
        metrics = QFontMetrics(self._ui.theme.font(13))
        parts = [
            metrics.horizontalAdvance(shown(column.heading)[:60]),
            metrics.horizontalAdvance(column.label) + self._ui.px(36),
        ]
        parts.append(metrics.horizontalAdvance(f"{column.caption} {column.state_word}") + self._ui.px(30))
        parts += [metrics.horizontalAdvance(row.cells[at][:40]) for row in self._rows if at < len(row.cells)]
        wanted = max(parts) + self._ui.px(24)
        return min(max(wanted, self._ui.px(_NARROWEST)), self._ui.px(_WIDEST))

    def _fitting(self, first: int) -> int:
        """Return how many whole columns fit from one on; at least one."""
        left, count = self._numbers(), 0
        for at in range(first, len(self._columns)):
            left += self._width(at)
            if left > self.width() and count:
                break
            count += 1
        return max(1, count)

    def _first_for(self, last: int) -> int:
        """Return the first column with which ``last`` is the last one that fits."""
        first, room = last, self.width() - self._numbers() - self._width(last)
        while first > 0 and room >= self._width(first - 1):
            first -= 1
            room -= self._width(first)
        return first

    def _limit_scroll(self) -> None:
        last, room = len(self._columns), self.width() - self._numbers()
        while last > 0 and room > 0:
            room -= self._width(last - 1)
            if room >= 0:
                last -= 1
        self.bar.setRange(0, max(0, min(last, len(self._columns) - 1)))
        self.bar.setPageStep(max(1, len(self._columns) - last))
        self.bar.setVisible(self.bar.maximum() > 0)

    def _scroll(self, first: int) -> None:
        self._first = first
        self._lay_out()

    def _lay_out(self) -> None:
        """Place the lists of the columns in view."""
        ends: list[int] = []
        left = self._numbers()
        for at in range(self._first, len(self._columns)):
            if left >= self.width():
                break
            left += self._width(at)
            ends.append(left)
        spare = self.width() - left
        if spare > 0 and ends:  # all that is left is in view: it takes the whole width, up to a point
            each = min(spare // len(ends), self._ui.px(60))
            ends = [end + each * (place + 1) for place, end in enumerate(ends)]
        self._shown_ends = ends
        for place in range(max(len(ends), len(self._selects))):
            self._place_select(place)
        blocked = self.bar.blockSignals(True)
        self.bar.setValue(self._first)
        self.bar.blockSignals(blocked)
        self._tell()
        self.scrolled.emit()
        self.update()

    def _place_select(self, place: int) -> None:
        if place == len(self._selects):
            self._selects.append(self._make_select(place))
        select = self._selects[place]
        if place >= len(self._shown_ends):
            select.hide()
            return
        column = self._columns[self._first + place]
        left = self._shown_ends[place - 1] if place else self._numbers()
        px = self._ui.px
        select.setGeometry(left + px(8), px(34), self._shown_ends[place] - left - px(17), px(28))
        select.set_value(column.target)
        select.setAccessibleName(f"{shown(column.heading)}: {column.label}")
        select.show()

    def _make_select(self, place: int) -> Select:
        select = Select(self._ui, size="small")
        select.setParent(self)
        select.setModel(self._targets)
        select.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        select.view().setMinimumWidth(self._ui.px(300))
        select.chosen.connect(lambda target: self.taken_for.emit(self._first + place, target))
        return select

    def _add_target(self, code: str, words: str) -> None:
        item = QStandardItem(words)
        item.setData(code, Qt.ItemDataRole.UserRole)
        self._targets.appendRow(item)

    def _choose(self, at: int) -> None:
        self.show_column(at)
        self.chosen.emit(at)

    def _tell(self) -> None:
        if not self._columns:
            return
        column = self._columns[self._at]
        cells = ", ".join(row.cells[self._at][:40] for row in self._rows if self._at < len(row.cells))
        place = f"{self._at + 1}/{len(self._columns)}"
        self.setAccessibleName(f"{place} {shown(column.heading)}: {column.label}, {column.state_word}")
        self.setAccessibleDescription(shown(f"{column.caption} {cells}"))
