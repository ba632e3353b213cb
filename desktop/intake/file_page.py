"""The first step: choose a file or drop it here; what was imported before, and what waits from then."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from desktop.intake.files import choose_files, choose_folder
from desktop.intake.many_files import ASKS, LISTED, REFUSED
from desktop.intake.presenter import ImportPresenter
from desktop.intake.undo_card import UndoCard
from desktop.widgets.buttons import Button
from desktop.widgets.labels import ElidedLabel, Label
from desktop.widgets.parts import Card, Notice, scrolled
from desktop.widgets.ui import Ui, clear, column, frame, restyle, row
from engine.workflows.waiting_rows import ImportSummary

_MOST_RECENT = 12


class FilePage(QWidget):
    """Choose, and look back."""

    def __init__(self, ui: Ui, presenter: ImportPresenter) -> None:
        super().__init__()
        self._ui = ui
        self._presenter = presenter
        texts = ui.texts
        self.refused = Notice(ui, "danger")
        self._open_file = Notice(ui, "info")
        self._waiting = Notice(ui, "warn")
        self.choose = Button(ui, texts("import.choose"), kind="filled", size="large", icon="folder", key="Ctrl+O")
        self.choose_folder = Button(ui, texts("bring.folder"), kind="link", key="Ctrl+Shift+O")
        self._many = Notice(ui, "warn")
        self._watched = Notice(ui, "warn")
        self._target = self._make_target()
        self._recents = Card(ui, texts("import.recent"), " ", gap=4)
        self._list = column(ui, gap=0)
        self.undo = UndoCard(ui, presenter.history.undoing)
        self._recents.body.addLayout(self._list)
        above = (self.refused, self._open_file, self._many, self._watched)
        page = column(ui, *above, self._target, self._waiting, self.undo, self._recents, 1, gap=16, margins=(16,))
        self.setLayout(column(ui, scrolled(page)))
        self.choose.clicked.connect(lambda: choose_files(self, ui, presenter.choose))
        self.choose_folder.clicked.connect(lambda: choose_folder(self, ui, presenter.choose))
        presenter.many.changed.connect(self._show_many)
        presenter.watch.changed.connect(self._show_watched)
        presenter.history.changed.connect(self._show_history)
        self._show_history()

    def _make_target(self) -> QFrame:
        ui, texts = self._ui, self._ui.texts
        target = frame("drop")
        mark = QLabel()
        mark.setPixmap(ui.theme.pixmap("import", "primary", 32))
        title = Label(ui, texts("bring.drop_here"), 16, bold=True)
        kinds = Label(ui, texts("bring.kinds"), 13, tone="2")
        safe = Label(ui, texts("import.safe"), 12, tone="3")
        parts = column(ui, mark, title, kinds, self.choose, self.choose_folder, safe, gap=10, margins=(24,))
        for part in (mark, self.choose, self.choose_folder):
            parts.setAlignment(part, Qt.AlignmentFlag.AlignHCenter)
        for label in (title, kinds, safe):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        target.setLayout(parts)
        return target

    def refresh(self) -> None:
        """Show the state of the presenter."""
        presenter, texts = self._presenter, self._ui.texts
        refusal = presenter.refusal
        self.refused.say(f"{presenter.file_name}: {refusal}" if refusal else "", "danger")
        if presenter.has_file:
            words = texts("import.file_open", file=presenter.file_name)
            self._open_file.say(words, "info", texts("import.go_on"), presenter.go_on)
        else:
            self._open_file.say("")
        for button in (self.choose, self.choose_folder):
            button.setEnabled(not presenter.busy)
        self._show_many()
        self._show_watched()

    def _show_watched(self) -> None:
        """Say how many files of the watched folder wait for somebody."""
        presenter, texts = self._presenter, self._ui.texts
        left = presenter.watch.problems
        words = texts("bring.watch.problems", count=len(left)) if left else ""
        self._watched.say(words, "warn", texts("import.look"), lambda: presenter.choose(*left, listed=True))

    def _show_many(self) -> None:
        """Say how many files of a list still need somebody."""
        presenter, texts = self._presenter, self._ui.texts
        left = presenter.many.count(LISTED, ASKS, REFUSED)
        words = texts("bring.many_left", count=left) if left else ""
        self._many.say(words, "warn", texts("import.look"), presenter.show_many)

    def show_hover(self, over: bool) -> None:
        """Show that a file may be let go here."""
        restyle(self._target, "tone", "over" if over else "")

    def _show_history(self) -> None:
        history, texts = self._presenter.history, self._ui.texts
        waits = len(history.waiting)
        words = texts("import.waiting_one" if waits == 1 else "import.waiting_some", count=texts.number(waits))
        self._waiting.say(words if waits else "", "warn", texts("import.look"), self._presenter.show_waiting)
        clear(self._list)
        self._recents.setVisible(bool(history.recents))
        files = len(history.recents)
        self._recents.set_caption(texts("import.recent_one" if files == 1 else "import.recent_count", count=files))
        shown = history.recents[:_MOST_RECENT]
        for summary in shown:
            self._list.addWidget(self._recent(summary, last=summary is shown[-1]))

    def _recent(self, summary: ImportSummary, *, last: bool) -> QFrame:
        ui, texts, counts = self._ui, self._ui.texts, summary.counts
        made = frame("clear" if last else "row")
        mark = QLabel()
        mark.setPixmap(ui.theme.pixmap("file", "text_3", 18))
        when = f"{texts.date(summary.received_at.astimezone().date())} {texts.time(summary.received_at)}"
        ended = texts(
            "import.recent_rows",
            read=texts.number(counts.rows_read),
            new=texts.number(counts.rows_new),
            waits=texts.number(counts.rows_parked),
        )
        line = row(ui, mark, gap=12, margins=(0, 9))
        line.addWidget(ElidedLabel(ui, summary.file_name or "", 13, bold=True), 3)
        line.addWidget(ElidedLabel(ui, when, 13, color="text_2"), 2)
        line.addWidget(ElidedLabel(ui, ended, 13, color="text_2"), 3)
        line.addWidget(self._undo_part(summary))
        made.setLayout(line)
        return made

    def _undo_part(self, summary: ImportSummary) -> QWidget:
        """Return what takes a file back, or when it was taken back."""
        ui, texts = self._ui, self._ui.texts
        if summary.undone_at is not None:
            day = texts.date(summary.undone_at.astimezone().date())
            return Label(ui, texts("undo.undone", day=day), 13, tone="3", wrap=False)
        button = Button(ui, texts("undo.button"), kind="link", size="small")
        button.setAccessibleName(f"{texts('undo.button')}: {summary.file_name or ''}")
        button.clicked.connect(lambda: self._presenter.history.undoing.ask(summary.id))
        return button

    def focus_first(self) -> None:
        """Put the focus on the button that chooses."""
        self.choose.setFocus(Qt.FocusReason.OtherFocusReason)
