"""One person's sheet before it is printed: how it looks, what is to be known first, and the ways to paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from desktop.context import Context
from desktop.jobs import Latest, Task
from desktop.people import People
from desktop.printing import PRINT_PPI, Printers, PrintOutcome, read_png
from engine.errors import EngineError
from engine.workflows.clinics import OpenClinic
from engine.workflows.print_queue import printed_now
from engine.workflows.reports import (
    Paper,
    PreparedReport,
    Report,
    ReportOptions,
    Sides,
    page_pngs,
    prepare_report,
    save_pdf,
)
from engine.workflows.sheet import Sheet, look_at_report

LANGUAGES = ("en", "zh")
SIDES = tuple(side.value for side in (Sides.PATIENT, Sides.CLINICIAN, Sides.BOTH))
_FEW_PPI = 8.0  # enough to count pages
_MOST_PPI = 400.0  # sharper than any screen needs at the largest zoom


@dataclass(frozen=True, slots=True)
class Page:
    """One page as an image, and which side of the report it is."""

    side: str
    image: QImage


@dataclass(frozen=True, slots=True)
class Drawn:
    """Pages at one resolution. ``grey``: nothing on them needs a colour; ``whole``: none is still to be drawn."""

    report_id: str
    ppi: float
    pages: tuple[Page, ...]
    grey: bool
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Check:
    """One line of what is to be known before printing: ``tone`` is ``ok``, ``warn`` or ``info``."""

    tone: str
    text: str
    detail: str = ""


class PreviewPresenter(QObject):
    """State of the preview."""

    back_asked = Signal()
    changed = Signal()  # another sheet, problem or state
    drawn_changed = Signal()  # the pages were drawn

    def __init__(self, context: Context, people: People, printers: Printers) -> None:
        super().__init__(context)
        self.context = context
        self.printers = printers
        self._people = people
        self._latest: Latest[Drawn] = Latest(context.jobs, self, self._take_drawn)
        self._ppi = 0.0
        self._asked = 0
        self._reset("")
        self.zoom: float | str = "width"  # how many of one, or "width" or "page"

    def _reset(self, person_id: str) -> None:
        self.person_id = person_id
        self.language = self.context.settings.language_of_sheets
        self.sides = Sides.BOTH.value
        self.page = 0
        self.sheet: Sheet | None = None
        self.drawn: Drawn | None = None
        self.problem = ""
        self.busy = False
        self._told = ""  # the assessment of which what cannot wait was said

    # --- what is shown ----------------------------------------------------------------------------------------------

    def open(self, person_id: str) -> None:
        """Show the sheet of a person as it would be printed now."""
        self._reset(person_id)
        self.printers.look()
        self._look()

    def choose_language(self, language: str) -> None:
        """Take a language for this sheet."""
        self.language = language
        self._look()

    def choose_sides(self, sides: str) -> None:
        """Take the side for the patient, that for the doctor, or both."""
        self.sides = sides
        self.page = 0
        self._look()

    @property
    def name(self) -> str:
        """Who it is about."""
        if self.sheet is None:
            return ""
        patient = self.sheet.assessment.patient
        return patient.name or patient.patient_id or ""

    @property
    def options(self) -> ReportOptions:
        """How the sheet is to come out."""
        return ReportOptions(self.language, Paper(self.context.settings.paper), Sides(self.sides))

    @property
    def count(self) -> int:
        """How many pages there are; 0 while nobody knows."""
        return len(self.drawn.pages) if self.drawn is not None and self.drawn.whole else 0

    @property
    def file_name(self) -> str:
        """A name for a file of it: its number, never the patient's name."""
        return f"{self.sheet.report.id}.pdf" if self.sheet is not None else ""

    def draw(self, ppi: float) -> None:
        """Draw the pages at this resolution, unless they are there already."""
        self._ppi = min(ppi, _MOST_PPI)
        sheet, drawn, wanted = self.sheet, self.drawn, self._ppi
        if sheet is None:
            return
        if drawn is None or drawn.report_id != sheet.report.id:
            self._latest.ask(lambda task: _draw_first(sheet, wanted))
        elif not drawn.whole or abs(drawn.ppi - wanted) >= 0.5:
            self._latest.ask(lambda task: _draw(sheet, wanted, drawn.grey if drawn.whole else None))
        else:
            self._latest.drop()

    def _look(self) -> None:
        self._asked += 1
        asked, person_id, options = self._asked, self.person_id, self.options
        self.problem = ""

        def done(sheet: Sheet) -> None:
            if asked == self._asked:
                self.sheet = sheet
                self.changed.emit()
                if self._ppi:
                    self.draw(self._ppi)

        def failed(error: EngineError) -> None:
            if asked == self._asked:
                self.problem = self.context.texts.error(error)
                self.changed.emit()

        self.context.on_store(self, lambda clinic: look_at_report(clinic, person_id, options), done, failed=failed)
        self.changed.emit()

    def _take_drawn(self, drawn: Drawn) -> None:
        if self.sheet is not None and drawn.report_id == self.sheet.report.id:
            self.drawn = drawn
            self.page = min(self.page, len(drawn.pages) - 1)
            self.drawn_changed.emit()
            if not drawn.whole:
                self.draw(self._ppi)

    # --- before it prints -------------------------------------------------------------------------------------------

    @property
    def checks(self) -> tuple[Check, ...]:
        """What is to be known before printing; every line was looked at, none is a promise."""
        if self.sheet is None:
            return ()
        return (*self._page_checks(), *self._number_checks(), *self._other_checks())

    def _page_checks(self) -> list[Check]:
        texts, drawn = self.context.texts, self.drawn
        if drawn is None or not drawn.whole or self.sheet is None or drawn.report_id != self.sheet.report.id:
            return []
        paper = texts(f"preview.paper.{self.context.settings.paper}")
        found = []
        for side in (Sides.PATIENT.value, Sides.CLINICIAN.value):
            pages = sum(page.side == side for page in drawn.pages)
            if pages == 1:
                found.append(Check("ok", texts(f"preview.fits.{side}", paper=paper)))
            elif pages:
                found.append(Check("warn", texts(f"preview.longer.{side}", pages=pages), texts("preview.longer.why")))
        if drawn.grey:
            found.append(Check("ok", texts("preview.grey"), texts("preview.grey_why")))
        return found

    def _number_checks(self) -> list[Check]:
        texts, sheet = self.context.texts, self.sheet
        if sheet is None:
            return []
        language = texts.language
        urgent = [Check("warn", texts("preview.urgent"), each[language]) for each in sheet.urgent]
        if sheet.lead is not None:
            found = [Check("ok", texts("preview.number"), texts("preview.number_by", tool=sheet.lead[language]))]
        else:
            found = [Check("warn", texts("preview.no_number"), texts("preview.no_number_why"))]
        for each in sheet.wanting:
            why = texts(f"preview.wanting.{each.code}", field=each.labels[language])
            found.append(Check("warn", why, texts("preview.wanted_by", tool=each.tool[language])))
        return [*urgent, *found]

    def _other_checks(self) -> list[Check]:
        texts, sheet = self.context.texts, self.sheet
        if sheet is None:
            return []
        day = texts.date(sheet.assessment.visit_date)
        found = [Check("info", texts("preview.visit", day=day), texts("preview.report_number", number=sheet.report.id))]
        if sheet.report.practice is not None:
            found.append(Check("info", texts("preview.practice"), texts("preview.practice_why")))
        return found

    # --- to paper ---------------------------------------------------------------------------------------------------

    def save(self, path: str) -> None:
        """Save the sheet as a PDF; as with printing, what cannot wait is said first."""
        if self.sheet is None or self.busy or self.tell_urgent():
            return

        def prepared(report: PreparedReport) -> None:
            def write(task: Task) -> None:
                save_pdf(report, Path(path))

            self.context.jobs.paper(self, write, lambda _: self._saved(path), self._failed)

        self._prepare(prepared)

    def print(self) -> None:
        """Print the sheet on the printer that is used; what cannot wait is said first and then asks no more."""
        if self.sheet is None or self.busy or self.tell_urgent():
            return

        def prepared(report: PreparedReport) -> None:
            self.printers.print_pages(
                lambda task: page_pngs(report.report, PRINT_PPI),
                self.context.settings.paper,
                report.report.document_title,
                lambda outcome: self._printed(report, outcome),
                self._failed,
                owner=self,
            )

        self._prepare(prepared)

    def tell_urgent(self) -> bool:
        """Say once what cannot wait on this sheet; return whether it was said just now."""
        sheet = self.sheet
        if sheet is None or not sheet.urgent or self._told == sheet.assessment.id:
            return False
        self._told = sheet.assessment.id
        words = (each[self.context.texts.language] for each in sheet.urgent)
        self.problem = self.context.texts("preview.urgent_first", words=" ".join(words))
        self.changed.emit()
        return True

    def ask_printer(self, parent: QWidget) -> None:
        """Show the system's dialog; the sheet is printed when a printer was chosen there."""
        self.printers.ask(parent, self.print)

    def _prepare(self, then: Callable[[PreparedReport], None]) -> None:
        person_id, options = self.person_id, self.options
        self.busy, self.problem = True, ""
        self.changed.emit()
        self.context.on_store(
            self, lambda clinic: prepare_report(clinic, person_id, options), then, failed=self._failed
        )

    def _saved(self, path: str) -> None:
        self.busy = False
        self.changed.emit()
        self.context.good_news.emit(self.context.texts("preview.saved", file=Path(path).name))

    def _printed(self, prepared: PreparedReport, outcome: PrintOutcome) -> None:
        self.busy = False
        texts = self.context.texts
        if outcome is PrintOutcome.PRINTED:
            self.context.on_store(self, lambda clinic: _note(clinic, prepared))
            self.context.good_news.emit(texts("preview.printed", count=prepared.pages, printer=self.printers.chosen))
        else:
            self.problem = texts(f"printing.hold.{outcome}")
            self.printers.look()
        self.changed.emit()

    def _failed(self, error: EngineError) -> None:
        self.busy = False
        self.problem = self.context.texts.error(error)
        self.changed.emit()


