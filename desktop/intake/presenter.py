"""The state of an import: one file, read once; what it asks and what was answered; checked, then stored or dropped.

Nothing of it is kept anywhere until the last step. The file is read on the computing lane; everything that looks at
the clinic runs on the store's lane. A result that is older than the last answer is dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal

from desktop.context import Context
from desktop.intake.about import column_name, counted_in, sheet_of
from desktop.intake.causes import Cause
from desktop.intake.history import ImportHistory
from desktop.intake.lookups import Lookups
from desktop.intake.many_files import ManyFiles
from desktop.intake.newest import Endings, Lane, Newest
from desktop.intake.other_causes import every_cause
from desktop.intake.questions_in_hand import QuestionsInHand
from desktop.intake.whose_desk import WhoseDesk
from desktop.jobs import Task
from desktop.people import People
from desktop.watching import FolderWatch
from engine.errors import EngineError
from engine.intake.questions import LEAVE_OUT, AnswerValue, QuestionKind
from engine.workflows.import_any import AnyFile, import_read, look_at, open_file
from engine.workflows.import_files import ImportRequest, ReadFile
from engine.workflows.import_maps import Recalled
from engine.workflows.import_outcome import FileOutcome

STEPS = ("file", "columns", "check", "done")
WAITING, MANY, FOUND = "waiting", "many", "found"
READING, LOOKING, CHECKING, STORING = "reading", "looking", "checking", "storing"


class ImportPresenter(QuestionsInHand):
    """What the pages of an import show and ask for."""

    changed = Signal()
    progressed = Signal(int, int)  # so many of so many; of what, ``busy`` tells
    stored = Signal()
    file_stored = Signal(object)  # its path
    patients_asked = Signal()
    batch_asked = Signal()
    badge = Signal(str)

    def __init__(self, context: Context, people: People, watch: FolderWatch | None = None) -> None:
        super().__init__(context)
        self.lookups = Lookups(context, people)
        self.whose = WhoseDesk(context, self.answer)
        self.many = ManyFiles(context)
        self.watch = watch or FolderWatch(context)
        self.file_stored.connect(self.many.was_stored)
        self.file_stored.connect(self.watch.was_stored)
        self._newest = Newest()
        self.history = ImportHistory(context)
        self.history.undoing.undone.connect(self.stored)
        self._forget()

    def _forget(self) -> None:
        """Begin without a file; what still runs is told to nobody."""
        self._newest.drop()
        self.step = STEPS[0]
        self.busy = ""
        self.file_name = ""
        self._forget_questions()
        self.cause = ""
        self._causes: tuple[str, tuple[Cause, ...]] = ("", ())
        self._refused = ""  # the detail of a file that is not read
        self._read: AnyFile | None = None
        self._good_answers: dict[str, AnswerValue] = {}
        self.whose.forget()

    # --- what the pages ask --------------------------------------------------------------------------------------

    @property
    def runs(self) -> bool:
        """Whether something long runs."""
        return bool(self.busy)

    @property
    def refusal(self) -> str:
        """Why the file chosen last is not read, and what to do; empty when it is."""
        return self._context.texts.wording.say(f"intake.rejected.{self._refused}") if self._refused else ""

    @property
    def has_file(self) -> bool:
        """Whether a file was read and waits to be stored."""
        return self._read is not None and self.outcome is not None and not self.outcome.stored

    @property
    def page(self) -> str:
        """The page of the present step: what is no table has no columns."""
        return FOUND if self.step == STEPS[1] and counted_in(self.outcome) != "rows" else self.step

    @property
    def causes(self) -> tuple[Cause, ...]:
        """What is not simply stored of the file that was checked, by cause, in the language of the window."""
        language, causes = self._causes
        if language != self._context.texts.language and self.outcome is not None:
            causes = every_cause(self.outcome, self._context.texts)
            self._causes = (self._context.texts.language, causes)
        return causes

    @property
    def storable(self) -> int:
        """How many rows would be stored."""
        counts = self.outcome.counts if self.outcome is not None else None
        return 0 if counts is None else counts.rows_read - counts.rows_parked - counts.rows_rejected

    @property
    def can_store(self) -> bool:
        """Whether storing is offered: nothing is open, and every row read is accounted for exactly once."""
        return self.outcome is not None and not self.open_questions and self.outcome.counts.reconciles()

    # --- a file --------------------------------------------------------------------------------------------------

    def choose(self, *paths: Path, listed: bool = False) -> None:
        """Take a file and read it; a folder, or several files, are listed first."""
        self.cancel()
        if listed or len(paths) > 1 or paths[0].is_dir():
            self.many.take(paths)
            self.show_many()
            return
        self.file_name = paths[0].name.encode("utf-8", "replace").decode("utf-8")
        self._start_reading(paths[0], None)

    def show_many(self) -> None:
        """Show the list of several files."""
        self.step = MANY
        self.changed.emit()

    def import_many(self) -> None:
        """Store every file of the list that leaves nothing open."""
        self._begin(MANY, self._context.jobs.store, self.many.work(self._context.clinic), lambda _: self._took_in())

    def _start_reading(self, path: Path, sheet: str | None) -> None:
        def work(task: Task) -> AnyFile | FileOutcome:
            return open_file(path, sheet, task.progress, task.cancel)

        self._begin(READING, self._context.jobs.compute, work, self._take_file)

    def _take_file(self, found: AnyFile | FileOutcome) -> None:
        if isinstance(found, FileOutcome):
            self._refuse(found)
            return
        self._read = found
        self._look()

    def _refuse(self, outcome: FileOutcome) -> None:
        name = self.file_name
        self._forget()
        self.file_name = name
        self._refused = outcome.reject_detail or ""
        self.changed.emit()

    # --- columns and questions -----------------------------------------------------------------------------------

    def answer(self, value: AnswerValue) -> None:
        """Answer the present question, and go to the next open one."""
        found = self._question(self.question_id)
        if found is None or self._read is None:
            return
        self.answers = {**self.answers, found.id: value}
        if found.kind is QuestionKind.SHEET and value != sheet_of(self._read):
            self.answers = {QuestionKind.SHEET.value: value}  # another sheet is another table
            self._start_reading(self._read.path, str(value))
            return
        self._look(move=True)

    @property
    def recalled(self) -> Recalled | None:
        """What was answered for the last file of this shape and holds for this one too; None where nothing was."""
        return None if self.outcome is None else self.outcome.recalled

    def use_map(self) -> None:
        """Take over what was answered for the last file of this shape; questions that were answered stay so."""
        if self.recalled is not None:
            self.answers = {**self.recalled.answers, **self.answers}
            self._look(move=True)

    def take_for(self, at: int, target: str) -> None:
        """Take a column for something else; an empty target leaves it out. Its other answers are dropped."""
        name = column_name(self.outcome, at)
        kept = {key: value for key, value in self.answers.items() if key.partition(":")[2] != name}
        self.answers = {**kept, f"map:{name}": target or LEAVE_OUT}
        self.column = at
        self._look()

    def _look(self, *, move: bool = False) -> None:
        read, clinic = self._read, self._context.clinic
        if read is None:
            return
        request = ImportRequest(answers=dict(self.answers), other_answers=True)

        def work(task: Task) -> FileOutcome:
            return look_at(clinic, read, request, task.cancel)

        self._begin(LOOKING, self._context.jobs.store, work, lambda outcome: self._take_look(outcome, move=move))

    def _take_look(self, outcome: FileOutcome, *, move: bool) -> None:
        if outcome.rejected:
            self._refuse(outcome)
            return
        self.outcome = outcome
        self._good_answers = dict(self.answers)
        if self.step == STEPS[0]:
            self.step = STEPS[1]
        known = {question.id for question in outcome.questions}
        if (move and self.open_questions) or self.question_id not in known:
            first = (self.open_questions or outcome.questions)[:1]
            self.question_id = ""
            for question in first:
                self.show_question(question)
        self.changed.emit()

    # --- check and store -----------------------------------------------------------------------------------------

    def check(self) -> None:
        """Try the file on the clinic without storing it; with open questions, go to the first of them instead."""
        if self.open_questions:
            self.next_question()
            return
        self._import(CHECKING, self._take_check, dry_run=True)

    def store(self) -> None:
        """Store every row that is not parked."""
        if self.can_store:
            self._import(STORING, self._take_stored, dry_run=False)

    def _import(
        self, busy: str, done: Callable[[tuple[FileOutcome, tuple[Cause, ...]]], None], *, dry_run: bool
    ) -> None:
        read, clinic = self._read, self._context.clinic
        if read is None or self.outcome is None:
            return
        unused = set(self.outcome.unused_answers)
        answers = {key: value for key, value in self.answers.items() if key not in unused}
        request = ImportRequest(answers=answers, dry_run=dry_run, other_answers=not isinstance(read, ReadFile))
        texts = self._context.texts

        def work(task: Task) -> tuple[FileOutcome, tuple[Cause, ...]]:
            outcome = import_read(clinic, read, request, task.progress, task.cancel)
            return outcome, every_cause(outcome, texts) if dry_run else ()

        self._begin(busy, self._context.jobs.store, work, done)

    def _take_check(self, found: tuple[FileOutcome, tuple[Cause, ...]]) -> None:
        self.outcome, causes = found
        self._causes = (self._context.texts.language, causes)
        self.step = STEPS[2]
        self.cause = ""
        self.changed.emit()

    def _take_stored(self, found: tuple[FileOutcome, tuple[Cause, ...]]) -> None:
        self.outcome, _ = found
        self.step = STEPS[3]
        if self._read is not None:
            self.file_stored.emit(self._read.path)
        self._read = None
        self._took_in()

    def _took_in(self) -> None:
        self.changed.emit()
        self.history.load()
        self.stored.emit()

    # --- ways --------------------------------------------------------------------------------------------------

    def back(self) -> None:
        """Go a step back; what was answered stays."""
        if self.busy:
            self.stop()
        elif self.step in {WAITING, MANY}:
            self.step = STEPS[3] if self.outcome is not None and self.outcome.stored else STEPS[0]
            self.changed.emit()
        elif self.step in STEPS[1:3]:
            self.step = STEPS[STEPS.index(self.step) - 1]
            self.changed.emit()

    def go_on(self) -> None:
        """Go from the first step back to the file that was read."""
        if self.has_file:
            self.step = STEPS[1]
            self.changed.emit()

    def stop(self) -> None:
        """Stop what runs at its next safe place; nothing of it is kept."""
        self._newest.stop()

    def cancel(self) -> None:
        """Drop the file; nothing of it is kept."""
        self.stop()
        self._forget()
        self.badge.emit("")
        self.changed.emit()

    def show_waiting(self) -> None:
        """Show the rows that wait."""
        self.step = WAITING
        self.changed.emit()

    # --- work beside the window ----------------------------------------------------------------------------------

    def _begin(self, busy: str, lane: Lane, work: Callable[[Task], Any], done: Callable[[Any], None]) -> None:
        """Start work instead of what still runs."""

        def ended(result: Any) -> None:
            self._end()
            done(result)

        self.busy = busy
        self._newest.start(self, lane, work, Endings(ended, self._failed, self._stopped, self._hear))
        self.badge.emit("…" if busy != LOOKING else "")
        self.changed.emit()

    def _end(self) -> None:
        self.busy = ""
        self.badge.emit("")

    def _failed(self, error: EngineError) -> None:
        self._stopped()
        self._context.tell(error)

    def _stopped(self) -> None:
        """Take back what was not carried out: the last answers, or a file that was not read."""
        first = self.outcome is None and self.step != MANY
        self._end()
        if first:
            self._forget()
        elif self._read is not None:
            self.answers = dict(self._good_answers)
        self.changed.emit()

    def _hear(self, done: int, total: int) -> None:
        if total > 0:
            self.badge.emit(f"{100 * done // total}%")
        self.progressed.emit(done, total)
