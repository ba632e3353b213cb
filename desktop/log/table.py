"""The log as a table that reads older entries when one comes near its end."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from desktop.log.desk import LogDesk
from desktop.log.words import COLUMNS, line_words
from desktop.widgets.labels import plain_tip, shown
from desktop.widgets.ui import Ui

Index = QModelIndex | QPersistentModelIndex
_TIME, _TIME_LONG = 76, 148  # at 100 %
_SHARES = (22, 32, 46)  # of what is left, in hundredths
_ROW = 32


class LogModel(QAbstractTableModel):
    """Lines are worded when they are shown: a log may be long."""

    def __init__(self, ui: Ui, desk: LogDesk) -> None:
        super().__init__()
        self._texts, self._desk = ui.texts, desk
        self._count = 0
        self._worded: dict[int, tuple[str, ...]] = {}
        desk.changed.connect(self._anew)
        desk.grown.connect(self._grow)
        self._anew()

    def _anew(self) -> None:
        self.beginResetModel()
        self._worded, self._count = {}, len(self._desk.lines)
        self.endResetModel()

    def _grow(self, before: int) -> None:
        if len(self._desk.lines) > before:
            self.beginInsertRows(QModelIndex(), before, len(self._desk.lines) - 1)
            self._count = len(self._desk.lines)
            self.endInsertRows()

    def rowCount(self, parent: Index | None = None) -> int:
        """Return how many entries are read."""
        return 0 if parent is not None and parent.isValid() else self._count

    def columnCount(self, parent: Index | None = None) -> int:
        """Return how many facts an entry has."""
        return len(COLUMNS)

    def canFetchMore(self, parent: Index) -> bool:
        """Whether there are older entries."""
        return not parent.isValid() and self._desk.more

    def fetchMore(self, parent: Index) -> None:
        """Read older entries."""
        self._desk.load_more()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the words of a cell."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        text = self.words(index.row())[index.column()]
        return shown(text) if role == Qt.ItemDataRole.DisplayRole else plain_tip(text)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the heads of the columns."""
        if role == Qt.ItemDataRole.DisplayRole and orientation is Qt.Orientation.Horizontal:
            return self._texts(f"security.log.{COLUMNS[section]}")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def words(self, at: int) -> tuple[str, ...]:
        """Return the words of a line."""
        if at not in self._worded:
            desk = self._desk
            self._worded[at] = line_words(desk.lines[at], desk.names, desk.context.clock.now(), self._texts)
        return self._worded[at]


class LogTable(QTableView):
    """Times left, people and details with the room they need."""

    def __init__(self, ui: Ui, desk: LogDesk) -> None:
        super().__init__()
        self._ui, self._desk = ui, desk
        self._model = LogModel(ui, desk)
        self.setModel(self._model)
        self.setProperty("role", "lined")
        self.setFont(ui.theme.font(13))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ui.px(_ROW))
        self.setAccessibleName(ui.texts("security.log.title"))
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setHighlightSections(False)
        desk.changed.connect(self._share)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room out."""
        super().resizeEvent(event)
        self._share()

    def _share(self) -> None:
        time = self._ui.px(_TIME if self._desk.span == "today" else _TIME_LONG)
        room = self.viewport().width() - time
        widths = [time, *(max(self._ui.px(60), room * share // 100) for share in _SHARES)]
        for at, width in enumerate(widths):
            self.setColumnWidth(at, width)
