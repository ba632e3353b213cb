"""Prints a page of facts, of a drill or a checkpoint, on the printer that is chosen in the system's dialog."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop.context import Context
from desktop.jobs import Task
from desktop.printing import PRINT_PPI, Printers, PrintOutcome
from engine.domain.document import Document
from engine.domain.report import Paper
from engine.workflows.checkpoints import document_images
from engine.workflows.clinics import OpenClinic

MakePage = Callable[[OpenClinic, str, Paper], Document]


class FactsPaper(QObject):
    """Prints what is made on the store's lane at that moment."""

    def __init__(self, context: Context, printers: Printers) -> None:
        super().__init__(context)
        self._context = context
        self._printers = printers

    def print(self, window: QWidget, make: MakePage) -> None:
        """Ask for a printer, then print."""
        self._printers.ask(window, lambda: self.send(make))

    def send(self, make: MakePage) -> None:
        """Print on the printer that is chosen."""
        settings = self._context.settings
        language, paper = settings.language_of_sheets, Paper(settings.paper)
        self._context.on_store(self, lambda clinic: make(clinic, language, paper), self._print)

    def _print(self, page: Document) -> None:
        def pages(task: Task) -> Sequence[bytes]:
            return document_images(page, PRINT_PPI)

        paper = self._context.settings.paper
        self._printers.print_pages(pages, paper, page.document_title, self._printed, owner=self)

    def _printed(self, outcome: PrintOutcome) -> None:
        text = self._context.texts(f"checkpoint.printed.{outcome.value}")
        (self._context.good_news if outcome is PrintOutcome.PRINTED else self._context.problem).emit(text)
