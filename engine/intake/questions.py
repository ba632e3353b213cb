"""Questions that a file leaves open, and the answers to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeVar

from engine.errors import InputError

AnswerValue = str | bool | float | None | Mapping[str, str | bool | None]
Parsed = TypeVar("Parsed")
LEAVE_OUT = "leave_out"


class QuestionKind(StrEnum):
    """What is asked. The words of the import rules where they have one."""

    UNIT = "unit"
    MIXED_UNITS = "mixed_units"
    UNIT_CONFLICT = "unit_conflict"
    SWAPPED_COLUMNS = "swapped_columns"
    DATE_ORDER = "date_order"
    DATE_SERIAL = "date_serial"
    VISIT_DATE = "visit_date"
    BIRTH_YEAR_ONLY = "birth_year_only"
    CODE_MEANING = "code_meaning"
    MAP = "map"
    REPEATED_READINGS = "repeated_readings"
    LAYOUT = "layout"
    SHEET = "sheet"
    HIDDEN_SHEET = "hidden_sheet"
    HIDDEN_ROWS = "hidden_rows"
    DAMAGED_BYTES = "damaged_bytes"
    UNCLOSED_QUOTE = "unclosed_quote"
    DAMAGED_ID_COLUMN = "damaged_id_column"
    WHOSE_READINGS = "whose_readings"
    DUPLICATES = "duplicates"
    SEVERAL_PEOPLE = "several_people"
    CONFIRM_ROWS = "confirm_rows"
    WHOSE_FILE = "whose_file"


@dataclass(frozen=True, slots=True)
class Question:
    """One thing the file does not settle.

    ``id`` is stable for the same file. ``columns`` are headers. ``options`` are the words an answer may use; without
    options it is free (a date, a patient number). ``guess`` is what the preview assumes, None when nothing can be
    assumed. ``evidence`` fills the sentence ``sentence_key``; ``wording`` tells which of several sentences of its kind.
    ``bars`` shows where its numbers lie: how many in each of equal parts from the lowest to the highest. ``codes`` are
    the cells whose meaning is asked.
    """

    id: str
    kind: QuestionKind
    columns: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    guess: AnswerValue = None
    evidence: Mapping[str, str | float | int] = field(default_factory=dict)
    answered: bool = False
    bars: tuple[int, ...] = ()
    codes: tuple[str, ...] = ()
    wording: str = ""

    @property
    def sentence_key(self) -> str:
        """The key of its sentence."""
        return f"intake.question.{self.kind.value}" + (f"_{self.wording}" if self.wording else "")


class Interview:
    """Asks questions while a file is read; answers given beforehand settle them, guesses serve for the preview."""

    def __init__(self, answers: Mapping[str, AnswerValue]) -> None:
        self._answers = answers
        self._used: set[str] = set()
        self._asked: dict[str, Question] = {}

    @property
    def questions(self) -> tuple[Question, ...]:
        """Every question so far, in the order asked."""
        return tuple(self._asked.values())

    def ask(self, question: Question, read: Callable[[AnswerValue], Parsed]) -> Parsed | None:
        """Ask and return what holds for now: the answer, else the guess, else None.

        Args:
            question: what to ask.
            read: turns an answer into what is needed; raises ValueError when it is none.

        Raises:
            InputError: ``answer_invalid`` when an answer was given that the question does not allow.
        """
        given = question.id in self._answers
        if given:
            self._used.add(question.id)
        evidence = {"column": ", ".join(question.columns), **question.evidence}
        self._asked[question.id] = replace(question, evidence=evidence, answered=given)
        value = self._answers[question.id] if given else question.guess
        if value is None and not given:
            return None
        try:
            return read(value)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InputError("answer_invalid") from error

    def choose(self, question: Question) -> str | None:
        """Ask a question with fixed options and return the option that holds for now."""
        return self.ask(question, lambda answer: choice(answer, question.options))

    def withdraw(self, kept: tuple[Question, ...]) -> None:
        """Take back every question asked since ``questions`` was ``kept``: what they were about was left out."""
        known = {question.id for question in kept}
        self._asked = {name: question for name, question in self._asked.items() if name in known}

    def volunteered(self, question_id: str) -> AnswerValue | None:
        """Return an answer to something that was not asked, such as another map of a column."""
        if question_id not in self._answers:
            return None
        self._used.add(question_id)
        return self._answers[question_id]

    @property
    def unused(self) -> tuple[str, ...]:
        """Ids of the answers that nothing asked for so far."""
        return tuple(answer for answer in self._answers if answer not in self._used)

    def finish(self) -> None:
        """Refuse answers to questions that this file does not have.

        Raises:
            InputError: ``answer_unknown``.
        """
        if self.unused:
            raise InputError("answer_unknown")


def choice(answer: AnswerValue, options: tuple[str, ...]) -> str:
    """Return the option that an answer names; case and what follows a colon do not matter.

    Raises:
        ValueError: when it names none.
    """
    wanted = answer.split(":")[0].strip().casefold() if isinstance(answer, str) else ""
    for option in options:
        if option.casefold() == wanted:
            return option
    raise ValueError("not an option")


class Names:
    """Gives each column a readable name for question ids; equal headers are told apart by their place."""

    def __init__(self, headers: tuple[str, ...]) -> None:
        seen: dict[str, int] = {}
        self._names = []
        for header in headers:
            text = " ".join(header.split()) or "column"
            seen[text] = seen.get(text, 0) + 1
            self._names.append(text if seen[text] == 1 else f"{text}#{seen[text]}")

    def __getitem__(self, index: int) -> str:
        return self._names[index]
