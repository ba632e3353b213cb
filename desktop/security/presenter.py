"""State of the page of security: how the clinic stands, and which panel is open over its cards."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop.context import Context
from desktop.emergency import EmergencyDesk
from desktop.log.desk import LogDesk
from desktop.printing import Printers
from desktop.security.backups import Backups
from desktop.security.drilling import Drilling
from desktop.security.facts_paper import FactsPaper, MakePage
from desktop.security.people_desk import PeopleDesk
from desktop.security.restoring import Restoring
from desktop.security.reviews_desk import ReviewsDesk
from engine.workflows.checkpoints import checkpoint_sheet
from engine.workflows.drill_sheet import drill_sheet
from engine.workflows.security import BackupStanding, SecurityOverview, security_overview
from engine.workflows.users import Permission, may


class SecurityPresenter(QObject):
    """State of the page. Each card has a presenter of its own."""

    changed = Signal()
    panel_changed = Signal()
    other_clinic_asked = Signal(object)  # the folder of a clinic that was restored
    own_passphrase_asked = Signal()  # who is here wants another passphrase: the settings do that

    def __init__(self, context: Context, printers: Printers, emergency: EmergencyDesk) -> None:
        super().__init__(context)
        self.context, self.printers, self.emergency = context, printers, emergency
        self.people = PeopleDesk(context)
        self.log = LogDesk(context)
        self.reviews = ReviewsDesk(context)
        self.reviews.changed.connect(self._reviews_changed)
        self.overview: SecurityOverview | None = None
        self.panel = ""  # the panel that is open in the place of the cards; empty: none
        self.backups = Backups(context)
        self._paper = FactsPaper(context, printers)
        self.drilling = Drilling(context, self.backups)
        self._followed: BackupStanding | None = None
        self.backups.changed.connect(self._backups_changed)
        self.restoring = Restoring(context)
        self.restoring.left.connect(self.close_panel)
        self.restoring.open_asked.connect(self.other_clinic_asked)
        self.control = ""  # what was used last; it has the focus again when the cards come back

    def look(self, *, again: bool = False) -> None:
        """Look anew at how the clinic stands; ``again``: the page is in front already."""
        if self.context.has_clinic:
            self.people.look()
            self.reviews.look()
            self.log.look(again=again)
            self.context.on_store(self, security_overview, self._take)

    def may(self, permission: Permission) -> bool:
        """Whether who is here may do something: for what is offered, never for what is done."""
        return self.context.has_clinic and may(self.context.clinic, permission)

    def open_panel(self, code: str, control: str = "") -> None:
        """Show a panel in the place of the cards."""
        self.panel, self.control = code, control
        self.panel_changed.emit()

    def open_restore(self) -> None:
        """Show the page of a restore, with the backups of this clinic as far as their folder is known."""
        self.restoring.begin(self.backups.folder)
        self.open_panel("restore", "restore")

    def open_drill(self) -> None:
        """Show the panel of a restore drill; one that runs goes on there."""
        if not self.drilling.runs:
            self.drilling.begin()
        self.open_panel("drill", "drill")

    def print_drill(self, window: QWidget) -> None:
        """Print the report of the last drill."""
        self._print(window, drill_sheet)

    def print_checkpoint(self, window: QWidget) -> None:
        """Print the checkpoint of now."""
        self._print(window, checkpoint_sheet)

    def _print(self, window: QWidget, make: MakePage) -> None:
        self._paper.print(window, make)

    def close_panel(self) -> None:
        """Show the cards again, as they are now."""
        self.panel = ""
        self.panel_changed.emit()
        self.look(again=True)

    def _backups_changed(self) -> None:
        """Let the head of the page follow what became of a backup or a drill."""
        found = self.backups.overview
        if found is not None and found.standing != self._followed and self.context.has_clinic:
            self._followed = found.standing
            self.context.on_store(self, security_overview, self._take)

    def _reviews_changed(self) -> None:
        """Let the head of the page follow when somebody has looked at how the anchor was found."""
        waiting = {each.id for each in self.reviews.waiting}
        told = () if self.overview is None else self.overview.unseen
        if self.context.has_clinic and any(each.id not in waiting for each in told):
            self.context.on_store(self, security_overview, self._take)

    def _take(self, overview: SecurityOverview) -> None:
        self.overview = overview
        self.changed.emit()
