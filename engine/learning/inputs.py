"""From the columns of a plain table to what a model takes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.fields.hashed_text import hash_texts
from engine.learning.columns import Column, Kind
from engine.learning.rows import Rows
from engine.learning.table import Table
from engine.learning.train import Outcome


def as_table(columns: Sequence[Column]) -> Table:
    """Return the predictors: numbers, then categories, then short texts as hashed counts of their letters."""
    return Table(
        rows=len(columns[0].values),
        numbers={each.name: each.values for each in columns if each.kind is Kind.NUMBER},
        categories={each.name: each.values for each in columns if each.kind is Kind.CATEGORY},
        texts={each.name: hash_texts(_words(each)) for each in columns if each.kind is Kind.TEXT},
    )


def as_outcome(rows: Rows, years_in_unit: float = 1.0) -> Outcome:
    """Return what became of the people; ``years_in_unit``: how many years one unit of the follow-up time has."""
    years = None if rows.time is None else rows.time * years_in_unit
    return Outcome(rows.event.astype(float), years)


def _words(column: Column) -> list[str | None]:
    return [None if math.isnan(place) else column.levels[int(place)] for place in column.values]
