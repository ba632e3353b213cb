"""The card of backups: how old the last is, the last two weeks, the daily one, and one button to make one now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QLabel, QProgressBar, QWidget

from desktop.i18n import Texts
from desktop.security.backups import Backups, megabytes
from desktop.security.presenter import SecurityPresenter
from desktop.widgets.buttons import Button
from desktop.widgets.choices import Switch
from desktop.widgets.day_strip import DayStrip
from desktop.widgets.file_dialog import folder_dialog
from desktop.widgets.flow import Flow
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card, Notice
from desktop.widgets.ui import Ui, column, held, row
from engine.workflows.users import Permission

if TYPE_CHECKING:
    from engine.workflows.backup_facts import BackupOverview


class BackupCard(Card):
    """Everything about backups on the page of security."""

    def __init__(self, ui: Ui, presenter: SecurityPresenter) -> None:
        super().__init__(ui, ui.texts("backup.title"))
        self._ui = ui
        self._security = presenter
        self._backups: Backups = presenter.backups
        self._when = Label(ui, "", 16, bold=True)
        self._where = Label(ui, "", 13, tone="3")
        self._mark = QLabel()
        words = column(ui, self._when, self._where, gap=2)
        head = row(ui, gap=12)
        head.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(words, 1)
        self._strip = DayStrip(ui)
        self._days = Label(ui, "", 12, tone="3")
        self._notice = Notice(ui)
        self._daily_words = Label(ui, "", 13)
        self._daily_place = Label(ui, "", 12, tone="3")
        self._switch = Switch(ui, name=ui.texts("backup.daily"))
        self._switch.setObjectName("daily_backup")
        self._change = Button(ui, ui.texts("backup.change"), kind="link", size="small")
        self.body.addLayout(head)
        self.body.addWidget(self._strip)
        self.body.addWidget(self._days)
        self.body.addWidget(self._notice)
        self.body.addStretch(1)
        self.body.addWidget(self._make_progress())
        daily = column(ui, self._daily_words, self._daily_place, gap=2)
        line = row(ui, gap=12)
        line.addLayout(daily, 1)
        line.addWidget(self._switch)
        self.body.addLayout(line)
        self.body.addLayout(row(ui, self._change, 1, gap=0))
        self.body.addWidget(self._make_buttons())
        self._connect()
        self._refresh()

    def _make_progress(self) -> QWidget:
        ui = self._ui
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(ui.texts("backup.bar.runs"))
        self._step = Label(ui, "", 12, tone="2")
        self._running = held(column(ui, self._bar, self._step, gap=6))
        self._running.hide()
        return self._running

    def _make_buttons(self) -> Flow:
        ui, texts = self._ui, self._ui.texts
        self._now = Button(ui, texts("backup.now"), kind="filled", key="Ctrl+B")
        self._now.setShortcut(QKeySequence())  # the frame of the window hears it on every page
        self._stop = Button(ui, texts("backup.stop"), icon="close", key="Esc")
        self._restore = Button(ui, texts("backup.restore"))
        self._restore.setObjectName("restore")
        return Flow(ui, self._now, self._stop, self._restore, gap=8)

    def _connect(self) -> None:
        backups = self._backups
        backups.changed.connect(self._refresh)
        backups.folder_asked.connect(self._ask_folder)
        self._now.clicked.connect(self._back_up)
        self._stop.clicked.connect(backups.stop)
        self._restore.clicked.connect(self._security.open_restore)
        self._restore.setVisible(self._security.may(Permission.RESTORE))
        self._switch.clicked.connect(self._turn)
        self._change.clicked.connect(self._ask_folder)

    # --- what is shown ----------------------------------------------------------------------------------------------

    def _refresh(self) -> None:
        overview, backups = self._backups.overview, self._backups
        self._now.setVisible(not backups.runs)
        self._stop.setVisible(backups.runs)
        self._running.setVisible(backups.runs)
        if backups.progress is not None:
            self._show_progress(*backups.progress)
        self._show_notice()
        if overview is None:
            return
        self._show_last(overview)
        days = [made for _, made in overview.days]
        words = days_words(overview.days, self._ui.texts)
        self._strip.show_days(days, words)
        self._days.setText(words)
        self._show_daily(overview)

    def _show_last(self, overview: BackupOverview) -> None:
        texts, last = self._ui.texts, overview.last
        tone = {"fresh": "ok", "very_old": "danger"}.get(overview.standing.age.value, "warn")
        self._mark.setPixmap(self._ui.theme.pixmap("store", tone, 24))
        if last is None:
            self._when.setText(texts("backup.never"))
            self._where.setText(texts("backup.never_words"))
            return
        day, today = last.made_at.astimezone().date(), overview.days[-1][0]
        time = texts.time(last.made_at)
        near = {0: "backup.today", 1: "backup.yesterday"}.get((today - day).days)
        self._when.setText(texts(near, time=time) if near else texts("backup.day", day=texts.date(day), time=time))
        place = Path(last.folder)
        here = overview.place.stick if overview.place and overview.place.folder == place else None
        named = texts("backup.stick", name=here) if here else str(place)
        key = "backup.read_back" if last.size is None else "backup.read_back_size"
        self._where.setText(texts(key, place=named, size=megabytes(last.size or 0)))

    def _show_daily(self, overview: BackupOverview) -> None:
        texts, backups = self._ui.texts, self._backups
        stick = overview.place is None or overview.place.stick is not None
        self._daily_words.setText(texts("backup.daily" if stick else "backup.daily_folder"))
        if backups.daily:
            self._daily_place.setText(texts("backup.daily_words", place=backups.place_words))
        else:
            self._daily_place.setText(texts("backup.daily_off_words"))
        self._switch.setChecked(backups.daily)
        self._switch.setEnabled(backups.may_choose)
        self._switch.setToolTip("" if backups.may_choose else texts("backup.daily_not_yours"))
        self._change.setVisible(backups.daily and backups.may_choose)

    def _show_progress(self, done: int, total: int) -> None:
        texts = self._ui.texts
        if not total:
            self._bar.setRange(0, 0)
            self._step.setText(texts("backup.starting"))
        elif done >= total:
            self._bar.setRange(0, 0)
            self._step.setText(texts("backup.reading"))
        else:
            self._bar.setRange(0, total)
            self._bar.setValue(done)
            self._step.setText(texts("backup.copying", percent=round(100 * done / total)))

    def _show_notice(self) -> None:
        texts, backups = self._ui.texts, self._backups
        place = backups.overview.place if backups.overview else None
        if backups.problem:
            self._notice.say(backups.problem, "danger", texts("backup.change"), self._ask_folder)
        elif backups.quiet_problem:
            self._notice.say(texts("backup.daily_failed", problem=backups.quiet_problem), "warn")
        elif backups.done:
            self._notice.say(backups.done, "ok")
        elif backups.daily and place is not None and not place.there and not backups.runs:
            self._notice.say(texts("backup.away_now", place=backups.place_words), "warn")
        else:
            self._notice.say("")

    # --- what a person does -----------------------------------------------------------------------------------------

    def _back_up(self) -> None:
        self._backups.back_up_now()

    def _turn(self, on: bool) -> None:
        if on and self._backups.folder is None:
            self._switch.setChecked(False)
            self._ask(self._backups.take_daily_folder)
            return
        self._backups.turn_daily(on)

    def _ask_folder(self) -> None:
        self._ask(self._backups.choose_folder)

    def _ask(self, take: Callable[[Path], None]) -> None:
        dialog = folder_dialog(self, self._ui, self._ui.texts("backup.choose"))
        if self._backups.folder is not None:
            dialog.setDirectory(str(self._backups.folder))
        dialog.fileSelected.connect(lambda path: take(Path(path)))
        dialog.open()


def days_words(days: tuple[tuple[date, bool], ...], texts: Texts) -> str:
    """Say which days have a backup."""
    missing = [day for day, made in days if not made]
    if not missing:
        return texts("backup.days_all")
    if len(missing) == len(days):
        return texts("backup.days_none")
    if len(missing) == 1:
        return texts("backup.days_one_missing", day=texts.long_date(missing[0]))
    return texts("backup.days_some", count=len(days) - len(missing))
