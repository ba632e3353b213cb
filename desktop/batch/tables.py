"""The tables of the page: the print list, and the people without a number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from desktop.widgets.labels import plain_tip, shown
from desktop.widgets.ui import Ui

Index = QModelIndex | QPersistentModelIndex
PLAIN, PERSON, STATE = "plain", "person", "state"
_LINE = int(Qt.ItemDataRole.UserRole)
# How a state looks: ink, ground, sign. Its word comes first, the sign second, the colour third.
_LOOKS = {
    "waiting": ("text_2", "sunken", ""),
    "printing": ("primary", "tint", "printer"),
    "printed": ("ok", "ok_tint", "check"),
    "held": ("warn", "warn_tint", "pause"),
    "failed": ("danger", "danger_tint", "octagon"),
}


class Column:
    """One column: its heading, how it is drawn, how wide it is, and what a line says in it."""

    def __init__(
        self,
        title: str,
        text: Callable[[int, Any], str],
        width: float,
        kind: str = PLAIN,
        *,
        right: bool = False,
        from_width: float = 0,
        may_be_empty: bool = False,
    ) -> None:
        """Make a column.

        Args:
            title: the heading.
            text: makes the words from the number of the line and the line; PERSON: name and number, apart by a tab.
            width: at 100 %; 0 takes what is left.
            kind: PLAIN, PERSON or STATE; with STATE the words are the code of the state.
            right: numbers stand at the right.
            from_width: hidden in narrower tables.
            may_be_empty: hidden where no line says anything in it.
        """
        self.title = title
        self.text = text
        self.width = width
        self.kind = kind
        self.right = right
        self.from_width = from_width
        self.may_be_empty = may_be_empty


class Lines(QAbstractTableModel):
    """Lines of any kind, said by the columns."""

    def __init__(self, columns: Sequence[Column], state_words: Callable[[str], str]) -> None:
        super().__init__()
        self.columns = list(columns)
        self._state_words = state_words
        self._lines: list[Any] = []

    def show_lines(self, lines: Sequence[Any]) -> None:
        """Show these lines; where as many were there before, only what they say is new."""
        if len(lines) == len(self._lines):
            self._lines = list(lines)
            if lines:
                self.dataChanged.emit(self.index(0, 0), self.index(len(lines) - 1, len(self.columns) - 1))
            return
        self.beginResetModel()
        self._lines = list(lines)
        self.endResetModel()

    def says(self, column: Column) -> bool:
        """Return whether any line says something in a column."""
        return any(column.text(at, line) for at, line in enumerate(self._lines))

    def line(self, row: int) -> Any:
        """Return one line."""
        return self._lines[row] if 0 <= row < len(self._lines) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - the signature that Qt calls
        """Return how many lines there are."""
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - the signature that Qt calls
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """Return what a cell says; screen readers get the same words."""
        column = self.columns[index.column()]
        words = column.text(index.row(), self._lines[index.row()])
        if role == _LINE:
            return words
        if role in (int(Qt.ItemDataRole.DisplayRole), int(Qt.ItemDataRole.AccessibleTextRole)):
            return self._state_words(words) if column.kind == STATE else shown(words)
        if role == int(Qt.ItemDataRole.ToolTipRole):
            return plain_tip(shown(words)) if len(words) > 24 and column.kind != STATE else None
        if role == int(Qt.ItemDataRole.TextAlignmentRole) and column.right:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = int(Qt.ItemDataRole.DisplayRole)
    ) -> Any:
        """Return a heading, aligned with its column."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        column = self.columns[section]
        if role == int(Qt.ItemDataRole.DisplayRole):
            return column.title
        if role == int(Qt.ItemDataRole.TextAlignmentRole):
            side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None


