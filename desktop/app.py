"""The composition root: the only place that builds presenters and views and wires them together."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from desktop.context import Context
from desktop.faults import Faults
from desktop.jobs import Task
from desktop.main_window import MainWindow
from desktop.unlock.presenter import UnlockPresenter
from desktop.unlock.view import UnlockView
from engine.wording import LANGUAGES, load_wording

if TYPE_CHECKING:
    from desktop.first_start.presenter import FirstStartPresenter
    from desktop.idle import IdleWatch
    from desktop.security.restoring import Restoring
    from desktop.work import Work
    from engine.workflows.clinics import OpenClinic

_LOCK_MS = 3_000  # how long the store may take to end what it does before the process ends without it


class App(QObject):
    """One window from the unlock page to the lock."""

    said = Signal(str)  # a word for the launcher: ready, unlocked, locked, closed

    def __init__(self, context: Context, application: QApplication, faults: Faults) -> None:
        super().__init__()
        self.context = context
        self.application = application
        self._dress()  # before there is a widget: each would be dressed again
        self.window = MainWindow()
        self.unlock = UnlockPresenter(context)
        self.first_start: FirstStartPresenter | None = None
        self.restoring: Restoring | None = None
        self.work: Work | None = None
        self._front = ""
        self._ending = False
        self._idle: IdleWatch | None = None
        self.end_process: Callable[[], None] = lambda: os._exit(0)
        self._title()
        self._connect(faults)

    def _connect(self, faults: Faults) -> None:
        self.unlock.opened.connect(self._opened)
        self.unlock.first_start_asked.connect(self.show_first_start)
        self.unlock.restore_asked.connect(self.show_restore)
        self.context.settings_changed.connect(self._settings_changed)
        self.context.jobs.broken.connect(faults.report)
        faults.on_fault = lambda: self.context.problem.emit(self.context.texts("fault.sentence"))
        self.window.close_asked.connect(self.close)
        self.window.look_changed.connect(self._system_look_changed)
        self.window.painted.connect(self._give_icon)

    # --- in front ---------------------------------------------------------------------------------------------------

    def start(self, practice: bool = False) -> None:
        """Show the page that fits: the first start where there is no clinic yet, else the unlock page."""
        if practice:
            self.show_practice()
        elif self.unlock.has_clinic():
            self.show_unlock()
        else:
            self.show_first_start()

    def prepare(self) -> None:
        """Build the page in front without looking at any clinic: this session waits until it is shown."""
        self._front = "unlock"
        self.window.show_content(UnlockView(self.context.ui, self.unlock))

    def show_unlock(self) -> None:
        """Show the unlock page of the clinic that was opened last."""
        self._front = "unlock"
        self.unlock.look()
        self.window.show_content(UnlockView(self.context.ui, self.unlock))

    def show_practice(self) -> None:
        """Show the unlock page of the practice clinic, which is made first where it is not there."""
        self._front = "unlock"
        self.unlock.take_practice()
        self.window.show_content(UnlockView(self.context.ui, self.unlock))

    def show_first_start(self) -> None:
        """Show the first page of a new clinic."""
        from desktop.first_start.presenter import FirstStartPresenter  # noqa: PLC0415 - needed once in a clinic's life

        self._front = "first_start"
        if self.first_start is None:
            self.first_start = FirstStartPresenter(self.context)
            self.first_start.opened.connect(self._opened)
            self.first_start.practice_asked.connect(self.show_practice)
            self.first_start.back_asked.connect(self.show_unlock)
            self.first_start.restore_asked.connect(self.show_restore)
        self.first_start.begin(can_go_back=self.unlock.has_clinic())
        self._show_first_start()

    def _show_first_start(self) -> None:
        from desktop.first_start.view import FirstStartView  # noqa: PLC0415 - as above

        if self.first_start is not None:
            self.window.show_content(FirstStartView(self.context.ui, self.first_start))

    def show_restore(self) -> None:
        """Show the page that makes a clinic from a backup."""
        from desktop.security.restoring import Restoring  # noqa: PLC0415 - needed once in a clinic's life

        if self.restoring is None:
            self.restoring = Restoring(self.context)
            self.restoring.left.connect(self._leave_restore)
            self.restoring.open_asked.connect(self._open_restored)
        self.restoring.begin()
        self._front = "restore"
        self._show_restore()

    def _show_restore(self) -> None:
        from desktop.security.restore_page import RestorePage  # noqa: PLC0415 - as above

        if self.restoring is not None:
            self.window.show_content(RestorePage(self.context.ui, self.restoring))

    def _leave_restore(self) -> None:
        if self.unlock.has_clinic():
            self.show_unlock()
        else:
            self.show_first_start()

    def _open_restored(self, folder: object) -> None:
        self.context.change(clinic=str(folder))
        self.show_unlock()

    # --- at work ----------------------------------------------------------------------------------------------------

    def _opened(self, clinic: OpenClinic) -> None:
        """Show the clinic that was just opened."""
        from desktop.work import Work  # noqa: PLC0415 - the screens are loaded behind the front page

        self._front = ""
        self.context.take_clinic(clinic)
        self.work = Work(self.context, self.window)
        self.work.lock_asked.connect(self.lock)
        self.work.show()
        self._title()
        self._watch_idle()
        self.said.emit("unlocked")

    def _watch_idle(self) -> None:
        from desktop.idle import IdleWatch  # noqa: PLC0415 - nothing to watch before

        context = self.context
        self._idle = IdleWatch(self.application, lambda: float(context.settings.idle_minutes), self)
        self._idle.idle.connect(lambda why: self.lock())
        self._idle.start()

    def lock(self) -> None:
        """Save what is typed, close the store, end the process: nothing is cleaned in place."""
        self._end("locked")

    def close(self) -> None:
        """Close the window; where something runs, ask once on the page."""
        if self.work is not None and not self.work.may_close():
            return
        self._end("closed")

    def end_now(self) -> None:
        """End in good order without asking: the launcher is gone."""
        self._end("closed")

    def _end(self, word: str) -> None:
        if self._ending:
            return
        self._ending = True
        if self._idle is not None:
            self._idle.stop()
        if word == "locked" and self.work is None:
            self._ending = False
            return
        self.window.hide()
        clear_clipboard()
        if self.work is not None:
            self.work.save_drafts()
        self.window.setEnabled(False)  # a key of a button works a moment later: not on a clinic that is closed
        clinic = self.context.let_go()
        if clinic is None:
            self._gone(word)
            return
        self.context.jobs.cancel_running()
        self.context.jobs.leave_to(self)
        vault = clinic.vault

        def shut(task: Task) -> None:
            vault.close()

        self.context.jobs.store(self, shut, lambda _: self._gone(word), lambda _: self._gone(word))
        QTimer.singleShot(_LOCK_MS, lambda: self._gone(word))

    def _gone(self, word: str) -> None:
        self.window.may_close = True
        self.said.emit(word)
        sys.stdout.flush()
        self.end_process()

    # --- look -------------------------------------------------------------------------------------------------------

    def _dress(self) -> None:
        self.context.ui.theme.apply(self.application)
        self.context.texts.teach_qt(self.application)

    def _title(self) -> None:
        name = self.context.texts("program.name")
        if self.context.has_clinic:
            clinic = self.context.clinic.clinic
            name = f"{name} · {clinic.name}"
        self.window.setWindowTitle(name)

    def _give_icon(self) -> None:
        self.window.setWindowIcon(self.context.ui.theme.icon("lantern", "lamp", 64))

    def _settings_changed(self, names: frozenset[str]) -> None:
        if names & {"language", "look", "text_size", "tight_rows"}:
            self._dress()
            self._title()
            self._rebuild()

    def _rebuild(self) -> None:
        """Make the present page anew in the new look or language; presenters keep what was typed."""
        if self.work is not None:
            self.work.rebuild()
        elif self._front == "unlock":
            self.window.show_content(UnlockView(self.context.ui, self.unlock))
        elif self._front == "first_start":
            self._show_first_start()
        elif self._front == "restore":
            self._show_restore()

    def _system_look_changed(self) -> None:
        if self.context.settings.look == "system":
            self.context.refresh_look()


def load_screens() -> None:
    """Load screens and sentences beside the window, so that an unlock need not: together most of a second."""
    import desktop.work  # noqa: F401, PLC0415 - loaded behind the front page, not used

    for language in LANGUAGES:
        load_wording(language)


def clear_clipboard() -> None:
    """Forget what this program put on the clipboard."""
    clipboard = QGuiApplication.clipboard()
    if clipboard.ownsClipboard():
        clipboard.clear()
