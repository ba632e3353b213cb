"""The first page: the models that are there, each with what comes next, and the question of a new one."""

from __future__ import annotations

from typing import ClassVar

from desktop.studio.model_list import ModelListCard
from desktop.studio.page import StudioPage


class OutcomePage(StudioPage):
    """What is there, and what is asked."""

    step: ClassVar[str] = "outcome"

    def show_state(self) -> None:
        """Show the models."""
        self.show_cards(ModelListCard(self.ui, self.presenter))
