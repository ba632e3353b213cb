"""From a clinic's records to risks with what became of the people.

Everybody counts once, from the first visit at which the pack has a number. The event is the first dated condition of
the outcome after that day, or a yes/no field of the outcome that turns from no to yes at a later visit. A date known to
the month or year, and a field that turned between two visits, count in the middle of the time in which it can have been
(Law CG, Brookmeyer R. Stat Med 1992;11:1569-1578, doi:10.1002/sim.4780111204). Who had no event was followed up to the
last visit. Who may yet add events: people without it, before the end of the time span, seen within a year of the
clinic's last visit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from engine.domain.batch import BoolArray, FloatArray, IntArray
from engine.domain.observations import Observations
from engine.domain.recalibration import LeftOut
from engine.domain.record import Condition, Value
from engine.fields import Dictionary
from engine.risk.endings import Span, TooEarly, first_event, is_sure, spans_of, turned
from engine.risk.predictor import Predictor
from engine.risk.recalibration.follow_up import FollowUp, within
from engine.risk.recalibration.judge import Followed
from engine.risk.recalibration.outcomes import Outcome
from engine.risk.snapshot import take_snapshot

_DAYS_A_YEAR = 365.25
_SEEN_LATELY_DAYS = 366
_NEVER = -1


@dataclass(frozen=True, slots=True)
class _Ending:
    """How the time of one person ended: the day, and whether with the event."""

    day: float
    event: bool


def follow_people(
    observations: Observations,
    conditions: Mapping[str, Sequence[Condition]],
    predictor: Predictor,
    output: str,
    outcome: Outcome,
    settings: Mapping[str, Value],
    dictionary: Dictionary,
) -> Followed:
    """Return the risks of a clinic's people with what became of them.

    Args:
        observations: every visit of everybody.
        conditions: person id -> conditions.
        predictor: of the pack that is looked at.
        output: a risk of it over a time.
        outcome: which records are its outcome.
        settings: the clinic's own fields.
        dictionary: the fields.

    Raises:
        PackError: the graph breaks.
    """
    horizon = predictor.pack.manifest.output(output).horizon_years
    if horizon is None:
        raise ValueError("records tell of outcomes over time")
    risks = _risks(observations, predictor, output, settings, dictionary)
    return follow_risks(observations, conditions, risks, outcome, horizon)


def follow_risks(
    observations: Observations,
    conditions: Mapping[str, Sequence[Condition]],
    risks: FloatArray,
    outcome: Outcome,
    horizon_years: float,
    reached: FloatArray | None = None,
) -> Followed:
    """As ``follow_people``, for risks that were told before: float64[visits], NaN at a visit without one.

    ``reached``: of a measurement with a limit, ``Limit.reached`` at every visit. As in training
    (``engine.risk.cohort.follow``) it must then have been taken by the visit that people are followed from, and they
    are followed to the last time it was taken.
    """
    return _People(observations, risks, outcome, reached).followed(conditions, horizon_years)


def _risks(
    observations: Observations,
    predictor: Predictor,
    output: str,
    settings: Mapping[str, Value],
    dictionary: Dictionary,
) -> FloatArray:
    """Return the risk at every visit, NaN where the pack has none."""
    visits = np.arange(len(observations.visit_ids), dtype=np.int64)
    if not len(visits):
        return np.empty(0)
    snapshot = take_snapshot(observations, settings, dictionary, visits, predictor.reads())
    return predictor.predict(snapshot.batch).outputs[output]


class _People:
    """Everybody with visits, person by person: visits lie sorted by person, then day."""

    def __init__(
        self, observations: Observations, risks: FloatArray, outcome: Outcome, reached: FloatArray | None = None
    ) -> None:
        self._observations = observations
        self._outcome = outcome
        self._reached = reached
        self._days = observations.visit_day
        count = len(observations.person_ids)
        self._starts = np.searchsorted(observations.visit_person, np.arange(count + 1))
        self._fields = [observations.columns[name] for name in outcome.fields if name in observations.columns]
        self._fields += [] if reached is None else [reached]
        self._risks = risks if reached is None else np.where(self._measured_by(reached, count), risks, np.nan)
        # For everybody at once: hardly anybody has an event, and the others are done with these two.
        self._firsts = self._first_visits(~np.isnan(self._risks), count)
        self._ever_told = self._first_visits(~np.isnan(risks), count) != _NEVER
        self._ill = [self._first_visits(column == 1, count) != _NEVER for column in self._fields]

    def followed(self, conditions: Mapping[str, Sequence[Condition]], horizon: float) -> Followed:
        left_out: Counter[LeftOut] = Counter()
        firsts: list[int] = []
        endings: list[_Ending] = []
        for person in np.unique(self._observations.visit_person).tolist():
            first = int(self._firsts[person])
            own = [each for each in conditions.get(self._observations.person_ids[person], ()) if is_sure(each)]
            ending = self._without_risk(person) if first == _NEVER else self._ending(person, first, own)
            if isinstance(ending, LeftOut):
                left_out[ending] += 1
            else:
                firsts.append(first)
                endings.append(ending)
        return self._put_together(np.array(firsts, dtype=np.int64), endings, left_out, horizon)

    def _put_together(
        self, firsts: IntArray, endings: Sequence[_Ending], left_out: Mapping[LeftOut, int], horizon: float
    ) -> Followed:
        began = self._days[firsts].astype(np.float64) if len(firsts) else np.empty(0)
        ended = np.array([ending.day for ending in endings], dtype=np.float64)
        event = np.array([ending.event for ending in endings], dtype=np.bool_)
        years, event = within((ended - began) / _DAYS_A_YEAR, event, horizon)
        lately = ended >= (self._days.max() if len(self._days) else 0) - _SEEN_LATELY_DAYS
        risk = self._risks[firsts] if len(firsts) else np.empty(0)
        return Followed(
            FollowUp(risk, years, event, horizon),
            dict(left_out),
            date.fromordinal(int(began.min())) if len(began) else None,
            date.fromordinal(int(ended.max())) if len(ended) else None,
            int((lately & ~event & (years < horizon)).sum()),
        )

    def _visits(self, person: int) -> range:
        return range(int(self._starts[person]), int(self._starts[person + 1]))

    def _first_visits(self, where: BoolArray, people: int) -> IntArray:
        """Return everybody's first visit of these, -1 where there is none."""
        visits = np.flatnonzero(where)
        persons, places = np.unique(self._observations.visit_person[visits], return_index=True)
        firsts = np.full(people, _NEVER, dtype=np.int64)
        firsts[persons] = visits[places]
        return firsts

    def _measured_by(self, reached: FloatArray, people: int) -> BoolArray:
        """Return at which visits the measurement was taken, then or before."""
        first = self._first_visits(~np.isnan(reached), people)[self._observations.visit_person]
        return np.asarray((first != _NEVER) & (np.arange(len(reached)) >= first))

    def _last(self, person: int) -> int:
        """Return the last day on which something would be known of the outcome."""
        visits = self._visits(person)
        if self._reached is None:
            return int(self._days[visits.stop - 1])
        taken = np.flatnonzero(~np.isnan(self._reached[visits.start : visits.stop]))
        return int(self._days[visits.start + int(taken[-1])])

    def _without_risk(self, person: int) -> LeftOut:
        if self._reached is not None and self._ever_told[person]:
            return LeftOut.NOT_MEASURED
        return LeftOut.OUTCOME_BEFORE if any(ill[person] for ill in self._ill) else LeftOut.NO_RISK

    def _ending(self, person: int, first: int, conditions: Sequence[Condition]) -> _Ending | LeftOut:
        began, last = int(self._days[first]), self._last(person)
        telling = [each for each in conditions if each.code in self._outcome.conditions | self._outcome.before]
        event = first_event(spans_of(telling, self._outcome.conditions, self._turned(person, first)), began)
        if isinstance(event, TooEarly):
            return LeftOut(event.value)
        if event is not None:
            return _Ending(event, event=True)
        return _Ending(last, event=False) if last > began else LeftOut.NOT_FOLLOWED

    def _turned(self, person: int, first: int) -> list[Span | None]:
        """Return when each field of the outcome turned to yes, if it did."""
        visits = self._visits(person)
        fields = zip(self._fields, self._ill, strict=True)
        return [turned(column, self._days, visits, first) for column, ill in fields if ill[person]]
