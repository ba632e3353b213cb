"""State of the look inside a network: which step, which person of its batch, which weight. In memory only."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from desktop.jobs import Job, Task
from desktop.studio.asking import Asking
from desktop.studio.checking import Seen
from desktop.studio.inside_numbers import Names, Teller
from engine.errors import EngineError
from engine.workflows.inside_run import Inside, Place, Step, places
from engine.workflows.studio import InHand
from engine.workflows.train_job import ModelKind, trace

_FIRST_PLACE = Place(0, 0, 0)


class LookingInside(QObject):
    """One run; its steps are worked out epoch by epoch, as they are looked at."""

    changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._context = context
        self._job: Job[Inside] | None = None
        self._turn = 0  # what was asked before is not told any more
        self._steps: tuple[int, tuple[Step, ...]] | None = None  # an epoch with its steps
        self.inside: Inside | None = None
        self.names = Names("")
        self.number = 0  # of the step, from 0
        self.person = 0  # in the batch
        self.place = _FIRST_PLACE
        self.as_digits = False
        self.problem = ""

    @property
    def running(self) -> bool:
        """Whether the run is being made again."""
        return self._job is not None

    @property
    def here(self) -> bool:
        """Whether there is something to look at: a run, one that is being made, or why there is none."""
        return self.running or self.inside is not None or bool(self.problem)

    def start(self, work: Callable[[Task], Inside], names: Names) -> None:
        """Make a run again, beside the window, and look at its first step."""
        self.forget()
        self.names = names
        turn = self._turn

        def done(inside: Inside) -> None:
            if turn == self._turn:
                self._job, self.inside = None, inside
                self.changed.emit()

        def failed(error: EngineError) -> None:
            if turn == self._turn:
                self._job, self.problem = None, self._context.texts.error(error)
                self.changed.emit()

        def stopped() -> None:
            if turn == self._turn:
                self._job = None
                self.changed.emit()

        self._job = self._context.jobs.learn(self, work, done, failed, stopped)
        self.changed.emit()

    def start_of(self, seen: Seen, asking: Asking) -> None:
        """Make the run of the rows of a look again, in a process of its own; one that is here already is kept."""
        if self.inside is not None or self.running:
            return
        names = names_of(seen, asking, self._context.texts.language)
        self.start(lambda task: trace(seen.cells, seen.sha256, seen.wish, task.cancel), names)

    def stop(self) -> None:
        """Stop making the run."""
        if self._job is not None:
            self._job.cancel()

    def forget(self) -> None:
        """Let the run go, with the values of people that it holds."""
        self.stop()
        self._turn += 1
        self._job = None
        self.inside = self._steps = None
        self.number = self.person = 0
        self.place, self.problem, self.as_digits = _FIRST_PLACE, "", False

    def show(self, inside: Inside, names: Names) -> None:
        """Look at the first step of a run that is here already."""
        self.forget()
        self.inside, self.names = inside, names
        self.changed.emit()

    # --- where one is -----------------------------------------------------------------------------------------------

    @property
    def steps(self) -> int:
        """How many steps the run has."""
        return 0 if self.inside is None else self.inside.epochs_run * self.inside.steps_an_epoch

    @property
    def epoch(self) -> int:
        """The epoch of the step, from 0."""
        return 0 if self.inside is None else self.number // self.inside.steps_an_epoch

    @property
    def batch(self) -> int:
        """Which batch of its epoch the step takes, from 0."""
        return 0 if self.inside is None else self.number % self.inside.steps_an_epoch

    @property
    def step(self) -> Step | None:
        """The step that is looked at; None while there is none to look at."""
        if self.inside is None or not self.inside.drawable:
            return None
        if self._steps is None or self._steps[0] != self.epoch:
            self._steps = (self.epoch, self.inside.steps(self.epoch))
        return self._steps[1][self.batch]

    def teller(self) -> Teller | None:
        """Return what tells the numbers of the run."""
        return None if self.inside is None else Teller(self._context.texts, self.inside, self.names)

    # --- going ------------------------------------------------------------------------------------------------------

    def go(self, number: int) -> None:
        """Go to a step, or to the first or last where there is none of this number."""
        number = min(max(number, 0), max(0, self.steps - 1))
        if number == self.number:
            return
        self.number = number
        step = self.step
        if step is not None:
            self.person = min(self.person, len(step.rows) - 1)
        self.changed.emit()

    def go_epoch(self, epoch: int) -> None:
        """Go to the first step of an epoch, counted from 0; back to the one it is in where that is meant."""
        if self.inside is not None and epoch != self.epoch:
            self.go(min(max(epoch, 0), self.inside.epochs_run - 1) * self.inside.steps_an_epoch)

    def choose_person(self, at: int) -> None:
        """Show another person of the batch."""
        step = self.step
        if step is not None and 0 <= at < len(step.rows) and at != self.person:
            self.person = at
            self.changed.emit()

    def choose_place(self, place: Place) -> None:
        """Show another weight."""
        if place != self.place:
            self.place = place
            self.changed.emit()

    def move_place(self, by: int) -> None:
        """Show the weight before or after."""
        if self.inside is not None:
            every = places(self.inside)
            self.choose_place(every[(every.index(self.place) + by) % len(every)])

    def turn_digits(self) -> None:
        """Show all digits, or the picture again."""
        self.as_digits = not self.as_digits
        self.changed.emit()


def made_of(seen: Seen | None, held: InHand | None) -> bool:
    """Return whether a model is a network that was made of these rows, as they were asked for."""
    training = None if held is None else held.training
    if seen is None or training is None or training.kind != ModelKind.NETWORK:
        return False
    textbook = training.settings["preset"] == "textbook"
    made = (training.people.table_sha256, training.outcome, training.seed, textbook)
    return made == (seen.sha256, seen.wish.outcome, seen.wish.seed, seen.wish.textbook)


def names_of(seen: Seen, asking: Asking, language: str) -> Names:
    """Return how the columns of a look are called: by the dictionary where they are of the clinic's record."""
    if seen.record is None:
        return Names(seen.wish.outcome)
    chosen = asking.chosen
    return Names(
        outcome=seen.wish.outcome if chosen is None else chosen.label[language],
        of_table=False,
        labels={each.field: each.label[language] for each in asking.predictors},
        units={each.field: each.unit for each in asking.predictors if each.unit},
    )
