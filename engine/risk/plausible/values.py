"""Looks up what a field could be in each row of a batch: the closest group of people that the table holds."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from engine.domain.batch import Batch, FloatArray
from engine.fields import Dictionary, Field, Kind
from engine.resources import resources_folder
from engine.risk.limits import completed_years
from engine.risk.plausible.strata import AGE, DIABETES, SEX, Source, Stratum, codes_of, strata_of

# A clinic's own people speak for a field from this many on.
ENOUGH_IN_CLINIC = 200
NO_STRATUM = -1
# What five points weigh so that they spread as people do: mean, variance and median of a normal distribution.
_POINT_WEIGHTS = (0.1412, 0.2588, 0.2, 0.2588, 0.1412)


@dataclass(frozen=True, slots=True)
class Points:
    """The plausible values of a field in some rows.

    ``values`` and ``weights``: float64[rows, points]; values NaN where nothing is known. ``stratum``: position in
    ``strata``, -1 where nothing is known.
    """

    values: FloatArray
    weights: FloatArray
    stratum: NDArray[np.int64]
    strata: Sequence[Stratum]

    def take(self, rows: NDArray[np.int64]) -> Points:
        """Return these rows."""
        return Points(self.values[rows], self.weights[rows], self.stratum[rows], self.strata)


class PlausibleValues:
    """Tables of facts by field; where two hold a field, the first speaks."""

    def __init__(
        self, sources: Mapping[str, Source], strata: Mapping[str, Sequence[Stratum]], dictionary: Dictionary
    ) -> None:
        self.sources = sources
        self._dictionary = dictionary
        self._strata = {name: sorted(found, key=lambda each: each.preference) for name, found in strata.items()}
        self._lookups = {name: _Lookup.of(name, found, dictionary) for name, found in self._strata.items()}

    def __contains__(self, name: object) -> bool:
        return name in self._strata

    @property
    def fields(self) -> Collection[str]:
        """The fields that the tables hold."""
        return self._strata.keys()

    def strata(self, name: str) -> Sequence[Stratum]:
        """Return the groups of a field, the closest kind first; none where no table holds it."""
        return self._strata.get(name, ())

    def beside(self, other: PlausibleValues) -> PlausibleValues:
        """Return these values, with those of ``other`` for the fields that are not here."""
        sources = {**other.sources, **self.sources}
        return PlausibleValues(sources, {**other._strata, **self._strata}, self._dictionary)

    def points(self, name: str, people: Batch) -> Points:
        """Return the plausible values of a field in every row, by age, sex and diabetes."""
        lookup = self._lookups.get(name) or _Lookup.of(name, (), self._dictionary)
        chosen = lookup.choose(people)
        known = (chosen != NO_STRATUM)[:, np.newaxis]
        return Points(np.where(known, lookup.values[chosen], np.nan), lookup.weights[chosen], chosen, self.strata(name))


@dataclass(frozen=True, slots=True)
class _Lookup:
    """The groups of a field as arrays, the closest kind first; a last row of values and weights stands for none.

    ``sex`` and ``diabetes`` are NaN for people of either; ``ages`` reach from ``low`` to below ``high``.
    """

    low: FloatArray
    high: FloatArray
    sex: FloatArray
    diabetes: FloatArray
    values: FloatArray
    weights: FloatArray

    @classmethod
    def of(cls, name: str, strata: Sequence[Stratum], dictionary: Dictionary) -> _Lookup:
        """Return the groups of a field as arrays."""
        low = np.array([each.ages[0] for each in strata], dtype=np.float64)
        high = np.array([np.inf if each.ages[1] is None else each.ages[1] for each in strata], dtype=np.float64)
        sex = [np.nan if each.sex is None else dictionary[SEX].encode(each.sex) for each in strata]
        diabetes = [np.nan if each.diabetes is None else float(each.diabetes) for each in strata]
        return cls(low, high, np.array(sex), np.array(diabetes), *_tables(dictionary[name], strata))

    def choose(self, people: Batch) -> NDArray[np.int64]:
        """Return the position of the closest group of each row; -1 where there is none."""
        if not len(self.low):
            return np.full(people.rows, NO_STRATUM, dtype=np.int64)
        years = completed_years(people.column(AGE))[:, np.newaxis]
        here = (years >= self.low) & (years < self.high)
        for wanted, name in ((self.sex, SEX), (self.diabetes, DIABETES)):
            here &= np.isnan(wanted) | (people.column(name)[:, np.newaxis] == wanted)
        return np.where(here.any(axis=1), here.argmax(axis=1), NO_STRATUM)


def _tables(field: Field, strata: Sequence[Stratum]) -> tuple[FloatArray, FloatArray]:
    """Return the points of every group and their weights; a last row stands for none."""
    if field.kind is Kind.NUMBER:
        rows = [each.quantiles for each in strata]
        values = np.array([*rows, (np.nan,) * len(_POINT_WEIGHTS)], dtype=np.float64)
        return values, np.broadcast_to(np.array(_POINT_WEIGHTS), values.shape)
    codes = codes_of(field)
    shares = [[(each.shares or {}).get(code, 0.0) for code in codes] for each in strata]
    weights = np.array([*shares, [np.nan] * len(codes)], dtype=np.float64)
    return np.broadcast_to(np.arange(len(codes), dtype=np.float64), weights.shape), weights


def clinic_values(people: Batch, names: Collection[str], dictionary: Dictionary, source: Source) -> PlausibleValues:
    """Return what a clinic's own people say of the fields that enough of them have."""
    strata = {}
    for name in names:
        if int((~people.missing(name)).sum()) >= ENOUGH_IN_CLINIC:
            found = [
                stratum
                for diabetes in (True, False, None)
                for stratum in strata_of(people, name, dictionary, source.id, diabetes)
            ]
            if found:
                strata[name] = found
    return PlausibleValues({source.id: source}, strata, dictionary)


@cache
def load_plausible_values(dictionary: Dictionary) -> PlausibleValues:
    """Return the table that ships with the program."""
    document = json.loads((resources_folder() / "plausible" / "values.json").read_text(encoding="utf-8"))
    sources = {
        key: Source(key, entry["kind"], {"en": entry["en"], "zh": entry["zh"]})
        for key, entry in document["sources"].items()
    }
    strata = {
        name: [
            Stratum(
                source=entry["source"],
                sex=entry["sex"],
                diabetes=entry["diabetes"],
                ages=(entry["ages"][0], entry["ages"][1]),
                n=entry["n"],
                quantiles=tuple(entry.get("quantiles", ())),
                shares=entry.get("shares"),
            )
            for entry in entries
        ]
        for name, entries in document["fields"].items()
    }
    return PlausibleValues(sources, strata, dictionary)
