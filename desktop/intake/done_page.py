"""The last step: what was stored, what waits or has no place here, and where to go from here."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from desktop.intake.about import counted_in, words_of
from desktop.intake.cause_list import CauseList
from desktop.intake.causes import Cause
from desktop.intake.check_page import parts_of
from desktop.intake.drawn import ReconcileBar
from desktop.intake.presenter import ImportPresenter
from desktop.intake.rows_card import RowsCard
from desktop.widgets.buttons import Button
from desktop.widgets.flow import Flow
from desktop.widgets.labels import ElidedLabel, Label
from desktop.widgets.parts import Card, Notice, PageFooter, scrolled
from desktop.widgets.ui import Ui, column, row

_BESIDE = 900  # from this width on what was left out stands beside its lines


class DonePage(QWidget):
    """Counts, three ways on, and of a file that is no table what is not in the record."""

    def __init__(self, ui: Ui, presenter: ImportPresenter) -> None:
        super().__init__()
        self._ui = ui
        self._presenter = presenter
        texts = ui.texts
        self._title = Label(ui, "", 20, bold=True)
        self._file = ElidedLabel(ui, "", 13, color="text_2")
        self.bar = ReconcileBar(ui)
        self._waits = Notice(ui, "warn")
        self.people = Button(ui, texts("import.show_patients"), icon="people")
        self.again = Button(ui, texts("import.another"), icon="import")
        self.list = Button(ui, texts("bring.to_list"), icon="list")
        self.batch = Button(ui, texts("import.assess"), kind="filled", icon="printer", key="Ctrl+Enter")
        self._footer = PageFooter(ui, self.batch)
        card = Card(ui, gap=14, pad=24)
        ways = Flow(ui, self.people, self.again, self.list)
        for part in (self._title, self._file, self.bar, self._waits, ways):
            card.body.addWidget(part)
        self._left = Card(ui, texts("bring.not_in_record"), " ", pad=0, gap=0)
        self._left.heading.setContentsMargins(ui.margins(16, 12, 16, 8))
        self.causes = CauseList(ui)
        self._left.body.addWidget(self.causes, 1)
        self._left.body.setContentsMargins(ui.margins(1, 1, 1, 7))
        self.rows = RowsCard(ui)
        self._low = row(ui, gap=16)
        self._low.addWidget(self._left, 2)
        self._low.addWidget(self.rows, 4)
        page = column(ui, card, gap=16, margins=(16,))
        page.addLayout(self._low, 1)
        page.addStretch(0)
        whole = column(ui, gap=0)
        whole.addWidget(scrolled(page), 1)
        whole.addWidget(self._footer)
        self.setLayout(whole)
        self.people.clicked.connect(presenter.patients_asked)
        self.batch.clicked.connect(presenter.batch_asked)
        self.again.clicked.connect(presenter.cancel)
        self.list.clicked.connect(presenter.show_many)
        self.causes.chosen.connect(self._show_cause)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the lines beside their causes, or below them."""
        super().resizeEvent(event)
        beside = event.size().width() >= self._ui.px(_BESIDE)
        wanted = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        self._low.setDirection(wanted)

    def refresh(self) -> None:
        """Show the state of the presenter."""
        presenter, texts, outcome = self._presenter, self._ui.texts, self._presenter.outcome
        if outcome is None:
            return
        counts, what = outcome.counts, counted_in(outcome)
        stored = counts.rows_new + counts.rows_updated + counts.rows_repeated
        self._title.setText(texts(words_of("stored", what), count=texts.number(stored)))
        self._file.setText(presenter.file_name)
        total, parts = parts_of(outcome, self._ui)
        spoken = ", ".join(f"{part.number} {part.words}" for part in parts)
        words = texts(words_of("counts_spoken", what), read=total.number, parts=spoken)
        self.bar.show_parts(total, parts, words)
        waits = len(outcome.parked) if what == "entries" else counts.rows_parked
        words = texts("import.waits_one" if waits == 1 else "import.waits_some", count=texts.number(waits))
        self._waits.say(words if waits else "", "warn", texts("import.look"), presenter.show_waiting)
        self._footer.facts.setText(texts("import.again_harmless"))
        self.list.setVisible(bool(presenter.many.files))
        causes = presenter.causes if what != "rows" else ()
        for part in (self._left, self.rows):
            part.setVisible(bool(causes))
        self._left.set_caption(texts("bring.cause_count", count=len(causes)))
        self.causes.show_causes(causes, presenter.cause, what)

    def _show_cause(self, cause: Cause) -> None:
        self._presenter.cause = cause.code
        self.rows.show_rows(cause.title, cause.advice, cause.lines, counted_in(self._presenter.outcome))

    def focus_first(self) -> None:
        """Put the focus on the next thing to do."""
        self.batch.setFocus(Qt.FocusReason.OtherFocusReason)
