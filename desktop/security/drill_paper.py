"""Prints the report of the last drill on the printer that is chosen in the system's dialog."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop.context import Context
from desktop.jobs import Task
from desktop.printing import PRINT_PPI, Printers, PrintOutcome
from engine.domain.facts_page import FactsPage
from engine.domain.report import Paper
from engine.workflows.drill_sheet import drill_sheet, facts_images


class DrillPaper(QObject):
    """Made when somebody prints: looking for printers takes a while."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._context = context
        self._printers = Printers(context)

    def print(self, window: QWidget) -> None:
        """Ask for a printer, then print."""
        self._printers.ask(window, self.send)

    def send(self) -> None:
        """Print on the printer that is chosen."""
        settings = self._context.settings
        language, paper = settings.language_of_sheets, Paper(settings.paper)
        self._context.on_store(self, lambda clinic: drill_sheet(clinic, language, paper), self._print)

    def _print(self, page: FactsPage) -> None:
        def pages(task: Task) -> Sequence[bytes]:
            return facts_images(page, PRINT_PPI)

        title = self._context.texts("drill.title")
        self._printers.print_pages(pages, self._context.settings.paper, title, self._printed, owner=self)

    def _printed(self, outcome: PrintOutcome) -> None:
        text = self._context.texts(f"drill.printed.{outcome.value}")
        (self._context.good_news if outcome is PrintOutcome.PRINTED else self._context.problem).emit(text)
