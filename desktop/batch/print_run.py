"""The print list at work: one sheet at the printer, the next one being set, the list kept in the store all the time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from time import monotonic

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.batch.urgent import Urgent
from desktop.context import Context
from desktop.printing import PRINT_PPI, Printers, PrinterState, PrintOutcome
from engine.errors import EngineError
from engine.workflows.clinics import OpenClinic
from engine.workflows.print_queue import (
    PrintJob,
    PrintOrder,
    PrintState,
    mark,
    queue_reports,
    queued,
    remove,
)
from engine.workflows.reports import PreparedReport, ReportOptions, page_pngs, prepare_report
from engine.workflows.urgent import UrgentPerson, urgent_of

URGENT = "urgent"  # why a sheet is held: somebody must have seen what is on it
_LOOK_MS = 4_000  # how often the printer is looked at while sheets wait for it
_MOST_REFUSED = 2  # one after the other; then it is the printer and not the sheet
_REASON = {
    PrintOutcome.MISSING: "printer_missing",
    PrintOutcome.OFF: "printer_off",
    PrintOutcome.REFUSED: "printer_refused",
}
_OPEN = (PrintState.WAITING, PrintState.HELD, PrintState.FAILED)
Ready = tuple[PrintJob, PreparedReport]


class PrintRun(QObject):
    """The list, and the printing of it."""

    changed = Signal()
    listed = Signal()  # sheets came onto the list or went off it

    def __init__(self, context: Context, printers: Printers, urgent: Urgent) -> None:
        super().__init__(context)
        self._context = context
        self._printers = printers
        self._urgent = urgent
        self.jobs: tuple[PrintJob, ...] = ()
        self.runs = False
        self._setting = False  # a sheet is being set
        self._ready: Ready | None = None
        self._sends = False  # a sheet is at the printer
        self._refused = 0
        self._began = 0.0
        self._done = 0
        self._watch = QTimer(self)
        self._watch.setInterval(_LOOK_MS)
        self._watch.timeout.connect(printers.look)

    # --- the list ---------------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether a sheet is still under way, also after printing was paused."""
        return self.runs or self._sends

    def count(self, *states: str) -> int:
        """Return how many sheets are in these states."""
        return sum(job.state in states for job in self.jobs)

    @property
    def open_jobs(self) -> tuple[PrintJob, ...]:
        """The sheets that did not come out of a printer."""
        return tuple(job for job in self.jobs if job.state in _OPEN)

    @property
    def seconds_left(self) -> int | None:
        """About how long printing still takes; None until that can be told."""
        left = self.count(PrintState.WAITING, PrintState.PRINTING)
        return round((monotonic() - self._began) / self._done * left) if self.runs and self._done else None

    def reload(self) -> None:
        """Read the list from the store."""
        self._context.on_store(self, queued, self._take)

    def add(self, people: Sequence[str], options: ReportOptions, order: PrintOrder, *, start: bool) -> None:
        """Put people's sheets on the list."""

        def work(clinic: OpenClinic) -> tuple[PrintJob, ...]:
            queue_reports(clinic, people, options, order)
            return queued(clinic)

        def done(jobs: tuple[PrintJob, ...]) -> None:
            self._take(jobs)
            if start:
                self.start()

        self._context.on_store(self, work, done)

    def again(self, job_ids: Sequence[str] | None = None) -> None:
        """Let sheets that were held or failed wait again (None: all of them), and print."""
        wanted = {job.id for job in self.jobs if job.state in (PrintState.HELD, PrintState.FAILED)}
        chosen = [job.id for job in self.jobs if job.id in wanted and (job_ids is None or job.id in job_ids)]
        self._mark_all(chosen, PrintState.WAITING, None, self.start)

    def take_off(self, job_ids: Sequence[str]) -> None:
        """Take sheets off the list; the one at the printer stays."""
        gone = [job.id for job in self.jobs if job.id in job_ids and job.state is not PrintState.PRINTING]
        if self._ready is not None and self._ready[0].id in gone:
            self._ready = None

        def work(clinic: OpenClinic) -> tuple[PrintJob, ...]:
            for job_id in gone:
                remove(clinic, job_id)
            return queued(clinic)

        self._context.on_store(self, work, self._take)

    def clear_printed(self) -> None:
        """Take off the list what came out of the printer."""
        self.take_off([job.id for job in self.jobs if job.state is PrintState.PRINTED])

    # --- at work ----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Print what waits."""
        if self.runs or not self.count(PrintState.WAITING):
            return
        self.runs = True
        self._refused, self._done, self._began = 0, 0, monotonic()
        self._printers.look()
        self._pump()

    def pause(self) -> None:
        """Stop after the sheet at the printer; the others wait."""
        self.runs = False
        self.changed.emit()

    def _pump(self) -> None:
        if self.runs and self._ready is not None and not self._sends:
            self._send(*self._ready)
        if self.runs and self._ready is None and not self._setting:
            self._set_next()
        if self.runs and not (self._setting or self._sends) and self._ready is None:
            self.runs = False  # nothing waits any more
        self._watch_printer()
        self.changed.emit()

    def _set_next(self) -> None:
        job = next((each for each in self.jobs if each.state is PrintState.WAITING), None)
        if job is None:
            return
        self._setting = True

        def work(clinic: OpenClinic) -> tuple[PreparedReport, UrgentPerson | None]:
            prepared = prepare_report(clinic, job.person_id, job.options)
            return prepared, urgent_of(clinic, prepared.assessment)

        def done(found: tuple[PreparedReport, UrgentPerson | None]) -> None:
            self._setting = False
            prepared, urgent = found
            if not self._urgent.is_seen(urgent):  # came up since the list was looked through
                self._put(job.id, PrintState.HELD, URGENT, None, self._pump)
                return
            if any(each.id == job.id and each.state is PrintState.WAITING for each in self.jobs):
                self._ready = (job, prepared)
            self._pump()

        def failed(error: EngineError) -> None:
            self._setting = False
            self._put(job.id, PrintState.FAILED, error.code, None, self._pump)

        self._context.on_store(self, work, done, failed=failed)

    def _send(self, job: PrintJob, prepared: PreparedReport) -> None:
        self._ready, self._sends = None, True
        # Kept before the printer hears of it: after a crash nobody may think that it still waits.
        self._put(job.id, PrintState.PRINTING, None, prepared, lambda: None)
        self._printers.print_pages(
            lambda task: page_pngs(prepared.report, PRINT_PPI),
            job.paper.value,
            prepared.report.document_title,
            lambda outcome: self._sent(job, prepared, outcome),
            lambda error: self._not_drawn(job, error),
            cancelled=lambda: self._was_stopped(job),
            owner=self,
        )

    def _sent(self, job: PrintJob, prepared: PreparedReport, outcome: PrintOutcome) -> None:
        self._sends = False
        self._done += 1
        if outcome is PrintOutcome.PRINTED:
            self._refused = 0
            self._put(job.id, PrintState.PRINTED, None, prepared, lambda: None)
            self._pump()
            return
        reason = _REASON[outcome]
        self._refused += 1
        if outcome is PrintOutcome.REFUSED and self._refused < _MOST_REFUSED:
            self._put(job.id, PrintState.FAILED, reason, prepared, self._pump)
            return
        self.runs = False
        waiting = [each.id for each in self.jobs if each.state is PrintState.WAITING]
        self._mark_all([job.id, *waiting], PrintState.HELD, reason, self._pump)
        self._printers.look()

    def _not_drawn(self, job: PrintJob, error: EngineError) -> None:
        self._sends = False
        self._put(job.id, PrintState.FAILED, error.code, None, self._pump)

    def _was_stopped(self, job: PrintJob) -> None:
        self._sends = False
        self._put(job.id, PrintState.WAITING, None, None, self._pump)

    def _watch_printer(self) -> None:
        """Look at the printer now and then while sheets are held for it, so that the page hears when it is back."""
        held = any(job.state is PrintState.HELD and (job.reason or "").startswith("printer") for job in self.jobs)
        if held and not self._watch.isActive():
            self._watch.start()
        elif not held:
            self._watch.stop()

    @property
    def printer_is_back(self) -> bool:
        """Whether the printer that sheets are held for is ready."""
        return self._watch.isActive() and self._printers.state is PrinterState.READY

    # --- keeping it -------------------------------------------------------------------------------------------------

    def _put(
        self,
        job_id: str,
        state: PrintState,
        reason: str | None,
        prepared: PreparedReport | None,
        then: Callable[[], None],
    ) -> None:
        """Show where a sheet stands now, and keep it."""
        pages = None if prepared is None else prepared.pages
        self.jobs = tuple(
            replace(job, state=state, reason=reason, pages=pages or job.pages) if job.id == job_id else job
            for job in self.jobs
        )
        self.changed.emit()

        def failed(error: EngineError) -> None:
            self.runs = False
            self._context.tell(error)
            self.reload()

        self._context.on_store(
            self, lambda clinic: mark(clinic, job_id, state, reason, prepared), lambda _: then(), failed=failed
        )

    def _mark_all(
        self, job_ids: Sequence[str], state: PrintState, reason: str | None, then: Callable[[], None]
    ) -> None:
        def work(clinic: OpenClinic) -> tuple[PrintJob, ...]:
            for job_id in job_ids:
                mark(clinic, job_id, state, reason)
            return queued(clinic)

        def done(jobs: tuple[PrintJob, ...]) -> None:
            self._ready = None
            self._take(jobs)
            then()

        self._context.on_store(self, work, done)

    def _take(self, jobs: tuple[PrintJob, ...]) -> None:
        self.jobs = jobs
        self._watch_printer()
        self.listed.emit()
        self.changed.emit()
