"""The headings of the list: a click sorts, the first one ticks all that are shown."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPainterPath
from PySide6.QtWidgets import QHeaderView

from desktop.patients.delegate import LEADS, PAD
from desktop.patients.model import SORT_KEYS, Column
from desktop.widgets.cells import LEFT, RIGHT, paint_text, paint_tick
from desktop.widgets.ui import Ui

_ARROW = 14


class ListHeader(QHeaderView):
    """Draws headings aligned with their columns; the present order is in primary with an arrow."""

    tick_asked = Signal()
    sort_asked = Signal(object)  # a SortKey

    def __init__(self, ui: Ui) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._ui = ui
        self._tick = Qt.CheckState.Unchecked
        self._sorted: tuple[Column, bool] | None = None
        self.bar_shown = False  # a scroll bar stands beside the rows, and a corner above it
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setFixedHeight(ui.px(34))
        self.setMinimumSectionSize(ui.px(24))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.sectionClicked.connect(self._clicked)

    def show_tick(self, state: Qt.CheckState) -> None:
        """Show whether all, some or none of the rows are ticked."""
        if state is not self._tick:
            self._tick = state
            self.viewport().update()

    def show_sorted(self, column: Column | None, descending: bool) -> None:
        """Show by which column the rows are sorted."""
        self._sorted = None if column is None else (column, descending)
        self.viewport().update()

    def width_of(self, column: Column, words: str) -> int:
        """Return the room that a heading needs, bold and with its arrow."""
        arrow = self._ui.px(_ARROW + 4) if column in SORT_KEYS else 0
        return (
            QFontMetrics(self._ui.theme.bold(13)).horizontalAdvance(words)
            + arrow
            + self._ui.px(LEADS.get(column, PAD) + PAD)
            + 2
        )

    def sizeHint(self) -> QSize:
        """Return the height of one line."""
        return QSize(super().sizeHint().width(), self._ui.px(34))

    def paintSection(self, painter: QPainter, rect: QRect, logical: int) -> None:
        """Draw one heading."""
        theme, column = self._ui.theme, Column(logical)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillPath(self._ground(rect, column), theme.color("sunken"))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), theme.color("line"))
        if column is Column.TICK:
            paint_tick(painter, rect, theme, self._tick)
            painter.restore()
            return
        here = self._sorted is not None and self._sorted[0] is column
        painter.setFont(theme.bold(13) if here else theme.font(13))
        painter.setPen(theme.color("primary" if here else "text_2"))
        left = self._ui.px(LEADS.get(column, PAD))
        self._draw_words(painter, rect.adjusted(left, 0, -self._ui.px(PAD), 0), column, here=here)
        painter.restore()

    def _draw_words(self, painter: QPainter, cell: QRect, column: Column, *, here: bool) -> None:
        words = str(self.model().headerData(column, Qt.Orientation.Horizontal))
        arrow = self._ui.px(_ARROW)
        right = column is Column.PRESSURE
        room = cell.adjusted(0, 0, -arrow - self._ui.px(4), 0) if here else cell
        used = paint_text(painter, room, words, RIGHT if right else LEFT)
        if here and self._sorted is not None:
            x = cell.right() - arrow + 1 if right else cell.left() + used + self._ui.px(4)
            sign = self._ui.theme.pixmap("down" if self._sorted[1] else "up", "primary", _ARROW)
            painter.drawPixmap(x, cell.center().y() - arrow // 2 + 1, sign)

    def _ground(self, rect: QRect, column: Column) -> QPainterPath:
        """Return the ground of a heading; the outer corners of the first and last follow those of the card."""
        path, radius = QPainterPath(), self._ui.px(7)
        first = self.visualIndex(column) == 0
        last = not self.bar_shown and all(self.isSectionHidden(after) for after in range(column + 1, len(Column)))
        path.setFillRule(Qt.FillRule.WindingFill)
        path.addRoundedRect(rect, radius, radius)
        square = rect.adjusted(0 if not first else radius, 0, 0 if not last else -radius, 0)
        path.addRect(square)
        path.addRect(rect.adjusted(0, radius, 0, 0))
        return path

    def _clicked(self, section: int) -> None:
        column = Column(section)
        if column is Column.TICK:
            self.tick_asked.emit()
        elif column in SORT_KEYS:
            self.sort_asked.emit(SORT_KEYS[column])
