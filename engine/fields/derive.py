"""Fills fields that follow from others: BMI from height and weight, age from two dates, a region from a country.

An entered value wins over a derived one, every part must be there, and nothing is rounded. What to derive and from
what stands in the data dictionary (``Derivation``); this module knows the kinds of rule:

- ``expression``: the expression language of ``engine.expressions`` over the parts;
- ``date_difference``: completed years between two dates (29 February counts as 1 March in other years);
- ``lookup``: a column of the country table.

Two kinds are not filled here. ``equation`` needs a pack (``engine.risk``). ``format`` asks how far a date is known,
which a day number no longer shows: who reads the date writes that field (``PartialDate.precision``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter

import numpy as np
from numpy.typing import NDArray

from engine.domain.batch import Batch, BoolArray, FloatArray
from engine.expressions import evaluate, parse
from engine.fields.countries import load_countries
from engine.fields.dictionary import Derivation, Dictionary, Field, Kind
from engine.resources import resources_folder

_DAY_OF_1970 = 719_163  # date(1970, 1, 1).toordinal(), where NumPy counts from
_LAST_DAY = 3_652_059  # date(9999, 12, 31).toordinal()


@dataclass(frozen=True, slots=True)
class Derived:
    """A batch with derived values, and where they are: field -> bool[rows], only fields that were filled somewhere."""

    batch: Batch
    where: Mapping[str, BoolArray]


def derive(batch: Batch, dictionary: Dictionary, only: Collection[str] | None = None) -> Derived:
    """Return the batch with derivable fields filled where they are absent and all their parts are there.

    Args:
        batch: columns in canonical units.
        dictionary: tells what follows from what.
        only: the fields that are wanted; their parts are derived too when needed. None: every field.

    A part that cannot be read (infinite in the batch) derives nothing. A part outside its hard limits derives
    infinity, "present but no value", so the limit that it breaks is not hidden by an innocent-looking result.
    """
    columns = dict(batch.columns)
    where: dict[str, BoolArray] = {}
    for field in _in_order(dictionary, None if only is None else frozenset(only)):
        filled = _fill(field, columns, batch.rows, dictionary)
        if filled is not None and filled.any():
            where[field.name] = filled
    return Derived(Batch(batch.rows, columns), where)


def _fill(field: Field, columns: dict[str, FloatArray], rows: int, dictionary: Dictionary) -> BoolArray | None:
    """Fill one field in ``columns``; return where, or None when there is nothing to fill or to fill it from."""
    rule = field.derivation
    if rule is None or not all(part in columns for part in rule.sources):
        return None
    entered = columns.get(field.name)
    absent = np.ones(rows, dtype=np.bool_) if entered is None else np.isnan(entered)
    if entered is not None and not absent.any():
        return None
    parts = {part: columns[part] for part in rule.sources}
    readable, broken = _state_of_parts(parts, dictionary)
    found = _RULES[rule.kind](rule, parts, rows, dictionary, field)
    usable = absent & readable & np.isfinite(found)
    value = np.where(usable & ~broken, found, np.where(usable, np.inf, np.nan))
    columns[field.name] = value if entered is None else np.where(absent, value, entered)
    return usable & ~broken


def _state_of_parts(parts: Mapping[str, FloatArray], dictionary: Dictionary) -> tuple[BoolArray, BoolArray]:
    """Return where every part is present and readable, and where one of them is outside its hard limits."""
    rows = len(next(iter(parts.values())))
    readable = np.ones(rows, dtype=np.bool_)
    broken = np.zeros(rows, dtype=np.bool_)
    for name, column in parts.items():
        field = dictionary[name]
        readable &= np.isfinite(column)
        if field.hard_min is not None:
            broken |= column < field.hard_min
        if field.hard_max is not None:
            broken |= column > field.hard_max
    return readable, broken


@cache
def _in_order(dictionary: Dictionary, only: frozenset[str] | None) -> tuple[Field, ...]:
    """Return the fields to fill, each after the fields that it is derived from."""
    rules = {
        field.name: field.derivation.sources
        for field in dictionary.fields.values()
        if field.derivation is not None and field.derivation.kind in _RULES
    }
    wanted = set(rules) if only is None else set(only) & set(rules)
    waiting = list(wanted)
    while waiting:
        parts = {part for part in rules[waiting.pop()] if part in rules} - wanted
        wanted |= parts
        waiting += parts
    order = TopologicalSorter({name: [part for part in rules[name] if part in rules] for name in sorted(wanted)})
    return tuple(dictionary[name] for name in order.static_order())


_Rule = Callable[[Derivation, Mapping[str, FloatArray], int, Dictionary, Field], FloatArray]


def _expression(
    rule: Derivation, parts: Mapping[str, FloatArray], rows: int, dictionary: Dictionary, field: Field
) -> FloatArray:
    codes = {part: dictionary[part].category_codes for part in parts if dictionary[part].kind is Kind.CATEGORY}
    return evaluate(parse(rule.detail["expr"]), parts, rows, codes, field.category_codes)


def _completed_years(
    rule: Derivation, parts: Mapping[str, FloatArray], rows: int, dictionary: Dictionary, field: Field
) -> FloatArray:
    first, last = (parts[name] for name in rule.sources)
    with np.errstate(invalid="ignore"):
        known = (first >= 1) & (first <= _LAST_DAY) & (last >= 1) & (last <= _LAST_DAY)
    first_year, first_day = _year_and_day(np.where(known, first, 1.0))
    last_year, last_day = _year_and_day(np.where(known, last, 1.0))
    return np.where(known, last_year - first_year - (last_day < first_day), np.nan)


def _year_and_day(ordinals: FloatArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the year of day numbers, and a number that orders days within any year (month * 32 + day)."""
    days = (ordinals.astype(np.int64) - _DAY_OF_1970).astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    month = months.astype(np.int64)
    day = (days - months.astype("datetime64[D]")).astype(np.int64)
    return month // 12 + 1970, month % 12 * 32 + day


def _country_column(
    rule: Derivation, parts: Mapping[str, FloatArray], rows: int, dictionary: Dictionary, field: Field
) -> FloatArray:
    key = rule.detail["key"]
    table = _country_table(dictionary, key, rule.detail["value"], field.name)
    column = parts[key]
    with np.errstate(invalid="ignore"):
        known = (column >= 0) & (column < len(table))
    return np.where(known, table[np.where(known, column, 0).astype(np.intp)], np.nan)


@cache
def _country_table(dictionary: Dictionary, key: str, value: str, field: str) -> FloatArray:
    """Return, by position of the country, the position of its region; NaN where the table leaves it open."""
    countries = load_countries(resources_folder() / "fields" / "countries.csv")
    regions = [countries[code].regions().get(value) for code in dictionary[key].category_codes]
    return np.array([np.nan if region is None else dictionary[field].encode(region) for region in regions])


_RULES: Mapping[str, _Rule] = {
    "expression": _expression,
    "date_difference": _completed_years,
    "lookup": _country_column,
}
