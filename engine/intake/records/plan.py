"""What importing a file of records would do: everything that is counted and shown before anything is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from engine.domain.entries import IdentifiedEntries, ParkedRow
from engine.domain.kept import KeptItem, KeptState, ListArrival
from engine.intake.identity import Likeness
from engine.intake.plan import Outcome
from engine.intake.questions import Question
from engine.intake.records.items import RecordFile
from engine.intake.tables import Rejection


@dataclass(slots=True)
class Tally:
    """How the resources of one kind ended; ``read`` is always the sum of the others."""

    read: int = 0
    stored: int = 0
    unmapped: int = 0
    refused: int = 0

    def count(self, state: KeptState, number: int = 1) -> None:
        """Count resources that ended in one state."""
        self.read += number
        setattr(self, state.value, getattr(self, state.value) + number)

    def reconciles(self) -> bool:
        """Whether every resource read is accounted for exactly once."""
        return self.read == self.stored + self.unmapped + self.refused


@dataclass(frozen=True, slots=True)
class RecordPlan:
    """What is in a file of records and what storing it would do.

    ``resources``: kind -> how many were read and how they ended. ``identified`` holds values and visits, ``arrivals``
    entries of lists, ``kept`` all that is unmapped or refused, in the order of the file, and ``parked`` the people
    who cannot be told, one row each with what the file says of who they are.
    While questions are open, all of it shows what the guesses would give.
    """

    outcome: Outcome
    rejection: Rejection | None = None
    questions: tuple[Question, ...] = ()
    unused_answers: tuple[str, ...] = ()
    file: RecordFile | None = None
    resources: Mapping[str, Tally] = field(default_factory=dict)
    people: int = 0
    identified: IdentifiedEntries | None = None
    arrivals: tuple[ListArrival, ...] = ()
    kept: tuple[KeptItem, ...] = ()
    parked: tuple[ParkedRow, ...] = ()
    likenesses: tuple[Likeness, ...] = ()

    @property
    def can_be_stored(self) -> bool:
        """Whether storing may begin: the file was read and every question is answered."""
        return self.outcome is not Outcome.REJECTED and all(question.answered for question in self.questions)

    def listed(self, state: KeptState) -> Iterator[KeptItem]:
        """Yield what is kept in one state."""
        return (item for item in self.kept if item.state is state)
