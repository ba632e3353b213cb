"""What is asked of the file in hand, what was answered, and which question or column is the present one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from desktop.intake.about import columns_about, field_of, is_about
from desktop.intake.asking import Asked, asked_of
from engine.intake.field_columns import ColumnMap
from engine.intake.questions import AnswerValue, Question
from engine.workflows.import_outcome import FileOutcome


class QuestionsInHand(QObject):
    """One question at a time."""

    question_changed = Signal()  # another question or column is the present one

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._context = context
        self._forget_questions()

    def _forget_questions(self) -> None:
        self.outcome: FileOutcome | None = None
        self.answers: dict[str, AnswerValue] = {}
        self.column = 0
        self.question_id = ""

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
        return asked_of(found, field_of(found, self.outcome), self.answers.get(found.id), self._context.texts)

    @property
    def question_place(self) -> tuple[int, int]:
        """Which question of how many the present one is, counted from 1."""
        ids = [question.id for question in self._questions()]
        return (ids.index(self.question_id) + 1 if self.question_id in ids else 0, len(ids))

    def asked_question(self) -> Question | None:
        """Return the present question as the engine asks it."""
        return self._question(self.question_id)

    def state_of(self, at: int) -> str:
        """Return whether what a column is taken for is sure, to be checked, or left out."""
        column = self.columns[at]
        if any(is_about(question, self.outcome, at) for question in self.open_questions):
            return "check"
        return "skipped" if column.field is None else "sure"

    def choose_column(self, at: int) -> None:
        """Make a column the present one, with its question when it has one."""
        self.column = at
        about = [question for question in self._questions() if is_about(question, self.outcome, at)]
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
        self.show_question(wanted[at % len(wanted)])
        self.question_changed.emit()

    def show_question(self, question: Question) -> None:
        """Make a question the present one, with the column it is about."""
        self.question_id = question.id
        about = columns_about(question, self.outcome)
        if about and self.column not in about:
            self.column = about[0]

    def _questions(self) -> Sequence[Question]:
        return () if self.outcome is None else self.outcome.questions

    def _question(self, question_id: str) -> Question | None:
        return next((question for question in self._questions() if question.id == question_id), None)
