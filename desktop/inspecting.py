"""Asks the store what stands behind a number and shows it beside that number; the same everywhere in the window."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from desktop.context import Context
from desktop.widgets.inspector import Inspector
from engine.workflows.inspect import Inspection, inspect
from engine.workflows.inspect_words import inspection_sections

_MOST_VISITS = 12  # of a field, the latest first; the command tells all


class Inspecting(QObject):
    """One number at a time. ``shown``: the one in view."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._context = context
        self.shown: Inspector | None = None

    def ask(self, person_id: str, fields: Sequence[str], near: QWidget) -> None:
        """Show what stands behind fields of a person, beside a widget."""
        wanted = tuple(fields)

        def done(found: list[Inspection]) -> None:
            if isValid(near):
                self._show(found, near)

        self._context.on_store(self, lambda clinic: [inspect(clinic, person_id, field) for field in wanted], done)

    def _show(self, found: Sequence[Inspection], near: QWidget) -> None:
        words = self._context.texts.wording
        sections = [part for one in found for part in inspection_sections(one, words, _MOST_VISITS)]
        made = Inspector(self._context.ui, sections, near)
        self.shown = made
        made.destroyed.connect(lambda: self._forget(made))
        made.show_beside(near)

    def _forget(self, gone: Inspector) -> None:
        if self.shown is gone:
            self.shown = None
