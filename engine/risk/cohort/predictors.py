"""What of a record can be a predictor, and what was known of people at a visit, as the risk cards know it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from engine.domain.batch import Batch, BoolArray, FloatArray, IntArray
from engine.domain.observations import Observations
from engine.domain.record import Value
from engine.fields import Dictionary, Field, Kind, Scope
from engine.risk.derivation import FullDerivation
from engine.risk.snapshot import take_snapshot

AGE, SEX = "age", "sex"
_KINDS = frozenset({Kind.NUMBER, Kind.CATEGORY, Kind.BOOLEAN})
_WHO = frozenset({AGE, SEX, "birth_date", "birth_date_precision", "visit_date"})
_NOT_OF_PEOPLE = frozenset({"birth_date_precision", "projection_end_age_years"})


def can_predict(field: Field) -> bool:
    """Whether a field says something of a person that a model can take: no text, day or setting of the clinic."""
    return field.kind in _KINDS and field.scope is not Scope.SETTING and field.name not in _NOT_OF_PEOPLE


def recorded_predictors(observations: Observations, dictionary: Dictionary) -> tuple[str, ...]:
    """Return what was recorded of anybody and can be a predictor, in the order of the dictionary; age is one."""
    recorded = {
        name
        for columns in (observations.columns, observations.persons)
        for name, column in columns.items()
        if not np.isnan(column).all()
    }
    if "birth_date" in recorded:
        recorded.add(AGE)
    return tuple(name for name, field in dictionary.fields.items() if name in recorded and can_predict(field))


class Knowing:
    """Tells what was known at visits: carried forward and derived by the rules that the risk cards follow."""

    def __init__(
        self,
        observations: Observations,
        settings: Mapping[str, Value],
        dictionary: Dictionary,
        derivation: FullDerivation,
    ) -> None:
        self._observations = observations
        self._settings = settings
        self._dictionary = dictionary
        self._derivation = derivation

    def at(self, visits: IntArray, fields: Sequence[str]) -> Batch:
        """Return the fields of the people of these visits as they were known then; nothing later is looked at."""
        reads = self._derivation.reads(fields)
        snapshot = take_snapshot(self._observations, self._settings, self._dictionary, visits, reads)
        whole = self._derivation.complete(snapshot.batch, fields).batch
        return Batch(len(visits), {name: whole.column(name) for name in fields})

    def recorded_at(self, fields: Collection[str]) -> BoolArray:
        """Return at which visits something was recorded that is one of the fields, or that one follows from.

        Where nothing of them belongs to visits (age and sex alone), every visit will do.
        """
        reads = self._derivation.reads(fields) - _WHO
        found = np.full(len(self._observations.visit_ids), not reads, dtype=np.bool_)
        for name, column in self._observations.columns.items():
            if name in reads:
                found |= ~np.isnan(column)
        return found

    def measured(self, field: str) -> FloatArray:
        """Return a measurement at every visit where it, or a part that it follows from, was taken; NaN elsewhere."""
        count = len(self._observations.visit_ids)
        own = self._observations.columns.get(field, np.full(count, np.nan))
        rule = self._dictionary[field].derivation
        if rule is None or not count:
            return own
        reads = self._derivation.reads([field]) - {field}
        visits = np.arange(count, dtype=np.int64)
        snapshot = take_snapshot(self._observations, self._settings, self._dictionary, visits, reads)
        derived = self._derivation.complete(snapshot.batch, [field]).batch.column(field)
        today = np.zeros(count, dtype=np.bool_)
        for part in snapshot.sources:
            today |= snapshot.days_before(part) == 0
        return np.where(np.isnan(own), np.where(today & np.isfinite(derived), derived, np.nan), own)
