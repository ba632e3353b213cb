"""The values of a few fields at many visits, by the readings rule: what a list of people shows of their last visits."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import chain

import numpy as np

from engine.domain.batch import FloatArray, IntArray
from engine.domain.dates import PartialDate
from engine.domain.readings import READ_BY_ARM, ReadingColumn, columns_by_rule, mean_by_position
from engine.fields.dictionary import Kind, load_dictionary
from engine.store.gate import inner
from engine.store.reading_rules import ReadingRules
from engine.store.values import FIELD_SHIFT, VISIT_SHIFT
from engine.store.vault import Vault

_READING = (1 << FIELD_SHIFT) - 1
_Readings = tuple[IntArray, FloatArray]


@inner
def values_at(vault: Vault, visits: IntArray, fields: Sequence[str]) -> dict[str, FloatArray]:
    """Return the value of each field (numbers and days) at each visit, NaN where there is none.

    ``visits`` are keys of visits, ascending. The same values as :func:`engine.store.observations.load_observations`
    gives, without reading what else was measured.
    """
    known = vault.field_keys()
    readings = {field: _readings(vault, field, known[field], visits) for field in fields if field in known}
    columns = {field: np.full(visits.size, np.nan) for field in fields}
    for field, (keys, values) in readings.items():
        columns[field] = _reduced(field, _places(visits, keys), values, visits.size)
    rules = ReadingRules(vault)
    if rules:
        columns.update(_by_rule(rules, known, readings, columns, visits))
    return columns


def _readings(vault: Vault, field: str, key: int, visits: IntArray) -> _Readings:
    """Return measurement keys and values of one field, by visit and reading."""
    day = load_dictionary()[field].kind is Kind.DATE
    column = "text" if day else "number"
    first, end = key << FIELD_SHIFT, (key + 1) << FIELD_SHIFT
    rows = vault.rows(
        f"SELECT value.key, {column} FROM json_each(?) AS wanted CROSS JOIN measurement AS value"  # noqa: S608 - numbers and a name of ours
        f" ON value.key >= (wanted.value << {VISIT_SHIFT}) + {first}"
        f" AND value.key < (wanted.value << {VISIT_SHIFT}) + {end} WHERE {column} IS NOT NULL",
        (json.dumps(visits.tolist()),),
    )
    if day:
        days = {text: _day(text) for text in {row[1] for row in rows}}
        rows = [(key, days[text]) for key, text in rows]
    # A key is exact as a float: it stays below 2**53 for five hundred million visits.
    flat = np.fromiter(chain.from_iterable(rows), dtype=np.float64, count=2 * len(rows)).reshape(-1, 2)
    return flat[:, 0].astype(np.int64), flat[:, 1]


def _day(text: str) -> float:
    try:
        return float(PartialDate.parse(text).earliest.toordinal())
    except ValueError:
        return np.nan


def _places(visits: IntArray, keys: IntArray) -> IntArray:
    return np.searchsorted(visits, keys >> VISIT_SHIFT).astype(np.int64)


def _reduced(field: str, places: IntArray, values: FloatArray, visits: int) -> FloatArray:
    if load_dictionary()[field].kind is Kind.NUMBER:
        return mean_by_position(places, values, visits)
    column = np.full(visits, np.nan)
    column[places] = values  # readings are in order, so the last one stays
    return column


def _by_rule(
    rules: ReadingRules,
    known: dict[str, int],
    readings: dict[str, _Readings],
    columns: dict[str, FloatArray],
    visits: IntArray,
) -> dict[str, FloatArray]:
    """Return the columns in which an import chose another rule than the default."""
    written_keys, written = rules.changes(visits)
    ruled = {}
    for field, (keys, values) in readings.items():
        if known[field] in rules.fields or field in READ_BY_ARM:
            changes = written[np.searchsorted(written_keys, keys)]
            ruled[field] = ReadingColumn(
                places=_places(visits, keys),
                numbers=keys & _READING,
                values=values,
                rules=rules.codes(changes, keys),
                chosen=changes,
            )
    found = columns_by_rule(ruled, {field: columns[field] for field in ruled})
    return {field: column.values for field, column in found.items()}
