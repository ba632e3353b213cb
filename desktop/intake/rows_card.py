"""Rows of one kind with what is wrong with them: the table, and below it the whole of the chosen row as written."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent

from desktop.intake.about import words_of
from desktop.intake.causes import Line
from desktop.intake.rows_table import RowsTable
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card, scrolled
from desktop.widgets.ui import Ui, column, divider, row

_LONGEST_CELL = 300
_WHOLE = 96  # the height from which the row in full scrolls
_LOOKED_AT = 20  # rows that tell whether anybody is named in this kind of row


class RowsCard(Card):
    """Heading, advice, rows, and one row in full. Actions go into ``side``, facts about ticks into ``foot``."""

    def __init__(self, ui: Ui, *, ticks: bool = False) -> None:
        super().__init__(ui, pad=0, gap=0)
        self._ui = ui
        self._what = "rows"
        self._heading = Label(ui, "", 16, bold=True)
        self._advice = Label(ui, "", 13, tone="2")
        self.side = row(ui, gap=8)
        self.table = RowsTable(ui, ticks=ticks)
        self._whole = Label(ui, "", 12, tone="2")
        self._whole.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._whole_area = scrolled(column(ui, self._whole, margins=(16, 8)))
        self._line = divider()
        self.foot = row(ui, gap=8, margins=(16, 0, 16, 8))
        head = row(ui, gap=12, margins=(16, 12))
        head.addLayout(column(ui, self._heading, self._advice, gap=2), 1)
        head.addLayout(self.side)
        self.body.addLayout(head)
        self.body.addLayout(row(ui, self.table, margins=(1, 0)), 1)
        self.body.addWidget(self._line)
        self.body.addWidget(self._whole_area)
        self.body.addLayout(self.foot)
        self.table.line_chosen.connect(self._show_whole)

    def show_rows(self, heading: str, advice: str, lines: Sequence[Line], what: str = "rows") -> None:
        """Show a heading, what to do, and the rows, readings or entries."""
        self._what = what
        self._heading.setText(heading)
        self._advice.setText(advice)
        self.table.setVisible(bool(lines))
        self.table.rows.place = words_of("row", what)
        names = ("place", "kind", "name", "code") if what == "entries" else ("row", "who", "written", "why")
        room = "bring.part" if what == "entries" else "import.head"
        self.table.rows.set_heads([self._ui.texts(f"{room}.{name}") for name in names])
        self.table.show_lines(lines, who=any(line.who for line in lines[:_LOOKED_AT]))
        self.body.setStretch(self.body.count() - 1, 0 if lines else 1)

    def _show_whole(self, at: int) -> None:
        lines = self.table.rows.lines
        cells = lines[at].cells if 0 <= at < len(lines) else ()
        parts = (f"{header or '—'}: {text[:_LONGEST_CELL]}" for header, text in cells)
        words = "  ·  ".join(" ".join(part.split()) for part in parts)
        self._whole.setText(
            self._ui.texts(words_of("whole_row", self._what), row=lines[at].row, cells=words) if cells else ""
        )
        for part in (self._line, self._whole_area):
            part.setVisible(bool(cells))
        self._fit_whole()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the row in full the height it needs at this width."""
        super().resizeEvent(event)
        self._fit_whole()

    def _fit_whole(self) -> None:
        room = max(1, self.width() - self._ui.px(48))
        needed = self._whole.heightForWidth(room) + self._ui.px(18)
        self._whole_area.setFixedHeight(min(needed, self._ui.px(_WHOLE)))
