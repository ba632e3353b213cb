"""Tools as lines: name, number or the reason why there is none, and a button for those that wait to be asked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from desktop.record.own_form import OwnForm
from desktop.record.tools_desk import ToolsDesk
from desktop.widgets.buttons import Button
from desktop.widgets.labels import Label
from desktop.widgets.traced_line import TracedLine
from desktop.widgets.ui import Ui, column, divider, held, row, take_out
from engine.domain.choice import Standing
from engine.domain.live import LiveTool


class ToolRows(QWidget):
    """A line for each tool, kept while its words change; the focus stays on the button one pressed."""

    field_asked = Signal(str)
    used_asked = Signal(str, str, object, object)  # tool, answer, beside which widget, at which place

    def __init__(self, ui: Ui, tools: ToolsDesk) -> None:
        super().__init__()
        self._ui, self._tools = ui, tools
        self._rows: dict[str, ToolRow] = {}
        self._order: tuple[str, ...] = ()
        self._place = column(ui, gap=10)
        self.off = Label(ui, "", 12, tone="3")
        self.switched_off = Label(ui, "", 12, tone="3")
        self.elsewhere = Label(ui, "", 12, tone="3")
        self.setLayout(column(ui, held(self._place), self.off, self.switched_off, self.elsewhere, gap=10))
        self.hide()

    def row(self, pack_id: str) -> ToolRow:
        """Return the line of a tool that is shown."""
        return self._rows[pack_id]

    def show_tools(
        self, tools: Sequence[LiveTool], elsewhere: Sequence[str] = (), switched_off: Sequence[str] = ()
    ) -> None:
        """Show these tools, the one that leads first; those that are off or for other countries in a line each."""
        told = [each for each in tools if each.standing is not Standing.OFF]
        told.sort(key=lambda each: each.standing is not Standing.CHOSEN)
        credits: set[str] = set()
        for each in told:
            line = self._line(each.pack_id)
            line.show_tool(each, asked=each.pack_id in self._tools.asked, credited=each.credit in credits)
            credits.add(each.credit)
        self._put_in_order(tuple(each.pack_id for each in told))
        self._say(self.off, "off", [each.title for each in tools if each.standing is Standing.OFF])
        self._say(self.switched_off, "switched_off", switched_off)
        self._say(self.elsewhere, "elsewhere", elsewhere)

    def _line(self, pack_id: str) -> ToolRow:
        if pack_id not in self._rows:
            self._rows[pack_id] = made = ToolRow(self._ui)
            made.asked.connect(self._tools.turn_tool)
            made.field_asked.connect(self.field_asked)
            made.used_asked.connect(self.used_asked)
            made.own.answered.connect(self._tools.answer)
        return self._rows[pack_id]

    def _put_in_order(self, order: tuple[str, ...]) -> None:
        if order == self._order:
            return
        self._order = order
        take_out(self._place)
        for pack_id in order:
            self._place.addWidget(self._rows[pack_id])
        for pack_id, made in self._rows.items():
            made.setVisible(pack_id in order)

    def _say(self, label: Label, key: str, names: Sequence[str]) -> None:
        label.setVisible(bool(names))
        listed = self._ui.texts("record.choice.comma").join(names)
        label.setText(self._ui.texts(f"record.choice.{key}", names=listed))


class ToolRow(QWidget):
    """One tool."""

    asked = Signal(str)
    field_asked = Signal(str)
    used_asked = Signal(str, str, object, object)

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self._shown: tuple[LiveTool, bool, bool] | None = None
        self.name = Label(ui, "", 13, bold=True)
        self.answer = TracedLine(ui)
        self.answer.asked.connect(self._ask_used)
        self.notes = Label(ui, "", 12, tone="2")
        self.differs = Label(ui, "", 12, tone="2")
        self.credit = Label(ui, "", 12, tone="3")
        self.own = OwnForm(ui)
        self.button = Button(ui, "", size="small")
        self.button.clicked.connect(self._press)
        head = row(ui, self.name, gap=12)
        head.setStretch(0, 1)
        head.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        texts = (self.answer, self.notes, self.differs, self.credit)
        self.setLayout(column(ui, divider(), head, *texts, self.own, gap=2))

    def show_tool(self, tool: LiveTool, *, asked: bool, credited: bool) -> None:
        """Show how a tool stands; ``credited``: a line above names the same publication."""
        if (tool, asked, credited) == self._shown:
            return
        self._shown = tool, asked, credited
        self.name.setText(tool.title)
        self.answer.show_parts([(tool.answer, tool.pack_id)])
        self.answer.setVisible(bool(tool.answer))
        texts = (
            (self.notes, self._notes(tool)),
            (self.differs, tool.differs),
            (self.credit, "" if credited else tool.credit),
        )
        for label, text in texts:
            label.setText(text)
            label.setVisible(bool(text))
        self.own.show_questions(tool.own if asked else ())
        words = self._button(tool, asked=asked)
        self.button.setVisible(bool(words))
        self.button.setText(words)
        self.button.setAccessibleName(f"{words}: {tool.title}")

    def _ask_used(self, pack_id: object, place: object) -> None:
        if self._shown is not None:
            self.used_asked.emit(str(pack_id), self._shown[0].answer, self.answer, place)

    def _notes(self, tool: LiveTool) -> str:
        """Return the standing in words where it is not told by a number, then every reason or remark."""
        texts, told = self._ui.texts, list(tool.notes)
        if tool.standing in (Standing.RANGE, Standing.CHOSEN):
            told.insert(0, texts(f"record.choice.{tool.standing.value}"))
        elif tool.standing is Standing.ON_DEMAND and not tool.answer:
            told.insert(0, texts("record.choice.about", about=tool.about))
        elif not tool.answer:
            told.insert(0, texts("record.choice.refused"))
        return texts("record.choice.sentence_gap").join(told)

    def _button(self, tool: LiveTool, *, asked: bool) -> str:
        texts = self._ui.texts
        if tool.standing is not Standing.ON_DEMAND:
            return ""
        if tool.answer or (asked and tool.own):
            return texts("record.choice.put_away")
        if tool.ready or tool.own:
            return texts("record.choice.ask")
        return texts("record.risk.go") if tool.missing else ""

    def _press(self) -> None:
        if self._shown is None:
            return
        tool = self._shown[0]
        if tool.missing and not tool.answer and not tool.own:
            self.field_asked.emit(tool.missing[0])
        else:
            self.asked.emit(tool.pack_id)
