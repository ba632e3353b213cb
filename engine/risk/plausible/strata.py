"""Groups of people by age, sex and diabetes, and how one field is distributed in each: facts about groups, no rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.domain.batch import Batch, BoolArray, FloatArray
from engine.fields import Dictionary, Field, Kind
from engine.risk.limits import completed_years, invalid

# From the 5th to the 95th percentile counts as plausible.
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
# Below this, a 5th percentile is the whim of four people: such a group is left out and a coarser one stands for it.
FEWEST = 100
ADULT = 20
AGE, SEX, DIABETES = "age", "sex", "diabetes"
_SEXES = ("M", "F")
_DECADES = tuple((start, start + 10) for start in range(ADULT, 80, 10))
_HALVES = ((ADULT, 40), (40, 60))

Ages = tuple[int, int | None]  # completed years: from, up to but without; None: no upper end


@dataclass(frozen=True, slots=True)
class Source:
    """Where values come from: ``kind`` is survey, clinic or published; ``text`` by language, names year and people."""

    id: str
    kind: str
    text: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Stratum:
    """How a field is distributed in one group.

    ``sex`` and ``diabetes`` None: people of either. A number has its ``quantiles`` at ``LEVELS``, a boolean or category
    the ``shares`` of its codes (booleans: ``false`` and ``true``). ``n``: how many people had a value.
    """

    source: str
    sex: str | None
    diabetes: bool | None
    ages: Ages
    n: int
    quantiles: tuple[float, ...] = ()
    shares: Mapping[str, float] | None = None

    @property
    def preference(self) -> tuple[bool, bool, float]:
        """Order of closeness: who is known to share diabetes or its absence, then sex, then the narrower age."""
        low, high = self.ages
        return self.diabetes is None, self.sex is None, (np.inf if high is None else high) - low


def strata_of(
    people: Batch, name: str, dictionary: Dictionary, source: str, diabetes: bool | None, youngest: int = ADULT
) -> tuple[Stratum, ...]:
    """Return the distribution of a field in every group of enough people, fine and coarse.

    Args:
        people: canonical columns; ``age``, ``sex`` and, where ``diabetes`` is not None, ``diabetes`` among them.
        name: the field.
        dictionary: the fields.
        source: id of the source.
        diabetes: only people with (True) or without (False) diabetes; None: everybody.
        youngest: the age from which the source holds people.
    """
    field = dictionary[name]
    column = people.column(name)
    use = ~np.isnan(column) & ~invalid(field, column)
    if diabetes is not None:
        use &= people.column(DIABETES) == float(diabetes)
    found = []
    for sex, ages, group in _groups(people, dictionary, youngest):
        values = column[use & group]
        if len(values) >= FEWEST:
            found.append(_stratum(field, values, Stratum(source, sex, diabetes, ages, len(values))))
    return tuple(found)


def _groups(people: Batch, dictionary: Dictionary, youngest: int) -> Iterator[tuple[str | None, Ages, BoolArray]]:
    years = completed_years(people.column(AGE))
    everybody: Ages = (youngest, None)
    coarse = [ages for ages in (*_HALVES, (60, None)) if ages[0] >= youngest]
    fine = [ages for ages in (*_DECADES, (80, None)) if ages[0] >= youngest]
    for sex in (*_SEXES, None):
        of_sex = people.column(SEX) == dictionary[SEX].encode(sex) if sex else ~np.isnan(people.column(SEX))
        for ages in dict.fromkeys([*(fine if sex else []), *coarse, everybody]):
            low, high = ages
            yield sex, ages, of_sex & (years >= low) & (years < (np.inf if high is None else high))


def _stratum(field: Field, values: FloatArray, group: Stratum) -> Stratum:
    quantiles: tuple[float, ...] = ()
    shares: Mapping[str, float] | None = None
    if field.kind is Kind.NUMBER:
        quantiles = tuple(float(f"{value:.4g}") for value in np.quantile(values, LEVELS))
    else:
        counts = np.bincount(values.astype(np.intp), minlength=len(codes_of(field)))
        shares = {code: round(float(count) / group.n, 4) for code, count in zip(codes_of(field), counts, strict=True)}
    return Stratum(group.source, group.sex, group.diabetes, group.ages, group.n, quantiles, shares)


def codes_of(field: Field) -> Sequence[str]:
    """Return the codes of a field in the order of its batch values."""
    return ("false", "true") if field.kind is Kind.BOOLEAN else field.category_codes
