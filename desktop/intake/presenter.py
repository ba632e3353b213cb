"""The state of an import: one file, read once; what it asks and what was answered; checked, then stored or dropped.

Nothing of it is kept anywhere until the last step. The file is read on the computing lane; everything that looks at
the clinic runs on the store's lane. A result that is older than the last answer is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from desktop.intake.asking import Asked, asked_of
from desktop.intake.causes import Cause, causes_of
from desktop.intake.history import ImportHistory
from desktop.intake.lookups import Lookups
from desktop.intake.newest import Endings, Lane, Newest
from desktop.jobs import Task
from desktop.people import People
from engine.errors import EngineError
from engine.intake.field_columns import ColumnMap
from engine.intake.questions import LEAVE_OUT, AnswerValue, Question, QuestionKind
from engine.workflows.import_files import (
    FileOutcome,
    ImportRequest,
    ReadFile,
    import_read_file,
    look_at_import,
    read_import,
)
from engine.workflows.import_maps import Recalled

STEPS = ("file", "columns", "check", "done")
WAITING = "waiting"
READING, LOOKING, CHECKING, STORING = "reading", "looking", "checking", "storing"


class ImportPresenter(QObject):
    """What the pages of an import show and ask for."""

    changed = Signal()
    progressed = Signal(int, int)  # so many of so many; of what, ``busy`` tells
    question_changed = Signal()  # another question or column is the present one
    stored = Signal()
    patients_asked = Signal()
    batch_asked = Signal()
    badge = Signal(str)

    def __init__(self, context: Context, people: People) -> None:
        super().__init__(context)
        self._context = context
        self.lookups = Lookups(context, people)
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
        self.outcome: FileOutcome | None = None
        self.answers: dict[str, AnswerValue] = {}
        self.column = 0
        self.question_id = ""
        self.cause = ""
        self._causes: tuple[str, tuple[Cause, ...]] = ("", ())
        self._refused = ""  # the detail of a file that is not read
        self._read: ReadFile | None = None
        self._good_answers: dict[str, AnswerValue] = {}

    # --- what the pages ask --------------------------------------------------------------------------------------

    @property
    def runs(self) -> bool:
        """Whether something long runs."""
        return bool(self.busy)

    @property
    def refusal(self) -> str:
        """Why the file chosen last is not read, and what to do; empty when it is."""
        if not self._refused:
            return ""
        return self._context.texts.wording.say(f"intake.rejected.{self._refused}")

    @property
    def has_file(self) -> bool:
        """Whether a file was read and waits to be stored."""
        return self._read is not None and self.outcome is not None and not self.outcome.stored

    @property
    def columns(self) -> tuple[ColumnMap, ...]:
        """What each column is taken for."""
        return () if self.outcome is None else self.outcome.columns

    @property
    def open_questions(self) -> tuple[Question, ...]:
        """What nobody has answered yet."""
        return () if self.outcome is None else self.outcome.open_questions

    @property
    def question(self) -> Asked | None:
        """The present question in words."""
        found = self._question(self.question_id)
        if found is None:
            return None
        return asked_of(found, self._field_of(found), self.answers.get(found.id), self._context.texts)

    @property
    def question_place(self) -> tuple[int, int]:
        """Which question of how many the present one is, counted from 1."""
        ids = [question.id for question in self._questions()]
        return (ids.index(self.question_id) + 1 if self.question_id in ids else 0, len(ids))

    def asked_question(self) -> Question | None:
        """Return the present question as the engine asks it."""
        return self._question(self.question_id)

    def meaning_field(self) -> str:
        """Return what the column of the present question is taken for."""
        found = self._question(self.question_id)
        return "" if found is None else self._field_of(found) or ""

    def state_of(self, at: int) -> str:
        """Return whether what a column is taken for is sure, to be checked, or left out."""
        column = self.columns[at]
        if any(self._is_about(question, at) for question in self.open_questions):
            return "check"
        return "skipped" if column.field is None else "sure"

    @property
    def causes(self) -> tuple[Cause, ...]:
        """What is not simply stored of the file that was checked, by cause, in the language of the window."""
        language, causes = self._causes
        if language != self._context.texts.language and self.outcome is not None:
            causes = causes_of(self.outcome, self._context.texts)
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

    def choose(self, path: Path) -> None:
        """Take a file and read it."""
        self.cancel()
        self.file_name = path.name.encode("utf-8", "replace").decode("utf-8")
        self._start_reading(path, None)

    def _start_reading(self, path: Path, sheet: str | None) -> None:
        def work(task: Task) -> ReadFile | FileOutcome:
            return read_import(path, sheet, task.progress, task.cancel)

        self._begin(READING, self._context.jobs.compute, work, self._take_file)

    def _take_file(self, found: ReadFile | FileOutcome) -> None:
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
        if found.kind is QuestionKind.SHEET and value != self._read.table.facts.sheet:
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
        name = self._name(at)
        kept = {key: value for key, value in self.answers.items() if key.partition(":")[2] != name}
        self.answers = {**kept, f"map:{name}": target or LEAVE_OUT}
        self.column = at
        self._look()

    def choose_column(self, at: int) -> None:
        """Make a column the present one, with its question when it has one."""
        self.column = at
        about = [question for question in self._questions() if self._is_about(question, at)]
        if about and self.question_id not in {question.id for question in about}:
            self.question_id = about[0].id
        self.question_changed.emit()

    def next_question(self, step: int = 1) -> None:
        """Go to another question, open ones first."""
        wanted = self.open_questions or self._questions()
        if not wanted:
            return
        ids = [question.id for question in wanted]
        at = ids.index(self.question_id) + step if self.question_id in ids else 0
        self._show_question(wanted[at % len(wanted)])
        self.question_changed.emit()

    def _look(self, *, move: bool = False) -> None:
        read, clinic = self._read, self._context.clinic
        if read is None:
            return
        request = ImportRequest(answers=dict(self.answers), other_answers=True)

        def work(task: Task) -> FileOutcome:
            return look_at_import(clinic, read, request, task.cancel)

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
                self._show_question(question)
        self.changed.emit()

    def _show_question(self, question: Question) -> None:
        self.question_id = question.id
        about = [at for at in range(len(self.columns)) if self._is_about(question, at)]
        if about and self.column not in about:
            self.column = about[0]

    def _questions(self) -> Sequence[Question]:
        return () if self.outcome is None else self.outcome.questions

    def _question(self, question_id: str) -> Question | None:
        return next((question for question in self._questions() if question.id == question_id), None)

    def _is_about(self, question: Question, at: int) -> bool:
        if self.columns[at].header not in question.columns:
            return False
        _, _, name = question.id.partition(":")
        equal = sum(column.header == self.columns[at].header for column in self.columns)
        return equal == 1 or name in {"", self._name(at)}

    def _field_of(self, question: Question) -> str | None:
        if len(question.columns) != 1:
            return None
        about = [at for at in range(len(self.columns)) if self._is_about(question, at)]
        column = self.columns[about[0]] if about else None
        return None if column is None else column.field or column.suggested

    def _name(self, at: int) -> str:
        preview = self.outcome.preview if self.outcome is not None else None
        return "" if preview is None else preview.names[at]

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
        request = ImportRequest(answers=answers, dry_run=dry_run)
        texts = self._context.texts

        def work(task: Task) -> tuple[FileOutcome, tuple[Cause, ...]]:
            outcome = import_read_file(clinic, read, request, task.progress, task.cancel)
            return outcome, causes_of(outcome, texts) if dry_run else ()

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
        self._read = None
        self.changed.emit()
        self.history.load()
        self.stored.emit()

    def choose_cause(self, code: str) -> None:
        """Show the rows of a cause."""
        self.cause = code

    # --- ways --------------------------------------------------------------------------------------------------

    def back(self) -> None:
        """Go a step back; what was answered stays."""
        if self.busy:
            self.stop()
        elif self.step == WAITING:
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
        first = self.outcome is None
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
