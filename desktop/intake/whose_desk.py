"""Whose the readings of a file are: for each name in it somebody of the clinic, or nobody. Only a person says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from engine.intake.questions import AnswerValue, Question, QuestionKind
from engine.workflows.import_outcome import FileOutcome
from engine.workflows.whose import Candidate, PersonHint, candidates, said_of_patient

KINDS = frozenset({QuestionKind.WHOSE_READINGS, QuestionKind.SEVERAL_PEOPLE})


class WhoseDesk(QObject):
    """Holds who was found for each name and who was chosen; a file of one person has the one name ""."""

    changed = Signal()

    def __init__(self, context: Context, answer: Callable[[AnswerValue], None]) -> None:
        super().__init__(context)
        self._context = context
        self._answer = answer
        self.forget()

    def forget(self) -> None:
        """Begin with another file."""
        self.question: Question | None = None
        self.names: tuple[str, ...] = ()
        self.name = ""
        self.counts: Mapping[str, int] = {}
        self.chosen: dict[str, str | None] = {}
        self._hints: tuple[PersonHint, ...] = ()
        self._found: dict[str, Candidate | None] = {}

    @property
    def several(self) -> bool:
        """Whether the file holds readings of several people."""
        return self.question is not None and self.question.kind is QuestionKind.SEVERAL_PEOPLE

    @property
    def candidate(self) -> Candidate | None:
        """Who is looked at for the present name; nobody is attached yet."""
        return self._found.get(self.name)

    @property
    def hints(self) -> tuple[PersonHint, ...]:
        """What the file says of who is meant."""
        return self._hints_of(self.name)

    def of(self, name: str) -> Candidate | None:
        """Return who was found for a name."""
        return self._found.get(name)

    def take(self, question: Question, outcome: FileOutcome) -> None:
        """Take what is asked of a file that was looked at, and look up whom it means by itself."""
        if self.question is not None and self.question.id == question.id:
            self.question = question
            return
        self.forget()
        self.question = question
        device = outcome.device
        self._hints = said_of_patient(device.hints) if device is not None else ()
        guesses: Mapping[str, AnswerValue] = {"": question.guess if isinstance(question.guess, str) else None}
        if self.several and isinstance(question.guess, Mapping):
            guesses = dict(question.guess)
            self.counts = {name or "": count for name, _, count in device.by_person} if device is not None else {}
        self.names = tuple(guesses)
        self.name = self.names[0]
        for name, guess in guesses.items():
            if isinstance(guess, str):
                self.look_up(guess, name)

    def choose_name(self, name: str) -> None:
        """Make another name of the file the present one."""
        self.name = name
        self.changed.emit()

    def look_up(self, answer: str, name: str | None = None) -> None:
        """Put somebody of the clinic beside what the file says; nobody is attached by it."""
        wanted = self.name if name is None else name
        hints = self._hints_of(wanted)

        def take(found: tuple[Candidate | None, ...]) -> None:
            self._found[wanted] = found[0]
            self.changed.emit()

        self._context.on_store(self, lambda clinic: candidates(clinic, [answer], hints), take)

    def attach(self) -> None:
        """Say that the readings are of who is looked at."""
        if self.candidate is not None:
            self._decide(self.candidate.answer)

    def leave_out(self) -> None:
        """Say that the readings of the present name are not wanted."""
        if self.several:
            self._decide(None)

    def _decide(self, answer: str | None) -> None:
        self.chosen[self.name] = answer
        if not self.several:
            self._answer(answer)
            return
        left = [name for name in self.names if name not in self.chosen]
        if left:
            self.choose_name(left[0])
        else:
            self.changed.emit()
            self._answer(dict(self.chosen))

    def _hints_of(self, name: str) -> tuple[PersonHint, ...]:
        if not name:
            return self._hints
        return tuple(hint for hint in self._hints if hint.name == name)
