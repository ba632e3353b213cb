"""Many people at once: assess them, put their sheets on the print list, print, or save all as one PDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop.batch.assessing import Assessing
from desktop.batch.print_run import URGENT, PrintRun
from desktop.batch.saving import Saving
from desktop.batch.urgent import Urgent
from desktop.context import Context
from desktop.people import People
from desktop.printing import Printers
from engine.workflows.print_queue import PrintJob, PrintOrder, PrintState
from engine.workflows.reports import Paper, ReportOptions, Sides

LANGUAGES = ("en", "zh")
SIDES = tuple(side.value for side in (Sides.PATIENT, Sides.CLINICIAN, Sides.BOTH))
ORDERS = tuple(order.value for order in (PrintOrder.VILLAGE, PrintOrder.NAME, PrintOrder.NUMBER, PrintOrder.GIVEN))
Job = PrintJob
_WHYS = frozenset(
    {"printer_missing", "printer_off", "printer_refused", "interrupted", "report_no_visit", "person_unknown", URGENT}
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the print list as it is shown."""

    job: PrintJob
    village: str


class BatchPresenter(QObject):
    """State of the page."""

    record_asked = Signal(str)
    assessed = Signal(object)  # whose assessments may be new
    badge = Signal(str)
    changed = Signal()
    listed = Signal()  # the lines of the print list are others

    def __init__(self, context: Context, people: People, printers: Printers) -> None:
        super().__init__(context)
        self.context = context
        self.printers = printers
        self._people = people
        self.assess = Assessing(context)
        self.urgent = Urgent(context)
        self.prints = PrintRun(context, printers, self.urgent)
        self.saves = Saving(context, self.urgent)
        self.chosen: tuple[str, ...] = ()  # nobody named: everybody
        self.sides = Sides.BOTH.value
        self.language = ""  # empty: as the settings say
        self.order = PrintOrder.VILLAGE.value
        self.shows_without = False  # the people without a number, instead of the print list
        self._connect()

    def _connect(self) -> None:
        self.assess.changed.connect(self._tell)
        self.assess.ended.connect(self._assess_ended)
        self.prints.changed.connect(self._tell)
        self.prints.listed.connect(self.listed)
        self.saves.changed.connect(self._tell)
        self.urgent.changed.connect(self._tell)
        self.saves.saved.connect(self._saved)
        self.printers.changed.connect(self._tell)
        self._people.changed.connect(self._people_changed)

    # --- who --------------------------------------------------------------------------------------------------------

    @property
    def runs(self) -> bool:
        """Whether something is still under way."""
        return self.assess.runs or self.prints.busy or self.saves.runs or self.urgent.looks

    def choose(self, person_ids: Sequence[str]) -> None:
        """Take whom the page is about; nobody named means everybody."""
        self.chosen = tuple(person_ids)
        self.shows_without = False
        if self.urgent.holds and not self.saves.runs:
            self.urgent.drop()  # what was wanted was about others
        self.printers.look()
        self.changed.emit()

    def resume(self) -> None:
        """Bring the print list back after unlocking; nothing prints by itself."""
        self.printers.look()
        self.prints.reload()

    @property
    def everybody(self) -> int:
        """How many people the clinic has."""
        return len(self._people.panel) if self._people.panel is not None else 0

    @property
    def people(self) -> tuple[str, ...]:
        """Whom the page is about, by id."""
        if self.chosen:
            return self.chosen
        panel = self._people.panel
        return () if panel is None else tuple(panel.row(at).person_id for at in range(len(panel)))

    @property
    def count(self) -> int:
        """How many people the page is about."""
        return len(self.chosen) or self.everybody

    def lines(self) -> list[Line]:
        """Return the print list with what the panel knows of each person."""
        return [Line(job, self._village(job.person_id)) for job in self.prints.jobs]

    def _village(self, person_id: str) -> str:
        panel = self._people.panel
        at = None if panel is None else panel.position_of(person_id)
        return "" if panel is None or at is None else panel.row(at).village or ""

    # --- assess -----------------------------------------------------------------------------------------------------

    def start_assess(self) -> None:
        """Assess whom the page is about."""
        self.shows_without = False
        self.assess.start(self.people)

    def show_without(self, yes: bool) -> None:
        """Show the people without a number instead of the print list, or the list again."""
        self.shows_without = yes
        self.changed.emit()

    def _assess_ended(self) -> None:
        if self.assess.done:
            self.assessed.emit(self.assess.people)

    # --- sheets -----------------------------------------------------------------------------------------------------

    @property
    def options(self) -> ReportOptions:
        """How sheets are to come out."""
        settings = self.context.settings
        return ReportOptions(self.language or settings.language_of_sheets, Paper(settings.paper), Sides(self.sides))

    def choose_form(self, name: str, value: str) -> None:
        """Take a choice of how sheets come out: ``sides``, ``language`` or ``order``."""
        setattr(self, name, value)
        self.changed.emit()

    def add(self, *, start: bool) -> None:
        """Put the sheets of whom the page is about on the list, and print them where ``start`` says so."""
        self.shows_without = False
        self.prints.add(self.people, self.options, PrintOrder(self.order), start=start)

    def print(self) -> None:
        """Print what waits on the list; where nothing waits, the sheets of whom the page is about.

        Who has something that cannot wait is named first, and nothing prints until that was seen.
        """
        waiting = [job.person_id for job in self.prints.jobs if job.state is PrintState.WAITING]
        if waiting:
            self.urgent.first(waiting, self.prints.start)
        elif self.count:
            self.urgent.first(self.people, lambda: self.add(start=True))

    def again(self, job_ids: Sequence[str] | None = None) -> None:
        """Print sheets that were held or failed (None: all of them), once what cannot wait was seen."""
        bad = (PrintState.HELD, PrintState.FAILED)
        chosen = [job for job in self.prints.jobs if job.state in bad and (job_ids is None or job.id in job_ids)]
        waiting = [job for job in self.prints.jobs if job.state is PrintState.WAITING]  # they go with them
        people = [job.person_id for job in (*chosen, *waiting)]
        self.urgent.first(people, lambda: self.prints.again([job.id for job in chosen]))

    def ask_printer(self, parent: QWidget) -> None:
        """Show the system's dialog; held sheets are printed when a printer was chosen there."""
        self.printers.ask(parent, self.again)

    def why(self, job: PrintJob) -> str:
        """Return why a sheet did not print and what to do; empty when nothing is wrong."""
        if job.reason is None:
            return ""
        return self.context.texts(f"batch.why.{job.reason if job.reason in _WHYS else 'failed'}")

    # --- one PDF ----------------------------------------------------------------------------------------------------

    @property
    def to_save(self) -> int:
        """How many sheets one PDF would hold."""
        return len(self.prints.open_jobs) or self.count

    def save(self, path: str) -> None:
        """Save what did not come out of a printer as one PDF; where nothing is on the list, whom the page is about.

        As with printing, what cannot wait is seen first.
        """
        listed = [(job.person_id, job.options) for job in self.prints.open_jobs]
        wanted = listed or [(person_id, self.options) for person_id in self.people]
        self.urgent.first([person_id for person_id, _ in wanted], lambda: self.saves.start(wanted, path))

    def _saved(self, name: str, sheets: int, without_visit: int) -> None:
        texts = self.context.texts
        key = "batch.saved_some" if without_visit else "batch.saved"
        self.context.good_news.emit(texts(key, count=sheets, file=name, without=without_visit))

    # --- beside the other places ------------------------------------------------------------------------------------

    def stop(self) -> None:
        """Stop what runs at its next safe place."""
        if self.assess.runs:
            self.assess.stop()
        elif self.urgent.looks or (self.urgent.holds and not self.saves.runs):
            self.urgent.drop()
        elif self.saves.runs:
            self.urgent.drop()
            self.saves.stop()
        elif self.prints.runs:
            self.prints.pause()

    def _badge(self) -> str:
        if self.prints.runs:
            return str(self.prints.count(PrintState.WAITING, PrintState.PRINTING))
        for work in (self.assess, self.saves):
            if work.runs and work.total:
                return self.context.texts("batch.percent", percent=round(100 * work.done / work.total))
        return "!" if self.prints.count(PrintState.HELD, PrintState.FAILED) else ""

    def _people_changed(self) -> None:
        self.listed.emit()
        self.changed.emit()

    def _tell(self) -> None:
        self.badge.emit(self._badge())
        self.changed.emit()
