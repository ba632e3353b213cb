"""What the data allow: rows of the question in hand, looked at in a process of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from desktop.jobs import Job, Task
from desktop.studio.answers import PATIENTS, Answers, Said
from desktop.studio.asking import Asking
from engine.domain.studio import FollowUp, HeldBack
from engine.errors import EngineError
from engine.workflows.studio import Tool, tools_to_adjust
from engine.workflows.studio_rows import ClinicRecord, read_record, table_of_clinic
from engine.workflows.studio_suggest import suggested
from engine.workflows.train_job import Looked, TrainWish, look


@dataclass(frozen=True, slots=True)
class Seen:
    """A look: the answers it is of, the rows, what was asked of them and what was found.

    ``follow``, ``held_back``, ``record`` and ``tools`` (published ones that could be adjusted): of rows from the
    clinic's record alone. ``fewer``: predictors to try instead, where these are too many.
    """

    answers: Answers
    name: str
    cells: Mapping[str, Sequence[str]]
    sha256: str
    wish: TrainWish
    looked: Looked
    follow: FollowUp | None = None
    held_back: tuple[HeldBack, ...] = ()
    record: ClinicRecord | None = None
    tools: tuple[Tool, ...] = ()
    fewer: tuple[str, ...] = ()


class Checking(QObject):
    """The last look. Looking changes nothing."""

    changed = Signal()
    progressed = Signal(int, int)

    def __init__(self, context: Context, asking: Asking) -> None:
        super().__init__(context)
        self._context, self._asking = context, asking
        self._turn = 0  # what was asked before is not told any more
        self._job: Job[Seen] | None = None
        self.running = False
        self.seen: Seen | None = None
        self.problem = ""

    @property
    def fresh(self) -> bool:
        """Whether the last look is of the answers as they stand."""
        return self.seen is not None and looked_for(self.seen.answers) == looked_for(self._asking.answers)

    def start(self) -> bool:
        """Look, where the answers allow it; return whether they do."""
        said = self._asking.said()
        if said.problems:
            return False
        self.stop()
        self._turn += 1
        turn, answers = self._turn, self._asking.answers
        self.running, self.problem = True, ""
        self.changed.emit()
        if answers.source == PATIENTS:
            self._context.on_store(
                self,
                read_record,
                lambda record: self._look(turn, answers, said, record),
                failed=lambda error: self._failed(turn, error),
            )
        else:
            self._look(turn, answers, said, None)
        return True

    def stop(self) -> None:
        """Stop looking."""
        if self._job is not None:
            self._job.cancel()
        self._turn += 1
        self.running, self._job = False, None

    def forget(self) -> None:
        """Let the last look go."""
        self.stop()
        self.seen, self.problem = None, ""

    def _look(self, turn: int, answers: Answers, said: Said, record: ClinicRecord | None) -> None:
        if turn != self._turn or not self._context.has_clinic:
            return
        clinic, table = self._context.clinic, self._asking.table

        def work(task: Task) -> Seen:
            if record is not None and said.question is not None:
                made = table_of_clinic(clinic, said.question, record)  # the store is not touched
                asked = made.wish.existing is not None
                tools = tools_to_adjust(clinic, made.wish.record_outcome, record) if asked else ()
                task.cancel.check()
                wish = replace(made.wish, anyway=answers.anyway, existing=tools[0].id if tools else None)
                looked = look(made.cells, made.sha256, wish, task.progress, task.cancel)
                fewer = suggested(looked, made.wish.record_outcome, clinic.dictionary)
                whole = (made.follow, made.held_back, record, tools, fewer)
                return Seen(answers, said.name, made.cells, made.sha256, wish, looked, *whole)
            if table is None or said.wish is None:
                raise ValueError("a look is at a record or at a table")
            wish = replace(said.wish, anyway=answers.anyway)
            looked = look(table.cells, table.sha256, wish, task.progress, task.cancel)
            return Seen(answers, said.name, table.cells, table.sha256, wish, looked)

        def done(seen: Seen) -> None:
            if turn == self._turn:
                self.running, self.seen, self._job = False, seen, None
                self.changed.emit()

        self._job = self._context.jobs.learn(
            self, work, done, lambda error: self._failed(turn, error), progress=self.progressed.emit
        )

    def _failed(self, turn: int, error: EngineError) -> None:
        if turn == self._turn:
            self.running, self.seen, self._job = False, None, None
            self.problem = self._context.texts.error(error)
            self.changed.emit()


def looked_for(answers: Answers) -> Answers:
    """Return what of the answers a look depends on."""
    if answers.source == PATIENTS:
        blank = Answers()
        return replace(
            answers,
            file="",
            column="",
            positive="",
            time="",
            time_unit=blank.time_unit,
            within=blank.within,
            title="",
        )
    return replace(
        answers, group="", outcome="", limit="", falls=False, horizon="", first="", last="", off=(), title=""
    )
