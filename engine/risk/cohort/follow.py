"""From a clinic's records to one row a person: the visit from which they are followed, and how it ended.

Everybody counts once, from the *first* visit in the time that was asked about at which something of the predictors was
recorded. The first, because it is where a clinic meets somebody new, which is where the model will be asked; because a
later one would be chosen by how long people stayed, and who stays is not who leaves (immortal time; Suissa S. Am J
Epidemiol 2008;167:492-499, doi:10.1093/aje/kwm324); and because several visits of one person are no independent rows.
An outcome that is a measurement asks for more: by that visit it must have been measured, and lie below the limit.

Who was ill by then gives no row. Time runs to the event, else to the last visit (of a measurement: to the last time it
was measured; where conditions tell of the outcome, to the day of death when that is later), and never beyond the
horizon. A date known to the month or year, and what turned between two visits, count in the middle of the time in
which it can have been, as in ``engine.risk.recalibration.records``. At the same visit there is no time: the outcome is
what was known of it at the first visit at which it was known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.domain.batch import BoolArray, FloatArray, IntArray
from engine.domain.observations import Observations
from engine.domain.record import Certainty, Condition
from engine.domain.studio import RowLeftOut
from engine.risk.cohort.outcome import AskedOutcome
from engine.risk.endings import Span, TooEarly, first_event, is_sure, span_of, spans_of, turned

DAYS_A_YEAR = 365.25
_SEEN_LATELY_DAYS = 366
_DEATHS = frozenset({"death", "death_cardiovascular"})
_NEVER = -1


@dataclass(frozen=True, slots=True)
class Tells:
    """What tells of an outcome at visits.

    ``columns``: 1, 0 or NaN at every visit, one for each yes/no field or measurement. ``until_last``: nothing is known
    of it beyond the last visit at which it was recorded (measurements, and fields that count for one visit alone).
    ``kept``: a value counts until it changes.
    """

    columns: tuple[FloatArray, ...]
    until_last: bool
    kept: bool


@dataclass(frozen=True, slots=True)
class Visits:
    """Which visits may be the one to start from: those on the days asked about, and of these those with a predictor."""

    in_time: BoolArray
    with_predictor: BoolArray


@dataclass(frozen=True, slots=True)
class Cohort:
    """One row a person. ``visits``: where each begins; ``years``: followed, None at the same visit.

    ``lost``: people without the outcome who had not been seen for a year when the record ends, nor died, before the
    horizon.
    """

    visits: IntArray
    event: BoolArray
    years: FloatArray | None
    left_out: Mapping[RowLeftOut, int]
    lost: int


@dataclass(frozen=True, slots=True)
class _Ending:
    day: float
    event: bool
    died: bool = False


def follow(
    observations: Observations,
    conditions: Mapping[str, Sequence[Condition]],
    outcome: AskedOutcome,
    tells: Tells,
    visits: Visits,
    repeats: Collection[str],
    horizon_years: float | None,
) -> Cohort:
    """Return who answers the question, from which visit, and how it ended.

    Args:
        observations: every visit of everybody.
        conditions: person id -> conditions.
        outcome: which records are the outcome.
        tells: how visits tell of it.
        visits: at which visits people may begin.
        repeats: ids of people who are in the record under another id too.
        horizon_years: within how many years; None: at the same visit.
    """
    people = _People(observations, outcome, tells, visits, repeats)
    return people.at_visits(conditions) if horizon_years is None else people.over_time(conditions, horizon_years)


class _People:
    """Everybody with visits, person by person: visits lie sorted by person, then day."""

    def __init__(
        self,
        observations: Observations,
        outcome: AskedOutcome,
        tells: Tells,
        visits: Visits,
        repeats: Collection[str],
    ) -> None:
        self._observations = observations
        self._outcome = outcome
        self._tells = tells
        self._visits = visits
        self._repeats = frozenset(repeats)
        self._days = observations.visit_day
        count = len(observations.person_ids)
        self._starts = np.searchsorted(observations.visit_person, np.arange(count + 1)).tolist()

    def over_time(self, conditions: Mapping[str, Sequence[Condition]], horizon: float) -> Cohort:
        left_out: Counter[RowLeftOut] = Counter()
        firsts: list[int] = []
        endings: list[_Ending] = []
        for person, id_ in enumerate(self._observations.person_ids):
            own = [each for each in conditions.get(id_, ()) if is_sure(each)]
            found = self._followed(person, own)
            if isinstance(found, RowLeftOut):
                left_out[found] += 1
            else:
                firsts.append(found[0])
                endings.append(found[1])
        visits = np.array(firsts, dtype=np.int64)
        ended = np.array([each.day for each in endings], dtype=np.float64)
        years = (ended - self._days[visits]) / DAYS_A_YEAR if firsts else np.empty(0)
        event = np.array([each.event for each in endings], dtype=np.bool_) & (years <= horizon)
        died = np.array([each.died for each in endings], dtype=np.bool_)
        last = int(self._days.max()) if len(self._days) else 0
        lost = ~event & ~died & (years < horizon) & (ended < last - _SEEN_LATELY_DAYS)
        return Cohort(visits, event, np.minimum(years, horizon), dict(left_out), int(lost.sum()))

    def at_visits(self, conditions: Mapping[str, Sequence[Condition]]) -> Cohort:
        left_out: Counter[RowLeftOut] = Counter()
        firsts: list[int] = []
        events: list[bool] = []
        for person, id_ in enumerate(self._observations.person_ids):
            found = self._known(person, conditions.get(id_, ()))
            if isinstance(found, RowLeftOut):
                left_out[found] += 1
            else:
                firsts.append(found[0])
                events.append(found[1])
        visits = np.array(firsts, dtype=np.int64)
        return Cohort(visits, np.array(events, dtype=np.bool_), None, dict(left_out), 0)

    def _followed(self, person: int, conditions: Sequence[Condition]) -> tuple[int, _Ending] | RowLeftOut:
        refused = self._refused(person, conditions)
        if refused is not None:
            return refused
        first = self._first(person, self._from_measured(person))
        if first == _NEVER:
            return self._why_never(person)
        ending = self._ending(person, first, conditions)
        return ending if isinstance(ending, RowLeftOut) else (first, ending)

    def _refused(self, person: int, conditions: Sequence[Condition]) -> RowLeftOut | None:
        if self._observations.person_ids[person] in self._repeats:
            return RowLeftOut.REPEATED
        span = self._span(person)
        if not self._visits.in_time[span.start : span.stop].any():
            return RowLeftOut.NO_VISIT
        return RowLeftOut.CONTRADICTION if self._contradicts(person, conditions) else None

    def _contradicts(self, person: int, conditions: Sequence[Condition]) -> bool:
        """Tell whether somebody came, or fell ill, after they died, or has what never passes and later has it not."""
        span = self._span(person)
        died = _death(conditions)
        if died is not None:
            told = [each for each in map(span_of, self._telling(conditions)) if each is not None]
            if self._days[span.stop - 1] > died[1] or any(each[0] > died[1] for each in told):
                return True
        if not self._outcome.lasting or self._telling(conditions):
            return False
        for column in self._tells.columns:
            own = column[span.start : span.stop]
            yes, no = np.flatnonzero(own == 1), np.flatnonzero(own == 0)
            if len(yes) and len(no) and no[-1] > yes[0]:
                return True
        return False

    def _ending(self, person: int, first: int, conditions: Sequence[Condition]) -> _Ending | RowLeftOut:
        began = int(self._days[first])
        told = spans_of(self._telling(conditions), self._outcome.conditions, self._turned(person, first))
        event = first_event(told, began)
        if isinstance(event, TooEarly):
            return RowLeftOut(event.value)
        if event is not None:
            return _Ending(event, event=True)
        last = self._last(person, conditions)
        if last is None:
            return RowLeftOut.OUTCOME_UNKNOWN
        return last if last.day > began else RowLeftOut.NOT_FOLLOWED

    def _last(self, person: int, conditions: Sequence[Condition]) -> _Ending | None:
        """Return until when somebody without the outcome was followed; None: nobody ever recorded it."""
        span = self._span(person)
        recorded = [np.flatnonzero(~np.isnan(each[span.start : span.stop])) for each in self._tells.columns]
        last = max((int(each[-1]) for each in recorded if len(each)), default=_NEVER)
        if self._outcome.only_by_fields and last == _NEVER:
            return None
        died = _death(conditions)
        if self._outcome.only_by_fields:
            at = span.start + last if self._tells.until_last else span.stop - 1
            return _Ending(float(self._days[at]), event=False, died=died is not None)
        day = float(self._days[span.stop - 1])
        return _Ending(day if died is None else max(day, sum(died) / 2), event=False, died=died is not None)

    def _known(self, person: int, conditions: Sequence[Condition]) -> tuple[int, bool] | RowLeftOut:
        """Return at which visit the outcome was first known, and what it was."""
        sure = [each for each in conditions if is_sure(each)]
        refused = self._refused(person, sure)
        if refused not in (None, RowLeftOut.CONTRADICTION):
            return refused
        telling = self._telling(sure, before=False)
        if telling or not self._outcome.only_by_fields:
            first = self._first(person, self._span(person).start)
            if first == _NEVER:
                return self._why_never(person)
            found = _begun(telling, int(self._days[first]))
            if found is not False:
                return (first, True) if found else RowLeftOut.OUTCOME_UNDATED
            if any(each.certainty is Certainty.SUSPECTED for each in self._telling(conditions, before=False)):
                return RowLeftOut.OUTCOME_UNKNOWN
            if not self._asked_anywhere():
                return first, False  # a list of conditions is all that tells of it: what is not on it is not there
        return self._by_columns(person)

    def _by_columns(self, person: int) -> tuple[int, bool] | RowLeftOut:
        span = self._span(person)
        known = [self._counting(column[span.start : span.stop]) for column in self._tells.columns]
        there = ~np.isnan(np.stack(known)).all(axis=0) & self._visits.with_predictor[span.start : span.stop]
        if not there.any():
            return self._why_never(person)
        place = int(np.argmax(there))
        return span.start + place, any(each[place] == 1 for each in known)

    def _asked_anywhere(self) -> bool:
        return any(not np.isnan(column).all() for column in self._tells.columns)

    def _counting(self, column: FloatArray) -> FloatArray:
        """Return what counts at each visit of one person: the last value so far, or that of the visit alone."""
        if not self._tells.kept:
            return column
        latest = np.maximum.accumulate(np.where(np.isnan(column), _NEVER, np.arange(len(column))))
        return np.where(latest == _NEVER, np.nan, column[latest])

    def _telling(self, conditions: Sequence[Condition], *, before: bool = True) -> list[Condition]:
        codes = self._outcome.conditions | (self._outcome.before if before else frozenset())
        return [each for each in conditions if each.code in codes]

    def _turned(self, person: int, first: int) -> list[Span | None]:
        span = self._span(person)
        return [turned(column, self._days, span, first) for column in self._tells.columns]

    def _span(self, person: int) -> range:
        return range(self._starts[person], self._starts[person + 1])

    def _from_measured(self, person: int) -> int:
        """Return the visit from which somebody may be followed: a measurement must have been taken by then."""
        span = self._span(person)
        if self._outcome.measure is None:
            return span.start
        taken = np.flatnonzero(~np.isnan(self._tells.columns[0][span.start : span.stop]))
        return span.start + int(taken[0]) if len(taken) else span.stop

    def _first(self, person: int, start: int) -> int:
        found = np.flatnonzero(self._visits.with_predictor[start : self._span(person).stop])
        return start + int(found[0]) if len(found) else _NEVER

    def _why_never(self, person: int) -> RowLeftOut:
        span = self._span(person)
        some = self._visits.with_predictor[span.start : span.stop].any()
        return RowLeftOut.OUTCOME_UNKNOWN if some else RowLeftOut.NOTHING_KNOWN


def _death(conditions: Sequence[Condition]) -> Span | None:
    spans = [span_of(each) for each in conditions if each.code in _DEATHS]
    return min((each for each in spans if each is not None), key=lambda each: each[1], default=None)


def _begun(conditions: Sequence[Condition], day: int) -> bool | None:
    """Tell whether a condition had begun by a day; None: it has, or had not, and nobody knows."""
    spans = [span_of(each) for each in conditions]
    if any(span is not None and span[1] <= day for span in spans):
        return True
    return None if any(span is None or span[0] <= day for span in spans) else False
