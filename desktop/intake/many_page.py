"""Several files at once: what each is and how it ended; those that ask something are opened one by one."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from desktop.intake.many_files import ASKS, LISTED, REFUSED, STORED, ManyFile
from desktop.intake.other_words import kind_words
from desktop.intake.plain_table import PlainTable
from desktop.intake.presenter import ImportPresenter
from desktop.widgets.buttons import Button
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card, Notice, PageFooter, Pill, scrolled
from desktop.widgets.ui import Ui, column, row

_TONES = ((STORED, "ok"), (ASKS, "warn"), (REFUSED, "danger"), (LISTED, "info"))


class ManyPage(QWidget):
    """The list, and what can be done with it."""

    def __init__(self, ui: Ui, presenter: ImportPresenter) -> None:
        super().__init__()
        self._ui = ui
        self._presenter = presenter
        texts = ui.texts
        self._title = Label(ui, "", 16, bold=True)
        self._advice = Label(ui, texts("bring.many_advice"), 13, tone="2")
        self.pills = {state: Pill(ui, "", tone) for state, tone in _TONES}
        self.table = PlainTable(ui, texts("bring.many_title", count=0))
        self.table.setMinimumHeight(ui.px(120))
        self._why = Notice(ui, "info")
        self.open = Button(ui, texts("bring.open_one"), icon="file", key="Alt+O")
        self.start = Button(ui, texts("bring.import_many", count=0), kind="filled", key="Ctrl+Enter")
        back = Button(ui, texts("import.back"), key="Esc")
        self._footer = PageFooter(ui, self.open, self.start)
        self._footer.left.insertWidget(0, back)
        card = Card(ui, pad=0, gap=0)
        head = row(ui, gap=8)
        head.addWidget(self._title, 1)
        for pill in self.pills.values():
            head.addWidget(pill)
        card.body.addLayout(column(ui, head, self._advice, gap=6, margins=(16, 12)))
        card.body.addLayout(row(ui, self.table, margins=(1, 0)), 1)
        card.body.addLayout(row(ui, self._why, margins=(16, 8)))
        whole = column(ui, gap=0)
        whole.addWidget(scrolled(row(ui, card, margins=(16,))), 1)
        whole.addWidget(self._footer)
        self.setLayout(whole)
        back.clicked.connect(presenter.back)
        self.start.clicked.connect(presenter.import_many)
        self.open.clicked.connect(lambda: self._open(self.table.currentIndex().row()))
        self.table.opened.connect(self._open)
        self.table.row_chosen.connect(self._show_why)
        presenter.many.changed.connect(self._refresh_in_view)
        presenter.progressed.connect(lambda *_: self._refresh_in_view())

    def refresh(self) -> None:
        """Show the state of the list."""
        texts, many = self._ui.texts, self._presenter.many
        self._title.setText(texts("bring.many_title", count=len(many.files)))
        heads = [texts(f"bring.many_head.{name}") for name in ("file", "state", "kind", "holds")]
        self.table.show_rows(heads, [self._line(file) for file in many.files])
        for state, pill in self.pills.items():
            count = many.count(state)
            pill.show_state(texts(f"bring.many_pill.{state}", count=count), dict(_TONES)[state])
            pill.setVisible(bool(count))
        left = many.count(LISTED)
        self.start.setText(texts("bring.import_many", count=left))
        self.start.setVisible(bool(left))
        self.start.setEnabled(not self._presenter.busy)
        self._footer.facts.setText(texts("bring.many_foot"))
        self._show_why(self.table.currentIndex().row())

    def _refresh_in_view(self) -> None:
        if self.isVisible():
            self.refresh()

    def _line(self, file: ManyFile) -> list[str]:
        texts, outcome = self._ui.texts, file.outcome
        kind, holds = "", ""
        if outcome is not None and not outcome.rejected:
            kind = kind_words(outcome.format, texts)
            what = "entries" if outcome.record else "readings" if outcome.device else "rows"
            counts = outcome.counts
            shown = {"read": texts.number(counts.rows_read), "new": texts.number(counts.rows_new)}
            holds = texts(f"bring.many_holds.{what}", **shown)
        return [file.name, texts(f"bring.many_state.{file.state}"), kind, holds]

    def _file(self, at: int) -> ManyFile | None:
        files = self._presenter.many.files
        return files[at] if 0 <= at < len(files) else None

    def _show_why(self, at: int) -> None:
        file, texts = self._file(at), self._ui.texts
        self.open.setEnabled(file is not None and file.state != STORED and not self._presenter.busy)
        if file is None or file.state not in {ASKS, REFUSED}:
            self._why.say("")
        elif file.state == ASKS:
            count = len(file.outcome.open_questions) if file.outcome is not None else 0
            self._why.say(texts("bring.many_asks", file=file.name[:60], count=count), "warn")
        else:
            self._why.say(f"{file.name[:60]}: {self._refusal(file)}", "danger")

    def _refusal(self, file: ManyFile) -> str:
        texts, outcome = self._ui.texts, file.outcome
        if file.error is not None or outcome is None:
            return texts.error(file.error) if file.error is not None else ""
        return texts.wording.say(f"intake.rejected.{outcome.reject_detail or outcome.reject_reason}")

    def _open(self, at: int) -> None:
        file = self._file(at)
        if file is not None and file.state != STORED:
            self._presenter.choose(file.path)

    def focus_first(self) -> None:
        """Put the focus on the list."""
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
