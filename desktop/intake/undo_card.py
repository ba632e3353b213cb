"""Taking an import back: first what goes, what comes back and what stays, then the button that does it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from desktop.jobs import Task
from desktop.widgets.buttons import Button
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card
from desktop.widgets.ui import Ui, clear, column, row
from engine.errors import EngineError
from engine.workflows.inspect_words import conflict_line, undo_lines
from engine.workflows.undo_imports import UndoSummary, look_at_undo, take_back

_MOST_CONFLICTS = 30  # told one by one; the command tells all


class UndoDesk(QObject):
    """What is asked before an import is taken back, and the answer."""

    changed = Signal()
    undone = Signal()

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self.summary: UndoSummary | None = None
        self.busy = False

    def ask(self, import_id: str) -> None:
        """Find out what taking an import back would do."""
        self._run(lambda task: look_at_undo(self._context.clinic, import_id), self._take)

    def let_be(self) -> None:
        """Leave everything as it is."""
        self.summary = None
        self.changed.emit()

    def do(self) -> None:
        """Take the import back that was looked at."""
        if self.summary is not None and not self.busy:
            import_id = self.summary.import_id
            self._run(lambda task: take_back(self._context.clinic, import_id), self._done)

    def _run(self, work: Callable[[Task], UndoSummary], done: Callable[[UndoSummary], None]) -> None:
        self.busy = True
        self.changed.emit()

        def failed(error: EngineError) -> None:
            self.busy = False
            self._context.tell(error)
            self.let_be()

        self._context.jobs.store(self, work, done, failed)

    def _take(self, summary: UndoSummary) -> None:
        self.busy = False
        self.summary = summary
        self.changed.emit()

    def _done(self, summary: UndoSummary) -> None:
        self.busy = False
        texts = self._context.texts
        self._context.good_news.emit(texts.wording.say("undo.done", file=summary.file_name or ""))
        self.let_be()
        self.undone.emit()


class UndoCard(Card):
    """Hidden until somebody asks."""

    def __init__(self, ui: Ui, desk: UndoDesk) -> None:
        super().__init__(ui, " ", gap=10)
        self._ui, self._desk = ui, desk
        texts = ui.texts
        self._lines = column(ui, gap=4)
        self.body.addLayout(self._lines)
        self.keep = Button(ui, texts("undo.keep"), key="Esc")
        self.do = Button(ui, texts("undo.do"), kind="danger", icon="bin")
        self.body.addLayout(row(ui, 1, self.keep, self.do, gap=12))
        self.keep.clicked.connect(desk.let_be)
        self.do.clicked.connect(desk.do)
        desk.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what would go, come back and stay."""
        summary = self._desk.summary
        self.setVisible(summary is not None)
        self.do.setEnabled(not self._desk.busy)
        if summary is None:
            return
        texts, words = self._ui.texts, self._ui.texts.wording
        day = texts.date(summary.received_at.astimezone().date())
        self.set_title(texts("undo.title", file=summary.file_name or "", day=day))
        clear(self._lines)
        for line in undo_lines(summary, words):
            self._lines.addWidget(Label(self._ui, line, 13))
        if summary.conflicts:
            stays = words.say("undo.stays", count=len(summary.conflicts))
            self._lines.addWidget(Label(self._ui, stays, 13, bold=True))
        for conflict in summary.conflicts[:_MOST_CONFLICTS]:
            self._lines.addWidget(Label(self._ui, conflict_line(conflict, words), 13, tone="2"))
        self._lines.addWidget(Label(self._ui, words.say("undo.printed"), 12, tone="3"))
        self.setAccessibleName(self._title.text())
