"""What cannot wait, before any sheet leaves: the people are named first, and somebody says once that it was seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from desktop.jobs import Job, Task
from engine.errors import EngineError
from engine.workflows.batch import PEOPLE_AT_ONCE, find_urgent
from engine.workflows.urgent import UrgentPerson


class Urgent(QObject):
    """Looks through people for what cannot wait, and holds what was wanted until it was seen."""

    changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._context = context
        self._seen: set[str] = set()  # assessments; an altered record makes another one
        self._left: list[str] = []
        self._job: Job[tuple[UrgentPerson, ...]] | None = None
        self._then: Callable[[], None] = _nothing
        self.found: tuple[UrgentPerson, ...] = ()  # who is to be seen before anything goes on
        self.total = 0
        self.done = 0

    @property
    def looks(self) -> bool:
        """Whether people are being looked through."""
        return self._job is not None

    @property
    def holds(self) -> bool:
        """Whether something waits until it was seen."""
        return not self.looks and bool(self.found)

    def is_seen(self, found: UrgentPerson | None) -> bool:
        """Whether nothing keeps a person's sheet."""
        return found is None or found.assessment_id in self._seen

    def first(self, people: Sequence[str], then: Callable[[], None]) -> None:
        """Go on at once where nothing of these people is unseen, else when it was seen."""
        if self.looks:
            return
        self.found, self._then = (), then
        self._left, self.total, self.done = list(people), len(people), 0
        self._next()

    def hold(self, found: UrgentPerson, then: Callable[[], None]) -> None:
        """Hold something until what was just found of one person was seen."""
        self.found, self._then = (found,), then
        self.changed.emit()

    def seen(self) -> None:
        """Somebody has seen who is named: go on."""
        self._seen.update(each.assessment_id for each in self.found)
        self._go_on()

    def drop(self) -> None:
        """Give up what waited; it was not seen."""
        if self._job is not None:
            self._job.cancel()
        self._left, self.found, self._then = [], (), _nothing
        self.changed.emit()

    def _next(self) -> None:
        group, self._left = self._left[:PEOPLE_AT_ONCE], self._left[PEOPLE_AT_ONCE:]
        if not group:
            self._job = None
            if self.found:
                self.changed.emit()
            else:
                self._go_on()
            return
        clinic = self._context.clinic

        def work(task: Task) -> tuple[UrgentPerson, ...]:
            return find_urgent(clinic, group, task.cancel)

        def done(found: tuple[UrgentPerson, ...]) -> None:
            self.done += len(group)
            self.found += tuple(each for each in found if not self.is_seen(each))
            self._next()

        self._job = self._context.jobs.store(self, work, done, self._failed, self._stopped)
        self.changed.emit()

    def _go_on(self) -> None:
        then, self._then, self.found = self._then, _nothing, ()
        self.changed.emit()
        then()

    def _failed(self, error: EngineError) -> None:
        self._stopped()
        self._context.tell(error)

    def _stopped(self) -> None:
        self._job = None
        self.drop()


def _nothing() -> None:
    """Wait for nothing."""
