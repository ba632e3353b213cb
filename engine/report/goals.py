"""Goals for a person's values, by the guideline set of the clinic.

Data and sources: ``resources/report/goals.json``. A goal's conditions must be known to hold; the first goal of a field
whose conditions hold counts, first of the clinic's own set, then of the WHO set.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from engine.domain.record import Value
from engine.resources import resources_folder

WORLD = "WHO"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a goal comes from, by language."""

    year: int
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class When:
    """For whom a goal holds. None: no condition."""

    age_from: float | None = None
    age_below: float | None = None
    diabetes: bool | None = None
    cvd_history: bool | None = None

    def holds(self, known: Mapping[str, Value]) -> bool:
        """Return whether every condition is known to hold for a person."""
        age = known.get("age")
        years = float(age) if isinstance(age, (int, float)) else None
        if self.age_from is not None and (years is None or years < self.age_from):
            return False
        if self.age_below is not None and (years is None or years >= self.age_below):
            return False
        flags = {"diabetes": self.diabetes, "cvd_history": self.cvd_history}
        return all(wanted is None or known.get(name) is wanted for name, wanted in flags.items())


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal, limits in the canonical unit: ``below`` excludes its end, ``at_most`` and ``least`` include theirs.

    ``also`` is the limit (excluded) of the second value of a pair; ``accepts`` are the codes of a category at goal.
    """

    region: str
    field: str
    when: When
    source: Source
    below: float | None = None
    at_most: float | None = None
    least: float | None = None
    also: float | None = None
    accepts: tuple[str, ...] = ()

    @property
    def upper(self) -> float | None:
        """The upper end, whichever way it is meant."""
        return self.below if self.below is not None else self.at_most

    def reached(self, value: Value | None, second: Value | None = None) -> bool | None:
        """Return whether a value (of a pair: both values) is at goal; None when that cannot be told."""
        if value is None or (self.also is not None and second is None):
            return None
        if self.accepts or isinstance(value, str):
            return value in self.accepts
        inside = (
            (self.least is None or value >= self.least)
            and (self.below is None or value < self.below)
            and (self.at_most is None or value <= self.at_most)
        )
        second_inside = self.also is None or (isinstance(second, (int, float)) and second < self.also)
        return inside and second_inside


@dataclass(frozen=True, slots=True)
class Scale:
    """The line of a goal strip, canonical unit: its ends, and where the hatched zone begins."""

    low: float
    high: float
    goal_low: float


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: a field (or a pair), shown ``always`` or only when known, not beside ``unless``.

    ``only_if_used``: only when the leading score takes it.
    """

    field: str
    pair: str | None
    always: bool
    unless: str | None
    only_if_used: bool
    scale: Scale | None


@dataclass(frozen=True, slots=True)
class GoalBook:
    """All goals and the order of the table."""

    regions: Mapping[str, str]  # ISO alpha-3 -> guideline set
    rows: tuple[Row, ...]
    most_rows: int
    give_up: tuple[str, ...]
    goals: tuple[Goal, ...]

    def goal(self, field: str, region: str, known: Mapping[str, Value]) -> Goal | None:
        """Return the goal of a field for a person of whom ``known`` is known (field -> value)."""
        for wanted in (region, WORLD):
            for goal in self.goals:
                if goal.field == field and goal.region == wanted and goal.when.holds(known):
                    return goal
        return None


@cache
def load_goals() -> GoalBook:
    """Return the goals that ship with the program."""
    document = json.loads((resources_folder() / "report" / "goals.json").read_text(encoding="utf-8"))
    sources = {
        name: Source(entry["year"], {"en": entry["en"], "zh": entry["zh"]})
        for name, entry in document["sources"].items()
    }
    return GoalBook(
        regions={
            country: region
            for region, countries in document["regions"].items()
            if region != "note"
            for country in countries
        },
        rows=tuple(_row(entry) for entry in document["rows"]),
        most_rows=document["most_rows"],
        give_up=tuple(document["give_up"]),
        goals=tuple(_goal(entry, sources) for entry in document["goals"]),
    )


def _row(entry: Mapping[str, Any]) -> Row:
    scale = Scale(**entry["strip"]) if entry["strip"] else None
    return Row(
        entry["field"], entry.get("pair"), entry["always"], entry.get("unless"), entry.get("only_if_used", False), scale
    )


def _goal(entry: Mapping[str, Any], sources: Mapping[str, Source]) -> Goal:
    return Goal(
        region=entry["region"],
        field=entry["field"],
        when=When(**entry["when"]),
        source=sources[entry["source"]],
        below=entry.get("below"),
        at_most=entry.get("at_most"),
        least=entry.get("from"),
        also=entry.get("also"),
        accepts=tuple(entry.get("accepts", ())),
    )
