"""Readings that cannot wait, whatever any number says (``resources/fields/urgent_readings.json``)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from engine.domain.batch import Batch, BoolArray
from engine.expressions import Expression, evaluate, parse
from engine.fields.dictionary import Dictionary
from engine.resources import resources_folder


@dataclass(frozen=True, slots=True)
class UrgentReading:
    """One condition over canonical fields.

    ``readings`` are the fields that were measured: taken more than ``within_days`` before the visit they do not count.
    Of a ``group`` only the first that holds is told. ``sources``: the guideline with its year, by language; the
    sentence is ``urgent.<id>`` of the catalogue.
    """

    id: str
    group: str
    readings: tuple[str, ...]
    within_days: int
    when: Expression
    sources: Mapping[str, str]


@cache
def load_urgent_readings() -> tuple[UrgentReading, ...]:
    """Return the declared readings, those that come first in their group first."""
    document = json.loads((resources_folder() / "fields" / "urgent_readings.json").read_text(encoding="utf-8"))
    return tuple(
        UrgentReading(
            id=entry["id"],
            group=entry["group"],
            readings=tuple(entry["readings"]),
            within_days=entry["within_days"],
            when=parse(entry["when"]),
            sources=entry["source"],
        )
        for entry in document["readings"]
    )


def find_urgent(
    people: Batch, dictionary: Dictionary, days_before: Mapping[str, int] | None = None
) -> Iterator[tuple[UrgentReading, BoolArray]]:
    """Yield every urgent reading with the rows where it is to be told; what is unknown or no value raises none.

    Args:
        people: canonical columns.
        dictionary: the fields of the columns.
        days_before: field -> how many days before the visit it was taken; a field that is not here was taken at it.
    """
    ages = days_before or {}
    told: dict[str, BoolArray] = {}
    for reading in load_urgent_readings():
        known = [name for name in reading.readings if ages.get(name, 0) <= reading.within_days]
        if not any(name in people.columns for name in known):
            continue
        columns = {name: people.column(name) for name in reading.when.names}
        columns |= {name: np.full(people.rows, np.nan) for name in reading.readings if name not in known}
        columns = {name: np.where(np.isfinite(column), column, np.nan) for name, column in columns.items()}
        codes = {name: dictionary[name].category_codes for name in columns if dictionary[name].category_codes}
        before = told.get(reading.group, np.zeros(people.rows, dtype=np.bool_))
        holds = (evaluate(reading.when, columns, people.rows, codes) == 1) & ~before
        told[reading.group] = before | holds
        if holds.any():
            yield reading, holds
