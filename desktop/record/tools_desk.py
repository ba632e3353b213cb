"""The tools beside the one that leads: told only while somebody looks, and asked only when somebody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from desktop.jobs import Latest, Task
from desktop.record.desk import FormDesk
from engine.domain.live import LiveTools

if TYPE_CHECKING:
    from engine.workflows.live_tools import ToolsInHand


class ToolsDesk(QObject):
    """Which of the lists of tools is open, what they say, and who was asked."""

    changed = Signal()

    def __init__(self, context: Context, desk: FormDesk, parent: QObject) -> None:
        super().__init__(parent)
        self._context, self._desk = context, desk
        self.choice_open = False  # why this tool
        self.others_open = False  # tools of other topics, asked on demand
        self.asked: frozenset[str] = frozenset()
        self.said: dict[str, str] = {}  # what tools ask beyond the form; it is told to them alone and not stored
        self.told: LiveTools | None = None
        self._hand: ToolsInHand | None = None
        self._turn = 0
        self._latest: Latest[tuple[int, LiveTools]] = Latest(context.jobs, self, self._take)
        desk.live_changed.connect(self._ask)

    def clear(self) -> None:
        """Another person is in hand: nobody was asked about this one."""
        self._turn += 1
        self._latest.drop()
        self.choice_open = self.others_open = False
        self.asked, self.told, self._hand = frozenset(), None, None
        self.said = {}
        self.changed.emit()

    def turn_choice(self) -> None:
        """Open or close the list of tools of the leading topic."""
        self.choice_open = not self.choice_open
        self._turned()

    def turn_others(self) -> None:
        """Open or close the list of tools that are asked on demand."""
        self.others_open = not self.others_open
        self._turned()

    def turn_tool(self, pack_id: str) -> None:
        """Ask a tool, or put its answer away."""
        self.asked ^= {pack_id}
        self._ask()

    def answer(self, key: str, text: str) -> None:
        """Take the answer to what a tool asks beyond the form."""
        if self.said.get(key, "") != text:
            self.said[key] = text
            self._ask()

    def _turned(self) -> None:
        self.changed.emit()
        self._ask()

    def _ask(self) -> None:
        live = self._desk.live
        if live is None or not (self.choice_open or self.others_open):
            return
        turn, clinic, asked = self._turn, self._context.clinic, self.asked
        said = dict(self.said)
        language, hand = self._context.settings.language, self._hand

        def work(task: Task) -> tuple[int, LiveTools]:
            nonlocal hand
            if hand is None:
                from engine.workflows.live_tools import ToolsInHand  # noqa: PLC0415 - nothing else needs it

                hand = self._hand = ToolsInHand(clinic)
            return turn, hand.tell(live, language, asked, said)

        self._latest.ask(work)

    def _take(self, found: tuple[int, LiveTools]) -> None:
        turn, told = found
        if turn == self._turn and told != self.told:
            self.told = told
            self.changed.emit()
