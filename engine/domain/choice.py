"""Which tool speaks for a person, which others could, and why the rest do not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.domain.results import Note


class Standing(StrEnum):
    """What a tool has to say about a person."""

    CHOSEN = "chosen"
    ALSO = "also"  # gives a number too, but another comes first
    RANGE = "range"  # gives a range, because something is missing
    REFUSED = "refused"
    ELSEWHERE = "elsewhere"  # made for other countries
    OFF = "off"  # nobody accepted its licence note
    ON_DEMAND = "on_demand"  # answers only when somebody asks it


@dataclass(frozen=True, slots=True)
class Candidate:
    """One tool; ``notes`` are the reasons of a refusal, what is missing, or the remarks that go with its number."""

    pack_id: str
    standing: Standing
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """All tools of a topic in the order in which they are asked, those that are not asked last."""

    topic: str
    candidates: tuple[Candidate, ...]

    @property
    def chosen(self) -> Candidate | None:
        """The tool that speaks, with a number or, where no tool has one, a range; None when all refuse."""
        first = next((each for each in self.candidates if each.standing is Standing.CHOSEN), None)
        return first or next((each for each in self.candidates if each.standing is Standing.RANGE), None)