class Cells(QStyledItemDelegate):
    """Draws the cells: a name bold with its number grey behind it, a state as a tag."""

    def __init__(self, ui: Ui, table: QTableView, model: Lines, state_words: Callable[[str], str]) -> None:
        super().__init__(table)
        self._ui = ui
        self._model = model
        self._state_words = state_words

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one cell."""
        theme, px = self._ui.theme, self._ui.px
        column = self._model.columns[index.column()]
        words = str(index.data(_LINE))
        painter.save()
        box: QRect = option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, theme.color("tint"))
        painter.setPen(theme.color("line"))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        first = index.column() == 0 and not column.right
        inside = box.adjusted(px(16 if first else 8), 0, -px(8), -1)  # in line with the heading of the card
        if column.kind == STATE:
            self._draw_state(painter, inside, words)
        elif column.kind == PERSON:
            self._draw_person(painter, inside, words)
        else:
            self._draw_text(painter, inside, shown(words), theme.font(13), right=column.right)
        painter.restore()

    def _draw_text(self, painter: QPainter, box: QRect, words: str, font: QFont, *, right: bool = False) -> int:
        painter.setFont(font)
        painter.setPen(self._ui.theme.color("text"))
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        fitting = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, int(side | Qt.AlignmentFlag.AlignVCenter), fitting)
        return painter.fontMetrics().horizontalAdvance(fitting)

    def _draw_person(self, painter: QPainter, box: QRect, words: str) -> None:
        theme, px = self._ui.theme, self._ui.px
        name, _, number = words.partition("\t")
        name, number = shown(name), shown(number)
        width = QFontMetrics(theme.font(12)).horizontalAdvance(number) + px(6) if number and name else 0
        room = max(px(40), box.width() - min(width, box.width() // 2))
        used = self._draw_text(
            painter, QRect(box.left(), box.top(), room, box.height()), name or number, theme.bold(13)
        )
        if not (name and number):
            return
        painter.setFont(theme.font(12))
        painter.setPen(theme.color("text_3"))
        rest = QRect(box.left() + used + px(6), box.top(), box.width() - used - px(6), box.height())
        fitting = painter.fontMetrics().elidedText(number, Qt.TextElideMode.ElideRight, rest.width())
        painter.drawText(rest, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), fitting)

    def _draw_state(self, painter: QPainter, box: QRect, code: str) -> None:
        theme, px = self._ui.theme, self._ui.px
        ink, ground, sign = _LOOKS[code]
        words = self._state_words(code)
        font = theme.font(12)
        width = QFontMetrics(font).horizontalAdvance(words) + px(16) + (px(18) if sign else 0)
        tag = QRectF(box.left(), box.center().y() - px(10), min(width, box.width()), px(21))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(ground))
        painter.drawRoundedRect(tag, px(4), px(4))
        x = tag.left() + px(8)
        if sign:
            painter.drawPixmap(int(x), int(tag.center().y() - px(7)), theme.pixmap(sign, ink, 14))
            x += px(18)
        painter.setFont(font)
        painter.setPen(theme.color(ink))
        painter.drawText(QRectF(x, tag.top(), tag.width(), tag.height()), int(Qt.AlignmentFlag.AlignVCenter), words)


class Table(QTableView):
    """A table of lines: one stop of Tab, arrows inside, Enter opens."""

    opened = Signal(object)
    picked = Signal()

    def __init__(self, ui: Ui, columns: Sequence[Column], state_words: Callable[[str], str], *, tight: bool) -> None:
        super().__init__()
        self._ui = ui
        self.lines = Lines(columns, state_words)
        self.setModel(self.lines)
        self.setItemDelegate(Cells(ui, self, self.lines, state_words))
        self.setProperty("role", "edge")
        self.setFont(ui.theme.font(13))
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ui.px(30 if tight else 38))
        heads = self.horizontalHeader()
        heads.setFixedHeight(ui.px(32))
        heads.setHighlightSections(False)
        heads.setSectionsClickable(False)
        heads.setMinimumSectionSize(ui.px(24))
        for at, column in enumerate(columns):
            mode = QHeaderView.ResizeMode.Stretch if not column.width else QHeaderView.ResizeMode.Fixed
            heads.setSectionResizeMode(at, mode)
            if column.width:
                self.setColumnWidth(at, ui.px(column.width))
        self.setMinimumHeight(ui.px(110))
        self.selectionModel().selectionChanged.connect(lambda *_: self.picked.emit())
        self.doubleClicked.connect(lambda index: self._open(index.row()))

    def minimumSizeHint(self) -> QSize:
        """Return little: it scrolls."""
        return QSize(self._ui.px(160), self._ui.px(110))

    def picked_line(self) -> Any:
        """Return the line that is selected, or None."""
        rows = self.selectionModel().selectedRows()
        return self.lines.line(rows[0].row()) if rows else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the line."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._open(self.currentIndex().row())
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out columns for which there is no room."""
        self._leave_out(event.size().width())
        super().resizeEvent(event)

    def show_lines(self, lines: Sequence[Any]) -> None:
        """Show these lines; a column that may be empty is left out where nobody has anything in it."""
        self.lines.show_lines(lines)
        self._leave_out(self.viewport().width())

    def _leave_out(self, width: int) -> None:
        for at, column in enumerate(self.lines.columns):
            narrow = width < self._ui.px(column.from_width)
            self.setColumnHidden(at, narrow or (column.may_be_empty and not self.lines.says(column)))

    def _open(self, row: int) -> None:
        line = self.lines.line(row)
        if line is not None:
            self.opened.emit(line)
