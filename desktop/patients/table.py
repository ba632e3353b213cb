"""The table of the list: one Tab stop, arrows inside, Space ticks, Enter opens."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QGuiApplication, QHideEvent, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QTableView

from desktop.patients.delegate import RowDelegate
from desktop.patients.header import ListHeader
from desktop.patients.model import NUMBERS, Column, Index, PatientsModel
from desktop.widgets.ui import Ui, frame

_ROOMY, _TIGHT = 38, 30
# At 100 %: the least a column needs, and which part of the room that is left over it gets.
_WIDTHS = {
    Column.TICK: (44, 0),
    Column.NAME: (176, 5),
    Column.AGE: (76, 0),
    Column.PRESSURE: (92, 0),
    Column.RISK: (190, 0),
    Column.VISIT: (104, 1),
    Column.NEXT: (128, 1),
    Column.VILLAGE: (104, 2),
    Column.MISSING: (140, 3),
}
_DROPPED_FIRST = (Column.VILLAGE, Column.MISSING, Column.VISIT)
_NARROWEST = {Column.RISK: 126, Column.NAME: 140}  # where even the others have no room: number and pips stay whole
_LAST_LINES = 4  # what stays of the table in the lowest window


class PatientsTable(QTableView):
    """Shows the model; what is done to a row is told by its number."""

    opened = Signal(int)
    ticked = Signal(int)
    ticked_between = Signal(int, int)
    all_ticked = Signal()
    inspect_asked = Signal(int, object, QRect)  # a row, the column pressed or None for all its numbers, and the place

    def __init__(self, ui: Ui, model: PatientsModel, *, tight: bool) -> None:
        super().__init__()
        self._ui = ui
        self._last_tick = -1
        self._pressed = QPersistentModelIndex()
        self._wait = QTimer(self, singleShot=True)  # a second press opens the record instead
        self._wait.timeout.connect(self._inspect_pressed)
        self.by_hand = False  # whether a person went to the row one is on
        self.left_out: frozenset[Column] = frozenset()  # columns in which nobody has anything
        self.heads = ListHeader(ui)
        self.setModel(model)
        self.setHorizontalHeader(self.heads)
        self.setItemDelegate(RowDelegate(ui, self, model))
        rows = self.verticalHeader()
        rows.hide()
        rows.setMinimumSectionSize(1)
        rows.setDefaultSectionSize(ui.px(_TIGHT if tight else _ROOMY))
        self.setFont(ui.theme.font(13))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalScrollBar().setSingleStep(rows.defaultSectionSize())
        self.setMinimumHeight(self.heads.height() + _LAST_LINES * rows.defaultSectionSize())
        corner = frame("corner")
        corner.setFixedHeight(self.heads.height())
        self.addScrollBarWidget(corner, Qt.AlignmentFlag.AlignTop)
        self.doubleClicked.connect(self._double_clicked)
        model.modelReset.connect(self._forget)

    def go(self, row: int) -> None:
        """Stand on a row, without moving the view more than it takes to see it."""
        index = self.model().index(row, Column.NAME)
        self.selectionModel().setCurrentIndex(
            index, QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        )

    def row(self) -> int:
        """Return on which row one is; -1 for none."""
        return self.currentIndex().row()

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Draw both rows whole: the edge goes around all cells."""
        super().currentChanged(current, previous)
        self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Stand on the first row when one comes by key and is on none."""
        super().focusInEvent(event)
        if self.row() < 0 and self.model().rowCount() and event.reason() is not Qt.FocusReason.MouseFocusReason:
            self.go(self.rowAt(0))
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Draw the edge of the row quieter."""
        super().focusOutEvent(event)
        self.viewport().update()

    def keyboardSearch(self, search: str) -> None:
        """Do nothing: letters belong to the line above, and looking through everybody here would take long."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space ticks, Shift with an arrow ticks on the way, Enter opens, Home and End go to the ends."""
        self.by_hand = True
        row, key = self.row(), event.key()
        last = self.model().rowCount() - 1
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key == Qt.Key.Key_A and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.all_ticked.emit()
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End) and last >= 0:
            self.go(0 if key == Qt.Key.Key_Home else last)
        elif row >= 0 and key == Qt.Key.Key_Space:
            self._tick(row, shift=shift)
        elif row >= 0 and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(row)
        elif row >= 0 and key == Qt.Key.Key_I and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.inspect_asked.emit(row, None, self.visualRect(self.model().index(row, Column.NAME)))
        elif row >= 0 and shift and key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            there = min(max(row + (1 if key == Qt.Key.Key_Down else -1), 0), last)
            self.ticked_between.emit(row, there)
            self.go(there)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() + self._ui.px(60) * (1 if key == Qt.Key.Key_Right else -1))
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A press on the tick sets it; anywhere else it goes to the row."""
        self.by_hand = True
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and index.column() == Column.TICK and event.button() is Qt.MouseButton.LeftButton:
            self.go(index.row())
            self._tick(index.row(), shift=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
            return
        super().mousePressEvent(event)
        if index.isValid() and index.column() in NUMBERS and event.button() is Qt.MouseButton.LeftButton:
            self._pressed = QPersistentModelIndex(index)
            self._wait.start(QGuiApplication.styleHints().mouseDoubleClickInterval())

    def hideEvent(self, event: QHideEvent) -> None:
        """Forget which number was pressed."""
        super().hideEvent(event)
        self._wait.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the columns their room."""
        super().resizeEvent(event)
        self.fit_columns()

    def fit_columns(self) -> None:
        """Share the room out. Where it is short, the village goes first; with hardly any room one scrolls."""
        room = self.viewport().width()
        self.heads.bar_shown = self.verticalScrollBar().isVisible()
        needed = {column: self._needed(column) for column in Column}
        shown = [column for column in Column if column not in self.left_out]
        for column in [each for each in _DROPPED_FIRST if each in shown]:
            if sum(needed[each] for each in shown) > room:
                shown.remove(column)
        self._narrow(needed, sum(needed[column] for column in shown) - room)
        left_over = max(0, room - sum(needed[column] for column in shown))
        parts = sum(_WIDTHS[column][1] for column in shown)
        for column in Column:
            self.setColumnHidden(column, column not in shown)
            if column in shown:
                self.setColumnWidth(column, needed[column] + left_over * _WIDTHS[column][1] // parts)
        # What rounding left goes to the name, so that no gap stands at the right.
        rest = room - sum(self.columnWidth(column) for column in shown)
        if 0 < rest < len(Column):
            self.setColumnWidth(Column.NAME, self.columnWidth(Column.NAME) + rest)

    def _narrow(self, needed: dict[Column, int], short: int) -> None:
        """Take the room that is short from the columns whose words may end in "…", as far as it goes."""
        for column, least in _NARROWEST.items():
            words = str(self.model().headerData(column, Qt.Orientation.Horizontal))
            spare = needed[column] - max(self._ui.px(least), self.heads.width_of(column, words))
            given = max(0, min(short, spare))
            needed[column] -= given
            short -= given

    def _needed(self, column: Column) -> int:
        words = str(self.model().headerData(column, Qt.Orientation.Horizontal))
        least = self._ui.px(_WIDTHS[column][0])
        return least if column is Column.TICK else max(least, self.heads.width_of(column, words))

    def _tick(self, row: int, *, shift: bool) -> None:
        if shift and self._last_tick >= 0:
            self.ticked_between.emit(self._last_tick, row)
        else:
            self.ticked.emit(row)
        self._last_tick = row

    def _inspect_pressed(self) -> None:
        if self._pressed.isValid():
            row, column = self._pressed.row(), Column(self._pressed.column())
            self.inspect_asked.emit(row, column, self.visualRect(self.model().index(row, column)))

    def _double_clicked(self, index: QModelIndex) -> None:
        self._wait.stop()
        if index.column() != Column.TICK:
            self.opened.emit(index.row())

    def _forget(self) -> None:
        self._last_tick = -1
        self._wait.stop()
