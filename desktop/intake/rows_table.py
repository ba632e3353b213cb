"""Rows as they stand in a file: a table of any length, with ticks where rows are to be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from desktop.intake.causes import Line
from desktop.widgets.cells import paint_text, paint_tick
from desktop.widgets.labels import shown
from desktop.widgets.ui import Ui

Index = QModelIndex | QPersistentModelIndex
ROW, WHO, WRITTEN, WHY = range(4)
_NONE = QModelIndex()


class RowsModel(QAbstractTableModel):
    """Lines with their number, person, text as written and reason."""

    ticks_changed = Signal()

    def __init__(self, ui: Ui, heads: Sequence[str], *, ticks: bool) -> None:
        super().__init__()
        self._ui = ui
        self._heads = heads
        self.with_ticks = ticks
        self.lines: Sequence[Line] = ()
        self.ticked: set[int] = set()
        self.place = "import.row"  # the word for where a line stands in the file

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show other lines."""
        self.beginResetModel()
        self.lines = lines
        self.ticked = set()
        self.endResetModel()
        self.ticks_changed.emit()

    def tick_all(self, on: bool) -> None:
        """Tick every line or none."""
        self.ticked = set(range(len(self.lines))) if on else set()
        if self.lines:
            self.dataChanged.emit(self.index(0, ROW), self.index(len(self.lines) - 1, ROW))
        self.ticks_changed.emit()

    def turn(self, at: int) -> None:
        """Tick a line, or take its tick away."""
        self.ticked ^= {at}
        self.dataChanged.emit(self.index(at, ROW), self.index(at, ROW))
        self.ticks_changed.emit()

    def rowCount(self, parent: Index = _NONE) -> int:
        """Return how many lines there are."""
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = _NONE) -> int:
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(self._heads)

    def set_heads(self, heads: Sequence[str]) -> None:
        """Call the columns something else."""
        self._heads = heads
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(heads) - 1)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """Return the heading of a column."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._heads[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        """Return what stands in a cell."""
        line = self.lines[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            texts = (self._ui.texts(self.place, row=line.row), line.who, line.written, line.why)
            return shown(texts[index.column()])
        if role == Qt.ItemDataRole.CheckStateRole and self.with_ticks and index.column() == ROW:
            return Qt.CheckState.Checked if index.row() in self.ticked else Qt.CheckState.Unchecked
        return None


class _Cells(QStyledItemDelegate):
    """Draws a cell in line with its heading; a tick before the number where rows are chosen."""

    def __init__(self, ui: Ui, rows: RowsModel) -> None:
        super().__init__()
        self._ui = ui
        self._rows = rows

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme, px = self._ui.theme, self._ui.px
        box, state = option.rect, option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, theme.color("tint"))
        painter.fillRect(QRect(box.left(), box.bottom(), box.width(), 1), theme.color("line"))
        left = px(16 if index.column() == ROW else 8)  # in line with the heading of the card
        if self._rows.with_ticks and index.column() == ROW:
            ticked = Qt.CheckState.Checked if index.row() in self._rows.ticked else Qt.CheckState.Unchecked
            paint_tick(painter, QRect(box.left() + left, box.top(), px(16), box.height()), theme, ticked)
            left += px(26)
        painter.setFont(theme.bold(13) if index.column() == WHO else theme.font(13))
        painter.setPen(theme.color("text_2" if index.column() == WHY else "text"))
        paint_text(painter, box.adjusted(left, 0, -px(8), 0), str(index.data() or ""))


class RowsTable(QTableView):
    """One stop for Tab, arrows inside, Space ticks."""

    line_chosen = Signal(int)

    def __init__(self, ui: Ui, *, ticks: bool = False) -> None:
        super().__init__()
        heads = [ui.texts(f"import.head.{name}") for name in ("row", "who", "written", "why")]
        self.rows = RowsModel(ui, heads, ticks=ticks)
        self.setModel(self.rows)
        self._cells = _Cells(ui, self.rows)
        self.setItemDelegate(self._cells)
        self.setProperty("role", "edge")
        self.setFont(ui.theme.font(13))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ui.px(36))
        self.setMinimumHeight(ui.px(140))
        head = self.horizontalHeader()
        head.setFont(ui.theme.font(12))
        head.setHighlightSections(False)
        head.setMinimumHeight(ui.px(32))
        head.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        head.setStretchLastSection(True)
        for column, width in ((ROW, 138 if ticks else 108), (WHO, 200), (WRITTEN, 190)):
            self.setColumnWidth(column, ui.px(width))
        self.clicked.connect(self._clicked)
        self.selectionModel().currentRowChanged.connect(lambda now, _: self.line_chosen.emit(now.row()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space ticks the present row."""
        at = self.currentIndex()
        if self.rows.with_ticks and event.key() == Qt.Key.Key_Space and at.isValid():
            self.rows.turn(at.row())
        else:
            super().keyPressEvent(event)

    def _clicked(self, index: QModelIndex) -> None:
        if self.rows.with_ticks and index.column() == ROW:
            self.rows.turn(index.row())

    def show_lines(self, lines: Sequence[Line], *, who: bool = True) -> None:
        """Show lines; the first is chosen."""
        self.rows.show_lines(lines)
        self.setColumnHidden(WHO, not who)
        if lines:
            self.selectRow(0)
        else:
            self.line_chosen.emit(-1)
