"""Assessing many people: group by group, so that records open and risks move while it runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from time import monotonic

from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from desktop.jobs import Job, Task
from engine.errors import EngineError
from engine.workflows.batch import PEOPLE_AT_ONCE, GroupAssessed, NotAssessed, assess_group

_MOST_REASONS = 2


class Assessing(QObject):
    """One run over chosen people, and what came out of it."""

    changed = Signal()
    ended = Signal()  # in whatever way; what was assessed until then is kept

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._context = context
        self._left: list[str] = []
        self._job: Job[GroupAssessed] | None = None
        self._began = 0.0
        self.people: tuple[str, ...] = ()
        self.total = 0
        self.done = 0
        self.with_number = 0
        self.without: tuple[NotAssessed, ...] = ()
        self.seconds = 0
        self.stopped = False

    @property
    def runs(self) -> bool:
        """Whether people are being assessed."""
        return self._job is not None

    @property
    def finished(self) -> bool:
        """Whether there is something to tell."""
        return not self.runs and self.done > 0

    @property
    def seconds_left(self) -> int | None:
        """About how long it still takes; None until that can be told."""
        spent = monotonic() - self._began
        return round(spent / self.done * (self.total - self.done)) if self.runs and self.done else None

    def start(self, people: Sequence[str]) -> None:
        """Assess these people."""
        if self.runs or not people:
            return
        self.people, self._left = tuple(people), list(people)
        self.total, self.done, self.with_number, self.without = len(people), 0, 0, ()
        self.stopped = False
        self._began = monotonic()
        self._next()

    def stop(self) -> None:
        """Stop after the present group."""
        if self._job is not None:
            self.stopped = True
            self._left = []
            self._job.cancel()

    def reasons(self) -> list[tuple[str, int]]:
        """Return why people got no number, in words, the most frequent first; each person counts once."""
        texts = self._context.texts
        told = Counter(
            texts(f"batch.no_number.{why.code}", field=why.labels[texts.language])
            for why in (each.wanting[0] for each in self.without if each.wanting)
        )
        return told.most_common(_MOST_REASONS)

    def _next(self) -> None:
        group, self._left = self._left[:PEOPLE_AT_ONCE], self._left[PEOPLE_AT_ONCE:]
        clinic = self._context.clinic

        def work(task: Task) -> GroupAssessed:
            return assess_group(clinic, group, task.cancel)

        def done(found: GroupAssessed) -> None:
            self.done += len(group)
            self.with_number += found.with_number
            self.without += found.without
            if self._left:
                self._next()
            else:
                self._end()

        self._job = self._context.jobs.store(self, work, done, self._failed, self._end)
        self.changed.emit()

    def _failed(self, error: EngineError) -> None:
        self.stopped = True
        self._context.tell(error)
        self._end()

    def _end(self) -> None:
        self._job = None
        self.seconds = max(1, round(monotonic() - self._began))
        self.changed.emit()
        self.ended.emit()
