"""The parts of a model card on the screen, as it is printed: points, tables, notes."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from desktop.widgets.labels import Label
from desktop.widgets.parts import Card
from desktop.widgets.ui import Ui, divider, held, row
from engine.domain.model_card import CardPart, CardTable

_TOP = Qt.AlignmentFlag.AlignTop


class PartCard(Card):
    """One headed part."""

    def __init__(self, ui: Ui, part: CardPart) -> None:
        super().__init__(ui, part.title, gap=8)
        self.setObjectName(f"part.{part.key}")
        for point in part.points:
            line = row(ui, gap=6)
            line.addWidget(Label(ui, "•", 13, tone="3", wrap=False), 0, _TOP)
            line.addWidget(Label(ui, point, 13), 1)
            self.body.addWidget(held(line))
        if part.table is not None:
            self.body.addWidget(card_table(ui, part.table))
        for note in part.notes:
            self.body.addWidget(Label(ui, note, 12, tone="3"))


def card_table(ui: Ui, table: CardTable) -> QWidget:
    """Return a table whose columns share the width as on paper; an empty head takes no line."""
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(ui.px(12))
    grid.setVerticalSpacing(ui.px(5))
    for at, width in enumerate(table.widths):
        grid.setColumnStretch(at, round(10 * width))
    line = 0
    if any(table.heads):
        for at, words in enumerate(table.heads):
            grid.addWidget(Label(ui, words, 12, tone="3"), line, at, Qt.AlignmentFlag.AlignBottom)
        line += 1
    for cells in table.rows:
        if line:
            grid.addWidget(divider(), line, 0, 1, len(table.widths))
            line += 1
        for at, cell in enumerate(cells):
            label = Label(ui, cell, 12, tone="2" if at == 0 and not any(table.heads) else "")
            grid.addWidget(label, line, at, _TOP)
        line += 1
    made = held(grid)
    made.setAccessibleName(table_words(table))
    return made


def table_words(table: CardTable) -> str:
    """Return a table row by row, each cell under its head, for who cannot see it."""
    rows = []
    for cells in table.rows:
        named = [f"{head}: {cell}" if head else cell for head, cell in zip(table.heads, cells, strict=True) if cell]
        rows.append("; ".join(named))
    return "\n".join(rows)
