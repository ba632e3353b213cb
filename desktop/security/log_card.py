"""The log: the newest entry first, of whom and when, a file of it, and the check of all of it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QProgressBar

from desktop.log.desk import SPANS
from desktop.log.table import LogTable
from desktop.log.words import check_words
from desktop.security.presenter import SecurityPresenter
from desktop.widgets.buttons import Button
from desktop.widgets.choices import Select
from desktop.widgets.file_dialog import file_dialog
from desktop.widgets.flow import Flow
from desktop.widgets.labels import ElidedLabel, Label
from desktop.widgets.parts import Card, Notice
from desktop.widgets.ui import Ui, column, held, row
from engine.workflows.users import Permission

_LEAST_ROWS = 8
_ROW = 32
_CAPTION_FITS = 720


class LogCard(Card):
    """Filters and buttons at its head, the table below."""

    def __init__(self, ui: Ui, presenter: SecurityPresenter) -> None:
        super().__init__(ui, gap=0, pad=0)
        self._ui, self._presenter, self._desk = ui, presenter, presenter.log
        texts = ui.texts
        self._own = not presenter.may(Permission.AUDIT_ALL)
        self._caption = ElidedLabel(
            ui, texts("security.log.own" if self._own else "security.log.sealed"), 13, color="text_3"
        )
        self._who = Select(ui, name=texts("security.log.who"))
        self._who.setObjectName("log.who")
        self._who.setMinimumContentsLength(9)
        self._who.setVisible(not self._own)
        spans = [(span, texts(f"security.log.span.{span}")) for span in SPANS]
        self._span = Select(ui, spans, self._desk.span, name=texts("security.log.time"))
        self._span.setObjectName("log.span")
        self._check = Button(ui, texts("security.log.check"), icon="shield")
        self._check.setObjectName("log.check")
        self._export = Button(ui, texts("security.log.export"), icon="file")
        self._export.setObjectName("log.export")
        self._stop = Button(ui, texts("security.log.stop"), size="small")
        self._stop.setObjectName("log.stop")
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._progress = Label(ui, "", 12, tone="3")
        self._result = Notice(ui, "ok")
        self.table = LogTable(ui, self._desk)
        self.table.setMinimumHeight(ui.px(_ROW * (_LEAST_ROWS + 1)))
        self._empty = Label(ui, texts("security.log.none"), 13, tone="2")
        self._empty.setContentsMargins(ui.margins(16, 12))
        self._lay_out()
        self._connect()
        self.refresh()

    def _lay_out(self) -> None:
        ui = self._ui
        title = row(ui, Label(ui, ui.texts("security.log.title"), 14, bold=True, wrap=False), gap=8)
        title.addWidget(self._caption, 1)
        self._tools = Flow(ui, *([] if self._own else [self._who]), self._span, self._check, self._export, gap=8)
        self._head = column(ui, gap=8, margins=(16, 10))
        self._head.addLayout(title)
        self._head.addWidget(self._tools)
        running = row(ui, self._bar, self._progress, self._stop, gap=12, margins=(16, 0, 16, 10))
        running.setStretch(0, 1)
        self._running = held(running)
        told = column(ui, self._result, margins=(16, 0, 16, 10))
        self._told = held(told)
        self.body.addLayout(self._head)
        for part in (self._running, self._told):
            self.body.addWidget(part)
            part.hide()
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self._empty)
        self._empty.hide()

    def _connect(self) -> None:
        desk, presenter = self._desk, self._presenter
        self._who.chosen.connect(lambda code: desk.choose(actor=code))
        self._span.chosen.connect(lambda code: desk.choose(span=code))
        self._check.clicked.connect(desk.check)
        self._stop.clicked.connect(desk.stop_check)
        self._export.clicked.connect(self._ask_file)
        desk.changed.connect(self.refresh)
        desk.state_changed.connect(self.refresh)
        presenter.people.changed.connect(self._offer_people)
        self._offer_people()

    def _offer_people(self) -> None:
        texts = self._ui.texts
        accounts = self._presenter.people.accounts
        people = [(each.user.id, each.user.name or texts("top.nobody")) for each in accounts]
        self._who.set_options([("", texts("security.log.everyone")), *people], self._desk.actor)

    def _ask_file(self) -> None:
        texts = self._ui.texts
        dialog = file_dialog(
            self, self._ui, texts("security.log.export_title"), texts("security.log.files"), suffix="csv"
        )
        dialog.selectFile(texts("security.log.file_name"))
        dialog.fileSelected.connect(lambda path: self._desk.export(Path(path)))
        dialog.open()

    def refresh(self) -> None:
        """Show how the log and its check stand."""
        desk, texts = self._desk, self._ui.texts
        self._running.setVisible(desk.checks)
        self._check.setEnabled(not desk.checks)
        rows = texts.number(desk.rows_checked)
        self._progress.setText(texts("security.log.checking", rows=rows) if desk.checks else "")
        words, tone = ("", "ok") if desk.checked is None else check_words(desk.checked, texts)
        if desk.check_problem:
            words, tone = desk.check_problem, "danger"
        self._result.say(words, tone)
        self._told.setVisible(bool(words))
        nothing = desk.loaded and not desk.lines
        self._empty.setVisible(nothing)
        self.table.setVisible(not nothing)
        self._span.set_value(desk.span)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the caption out where it has no room."""
        super().resizeEvent(event)
        self._caption.setVisible(event.size().width() >= self._ui.px(_CAPTION_FITS) // 2)
