"""One column of what goes out: which texts it has, and what was altered to keep people from being found by it.

Nothing but numbers, codes of the dictionary and the few texts made here can become a cell.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from engine.domain.batch import FloatArray, IntArray
from engine.fields.canonical import write_number
from engine.fields.dictionary import Field, Kind
from engine.population.rules import Rules, Treatment

EMPTY = -1


class Alteration(StrEnum):
    """What became of the values of a column; ``deidentify.altered.<value>`` says it."""

    NONE = "none"
    BANDS = "bands"  # of so many years
    YEAR = "year"
    OLDEST = "oldest"  # in one group
    ENDS = "ends"  # the rare ends are given as one value
    NOT_OLDEST = "not_oldest"  # left empty for the oldest, the rare ends as one value
    RARE = "rare"  # codes that few people have are left empty


@dataclass(frozen=True, slots=True)
class Column:
    """A column by position of the person: ``texts[codes[i]]`` is cell i, -1 an empty one.

    ``years``: how wide bands are. ``low`` and ``high``: where a number was cut off.
    """

    name: str
    field: str
    codes: IntArray
    texts: tuple[str, ...]
    alteration: Alteration
    years: int = 0
    low: float | None = None
    high: float | None = None


def coded(values: FloatArray, text: Callable[[float], str]) -> tuple[IntArray, tuple[str, ...]]:
    """Return values as codes and the text of each; what is no number is empty."""
    there = np.isfinite(values)
    distinct, places = np.unique(values[there], return_inverse=True)
    codes = np.full(len(values), EMPTY, dtype=np.int64)
    codes[there] = places
    return codes, tuple(text(float(value)) for value in distinct)


def age_column(age: FloatArray, years: int, oldest: int) -> Column:
    """Return ages in bands of ``years``; who is older than ``oldest`` is in one group."""
    start = np.where(age > oldest, oldest + 1, np.floor(age / years) * years)
    start = np.where(age < 0, np.nan, start)

    def text(value: float) -> str:
        return f"{oldest + 1}+" if value > oldest else band(int(value), years)

    codes, texts = coded(start, text)
    kind = Alteration.BANDS if years > 1 else Alteration.OLDEST
    return Column("age", "age", codes, texts, kind, years=years)


def year_column(days: FloatArray, years: int) -> Column:
    """Return the years of days (``date.toordinal``), in bands of ``years``."""
    codes, texts = coded(np.floor(year_of(days) / years) * years, lambda value: band(int(value), years))
    return Column("visit_year", "visit_date", codes, texts, Alteration.YEAR, years=years)


def year_of(days: FloatArray) -> FloatArray:
    """Return the calendar year of days (``date.toordinal``); NaN where there is none."""
    there = np.isfinite(days)
    dates = (np.where(there, days, 1).astype(np.int64) - 719_163).astype("datetime64[D]")
    return np.where(there, dates.astype("datetime64[Y]").astype(np.int64) + 1970.0, np.nan)


def band(start: int, width: int) -> str:
    """Return a band as text that no spreadsheet takes for a date."""
    return str(start) if width == 1 else f"{start} to {start + width - 1}"


def code_column(field: Field, values: FloatArray) -> Column:
    """Return a column of yes/no or codes, nothing altered; what is no code of the field is empty."""
    if field.kind is Kind.BOOLEAN:
        known = {0.0: "false", 1.0: "true"}
    else:
        known = {float(place): code for place, code in enumerate(field.category_codes)}
    values = np.where(np.isin(values, list(known)), values, np.nan)
    codes, texts = coded(values, lambda value: known[value])
    return Column(field.name, field.name, codes, texts, Alteration.NONE)


def without_rare(column: Column, k: int) -> Column | None:
    """Return a column in which each text is that of ``k`` people; None where too little is left.

    A text of fewer people becomes an empty cell. Where then fewer than ``k`` cells are empty they would tell whose they
    are, and the column cannot go out.
    """
    counts = np.bincount(column.codes[column.codes >= 0], minlength=len(column.texts))
    rare = (counts > 0) & (counts < k)
    empty = int((column.codes == EMPTY).sum() + counts[rare].sum())
    if not (counts >= k).any() or (rare.any() and empty < k):
        return None
    if not rare.any():
        return column
    place = np.full(len(counts) + 1, EMPTY, dtype=np.int64)
    place[np.flatnonzero(counts >= k)] = np.arange(int((counts >= k).sum()))
    texts = tuple(text for text, count in zip(column.texts, counts, strict=True) if count >= k)
    return Column(column.name, column.field, place[column.codes], texts, Alteration.RARE)


def number_column(field: Field, values: FloatArray, oldest: FloatArray, rules: Rules) -> Column | None:
    """Return a column of numbers whose lowest and highest value are each that of ``k`` people or more.

    The ``k`` lowest and the ``k`` highest values are given as the innermost of them (top and bottom coding). None where
    fewer than twice ``k`` people have a value. ``oldest``: whether a person is older than the oldest age, as 0 or 1.
    """
    treatment = rules.treatment(field.name)
    top = rules.oldest_age + 1.0
    if treatment is Treatment.YEARS_SINCE:
        values = np.where(oldest == 1, np.nan, values)
    if treatment is Treatment.AGE_AT:
        values = np.minimum(values, top)
    there = np.sort(values[np.isfinite(values)])
    if len(there) < 2 * rules.k:
        return None
    low, high = float(there[rules.k - 1]), float(there[-rules.k])

    def text(value: float) -> str:
        return f"{rules.oldest_age + 1}+" if treatment is Treatment.AGE_AT and value >= top else write_number(value)

    codes, texts = coded(np.clip(np.where(np.isfinite(values), values, np.nan), low, high), text)
    kind = Alteration.NOT_OLDEST if treatment is Treatment.YEARS_SINCE else Alteration.ENDS
    return Column(field.name, field.name, codes, texts, kind, low=low, high=high)
