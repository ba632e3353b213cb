"""Asks the store what stands behind a number and shows it beside that number; the same everywhere in the window."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QRect
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from desktop.context import Context
from desktop.widgets.inspector import Inspector
from engine.workflows.clinics import OpenClinic
from engine.workflows.inspect import Found, inspect_subject
from engine.workflows.inspect_more_words import found_sections

_MOST_VISITS = 12  # of a field, the latest first; the command tells all

Subject = str | tuple[str, str]  # a field, a list, "risk" ...; with the id of the one that is meant


class Inspecting(QObject):
    """One number at a time. ``shown``: the one in view."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._context = context
        self._turn = 0
        self.shown: Inspector | None = None

    def ask(
        self,
        person_id: str,
        subjects: Sequence[Subject],
        near: QWidget,
        place: QRect | None = None,
        *,
        most: int = _MOST_VISITS,
        note: bool = False,
    ) -> None:
        """Show what stands behind something of a person, beside a widget or a place in it.

        ``most``: readings of a field that are told; ``note``: whether the log is to have it, where no record is open.
        """
        wanted = tuple((one, None) if isinstance(one, str) else one for one in subjects)
        self._turn += 1
        turn = self._turn

        def work(clinic: OpenClinic) -> list[Found]:
            first = note
            found = []
            for subject, one in wanted:
                found.append(inspect_subject(clinic, person_id, subject, one, note=first))
                first = False
            return found

        def done(found: list[Found]) -> None:
            if turn == self._turn:
                self.tell(found, near, place, most=most)

        self._context.on_store(self, work, done)

    def drop(self) -> None:
        """Answer no more what was asked."""
        self._turn += 1

    def tell(
        self, found: Sequence[Found], near: QWidget, place: QRect | None = None, *, most: int = _MOST_VISITS
    ) -> None:
        """Show what is known already."""
        if not isValid(near) or not near.isVisible():
            return
        words = self._context.texts.wording
        sections = [part for one in found for part in found_sections(one, words, most)]
        made = Inspector(self._context.ui, sections, near)
        self.shown = made
        made.destroyed.connect(lambda: self._forget(made))
        made.show_beside(near, place)

    def _forget(self, gone: Inspector) -> None:
        if self.shown is gone:
            self.shown = None
