"""Draws the cells of the list."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolTip,
)

from desktop.patients.model import Column, PatientsModel
from desktop.patients.rows import NOTHING, ShownRow
from desktop.widgets.cells import LEFT, RIGHT, paint_tag, paint_text, paint_tick
from desktop.widgets.labels import plain_tip
from desktop.widgets.pips import paint_pips, pips_width
from desktop.widgets.ui import Ui

Index = QModelIndex | QPersistentModelIndex
PAD = 8  # at the left and right of a cell, at 100 %
LEADS = {Column.RISK: 24}  # a wider left, where a column of numbers ends before
_DIGITS = 30  # room of the number before the pips


class RowDelegate(QStyledItemDelegate):
    """One way to draw for each column; the row one is on has an edge around all of it."""

    def __init__(self, ui: Ui, table: QTableView, model: PatientsModel) -> None:
        super().__init__(table)
        self._model = model
        self._ui = ui
        self._table = table
        self._traced = model.traced
        self._metrics = QFontMetrics(ui.theme.font(13))
        names = ("surface", "tint", "line", "edge", "primary", "text", "text_2", "text_3")
        self._inks = {name: ui.theme.color(name) for name in names}  # a page has a hundred cells: made once
        self._plain, self._bold, self._small = ui.theme.font(13), ui.theme.bold(13), ui.theme.font(12)
        self._draw: dict[Column, Callable[[QPainter, QRect, ShownRow], object]] = {
            Column.NAME: self._name,
            Column.AGE: lambda painter, cell, row: self._words(painter, cell, row.age_sex),
            Column.PRESSURE: self._pressure,
            Column.RISK: self._risk,
            Column.VISIT: self._visit,
            Column.NEXT: self._next,
            Column.VILLAGE: lambda painter, cell, row: self._words(painter, cell, row.village, "text_2"),
            Column.MISSING: self._missing,
        }

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a cell."""
        cell: QRect = option.rect
        row, ticked = self._model.shown(index.row()), self._model.ticked(index.row())
        painter.save()
        painter.fillRect(cell, self._inks["tint" if ticked else "surface"])
        painter.fillRect(QRect(cell.left(), cell.bottom(), cell.width(), 1), self._inks["line"])
        column = Column(index.column())
        if column is Column.TICK:
            paint_tick(painter, cell, self._ui.theme, Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
        else:
            left = self._ui.px(LEADS.get(column, PAD))
            inside = cell.adjusted(left, 0, -self._ui.px(PAD), -1)
            self._draw[column](painter, inside, row)
            self._dots(painter, inside, column, row)
        if index.row() == self._table.currentIndex().row():
            self._edge(painter, cell, column)
        painter.restore()

    def _dots(self, painter: QPainter, cell: QRect, column: Column, row: ShownRow) -> None:
        """Draw the dotted line below a number that leads to where it came from."""
        text = {Column.AGE: row.age_sex, Column.PRESSURE: row.pressure, Column.RISK: row.risk}.get(column, "")
        if text in ("", NOTHING) or not self._traced:
            return
        metrics = self._metrics
        wide = min(metrics.horizontalAdvance(text), cell.width())
        left = cell.left()
        if column is Column.PRESSURE:
            left = cell.right() + 1 - wide
        elif column is Column.RISK and not row.is_range:
            left = cell.left() + self._ui.px(_DIGITS) - wide
        foot = cell.center().y() + metrics.height() // 2 + 1
        painter.setPen(QPen(self._inks["edge"], 1, Qt.PenStyle.DotLine))
        painter.drawLine(left, foot, left + wide, foot)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the height of a row; widths are the table's."""
        return QSize(0, self._table.verticalHeader().defaultSectionSize())

    def helpEvent(self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index) -> bool:
        """Show the whole text of a cell where it does not fit."""
        if event.type() is not QEvent.Type.ToolTip or not index.isValid():
            return False
        text = str(index.data() or "")
        room = view.visualRect(index).width() - 2 * self._ui.px(PAD)
        fits = view.fontMetrics().horizontalAdvance(text) <= room
        QToolTip.showText(event.globalPos(), "" if fits else plain_tip(text), view)
        return True

    def _edge(self, painter: QPainter, cell: QRect, column: Column) -> None:
        """Draw this cell's part of the edge around the row."""
        here = self._table.hasFocus()
        ink, width = self._inks["primary" if here else "edge"], 2 if here else 1
        painter.fillRect(QRect(cell.left(), cell.top(), cell.width(), width), ink)
        painter.fillRect(QRect(cell.left(), cell.bottom() + 1 - width, cell.width(), width), ink)
        header = self._table.horizontalHeader()
        if header.visualIndex(column) == 0:
            painter.fillRect(QRect(cell.left(), cell.top(), width, cell.height()), ink)
        if all(header.isSectionHidden(after) for after in range(column + 1, len(Column))):
            painter.fillRect(QRect(cell.right() + 1 - width, cell.top(), width, cell.height()), ink)

    def _words(self, painter: QPainter, cell: QRect, text: str, color: str = "text", alignment: int = LEFT) -> int:
        painter.setFont(self._plain)
        painter.setPen(self._inks["text_3" if text == NOTHING else color])
        return paint_text(painter, cell, text, alignment)

    def _name(self, painter: QPainter, cell: QRect, row: ShownRow) -> None:
        """Draw the name, and the number as long as it leaves the name most of the room."""
        painter.setFont(self._plain)
        number = min(painter.fontMetrics().horizontalAdvance(row.number), cell.width() * 2 // 5)
        gap = self._ui.px(6) if row.number else 0
        painter.setFont(self._bold)
        painter.setPen(self._inks["text"])
        used = paint_text(painter, cell.adjusted(0, 0, -number - gap, 0), row.name)
        self._words(painter, cell.adjusted(used + gap, 0, 0, 0), row.number, "text_3")

    def _pressure(self, painter: QPainter, cell: QRect, row: ShownRow) -> None:
        self._words(painter, cell, row.pressure, alignment=RIGHT)

    def _risk(self, painter: QPainter, cell: QRect, row: ShownRow) -> None:
        """Draw number and pips; a number of an earlier visit is quiet and says so."""
        theme, quiet = self._ui.theme, row.earlier
        if row.is_range:
            self._range(painter, cell, row)
            return
        if not row.risk:
            painter.setFont(self._small)
            painter.setPen(self._inks["text_3"])
            paint_text(painter, cell.adjusted(self._ui.px(_DIGITS + 8), 0, 0, 0), row.risk_words)
            return
        painter.setFont(self._plain if quiet else self._bold)
        painter.setPen(self._inks["text_2" if quiet else "text"])
        painter.drawText(QRect(cell.left(), cell.top(), self._ui.px(_DIGITS), cell.height()), RIGHT, row.risk)
        left = cell.left() + self._ui.px(_DIGITS + 8)
        if row.step:
            paint_pips(painter, QPointF(left, cell.center().y() + 0.5), theme, row.step, quiet=quiet)
            left += pips_width(theme) + self._ui.px(8)
        if row.risk_words:
            painter.setFont(self._small)
            painter.setPen(self._inks["text_3"])
            paint_text(painter, QRect(left, cell.top(), cell.right() - left, cell.height()), row.risk_words)

    def _range(self, painter: QPainter, cell: QRect, row: ShownRow) -> None:
        """Draw both ends where number and pips would stand, in plain letters: it is no number."""
        room = self._ui.px(_DIGITS + 8) + pips_width(self._ui.theme)
        self._words(painter, QRect(cell.left(), cell.top(), room, cell.height()), row.risk, "text_2")
        left = cell.left() + room + self._ui.px(8)
        painter.setFont(self._small)
        painter.setPen(self._inks["text_3"])
        paint_text(painter, QRect(left, cell.top(), cell.right() - left, cell.height()), row.risk_words)

    def _visit(self, painter: QPainter, cell: QRect, row: ShownRow) -> None:
        if row.came_today:
            paint_tag(painter, cell, self._ui.theme, row.visit, "info")
        else:
            self._words(painter, cell, row.visit, "text_2")

    def _next(self, painter: QPainter, cell: QRect, row: ShownRow) -> None:
        if row.tone:
            paint_tag(painter, cell, self._ui.theme, row.next_visit, row.tone, "clock")
        else:
            self._words(painter, cell, row.next_visit, "text_2")

    def _missing(self, painter: QPainter, cell: QRect, row: ShownRow) -> None:
        """Draw the first value that is missing, and how many more are."""
        if len(row.missing) < 2:
            self._words(painter, cell, row.missing[0] if row.missing else NOTHING, "text_2")
            return
        more = self._ui.texts("patients.more", count=len(row.missing) - 1)
        painter.setFont(self._plain)
        room = painter.fontMetrics().horizontalAdvance(more) + self._ui.px(6)
        used = self._words(painter, cell.adjusted(0, 0, -room, 0), row.missing[0], "text_2")
        self._words(painter, cell.adjusted(used + self._ui.px(6), 0, 0, 0), more, "text_3")
