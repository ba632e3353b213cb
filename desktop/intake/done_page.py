"""The last step: what was stored, what waits, and where to go from here."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from desktop.intake.check_page import parts_of
from desktop.intake.drawn import ReconcileBar
from desktop.intake.presenter import ImportPresenter
from desktop.widgets.buttons import Button
from desktop.widgets.flow import Flow
from desktop.widgets.labels import ElidedLabel, Label
from desktop.widgets.parts import Card, Notice, PageFooter, scrolled
from desktop.widgets.ui import Ui, column


class DonePage(QWidget):
    """Counts, and three ways on."""

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
        self.batch = Button(ui, texts("import.assess"), kind="filled", icon="printer", key="Ctrl+Enter")
        self._footer = PageFooter(ui, self.batch)
        card = Card(ui, gap=14, pad=24)
        for part in (self._title, self._file, self.bar, self._waits, Flow(ui, self.people, self.again)):
            card.body.addWidget(part)
        whole = column(ui, gap=0)
        whole.addWidget(scrolled(column(ui, card, 1, gap=16, margins=(16,))), 1)
        whole.addWidget(self._footer)
        self.setLayout(whole)
        self.people.clicked.connect(presenter.patients_asked)
        self.batch.clicked.connect(presenter.batch_asked)
        self.again.clicked.connect(presenter.cancel)

    def refresh(self) -> None:
        """Show the state of the presenter."""
        presenter, texts, outcome = self._presenter, self._ui.texts, self._presenter.outcome
        if outcome is None:
            return
        counts = outcome.counts
        stored = counts.rows_new + counts.rows_updated + counts.rows_repeated
        self._title.setText(texts("import.stored", count=texts.number(stored)))
        self._file.setText(presenter.file_name)
        total, parts = parts_of(counts, self._ui)
        spoken = ", ".join(f"{part.number} {part.words}" for part in parts)
        self.bar.show_parts(total, parts, texts("import.counts_spoken", read=total.number, parts=spoken))
        waits = counts.rows_parked
        words = texts("import.waits_one" if waits == 1 else "import.waits_some", count=texts.number(waits))
        self._waits.say(words if waits else "", "warn", texts("import.look"), presenter.show_waiting)
        self._footer.facts.setText(texts("import.again_harmless"))

    def focus_first(self) -> None:
        """Put the focus on the next thing to do."""
        self.batch.setFocus(Qt.FocusReason.OtherFocusReason)
