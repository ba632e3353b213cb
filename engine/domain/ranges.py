"""What an answer could be where inputs are missing: low, typical and high, with what was assumed."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.record import Value
from engine.domain.results import Note, PackRef


@dataclass(frozen=True, slots=True)
class Assumption:
    """What a missing field was taken to be: among people of this sex, age and diabetes, and who counted them.

    ``missing`` is the input that the pack lacks, ``field`` what was assumed for it: the same, or the one part of it
    that is not known. Of a number ``low`` and ``high`` are the 5th and 95th percentile, of a code the rarest and
    commonest; ``ages`` are completed years, the end not included.
    """

    missing: str
    field: str
    low: Value
    typical: Value
    high: Value
    source: str
    sex: str | None
    diabetes: bool | None
    ages: tuple[int, int | None]
    people: int


@dataclass(frozen=True, slots=True)
class OutputSpread:
    """One output: nine of ten people like this lie between ``low`` and ``high``."""

    name: str
    low: float
    typical: float
    high: float

    @property
    def width(self) -> float:
        """How far it reaches."""
        return self.high - self.low


@dataclass(frozen=True, slots=True)
class NextTest:
    """What knowing a missing field would bring: the share of the range, 0-1, that it takes away on average."""

    field: str
    removes: float


@dataclass(frozen=True, slots=True)
class RangeResult:
    """One person's range from one pack.

    ``notes``: what is missing, then the remarks that hold whatever it is. ``next_tests``: what to find out, what helps
    most first; empty where nobody asked.
    """

    pack: PackRef
    outputs: tuple[OutputSpread, ...]
    assumptions: tuple[Assumption, ...]
    notes: tuple[Note, ...]
    next_tests: tuple[NextTest, ...] = ()

    def output(self, name: str) -> OutputSpread:
        """Return one output by name; KeyError when it has no range."""
        for each in self.outputs:
            if each.name == name:
                return each
        raise KeyError(name)
