"""Rows of earlier imports that wait for a person: as written, why, and the one thing to decide here, to throw out."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from desktop.intake.causes import Lines, waiting_line
from desktop.intake.files import save_list
from desktop.intake.presenter import ImportPresenter
from desktop.intake.rows_card import RowsCard
from desktop.widgets.buttons import Button
from desktop.widgets.labels import Label
from desktop.widgets.parts import Notice, PageFooter, scrolled
from desktop.widgets.ui import Ui, column, row


class WaitingPage(QWidget):
    """All rows that wait, the latest import first."""

    def __init__(self, ui: Ui, presenter: ImportPresenter) -> None:
        super().__init__()
        self._ui = ui
        self._presenter = presenter
        texts = ui.texts
        self.rows = RowsCard(ui, ticks=True)
        self._ids: list[int] = []
        self._save = Button(ui, texts("import.save_list"), kind="link", icon="file")
        self.rows.side.addWidget(self._save, 0, Qt.AlignmentFlag.AlignTop)
        self._ticked = Label(ui, "", 13, tone="2", wrap=False)
        self._all = Button(ui, texts("import.tick_all"), kind="link")
        self.throw = Button(ui, texts("import.throw_out", count=0), kind="danger", icon="bin")
        self.rows.foot.setContentsMargins(ui.margins(16, 8))
        self.rows.foot.addWidget(self._ticked)
        self.rows.foot.addStretch(1)
        self.rows.foot.addWidget(self._all)
        self.rows.foot.addWidget(self.throw)
        self.sure = Notice(ui, "danger")
        back = Button(ui, texts("import.back"), key="Esc")
        footer = PageFooter(ui)
        footer.left.insertWidget(0, back)
        footer.facts.setText(texts("import.waiting_foot"))
        page = column(ui, gap=16, margins=(16,))
        page.addWidget(self.rows, 1)
        self.rows.body.insertLayout(self.rows.body.count() - 1, row(ui, self.sure, margins=(16, 0)))
        whole = column(ui, gap=0)
        whole.addWidget(scrolled(page), 1)
        whole.addWidget(footer)
        self.setLayout(whole)
        back.clicked.connect(presenter.back)
        self._save.clicked.connect(self._save_list)
        self._all.clicked.connect(self._tick_all)
        self.throw.clicked.connect(self._ask)
        self.rows.table.rows.ticks_changed.connect(self._count)
        presenter.history.changed.connect(self._refresh_in_view)

    def refresh(self) -> None:
        """Show the rows that wait."""
        history, texts = self._presenter.history, self._ui.texts
        waiting = history.waiting
        self._ids = [each.id for each in waiting]
        lines = Lines(len(waiting), lambda at: waiting_line(waiting[at].parked, texts))
        count = texts.number(len(lines))
        title = texts("import.waiting_title", count=count) if lines else texts("import.waiting_none")
        self.rows.show_rows(title, texts("import.waiting_advice") if lines else "", lines)
        for part in (self._save, self._all, self.throw, self._ticked):
            part.setVisible(bool(lines))
        self._count()

    def _refresh_in_view(self) -> None:
        if self.isVisible():
            self.refresh()

    def _count(self) -> None:
        texts, count = self._ui.texts, len(self.rows.table.rows.ticked)
        self._ticked.setText(texts("import.ticked", count=texts.number(count), of=texts.number(len(self._ids))))
        self.throw.setText(texts("import.throw_out", count=texts.number(count)))
        self.throw.setEnabled(bool(count))
        self._all.setText(texts("import.tick_none" if count and count == len(self._ids) else "import.tick_all"))
        self.sure.say("")

    def _tick_all(self) -> None:
        rows = self.rows.table.rows
        rows.tick_all(len(rows.ticked) < len(self._ids))

    def _ask(self) -> None:
        """Say what follows first; the same words as the button carry it out."""
        texts = self._ui.texts
        ids = [self._ids[at] for at in sorted(self.rows.table.rows.ticked)]
        count = texts.number(len(ids))
        words = texts("import.throw_out_sure", count=count)
        self.sure.say(
            words, "danger", texts("import.throw_out", count=count), lambda: self._presenter.history.throw_out(ids)
        )

    def _save_list(self) -> None:
        history = self._presenter.history
        rows = [each.parked for each in history.waiting]
        save_list(self, self._ui, "", lambda path: history.save_list(path, rows))

    def focus_first(self) -> None:
        """Put the focus on the rows."""
        self.rows.table.setFocus(Qt.FocusReason.OtherFocusReason)
