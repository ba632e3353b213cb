"""What a clinic could ask of its own record: the outcomes that were recorded, and what could predict them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

import numpy as np

from engine.codes.catalogue import load_codes
from engine.domain.batch import BoolArray, FloatArray, IntArray
from engine.domain.observations import Observations
from engine.domain.record import Condition
from engine.domain.studio import OutcomeChoice, OutcomeSource, PredictorChoice
from engine.fields import Dictionary, Kind
from engine.risk.cohort.outcome import SIGN
from engine.risk.cohort.predictors import AGE, Knowing, can_predict, recorded_predictors
from engine.risk.derivation import FullDerivation
from engine.risk.endings import is_sure, span_of
from engine.risk.recalibration.outcomes import load_outcomes
from engine.workflows.clinics import OpenClinic
from engine.workflows.studio_record import ClinicRecord, read_record

Days = set[int]


def outcome_choices(clinic: OpenClinic, recorded: ClinicRecord | None = None) -> tuple[OutcomeChoice, ...]:
    """Return what was recorded of anybody and can be asked about: declared outcomes first, the commonest first.

    Args:
        clinic: the open clinic.
        recorded: what ``read_record`` gave; None: it is read now.

    Raises:
        AccessError: ``access_denied`` for who may not read records.
    """
    return _Choosing(recorded or read_record(clinic), clinic.dictionary).choices()


def predictor_choices(clinic: OpenClinic, recorded: ClinicRecord | None = None) -> tuple[PredictorChoice, ...]:
    """Return what could be a predictor, with the share of people of whom it is known, in the dictionary's order.

    A field that is derived (BMI, eGFR, age) is known of whom it was at the last visit. Raises as ``outcome_choices``.
    """
    recorded = recorded or read_record(clinic)
    shares = _shares(clinic, recorded.observations)
    return tuple(
        PredictorChoice(name, clinic.dictionary[name].labels, clinic.dictionary[name].unit, shares[name])
        for name in clinic.dictionary.fields
        if shares.get(name)
    )


def _shares(clinic: OpenClinic, observations: Observations) -> Mapping[str, float]:
    people = len(np.unique(observations.visit_person))
    if not people:
        return {}
    dictionary = clinic.dictionary
    recorded = recorded_predictors(observations, dictionary)
    derived = [name for name, field in dictionary.fields.items() if field.derivation is not None and can_predict(field)]
    knowing = Knowing(
        observations, clinic.clinic.settings, dictionary, FullDerivation(dictionary, clinic.predictors.find)
    )
    last = np.flatnonzero(observations.last_visits())
    batch = knowing.at(last, [*{*derived, AGE}])
    shares = {name: float(np.isfinite(column).mean()) for name, column in batch.columns.items()}
    seen = np.unique(observations.visit_person)
    for name in recorded:
        if name in observations.columns:
            there = ~np.isnan(observations.columns[name])
            shares[name] = max(shares.get(name, 0.0), len(np.unique(observations.visit_person[there])) / people)
        elif name in observations.persons:
            shares[name] = float((~np.isnan(observations.persons[name][seen])).mean())
    return shares


class _Choosing:
    def __init__(self, recorded: ClinicRecord, dictionary: Dictionary) -> None:
        self._observations = recorded.observations
        self._dictionary = dictionary
        self._place = {id_: place for place, id_ in enumerate(recorded.observations.person_ids)}
        self._by_code = self._sure_by_code(recorded.conditions)

    def choices(self) -> tuple[OutcomeChoice, ...]:
        order = tuple(OutcomeSource)
        found = [*self._declared(), *self._conditions(), *self._fields(), *self._measurements()]
        return tuple(sorted(found, key=lambda each: (order.index(each.source), -each.people_with, each.id)))

    def _declared(self) -> Iterator[OutcomeChoice]:
        for outcome in {each.id: each for each in load_outcomes().values()}.values():
            people, days = self._with_codes(outcome.conditions)
            for field in outcome.fields:
                more, when = self._with_yes(field)
                people, days = people | more, days | when
            yield from _choice(OutcomeSource.DECLARED, outcome.id, outcome.labels, people, days)

    def _conditions(self) -> Iterator[OutcomeChoice]:
        codes = load_codes().conditions
        for code in self._by_code:
            if code in codes:
                people, days = self._with_codes({code})
                yield from _choice(OutcomeSource.CONDITION, code, codes[code].labels, people, days)

    def _fields(self) -> Iterator[OutcomeChoice]:
        for name in self._observations.columns:
            field = self._dictionary[name]
            if field.kind is Kind.BOOLEAN and can_predict(field):
                yield from _choice(OutcomeSource.FIELD, name, field.labels, *self._with_yes(name))

    def _measurements(self) -> Iterator[OutcomeChoice]:
        columns = self._observations.columns
        for name, field in self._dictionary.fields.items():
            if field.kind is not Kind.NUMBER or not can_predict(field):
                continue
            there = None if name not in columns else ~np.isnan(columns[name])
            if there is None and (field.derivation is None or name == AGE):
                continue
            people, days = self._at(self._could_be_derived(name) if there is None else there)
            yield from _choice(OutcomeSource.MEASUREMENT, name, field.labels, people, days, field.unit)

    def _could_be_derived(self, name: str) -> BoolArray:
        """Return at which visits all that a field follows from was measured, who people are aside."""
        count = len(self._observations.visit_ids)
        rule = self._dictionary[name].derivation
        parts: Sequence[str] = () if rule is None else rule.sources
        found = np.full(count, bool(parts), dtype=np.bool_)
        for part in parts:
            if part in self._observations.columns:
                found &= ~np.isnan(self._observations.columns[part])
            elif part not in self._observations.persons and part != AGE:
                return np.zeros(count, dtype=np.bool_)
        return found

    def _with_codes(self, codes: Collection[str]) -> tuple[set[int], Days]:
        people: set[int] = set()
        days: Days = set()
        for code in codes:
            for person, day in self._by_code.get(code, ()):
                people.add(person)
                days |= set() if day is None else {day}
        return people, days

    def _with_yes(self, field: str) -> tuple[set[int], Days]:
        column: FloatArray | None = self._observations.columns.get(field)
        return (set(), set()) if column is None else self._at(column == 1)

    def _at(self, where: BoolArray) -> tuple[set[int], Days]:
        people: IntArray = np.unique(self._observations.visit_person[where])
        days = self._observations.visit_day[where]
        return set(people.tolist()), {int(days.min()), int(days.max())} if len(days) else set()

    def _sure_by_code(
        self, conditions: Mapping[str, Sequence[Condition]]
    ) -> Mapping[str, list[tuple[int, int | None]]]:
        found: dict[str, list[tuple[int, int | None]]] = {}
        for id_, own in conditions.items():
            for each in own:
                if is_sure(each) and id_ in self._place:
                    span = span_of(each)
                    day = None if span is None else sum(span) // 2
                    found.setdefault(each.code, []).append((self._place[id_], day))
        return found


def _choice(
    source: OutcomeSource,
    name: str,
    labels: Mapping[str, str],
    people: Collection[int],
    days: Days,
    unit: str | None = None,
) -> Iterator[OutcomeChoice]:
    """Yield the choice where anybody has it."""
    if people:
        first, last = (date.fromordinal(min(days)), date.fromordinal(max(days))) if days else (None, None)
        yield OutcomeChoice(f"{source}{SIGN}{name}", labels, source, len(people), first, last, unit)