def _note(clinic: OpenClinic, prepared: PreparedReport) -> None:
    printed_now(clinic, prepared)


def _draw_first(sheet: Sheet, ppi: float) -> Drawn:
    """Draw what is looked at first: of both sides the patient's, so that it stands there sooner."""
    if sheet.report.sides is not Sides.BOTH:
        return _draw(sheet, ppi, None)
    pages = tuple(Page(Sides.PATIENT.value, read_png(png)) for png in page_pngs(sheet.report, ppi, Sides.PATIENT))
    return Drawn(sheet.report.id, ppi, pages, grey=False, whole=False)


def _draw(sheet: Sheet, ppi: float, grey: bool | None) -> Drawn:
    """Draw the pages; whether they are grey is looked at once, where ``grey`` does not tell it already."""
    report = sheet.report
    pngs = page_pngs(report, ppi)
    patients = _patients_pages(report, len(pngs))
    pages = []
    for number, png in enumerate(pngs):
        own = Sides.PATIENT if number < patients else Sides.CLINICIAN
        side = own if report.sides is Sides.BOTH else report.sides
        pages.append(Page(side.value, read_png(png)))
    seen = all(page.image.allGray() for page in pages) if grey is None else grey
    return Drawn(report.id, ppi, tuple(pages), seen)


def _patients_pages(report: Report, pages: int) -> int:
    """Return how many pages are the patient's. Each side has one at least, so of two pages nothing need be asked."""
    if report.sides is not Sides.BOTH or pages == 2:
        return 1
    return len(page_pngs(report, _FEW_PPI, Sides.PATIENT))
