"""Training and adjusting: what runs, how far it is, and what came of it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from desktop.jobs import Job, Task
from desktop.studio.checking import Seen
from engine.domain.models import KeptModel
from engine.domain.recalibration import Recalibration
from engine.errors import EngineError
from engine.workflows.clinics import OpenClinic
from engine.workflows.recalibrate import accept_recalibration, recalibrate
from engine.workflows.studio import InHand, StudioModel, in_hand, studio_models
from engine.workflows.studio_table import titled
from engine.workflows.train_job import Trained, keep_draft, train

TRAINING, KEEPING, ADJUSTING = "train", "keep", "adjust"
Kept = tuple[OpenClinic, InHand, tuple[StudioModel, ...]]


class Fitting(QObject):
    """One run at a time."""

    changed = Signal()
    progressed = Signal(int, int)
    kept = Signal(object)  # ``Kept``: what was trained is a draft of the clinic

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._context = context
        self._job: Job[Trained] | None = None
        self.busy = ""
        self.problem = ""
        self.adjusted: Recalibration | None = None  # a look at the published tool, and what it would become
        self._taken: Recalibration | None = None

    def forget(self) -> None:
        """Let go of what came out; what was kept stays in the clinic."""
        self.stop()
        self.problem, self.adjusted = "", None

    def stop(self) -> None:
        """Stop training at the next model; nothing is left of it."""
        if self._job is not None:
            self._job.cancel()

    # --- training ---------------------------------------------------------------------------------------------------

    def train(self, seen: Seen, title: str) -> None:
        """Train on the rows of a look, and keep what comes out as a draft, called by its title where it has one."""
        if self.busy:
            return
        self.busy, self.problem, self.adjusted = TRAINING, "", None
        self.changed.emit()

        wish = titled(seen.wish, title)

        def work(task: Task) -> Trained:
            return train(seen.name, seen.cells, seen.sha256, wish, task.progress, task.cancel)

        self._job = self._context.jobs.train(
            self, work, self._trained, self._failed, self._stopped, self.progressed.emit
        )

    def _trained(self, found: Trained) -> None:
        self._job = None
        parts = found.parts
        if parts is None:
            self.busy, self.problem = "", self._context.texts("studio.fit.gate")
            self.changed.emit()
            return
        self.busy = KEEPING
        self.changed.emit()

        def work(clinic: OpenClinic) -> Kept:
            after, model = keep_draft(clinic, parts)
            return after, in_hand(after, _name(model)), studio_models(after)

        def done(told: Kept) -> None:
            self.busy = ""
            self.kept.emit(told)

        self._context.on_store(self, work, done, failed=self._failed)

    def _stopped(self) -> None:
        self.busy, self._job = "", None
        self.problem = self._context.texts("studio.fit.stopped")
        self.changed.emit()

    def _failed(self, error: EngineError) -> None:
        self.busy, self._job = "", None
        self.problem = self._context.texts.error(error)
        self.changed.emit()

    # --- adjusting --------------------------------------------------------------------------------------------------

    def adjust(self, seen: Seen, pack_id: str) -> None:
        """Hold a published tool of this outcome against what happened here; nothing is changed by looking."""
        record = seen.record
        if self.busy or record is None:
            return
        self.busy, self.problem = ADJUSTING, ""
        self.changed.emit()
        clinic = self._context.clinic

        def done(found: Recalibration) -> None:
            self.busy, self.adjusted = "", found
            self.changed.emit()

        self._context.jobs.learn(self, lambda task: recalibrate(clinic, pack_id, recorded=record), done, self._failed)

    def used(self, found: Recalibration) -> Callable[[OpenClinic], OpenClinic]:
        """Return what lets the adjusted tool speak, exactly as it was looked at."""

        def work(clinic: OpenClinic) -> OpenClinic:
            after, made = accept_recalibration(clinic, found)
            self._taken = made
            return after

        return work

    def take_used(self) -> None:
        """Show the look that was just taken into use."""
        self.adjusted = self._taken


def _name(model: KeptModel) -> str:
    return f"{model.ref.id}@{model.ref.version}"
