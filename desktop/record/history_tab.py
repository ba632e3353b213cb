"""Who changed what, and when: one line per change, the latest first."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from desktop.i18n import Texts
from desktop.record.history_words import history_row
from desktop.record.presenter import RecordPresenter
from desktop.record.seen_by import SeenBy
from desktop.record.withdrawn_words import history_lines
from desktop.widgets.labels import plain_tip, shown
from desktop.widgets.parts import Card, EmptyState, Notice
from desktop.widgets.ui import Ui, column
from engine.domain.history import HistoryEntry
from engine.fields import load_dictionary

COLUMNS = ("when", "who", "what", "before", "after")
_WIDTHS = (160, 200)  # of the first columns, at 100 %
_SHARES = (48, 21, 31)  # of what is left, in hundredths
_BOTH_FIT = 480  # from this height on, at 100 %, history and who saw it stand below each other
Index = QModelIndex | QPersistentModelIndex


class HistoryModel(QAbstractTableModel):
    """Lines are worded when they are shown: a history may be long."""

    def __init__(self, texts: Texts, presenter: RecordPresenter) -> None:
        super().__init__()
        self._texts, self._presenter = texts, presenter
        self._entries: tuple[HistoryEntry, ...] = ()
        self._worded: dict[int, tuple[str, ...]] = {}

    def show_entries(self, entries: tuple[HistoryEntry, ...]) -> None:
        """Show these entries."""
        self.beginResetModel()
        self._entries, self._worded = entries, {}
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        """Return how many changes there are."""
        return 0 if parent is not None and parent.isValid() else len(self._entries)

    def columnCount(self, parent: Index | None = None) -> int:
        """Return how many facts a change has."""
        return len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the words of a cell."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        text = self._words(index.row())[index.column()]
        return shown(text) if role == Qt.ItemDataRole.DisplayRole else plain_tip(text)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the heads of the columns."""
        if role == Qt.ItemDataRole.DisplayRole and orientation is Qt.Orientation.Horizontal:
            return self._texts(f"record.history.{COLUMNS[section]}")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def field_at(self, at: int) -> str | None:
        """Return the field of a change; None where it is of a list, or of a visit as a whole."""
        field = self._entries[at].field if 0 <= at < len(self._entries) else None
        return field if field is not None and field in load_dictionary() else None

    def _words(self, at: int) -> tuple[str, ...]:
        if at not in self._worded:
            self._worded[at] = history_row(self._entries[at], self._presenter, self._texts)
        return self._worded[at]


class HistoryTable(QTableView):
    """What was done has the longest words and gets most of the room, what stood there before the least."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room out."""
        super().resizeEvent(event)
        widths = [self._ui.px(width) for width in _WIDTHS]
        room = event.size().width() - sum(widths)
        widths += [max(self._ui.px(80), room * share // 100) for share in _SHARES]
        for at, width in enumerate(widths):
            self.setColumnWidth(at, width)


class HistoryTab(QWidget):
    """A table in a card."""

    def __init__(self, ui: Ui, presenter: RecordPresenter) -> None:
        super().__init__()
        self._ui, self._presenter = ui, presenter
        self._model = HistoryModel(ui.texts, presenter)
        self.table = HistoryTable(ui)
        self.table.setModel(self._model)
        self.table.setProperty("role", "lined")
        self.table.setFont(ui.theme.font(13))
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(ui.px(32))
        self.table.setAccessibleName(ui.texts("record.tab.history"))
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setHighlightSections(False)
        self.table.activated.connect(self.inspect_line)
        self._empty = EmptyState(ui, ui.texts("record.history.none"), icon="clock")
        self._card = Card(ui, ui.texts("record.history.title"), " ", gap=8)
        self._card.body.addWidget(self.table, 1)
        self.withdrawn = Notice(ui)
        self.seen = SeenBy(ui, presenter)
        whole = column(ui, self.withdrawn, self._empty, gap=12, margins=(16,))
        whole.addWidget(self._card, 3)
        whole.addWidget(self.seen, 2)
        self.setLayout(whole)
        self.seen.turned.connect(self._share)
        presenter.visits.history_changed.connect(self.refresh)
        presenter.reset.connect(self.refresh)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Look whether both tables have room."""
        super().resizeEvent(event)
        self._share()

    def _share(self) -> None:
        """In a low window who saw the record takes the place of its history while it is open."""
        history = self._presenter.visits.history
        low = self.seen.is_open and self.height() < self._ui.px(_BOTH_FIT)
        self._card.setVisible((history is None or bool(history)) and not low)

    def inspect_line(self) -> None:
        """Show what stands behind the value of the line that is chosen."""
        field = self._model.field_at(self.table.currentIndex().row())
        if field is not None:
            self._presenter.inspect((field,), self.table)

    def refresh(self) -> None:
        """Show the history as it was read."""
        history = self._presenter.visits.history
        self.withdrawn.say(history_lines(self._presenter.withdrawn, self._ui.texts))
        self._model.show_entries(history or ())
        self._empty.setVisible(history is not None and not history)
        self._share()
        count = len(history or ())
        self._card.set_caption(self._ui.texts("record.history.count", count=self._ui.texts.number(count)))
