"""The third step: every row is accounted for; what is not simply stored stands by cause, with the original text."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from desktop.intake.about import counted_in, words_of
from desktop.intake.cause_list import CauseList
from desktop.intake.causes import Cause
from desktop.intake.drawn import Part, ReconcileBar
from desktop.intake.files import save_list
from desktop.intake.presenter import ImportPresenter
from desktop.intake.rows_card import RowsCard
from desktop.widgets.buttons import Button
from desktop.widgets.parts import Card, Notice, PageFooter, Pill, scrolled
from desktop.widgets.ui import Ui, column, row
from engine.workflows.import_outcome import FileOutcome

_BESIDE = 900  # from this width on causes stand beside their rows
_WITH_CANCEL = 620  # narrower, going back to the first step is the way to drop the file


def parts_of(outcome: FileOutcome, ui: Ui) -> tuple[Part, list[Part]]:
    """Return how many rows (readings, entries) were read, and how they ended."""
    texts, counts, what = ui.texts, outcome.counts, counted_in(outcome)

    def part(code: str, count: int) -> Part:
        return Part(code, count, texts.number(count), texts(f"{words_of('ended', what)}.{code}"))

    ended = [
        part("new", counts.rows_new),
        part("updated", counts.rows_updated),
        part("repeated", counts.rows_repeated),
        part("parked", counts.rows_parked),
        part("rejected", counts.rows_rejected),
    ]
    always = {"new", "parked", "rejected"} if what == "entries" else {"new", "parked"}
    return part("read", counts.rows_read), [each for each in ended if each.count or each.code in always]


class CheckPage(QWidget):
    """Counts that agree, causes left, rows right."""

    def __init__(self, ui: Ui, presenter: ImportPresenter) -> None:
        super().__init__()
        self._ui = ui
        self._presenter = presenter
        texts = ui.texts
        self.bar = ReconcileBar(ui)
        self._agree = Pill(ui, texts("import.counts_agree"), "ok")
        self._off = Notice(ui, "danger")
        self.causes = CauseList(ui)
        self._left = Card(ui, texts("import.by_cause"), " ", pad=0, gap=0)
        self.rows = RowsCard(ui)
        self._save = Button(ui, texts("import.save_list"), kind="link", icon="file")
        self.rows.side.addWidget(self._save, 0, Qt.AlignmentFlag.AlignTop)
        self._all_well = Notice(ui, "ok")
        self._back = Button(ui, texts("import.back"), key="Esc")
        self._drop = Button(ui, texts("import.cancel"), kind="link")
        self._store = Button(ui, texts("import.store", count=0), kind="filled", key="Ctrl+Enter")
        self._footer = PageFooter(ui, self._drop, self._store)
        self._lay_out()
        self._back.clicked.connect(presenter.back)
        self._drop.clicked.connect(presenter.cancel)
        self._store.clicked.connect(presenter.store)
        self._save.clicked.connect(self._save_list)
        self.causes.chosen.connect(self._show_cause)

    def _lay_out(self) -> None:
        ui = self._ui
        top = Card(ui)
        self.bar.set_corner(self._agree)
        top.body.addWidget(self.bar)
        top.body.addWidget(self._off)
        self._left.heading.setContentsMargins(ui.margins(16, 12, 16, 8))
        self._left.body.addWidget(self.causes, 1)
        self._left.body.setContentsMargins(ui.margins(1, 1, 1, 7))  # the list keeps off the round corners
        self._low = row(ui, gap=16)
        self._low.addWidget(self._left, 2)
        self._low.addWidget(self.rows, 4)
        page = column(ui, top, self._all_well, gap=16, margins=(16,))
        page.addLayout(self._low, 1)
        self._footer.left.insertWidget(0, self._back)
        whole = column(ui, gap=0)
        whole.addWidget(scrolled(page), 1)
        whole.addWidget(self._footer)
        self.setLayout(whole)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the rows beside the causes, or below them."""
        super().resizeEvent(event)
        beside = event.size().width() >= self._ui.px(_BESIDE)
        wanted = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        self._low.setDirection(wanted)
        self._drop.setVisible(event.size().width() >= self._ui.px(_WITH_CANCEL))

    def refresh(self) -> None:
        """Show the state of the presenter."""
        presenter, texts, outcome = self._presenter, self._ui.texts, self._presenter.outcome
        if outcome is None:
            return
        counts = outcome.counts
        total, parts = parts_of(outcome, self._ui)
        what = counted_in(outcome)
        listed = ", ".join(f"{part.number} {part.words}" for part in parts)
        spoken = texts(words_of("counts_spoken", what), read=total.number, parts=listed)
        self.bar.show_parts(total, parts, spoken)
        agree = counts.reconciles()
        self._agree.setVisible(agree)
        self._off.say("" if agree else texts("import.counts_off"), "danger")
        causes = presenter.causes
        self._show_causes(causes, counts.rows_parked, what)
        self._store.setText(texts(words_of("store", what), count=texts.number(presenter.storable)))
        self._store.setEnabled(presenter.can_store)
        waits = counts.rows_parked
        key = "all_stored" if not waits else "one_waits" if waits == 1 and what == "rows" else "some_wait"
        self._footer.facts.setText(texts(words_of(key, what), count=texts.number(waits)))
        self._save.setVisible(bool(outcome.parked) and what == "rows")

    def _show_causes(self, causes: tuple[Cause, ...], parked: int, what: str) -> None:
        texts = self._ui.texts
        self._all_well.say("" if parked else texts(words_of("all_well", what)), "ok")
        for part in (self._left, self.rows):
            part.setVisible(bool(causes))
        self._left.set_caption(texts(words_of("causes", what), count=len(causes), rows=texts.number(parked)))
        self.causes.show_causes(causes, self._presenter.cause, what)

    def _show_cause(self, cause: Cause) -> None:
        self._presenter.cause = cause.code
        more = cause.count - len(cause.lines)
        advice = cause.advice
        if cause.lines and more > 0:
            advice = f"{advice} {self._ui.texts('import.shown_only', count=len(cause.lines))}"
        self.rows.show_rows(cause.title, advice, cause.lines, counted_in(self._presenter.outcome))

    def _save_list(self) -> None:
        presenter = self._presenter
        if presenter.outcome is not None:
            rows = presenter.outcome.parked
            save_list(self, self._ui, presenter.file_name, lambda path: presenter.history.save_list(path, rows))

    def focus_first(self) -> None:
        """Put the focus on the causes."""
        self.causes.setFocus(Qt.FocusReason.OtherFocusReason)
