"""The card at the right: the print list with its progress, or the people without a number."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QLabel, QProgressBar, QStackedWidget, QWidget

from desktop.batch.cards import time_words
from desktop.batch.presenter import BatchPresenter, Job, Line
from desktop.batch.tables import PERSON, STATE, Column, Table
from desktop.widgets.buttons import Button
from desktop.widgets.flow import Flow
from desktop.widgets.labels import ElidedLabel, Label
from desktop.widgets.parts import Card, EmptyState, Notice
from desktop.widgets.ui import Ui, column, restyle, row
from engine.workflows.panel_list import span_of_hundred


class QueueCard(Card):
    """The print list."""

    def __init__(self, ui: Ui, presenter: BatchPresenter) -> None:
        super().__init__(ui, gap=0, pad=0)
        self._ui = ui
        self._presenter = presenter
        texts, tight = ui.texts, presenter.context.settings.tight_rows
        self._title = Label(ui, texts("batch.queue.title"), 14, bold=True, wrap=False)
        self._counts = ElidedLabel(ui, "", 13, color="text_3")
        self._printer = ElidedLabel(ui, "", 13, color="text_2")
        self._table = Table(ui, self._columns(), self._state, tight=tight)
        self._table.setAccessibleName(texts("batch.queue.title"))
        self._people = Table(ui, self._people_columns(), self._state, tight=tight)
        self._people.setAccessibleName(texts("batch.without.title"))
        self._urgent = Table(ui, self._urgent_columns(), self._state, tight=tight)
        self._urgent.setAccessibleName(texts("batch.urgent.title"))
        self._empty = EmptyState(ui, texts("batch.queue.empty"), icon="printer")
        self._stack = QStackedWidget()
        for each in (self._empty, self._table, self._people, self._urgent):
            self._stack.addWidget(each)
        self._back = Notice(ui, "ok")
        self._hold = Notice(ui, "danger")
        self._strip = _Strip(ui, presenter)
        self.body.addWidget(self._make_head())
        self.body.addWidget(self._make_progress())
        self.body.addLayout(column(ui, self._hold, self._back, gap=0, margins=(16, 0, 16, 0)))
        self.body.addLayout(column(ui, self._stack, margins=(1, 0, 1, 7)), 1)  # off the round corners
        self.body.addWidget(self._strip)
        self._table.picked.connect(self._show_strip)
        self._table.opened.connect(lambda line: presenter.record_asked.emit(line.job.person_id))
        self._people.opened.connect(lambda line: presenter.record_asked.emit(line.person_id))
        self._urgent.opened.connect(lambda each: presenter.record_asked.emit(each.person_id))
        presenter.listed.connect(self._relist)
        self._relist()

    # --- parts ------------------------------------------------------------------------------------------------------

    def _make_head(self) -> QWidget:
        ui = self._ui
        mark = QLabel()
        mark.setPixmap(ui.theme.pixmap("printer", "text_2", 18))
        other = Button(ui, ui.texts("batch.queue.other_printer"), kind="link")
        other.clicked.connect(lambda: self._presenter.ask_printer(self))
        head = QWidget()
        line = row(ui, self._title, gap=8, margins=(16, 10))
        line.addWidget(self._counts, 1)
        for part in (mark, self._printer, other):
            line.addWidget(part)
        head.setLayout(line)
        return head

    def _make_progress(self) -> QWidget:
        ui = self._ui
        self._progress = QWidget()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(ui.texts("batch.queue.title"))
        self._progress_words = Label(ui, "", 13, tone="2", wrap=False)
        self._stop = Button(ui, ui.texts("batch.stop"), icon="close", key="Esc")
        self._stop.clicked.connect(self._presenter.stop)
        line = row(ui, gap=16, margins=(16, 0, 16, 10))
        line.addWidget(self._bar, 1)
        line.addWidget(self._progress_words)
        line.addWidget(self._stop)
        self._progress.setLayout(line)
        return self._progress

    def _columns(self) -> list[Column]:
        texts = self._ui.texts

        def pages(_: int, line: Line) -> str:
            return "" if line.job.pages is None else str(line.job.pages)

        return [
            Column(texts("batch.column.number"), lambda at, _: str(at + 1), 48, right=True),
            Column(texts("batch.column.patient"), lambda _, line: _person(line.job.name, line.job.number), 0, PERSON),
            Column(texts("batch.column.village"), lambda _, line: line.village, 130, from_width=760, may_be_empty=True),
            Column(texts("batch.column.language"), lambda _, line: self._language(line), 96, from_width=620),
            Column(
                texts("batch.column.sides"), lambda _, line: texts(f"batch.side.{line.job.sides}"), 90, from_width=540
            ),
            Column(texts("batch.column.pages"), pages, 64, right=True, from_width=420),
            Column(texts("batch.column.state"), lambda _, line: str(line.job.state.value), 124, STATE),
        ]

    def _people_columns(self) -> list[Column]:
        texts = self._ui.texts

        def why(_: int, each: object) -> str:
            wanting = each.wanting  # type: ignore[attr-defined]  # a line of this table
            told = (texts(f"batch.no_number.{one.code}", field=one.labels[texts.language]) for one in wanting)
            return texts("batch.assess.and").join(told)

        def between(_: int, each: object) -> str:
            ends: tuple[float, float] | None = each.range  # type: ignore[attr-defined]  # a line of this table
            return "" if ends is None else span_of_hundred(*ends, texts.wording)

        return [
            Column(texts("batch.column.patient"), lambda _, each: _person(each.name, each.number), 280, PERSON),
            Column(texts("batch.column.range"), between, 110, may_be_empty=True),
            Column(texts("batch.column.why"), why, 0),
        ]

    def _urgent_columns(self) -> list[Column]:
        texts = self._ui.texts

        def what(_: int, each: object) -> str:
            words = each.words  # type: ignore[attr-defined]  # a line of this table
            return texts("batch.urgent.sentence_gap").join(one[texts.language] for one in words)

        return [
            Column(texts("batch.column.patient"), lambda _, each: _person(each.name, each.number), 280, PERSON),
            Column(texts("batch.urgent.what"), what, 0),
        ]

    def _language(self, line: Line) -> str:
        return self._ui.texts(f"batch.language.{line.job.language}")

    def _state(self, code: str) -> str:
        return self._ui.texts(f"batch.state.{code}")

    # --- what is shown ----------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show how it stands."""
        texts, presenter = self._ui.texts, self._presenter
        self._printer.setText(presenter.printers.words)
        if presenter.urgent.holds:
            self._urgent.show_lines(presenter.urgent.found)
            self._title.setText(texts("batch.urgent.title"))
            self._counts.setText(texts("batch.without.caption"))
            self._stack.setCurrentWidget(self._urgent)
        elif presenter.shows_without:
            self._people.show_lines(presenter.assess.without)
            self._title.setText(texts("batch.without.title"))
            self._counts.setText(texts("batch.without.caption"))
            self._stack.setCurrentWidget(self._people)
        else:
            self._relist()
            self._title.setText(texts("batch.queue.title"))
            self._counts.setText(self._count_words())
            # The printer's name gives way first: it may have any length.
            self._counts.setMinimumWidth(min(self._counts.sizeHint().width(), self._ui.px(160)))
            self._stack.setCurrentWidget(self._table if presenter.prints.jobs else self._empty)
        self._show_progress()
        self._show_hold()
        self._show_back()
        self._show_strip()

    def _count_words(self) -> str:
        jobs = self._presenter.prints.jobs
        if not jobs:
            return ""
        # While a sheet is not made nobody knows its pages, and a sum of some would be wrong.
        pages = sum(job.pages or 0 for job in jobs) if all(job.pages for job in jobs) else 0
        texts = self._ui.texts
        return texts("batch.queue.sheets_pages" if pages else "batch.queue.sheets", count=len(jobs), pages=pages)

    def _relist(self) -> None:
        self._table.show_lines(self._presenter.lines())

    def _show_progress(self) -> None:
        texts, presenter = self._ui.texts, self._presenter
        prints, saves = presenter.prints, presenter.saves
        urgent = presenter.urgent
        self._progress.setVisible(prints.busy or saves.runs or urgent.looks)
        if urgent.looks:
            self._bar.setRange(0, urgent.total)
            self._bar.setValue(urgent.done)
            self._progress_words.setText(texts("batch.urgent.looking", done=urgent.done, total=urgent.total))
        elif saves.runs:
            self._bar.setRange(0, saves.total)
            self._bar.setValue(saves.done)
            self._progress_words.setText(texts("batch.queue.saving", done=saves.done, total=saves.total))
        elif prints.busy:
            printed = prints.count("printed")
            total = printed + prints.count("waiting", "printing")
            self._bar.setRange(0, max(1, total))
            self._bar.setValue(printed)
            left = prints.seconds_left
            done = min(printed + 1, total)
            words = texts("batch.queue.sheet_of", done=done, total=total)
            if left is not None:
                words = texts("batch.queue.sheet_of_left", done=done, total=total, left=time_words(self._ui, left))
            self._progress_words.setText(words)
        self._stop.setEnabled(prints.runs or saves.runs or urgent.looks)

    def _show_hold(self) -> None:
        """Say, once, that something cannot wait; going on needs somebody who has seen it."""
        texts, urgent = self._ui.texts, self._presenter.urgent
        if urgent.holds:
            told = dict.fromkeys(one[texts.language] for each in urgent.found for one in each.words)
            words = texts(
                "batch.urgent.first", count=len(urgent.found), what=texts("batch.urgent.sentence_gap").join(told)
            )
            self._hold.say(words, "danger", texts("batch.urgent.seen"), urgent.seen)
        else:
            self._hold.say("")

    def _show_back(self) -> None:
        texts, prints = self._ui.texts, self._presenter.prints
        held = prints.count("held", "failed")
        if prints.printer_is_back and held and not prints.runs:
            self._back.say(texts("batch.queue.back"), "ok", texts("batch.again", count=held), self._presenter.again)
        else:
            self._back.say("")

    def _show_strip(self) -> None:
        presenter = self._presenter
        hidden = presenter.shows_without or presenter.urgent.holds
        picked = None if hidden else self._table.picked_line()
        bad = [job for job in presenter.prints.jobs if job.state in ("held", "failed")]
        if picked is not None:
            now = [job for job in presenter.prints.jobs if job.id == picked.job.id]
            self._strip.show_job(now[0] if now else None)
        else:
            self._strip.show_job(bad[0] if bad and not hidden else None)


