"""What free answers need to know: who is in the clinic, and what day is meant."""

from __future__ import annotations

from desktop.context import Context
from desktop.intake.words import read_day
from desktop.people import People
from engine.workflows.panel import PanelRow

_MOST_FOUND = 6


class Lookups:
    """Looks things up for a box that is being filled; keeps nothing."""

    def __init__(self, context: Context, people: People) -> None:
        self._context = context
        self._people = people

    def find_people(self, query: str) -> list[tuple[str, str]]:
        """Return number and name of people with a number, best match first."""
        found = self._people.find(query, 4 * _MOST_FOUND)
        return [(each.patient_id, each.name or "") for each in found if each.patient_id][:_MOST_FOUND]

    def find_anybody(self, query: str) -> list[PanelRow]:
        """Return people, with a number or without, best match first."""
        return self._people.find(query, _MOST_FOUND)

    def read_day(self, text: str) -> str | None:
        """Return a typed day as the engine writes it; None when it is none or lies ahead."""
        return read_day(text, self._context.clock)

    def today(self) -> str:
        """Return today as it can be typed."""
        return self._context.clock.today().isoformat()
