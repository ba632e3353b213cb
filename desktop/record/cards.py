"""The cards beside the form that tell: what moves the number, other tools, what is missing or doubtful."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRect, Signal
from PySide6.QtWidgets import QWidget

from desktop.record.tool_rows import ToolRows
from desktop.record.tools_desk import ToolsDesk
from desktop.widgets.buttons import Button
from desktop.widgets.driver_bars import Driver, DriverBars
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card
from desktop.widgets.ui import Ui, column, held, row
from engine.domain.report import Moves, Remarks, Sentence, Tools


def plain(sentence: Sentence) -> str:
    """Return a sentence without its weights."""
    return "".join(run.text for run in sentence).strip()


class MovesCard(Card):
    """What moves the number: a bar each, from the reference person to this one."""

    inspect_asked = Signal(tuple, object, object)  # fields, beside which widget, at which place

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui, ui.texts("record.moves.title"), " ", gap=8)
        self._ui = ui
        self._fields: tuple[tuple[str, ...], ...] = ()
        self.bars = DriverBars(ui)
        self.totals = Label(ui, "", 13)
        self._note = Label(ui, "", 12, tone="3")
        for part in (self.bars, self.totals, self._note):
            self.body.addWidget(part)
        self.bars.asked.connect(self._ask)

    def _ask(self, at: int, place: QRect) -> None:
        if at < len(self._fields):
            self.inspect_asked.emit(self._fields[at], self.bars, place)

    def show_moves(self, moves: Moves | None, fields: tuple[tuple[str, ...], ...] = ()) -> None:
        """Show the bars, each of the fields it stands for; without any there is no card."""
        self._fields = fields
        self.setVisible(moves is not None and bool(moves.rows))
        if moves is None:
            return
        self.bars.show_rows([Driver(one.label, one.text, one.share) for one in moves.rows])
        texts = self._ui.texts
        totals = (texts("record.moves.total", what=label, points=points) for label, points in moves.totals)
        self.totals.setText(texts("record.moves.arrow").join(totals))
        self.set_caption(moves.heads[1])
        self._note.setText(moves.note)


class _Lines(Card):
    """A card with a line of text per item. Its labels are kept: the texts change with every key."""

    def __init__(self, ui: Ui, title: str) -> None:
        super().__init__(ui, title, gap=8)
        self._ui = ui
        self._lines = column(ui, gap=6)
        self._labels: list[tuple[QWidget, Label, Label]] = []
        self._shown: tuple[tuple[str, str], ...] = ()
        self.body.addWidget(held(self._lines))

    def show_lines(self, lines: Iterable[tuple[str, str]]) -> None:
        """Show a strong text and the rest of each line."""
        wanted = tuple(lines)
        if wanted == self._shown:
            return
        self._shown = wanted
        while len(self._labels) < len(wanted):
            pair = Label(self._ui, "", 13), Label(self._ui, "", 12, tone="3")
            line = held(column(self._ui, *pair, gap=0))
            self._labels.append((line, *pair))
            self._lines.addWidget(line)
        for at, (line, strong, rest) in enumerate(self._labels):
            texts = wanted[at] if at < len(wanted) else ("", "")
            for label, text in zip((strong, rest), texts, strict=True):
                if label.text() != text:
                    label.setText(text)
                label.setVisible(bool(text))
            line.setVisible(at < len(wanted))


class ToolsCard(_Lines):
    """The other tools: each with its answer, or why it gives none; below them those that wait to be asked."""

    field_asked = Signal(str)
    used_asked = Signal(str, str, object, object)  # tool, answer, beside which widget, at which place

    def __init__(self, ui: Ui, tools: ToolsDesk) -> None:
        super().__init__(ui, ui.texts("record.tools.title"))
        self._tools = tools
        self.open = Button(ui, "", kind="link", size="small")
        self.open.clicked.connect(tools.turn_others)
        self.others = ToolRows(ui, tools)
        self.others.field_asked.connect(self.field_asked)
        self.others.used_asked.connect(self.used_asked)
        self.body.addLayout(row(ui, self.open, 1))
        self.body.addWidget(self.others)
        tools.changed.connect(self._show_others)
        self._show_others()

    def show_tools(self, found: Tools | None) -> None:
        """Show the tools that answered with the others."""
        self.show_lines((one.name, plain(one.answer)) for one in (found.rows if found is not None else ()))

    def _show_others(self) -> None:
        """Show or hide, in place, the tools that are asked on demand."""
        tools, texts = self._tools, self._ui.texts
        self.open.setText(texts("record.tools.close" if tools.others_open else "record.tools.open"))
        self.others.setVisible(tools.others_open and tools.told is not None)
        if tools.others_open and tools.told is not None:
            self.others.show_tools(tools.told.on_demand)


class RemarksCard(_Lines):
    """What is missing, assumed or doubtful, each in one sentence."""

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui, ui.texts("record.remarks.title"))

    def show_remarks(self, remarks: Remarks) -> None:
        """Show the remarks; without any there is no card."""
        self.setVisible(bool(remarks.items))
        self.set_title(remarks.title)
        self.show_lines((plain(item), "") for item in remarks.items)