class _Strip(QFrame):
    """What is the matter with one sheet, and what can be done with it."""

    def __init__(self, ui: Ui, presenter: BatchPresenter) -> None:
        super().__init__()
        self._ui = ui
        self._presenter = presenter
        self._job_id = ""
        self._person_id = ""
        self.setProperty("role", "notice")
        self._mark = QLabel()
        self._name = ElidedLabel(ui, "", 13, bold=True)
        self._why = Label(ui, "", 13)
        self._again = Button(ui, ui.texts("batch.queue.again"), icon="refresh")
        self._open = Button(ui, ui.texts("batch.queue.open"))
        self._off = Button(ui, ui.texts("batch.queue.take_off"))
        self._again.clicked.connect(lambda: presenter.again([self._job_id]))
        self._open.clicked.connect(lambda: presenter.record_asked.emit(self._person_id))
        self._off.clicked.connect(lambda: presenter.prints.take_off([self._job_id]))
        buttons = Flow(ui, self._again, self._open, self._off, gap=8)
        words = row(ui, self._mark, gap=10)
        words.addLayout(column(ui, self._name, self._why, gap=2), 1)
        self.setLayout(column(ui, words, buttons, gap=8, margins=(16, 10)))

    def show_job(self, job: Job | None) -> None:
        """Show a sheet; None hides the strip."""
        self.setVisible(job is not None)
        if job is None:
            return
        texts, presenter = self._ui.texts, self._presenter
        found = next(each for each in presenter.prints.jobs if each is job)
        self._job_id, self._person_id = found.id, found.person_id
        bad = found.state in ("held", "failed")
        restyle(self, "tone", "danger" if found.state == "failed" else "warn" if bad else "info")
        icon, color = ("octagon", "danger") if found.state == "failed" else ("pause", "warn")
        self._mark.setPixmap(self._ui.theme.pixmap(icon if bad else "info", color if bad else "text_2", 18))
        self._name.setText(
            texts("batch.queue.who", name=found.name or found.number or "", state=texts(f"batch.state.{found.state}"))
        )
        self._why.setText(presenter.why(found))
        self._why.setVisible(bad)
        self._again.setVisible(bad)
        self._off.setVisible(found.state != "printing")


def _person(name: str | None, number: str | None) -> str:
    return f"{name or ''}\t{number or ''}"
