"""A new recovery sheet: drawn, printed, typed back, and only then does the old one stop."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QResizeEvent

from desktop.context import Context
from desktop.jobs import Task
from desktop.printing import PRINT_PPI, Printers, PrintOutcome
from desktop.security.panel import Panel
from desktop.security.presenter import SecurityPresenter
from desktop.widgets.confirm import Confirm
from desktop.widgets.labels import Label
from desktop.widgets.recovery_sheet import RecoverySheetSteps
from desktop.widgets.ui import Ui
from engine.domain.report import Paper
from engine.errors import EngineError
from engine.workflows import users
from engine.workflows.clinics import OpenClinic
from engine.workflows.settings import COUNTRY_FIELD
from engine.workflows.setup import (
    RecoveryKey,
    check_typed_back,
    new_recovery_key,
    recovery_images,
    recovery_sheet,
)

_SCREEN_PPI = 150.0
_BESIDE = 620


class SheetDesk(QObject):
    """The key that is on its way to paper; kept as long as its panel is open."""

    changed = Signal()
    done = Signal()

    def __init__(self, context: Context, printers: Printers) -> None:
        super().__init__(context)
        self._context, self._printers = context, printers
        self._key: RecoveryKey | None = None
        self._pages: list[bytes] = []
        self.busy = False
        self.sheet_picture = b""
        self.print_state = ""
        self.key_problem = ""
        self.key_row = 0
        self.passphrase_problem = ""

    def begin(self) -> None:
        """Draw a key and set its sheet."""
        settings, clock, clinic = self._context.settings, self._context.clock, self._context.clinic.clinic
        country = clinic.settings.get(COUNTRY_FIELD)

        def work(task: Task) -> tuple[RecoveryKey, list[bytes], bytes]:
            key = new_recovery_key()
            paper = Paper(settings.paper)
            where = "" if country is None else str(country)
            sheet = recovery_sheet(
                clinic.name, key, clock, settings.language, paper, country=where, practice=clinic.practice
            )
            return key, recovery_images(sheet, PRINT_PPI), recovery_images(sheet, _SCREEN_PPI)[0]

        self._context.jobs.paper(self, work, self._take)

    def _take(self, found: tuple[RecoveryKey, list[bytes], bytes]) -> None:
        self._key, self._pages, self.sheet_picture = found
        self.changed.emit()

    def print(self) -> None:
        """Print the sheet on the printer that was chosen."""
        texts = self._context.texts
        self.print_state = texts("first_start.recovery.printing")
        self.changed.emit()
        title = texts("first_start.recovery.title")
        self._printers.print_pages(self._pages, self._context.settings.paper, title, self._printed, owner=self)

    def _printed(self, outcome: PrintOutcome) -> None:
        self.print_state = self._context.texts(f"first_start.recovery.print_{outcome.value}")
        self.changed.emit()

    def finish(self, typed: str, passphrase: str) -> None:
        """Check what was typed back; then the new key takes the place of the old one."""
        key = self._key
        if self.busy or key is None:
            return
        self.busy, self.key_problem, self.key_row, self.passphrase_problem = True, "", 0, ""
        self.changed.emit()

        def work(clinic: OpenClinic) -> None:
            check_typed_back(key, typed)
            users.new_sheet(clinic, passphrase, key)

        def done(_: object) -> None:
            self.busy = False
            self.done.emit()

        def failed(error: EngineError) -> None:
            self.busy = False
            text = self._context.texts.error(error)
            if error.code in ("passphrase_wrong", "passphrase_wait"):
                self.passphrase_problem = text
            else:
                self.key_problem, self.key_row = text, int(error.details.get("row", 0))
            self.changed.emit()

        self._context.on_store(self, work, done, failed=failed)


class SheetPanel(Panel):
    """``sheet``."""

    def __init__(self, ui: Ui, presenter: SecurityPresenter) -> None:
        super().__init__(ui, presenter, ui.texts("security.sheet.title"), ui.texts("security.sheet.words"))
        self.setMaximumWidth(ui.px(820))
        self.desk = SheetDesk(presenter.context, presenter.printers)
        card = self.card()
        self._wait = Label(ui, ui.texts("security.sheet.wait"), 13, tone="2")
        self.steps = RecoverySheetSteps(ui)
        self.steps.hide()
        self._confirm = Confirm(ui, ui.texts("security.sheet.do"), name="do")
        self.steps.right.insertWidget(4, self._confirm)
        card.body.addWidget(self._wait)
        card.body.addWidget(self.steps)
        self.steps.print_asked.connect(lambda: presenter.printers.ask(self.window(), self.desk.print))
        self.steps.entered.connect(self._confirm.field.setFocus)
        self._confirm.confirmed.connect(lambda passphrase: self.desk.finish(self.steps.typed(), passphrase))
        self.desk.changed.connect(self.refresh)
        self.desk.done.connect(self._done)
        self.desk.begin()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the picture where it has room."""
        super().resizeEvent(event)
        self.steps.set_narrow(self.width() < self.ui.px(_BESIDE))

    def refresh(self) -> None:
        """Show how things stand."""
        desk = self.desk
        ready = bool(desk.sheet_picture)
        if ready and self.steps.isHidden():
            self._wait.hide()
            self.steps.show()
            self.begin(self.steps.print)
        self.steps.show_state(desk)
        self._confirm.show_state(
            busy=desk.busy,
            working=self.ui.texts("confirm.working"),
            passphrase=desk.passphrase_problem,
            problem="",
        )

    def _done(self) -> None:
        self.presenter.context.good_news.emit(self.ui.texts("security.sheet.done"))
        self.leave()

    def leave(self) -> None:
        """Go back; a key that was not taken is forgotten with its panel."""
        if not self.desk.busy:
            self.desk.deleteLater()
            super().leave()
