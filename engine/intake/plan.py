"""What an import would do: everything a person must see before anything is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.domain.entries import IdentifiedEntries, ParkedRow
from engine.domain.problems import Problem, Reason
from engine.intake.field_columns import ColumnMap
from engine.intake.identity import Likeness
from engine.intake.mapping import ONE_VISIT
from engine.intake.questions import Question
from engine.intake.sheet_rows import NotPatient
from engine.intake.tables import FileFacts, Rejection


class Outcome(StrEnum):
    """How the reading of a file ended. The words of the import rules."""

    OK = "ok"
    OK_WITH_QUESTIONS = "ok_with_questions"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What is in a file and what storing it would do.

    With ``rejected`` only ``rejection`` is filled. Otherwise ``identified`` holds the rows that can be stored and
    ``parked`` those kept back; while questions are open both show what the guesses would give, and nothing may be
    stored. ``rows_read = len(identified.entries.rows) + len(parked)``; rows of ``not_patients`` and blank rows are
    outside it. In the wide layout a row here is one visit of a row of the file.
    """

    outcome: Outcome
    rejection: Rejection | None = None
    questions: tuple[Question, ...] = ()
    unused_answers: tuple[str, ...] = ()
    facts: FileFacts | None = None
    columns: tuple[ColumnMap, ...] = ()
    layout: str = ONE_VISIT
    rows_read: int = 0
    identified: IdentifiedEntries | None = None
    parked: tuple[ParkedRow, ...] = ()
    not_patients: tuple[NotPatient, ...] = ()
    likenesses: tuple[Likeness, ...] = ()

    @property
    def open_questions(self) -> tuple[Question, ...]:
        """The questions nobody has answered yet."""
        return tuple(question for question in self.questions if not question.answered)

    @property
    def can_be_stored(self) -> bool:
        """Whether storing may begin: the file was read and every question is answered."""
        return self.outcome is not Outcome.REJECTED and not self.open_questions


def reasons(problems: Sequence[Problem]) -> tuple[tuple[Reason, tuple[str, ...]], ...]:
    """Group the problems of a row: each reason once, with all its fields."""
    grouped: dict[Reason, dict[str, None]] = {}
    for problem in problems:
        grouped.setdefault(problem.reason, {}).update(dict.fromkeys(problem.fields))
    return tuple((reason, tuple(fields)) for reason, fields in grouped.items())
