"""A table of texts to look at: one stop for Tab, arrows inside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from desktop.widgets.cells import paint_text
from desktop.widgets.labels import shown
from desktop.widgets.ui import Ui

Index = QModelIndex | QPersistentModelIndex
_NONE = QModelIndex()
_WIDEST, _NARROWEST = 320, 64
_MEASURED = 60  # rows whose cells say how wide a column is


class _Model(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self.heads: Sequence[str] = ()
        self.rows: Sequence[Sequence[str]] = ()

    def show_rows(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self.beginResetModel()
        self.heads, self.rows = heads, rows
        self.endResetModel()

    def rowCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else len(self.heads)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.heads[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return shown(self.rows[index.row()][index.column()])
        return None


class _Cells(QStyledItemDelegate):
    """Draws cells in line with their heading; the first column bold."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme, px, box = self._ui.theme, self._ui.px, option.rect
        state: QStyle.StateFlag = option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, theme.color("tint"))
        painter.fillRect(QRect(box.left(), box.bottom(), box.width(), 1), theme.color("line"))
        painter.setFont(theme.bold(13) if index.column() == 0 else theme.font(13))
        painter.setPen(theme.color("text"))
        paint_text(painter, box.adjusted(px(16 if index.column() == 0 else 8), 0, -px(8), 0), str(index.data() or ""))


class PlainTable(QTableView):
    """Shows rows of texts below their heads."""

    opened = Signal(int)  # Enter or a double click on a row
    row_chosen = Signal(int)

    def __init__(self, ui: Ui, name: str) -> None:
        super().__init__()
        self._ui = ui
        self._model = _Model()
        self.setModel(self._model)
        self._cells = _Cells(ui)
        self.setItemDelegate(self._cells)
        self.setAccessibleName(name)
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
        self.verticalHeader().setDefaultSectionSize(ui.px(32))
        head = self.horizontalHeader()
        head.setFont(ui.theme.font(12))
        head.setHighlightSections(False)
        head.setMinimumHeight(ui.px(32))
        head.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        head.setStretchLastSection(True)
        self.doubleClicked.connect(lambda index: self.opened.emit(index.row()))
        self.selectionModel().currentRowChanged.connect(lambda now, _: self.row_chosen.emit(now.row()))

    @property
    def is_wide(self) -> bool:
        """Whether its columns need more room than there is."""
        return sum(self.columnWidth(at) for at in range(len(self._model.heads) - 1)) + self._ui.px(60) > self.width()

    @property
    def rows(self) -> Sequence[Sequence[str]]:
        """What is shown."""
        return self._model.rows

    def show_rows(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Show other rows; the present one stays where there is one at its place."""
        if (heads, rows) == (self._model.heads, self._model.rows):
            return
        at = max(0, self.currentIndex().row())
        self._model.show_rows(heads, rows)
        bold, usual = (QFontMetrics(font) for font in (self._ui.theme.bold(13), self._ui.theme.font(13)))
        for column, words in enumerate(heads):
            metrics = usual if column else bold
            texts = [words, *(row[column] for row in rows[:_MEASURED])]
            wide = max(metrics.horizontalAdvance(text[:80]) for text in texts) + self._ui.px(28)
            self.setColumnWidth(column, min(self._ui.px(_WIDEST), max(self._ui.px(_NARROWEST), wide)))
        if rows:
            self.selectRow(min(at, len(rows) - 1))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the present row."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers()
        if enter and self.currentIndex().isValid():
            self.opened.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)
