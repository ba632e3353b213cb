"""What a number would be if something about the person were different."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.domain.record import Value


@dataclass(frozen=True, slots=True)
class Change:
    """One input that a person can change, and the number with this change alone."""

    field: str
    value: Value
    target: Value
    number: float


@dataclass(frozen=True, slots=True)
class Combination:
    """Several changes at once, each of which still lowers the number beside the others."""

    fields: frozenset[str]
    number: float


@dataclass(frozen=True, slots=True)
class TreatmentEffect:
    """What a treatment does by trials, applied to the number: never what the equation says of a lower value.

    The rate of the outcome falls to ``rate_ratio`` (with its interval) of what it was, for one ``step`` of the field.
    """

    id: str
    field: str
    step: float
    rate_ratio: float
    interval: tuple[float, float]
    number: float
    labels: Mapping[str, str]
    outcomes: Mapping[str, str]
    source: str
    cited: str = ""  # the source in a few words, for paper; none in the first assessments that hold treatments


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What would lower one number: only changes that do, the greatest fall first.

    ``combinations`` holds every set of two or more of the changes that is worth it. ``peer`` is the number of somebody
    of the same age and sex, the same in all that has no good value, with every good value; None where the pack gives
    none. An equation tells how people differ, not what a change brings about: whoever shows this says so.
    """

    pack_id: str
    output: str
    value: float
    changes: tuple[Change, ...]
    combinations: tuple[Combination, ...]
    peer: float | None
    treatments: tuple[TreatmentEffect, ...] = ()

    def with_changes(self, fields: frozenset[str]) -> float | None:
        """Return the number with these changes; None where they are not worth it together."""
        if not fields:
            return self.value
        single = {frozenset({change.field}): change.number for change in self.changes}
        together = {each.fields: each.number for each in self.combinations}
        return (single | together).get(fields)

    def reached(self, fields: frozenset[str]) -> tuple[frozenset[str], float]:
        """Return the lowest number that some of these changes lead to, and which they are; the others add nothing."""
        together = self.with_changes(fields)
        if together is not None:
            return fields, together
        found = [(frozenset({change.field}), change.number) for change in self.changes]
        found += [(each.fields, each.number) for each in self.combinations]
        some = [each for each in found if each[0] <= fields]
        return min(some, key=lambda each: each[1], default=(frozenset(), self.value))

    @property
    def best(self) -> float:
        """The lowest number that changes lead to; today's where there are none."""
        alone = [change.number for change in self.changes]
        return min([self.value, *alone, *(each.number for each in self.combinations)])
