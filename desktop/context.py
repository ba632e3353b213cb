"""What the screens share: the look, the words, the lanes, the settings, and the clinic once it is open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.i18n import Texts
from desktop.jobs import Jobs, Task
from desktop.paths import Paths
from desktop.settings import Settings, SettingsFile
from desktop.singletons import keep_alive
from desktop.theme import Theme
from desktop.widgets.ui import Ui
from engine.domain.ports import Clock
from engine.errors import BugError, EngineError

if TYPE_CHECKING:
    from engine.workflows.clinics import OpenClinic

_AFTER_THE_FIRST_PAGE_MS = 100


class Context(QObject):
    """Handed to every presenter. Holds no patient."""

    settings_changed = Signal(object)  # the names of what changed
    clinic_changed = Signal()  # its name, country or packs; never a patient
    problem = Signal(str)  # a sentence for the strip at the foot of the window
    good_news = Signal(str)  # a sentence for the toast: only what just worked

    def __init__(self, paths: Paths, settings_file: SettingsFile, clock: Clock) -> None:
        super().__init__()
        self.paths = paths
        self.clock = clock
        self.jobs = Jobs(self)
        self.jobs.on_failed = self.tell
        self._file = settings_file
        self.settings = settings_file.load()
        self.texts = Texts(self.settings.language)
        self.ui = self._make_ui()
        self._clinic: OpenClinic | None = None
        QTimer.singleShot(_AFTER_THE_FIRST_PAGE_MS, keep_alive)

    @property
    def clinic(self) -> OpenClinic:
        """The open clinic; its vault may be touched on the store's lane only."""
        if self._clinic is None:
            raise BugError("no_clinic_open")
        return self._clinic

    @property
    def has_clinic(self) -> bool:
        """Whether a clinic is open."""
        return self._clinic is not None

    def take_clinic(self, clinic: OpenClinic) -> None:
        """Take an opened clinic, or the same one with changed settings."""
        self._clinic = clinic
        self.clinic_changed.emit()

    def let_go(self) -> OpenClinic | None:
        """Give the clinic away to be closed."""
        clinic, self._clinic = self._clinic, None
        return clinic

    def change(self, **chosen: Any) -> None:
        """Change settings of the window and keep them; what cannot be kept holds until the window is closed."""
        before = self.settings
        self.settings = replace(before, **chosen)
        changed = frozenset(name for name in chosen if getattr(before, name) != getattr(self.settings, name))
        if not changed:
            return
        try:
            self._file.save(self.settings)
        except OSError:
            self.problem.emit(self.texts("problem.settings_not_kept"))
        if changed & {"language", "look", "text_size", "tight_rows"}:
            self.texts = Texts(self.settings.language)
            self.ui = self._make_ui()
        self.settings_changed.emit(changed)

    def take_settings(self, settings: Settings) -> None:
        """Take settings that were read from the file anew."""
        changed = frozenset(
            name for name in Settings.__slots__ if getattr(settings, name) != getattr(self.settings, name)
        )
        if not changed:
            return
        self.settings = settings
        self.texts = Texts(settings.language)
        self.ui = self._make_ui()
        self.settings_changed.emit(changed)

    def refresh_look(self) -> None:
        """Take the system's look anew."""
        self.ui = self._make_ui()
        self.settings_changed.emit(frozenset({"look"}))

    def tell(self, error: EngineError) -> None:
        """Say what went wrong at the foot of the window, in the words of the command."""
        self.problem.emit(self.texts.error(error))

    def on_store(
        self,
        owner: QObject,
        work: Callable[[OpenClinic], Any],
        done: Callable[[Any], None] = lambda _: None,
        **more: Any,
    ) -> None:
        """Run something short with the open clinic on the store's lane."""
        clinic = self.clinic

        def run(task: Task) -> Any:
            return work(clinic)

        self.jobs.store(owner, run, done, **more)

    def _make_ui(self) -> Ui:
        settings: Settings = self.settings
        return Ui(Theme.chosen(settings.look, settings.text_size, settings.language), self.texts)
