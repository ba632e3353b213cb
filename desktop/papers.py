"""Pages that are made at the moment they are printed or saved: a card, a verdict. Nothing of them is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop.context import Context
from desktop.jobs import Task
from desktop.printing import PRINT_PPI, Printers, PrintOutcome
from desktop.widgets.file_dialog import file_dialog
from engine.domain.models import ModelLook
from engine.domain.report import Paper
from engine.workflows.clinics import OpenClinic
from engine.workflows.files import whole_file
from engine.workflows.model_card import card_images, card_in_clinic, typeset_card
from engine.workflows.verdict_paper import typeset_verdict, verdict_images, verdict_paper


@dataclass(frozen=True, slots=True)
class MadePaper:
    """A page that is ready to be set. ``images``: PNG, one a page, at so many pixels an inch."""

    title: str
    images: Callable[[float], Sequence[bytes]]
    pdf: Callable[[], bytes]


MakePaper = Callable[[OpenClinic, str, Paper], MadePaper]


def card_paper(name: str) -> MakePaper:
    """Return what makes the card of a trained pack: its id, or ``id@version`` of a model on any stage."""

    def make(clinic: OpenClinic, language: str, paper: Paper) -> MadePaper:
        card = card_in_clinic(clinic, name, language, paper)
        return MadePaper(card.document_title, lambda ppi: card_images(card, ppi), lambda: typeset_card(card))

    return make


def verdict_page(found: ModelLook) -> MakePaper:
    """Return what makes the page of a verdict that was just given."""

    def make(clinic: OpenClinic, language: str, paper: Paper) -> MadePaper:
        sheet = verdict_paper(clinic, found, language, paper)
        return MadePaper(sheet.document_title, lambda ppi: verdict_images(sheet, ppi), lambda: typeset_verdict(sheet))

    return make


class Papers(QObject):
    """Prints or saves what is made on the store's lane at that moment, in the language and size of the sheets."""

    def __init__(self, context: Context, printers: Printers) -> None:
        super().__init__(context)
        self._context = context
        self._printers = printers

    def print(self, window: QWidget, make: MakePaper) -> None:
        """Ask for a printer, then print."""
        self._printers.ask(window, lambda: self.send(make))

    def send(self, make: MakePaper) -> None:
        """Print on the printer that is chosen."""
        self._make(make, self._print)

    def ask_where(self, window: QWidget, make: MakePaper, name: str) -> None:
        """Ask where to save it as a PDF, then save it."""
        ui = self._context.ui
        dialog = file_dialog(window, ui, ui.texts("papers.save"), ui.texts("preview.pdf_files"), suffix="pdf")
        dialog.selectFile(f"{name}.pdf")
        dialog.fileSelected.connect(lambda path: self.save(make, Path(path)))
        dialog.open()

    def save(self, make: MakePaper, path: Path) -> None:
        """Save it as a PDF; the file is whole or not there."""

        def write(made: MadePaper) -> None:
            def work(task: Task) -> None:
                pdf = made.pdf()
                with whole_file(path) as file:
                    file.write(pdf)

            self._context.jobs.paper(self, work, lambda _: self._say_saved(path))

        self._make(make, write)

    def _make(self, make: MakePaper, done: Callable[[MadePaper], None]) -> None:
        settings = self._context.settings
        language, paper = settings.language_of_sheets, Paper(settings.paper)
        self._context.on_store(self, lambda clinic: make(clinic, language, paper), done)

    def _print(self, made: MadePaper) -> None:
        def pages(task: Task) -> Sequence[bytes]:
            return made.images(PRINT_PPI)

        self._printers.print_pages(pages, self._context.settings.paper, made.title, self._printed, owner=self)

    def _printed(self, outcome: PrintOutcome) -> None:
        text = self._context.texts(f"checkpoint.printed.{outcome.value}")
        (self._context.good_news if outcome is PrintOutcome.PRINTED else self._context.problem).emit(text)

    def _say_saved(self, path: Path) -> None:
        self._context.good_news.emit(self._context.texts("papers.saved", file=path.name))
