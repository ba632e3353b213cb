"""Records as they stood at a visit: for every person one row, each value with the visit it came from.

A value of the visit itself counts; else the latest earlier one that is still valid: patient-level fields until they
change, visit-level fields for the ``carry_days`` of the data dictionary (none: for that visit alone). Later visits are
never looked at, so an old visit can be assessed again as it was.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.domain.batch import Batch, BoolArray, FloatArray, IntArray
from engine.domain.observations import Observations
from engine.domain.record import Value
from engine.fields import Dictionary, Scope

VISIT_DATE = "visit_date"
NO_VISIT = -1
_ALWAYS = np.inf  # as a day: not tied to one, as good as today's
_NEVER = -np.inf  # as a day: not there at all

Sources = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """People at one visit each.

    ``visits[i]`` is the position of row i's visit in the observations. ``sources``: field -> int32[rows], the position
    of the visit that the value came from; -1 where there is no value or it comes from no visit (a patient-level field,
    a setting). ``visit_day`` is that of the observations.
    """

    batch: Batch
    visits: IntArray
    sources: Mapping[str, Sources]
    visit_day: NDArray[np.int64]

    def days_before(self, field: str) -> IntArray:
        """Return how many days before the visit a field was taken; 0 at the visit itself, -1 where no visit gave it."""
        source = self.sources.get(field)
        if source is None:
            return np.full(self.batch.rows, NO_VISIT, dtype=np.int64)
        return np.where(source == NO_VISIT, NO_VISIT, self.visit_day[self.visits] - self.visit_day[source])


def take_snapshot(
    observations: Observations,
    settings: Mapping[str, Value],
    dictionary: Dictionary,
    visits: IntArray | None = None,
    fields: Collection[str] | None = None,
) -> Snapshot:
    """Return people as they stood at their visits.

    Args:
        observations: all visits of the people, sorted by person, then day.
        settings: the clinic's fields of scope setting; a value recorded at the visit itself wins.
        dictionary: the fields of the clinic.
        visits: positions of visits, one row each; None: the last visit of every person.
        fields: the fields to take; None: all.

    A value that was carried from an earlier visit gives way when the field can be derived from newer parts: today's
    height and weight beat last month's BMI.
    """
    chosen = np.flatnonzero(observations.last_visits()) if visits is None else visits
    taking = _Taking(observations, dictionary, chosen)
    for name, column in observations.columns.items():
        if fields is None or name in fields:
            taking.take(name, column)
    for name, column in observations.persons.items():
        if fields is None or name in fields:
            taking.fill(name, column[observations.visit_person[chosen]])
    for name, value in settings.items():
        if name in dictionary and (fields is None or name in fields):
            taking.fill(name, np.full(len(chosen), dictionary[name].encode(value)))
    taking.fill(VISIT_DATE, observations.visit_day[chosen].astype(np.float64))
    taking.drop_outdated()
    return Snapshot(Batch(len(chosen), taking.columns), chosen, taking.sources, observations.visit_day)


class _Taking:
    def __init__(self, observations: Observations, dictionary: Dictionary, visits: IntArray) -> None:
        self.columns: dict[str, FloatArray] = {}
        self.sources: dict[str, Sources] = {}
        self._dictionary = dictionary
        self._visits = visits
        self._day = observations.visit_day
        self._today = observations.visit_day[visits]
        positions = np.arange(len(observations.visit_ids), dtype=np.int32)
        begins = np.ones(len(positions), dtype=np.bool_)
        begins[1:] = observations.visit_person[1:] != observations.visit_person[:-1]
        self._positions = positions
        # The first visit of the person of each chosen visit: nothing before it is theirs.
        self._first = np.maximum.accumulate(np.where(begins, positions, 0))[visits] if len(positions) else visits

    def take(self, name: str, column: FloatArray) -> None:
        """Take the value of each chosen visit, or the latest earlier one that still counts."""
        latest = np.maximum.accumulate(np.where(np.isnan(column), NO_VISIT, self._positions))[self._visits]
        there = latest >= self._first
        counts = there & self._still_counts(name, latest)
        source = np.where(counts, latest, NO_VISIT).astype(np.int32)
        self.columns[name] = np.where(counts, column[latest], np.nan)
        self.sources[name] = source

    def fill(self, name: str, column: FloatArray) -> None:
        """Fill the gaps of a field with values that come from no visit."""
        taken = self.columns.get(name)
        self.columns[name] = column if taken is None else np.where(np.isnan(taken), column, taken)

    def drop_outdated(self) -> None:
        """Forget carried values of fields that follow from parts that are all newer."""
        for name in list(self.columns):
            rule = self._dictionary[name].derivation if name in self._dictionary else None
            if rule is None or name not in self.sources:
                continue
            own = self._own_day(name)
            carried = (self.sources[name] != NO_VISIT) & (own < self._today)
            if carried.any():
                parts = np.minimum.reduce([self._day_of(part) for part in rule.sources])
                outdated = carried & (parts > own)
                self.columns[name] = np.where(outdated, np.nan, self.columns[name])
                self.sources[name] = np.where(outdated, NO_VISIT, self.sources[name]).astype(np.int32)

    def _still_counts(self, name: str, latest: NDArray[np.int32]) -> BoolArray:
        field = self._dictionary[name]
        if field.scope is Scope.PATIENT:
            return np.ones(len(latest), dtype=np.bool_)
        carry_days = field.carry_days or 0
        at_visit: BoolArray = latest == self._visits
        return at_visit | (self._today - self._day[latest] <= carry_days) if carry_days else at_visit

    def _own_day(self, name: str) -> FloatArray:
        """Return the day of a field's value; always where it comes from no visit, never where there is none."""
        column = self.columns.get(name)
        if column is None:
            return np.full(len(self._visits), _NEVER)
        source = self.sources.get(name)
        day = _ALWAYS if source is None else np.where(source == NO_VISIT, _ALWAYS, self._day[source])
        return np.where(np.isnan(column), _NEVER, day)

    def _day_of(self, name: str) -> FloatArray:
        """Return the day of a field's value, or where it has none the oldest day of the parts it follows from."""
        own = self._own_day(name)
        rule = self._dictionary[name].derivation
        if rule is None:
            return own
        derived = np.minimum.reduce([self._day_of(part) for part in rule.sources])
        return np.where(own == _NEVER, derived, own)
