"""Hands the values of many people over as flat columns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from engine.domain.batch import FloatArray, IntArray
from engine.domain.dates import PartialDate
from engine.domain.observations import Observations
from engine.domain.readings import READ_BY_ARM, ReadingColumn, RuledColumn, columns_by_rule, mean_by_position
from engine.fields.dictionary import Field, Kind, load_dictionary
from engine.store.database import Row
from engine.store.gate import needs
from engine.store.groups import RecordGroups, select_in
from engine.store.people import person_keys
from engine.store.permissions import Permission
from engine.store.reading_rules import ReadingRules
from engine.store.values import FIELD_SHIFT, VISIT_SHIFT, field_of
from engine.store.vault import Vault

_CHUNK = 5_000  # visits

# Identity in columns: a code and days. The rest of it is text and takes no part in scoring.
_PERSON_FIELDS = (
    "birth_date",
    "sex",
    "consent_date",
    "medicines_confirmed_date",
    "conditions_confirmed_date",
    "allergies_confirmed_date",
    "checks_confirmed_date",
)


@dataclass(frozen=True, slots=True)
class _Values:
    """Values one below the other, the readings of a field at a visit in order.

    ``places[i]`` is the position of the visit; ``fields[i]`` is 0 where the visit does not count.
    """

    keys: IntArray
    values: FloatArray
    places: IntArray
    fields: IntArray


@needs(Permission.RECORD_READ, person=True)
def load_observations(vault: Vault, person_ids: Iterable[str] | None = None) -> Observations:
    """Return the present values of these people, or of everyone, with readings reduced to the visit's value.

    Raises:
        UsageError: ``person_unknown``.
    """
    keys = None if person_ids is None else list(dict.fromkeys(person_keys(vault, person_ids)))
    groups = RecordGroups(vault)
    people = _people(vault, keys)
    position = {row[0]: place for place, row in enumerate(people)}
    visits = _visits(vault, None if keys is None else groups.whole(keys), groups, position)
    visit_keys = np.array([row[0] for row in visits], dtype=np.int64)
    names = {key: name for name, key in vault.field_keys().items() if _makes_column(name)}
    values = _values(vault, names, visit_keys, everyone=keys is None)
    columns = _value_columns(names, values, len(visit_keys))
    ruled = _ruled_columns(vault, names, values, columns, None if keys is None else visit_keys)
    return Observations(
        person_ids=[row[1] for row in people],
        persons=_person_columns(vault, people, position),
        visit_ids=[row[1] for row in visits],
        visit_person=np.array([row[2] for row in visits], dtype=np.int64),
        visit_day=np.array([row[3] for row in visits], dtype=np.int64),
        columns={**columns, **{name: column.values for name, column in ruled.items()}},
        readings_rules={name: column.rules for name, column in ruled.items() if column.rules.any()},
    )


def _people(vault: Vault, keys: Sequence[int] | None) -> list[Row]:
    columns = ", ".join(f"patient.{field}" for field in _PERSON_FIELDS)
    sql = f"SELECT patient.key, patient.id, {columns} FROM"
    if keys is None:
        return vault.rows(f"{sql} patient WHERE root = patient.key AND ended IS NULL ORDER BY patient.key")
    wanted = f"{sql} json_each(?) AS wanted CROSS JOIN patient ON patient.key = wanted.value"
    found = {row[0]: row for row in select_in(vault, wanted, keys)}
    return [found[key] for key in keys]


def _visits(
    vault: Vault, members: Sequence[int] | None, groups: RecordGroups, position: Mapping[int, int]
) -> list[tuple[int, str, int, int]]:
    """Return visit key, id, position of the person and day, sorted by person, then day."""
    if members is None:
        rows: Iterable[Row] = vault.rows("SELECT key, id, patient, day FROM visit WHERE ended IS NULL")
    else:
        sql = (
            "SELECT visit.key, visit.id, visit.patient, visit.day FROM json_each(?) AS wanted"
            " CROSS JOIN visit ON visit.patient = wanted.value WHERE visit.ended IS NULL"
        )
        rows = select_in(vault, sql, members)
    placed = [(key, id_, position[groups.root(patient)], day) for key, id_, patient, day in rows]
    return sorted(placed, key=lambda row: (row[2], row[3], row[0]))


def _person_columns(vault: Vault, people: Sequence[Row], position: Mapping[int, int]) -> dict[str, FloatArray]:
    rows = [list(row) for row in people]
    for row in vault.rows(f"SELECT root, key, {', '.join(_PERSON_FIELDS)} FROM patient WHERE root <> key"):  # noqa: S608 - column names of ours
        if row[0] in position:  # what the shown record lacks
            whole = rows[position[row[0]]]
            whole[2:] = [own if own is not None else other for own, other in zip(whole[2:], row[2:], strict=True)]
    return person_columns([dict(zip(_PERSON_FIELDS, row[2:], strict=True)) for row in rows])


def person_columns(identities: Sequence[Mapping[str, str | None]]) -> dict[str, FloatArray]:
    """Return the patient-level columns of Observations for people whose identity is given as texts."""
    dictionary = load_dictionary()
    columns = {
        field: _encoded(dictionary[field], [identity.get(field) for identity in identities]) for field in _PERSON_FIELDS
    }
    births = [identity.get("birth_date") for identity in identities]
    precision = dictionary["birth_date_precision"]
    columns[precision.name] = _encoded(
        precision, [PartialDate.parse(text).precision.value if text else None for text in births]
    )
    return columns


def _encoded(field: Field, texts: Sequence[str | None]) -> FloatArray:
    """Return texts (codes or dates) as a Batch column."""
    encode = _day if field.kind is Kind.DATE else field.encode
    known = {text: encode(text) for text in set(texts) if text is not None}
    return np.array([np.nan if text is None else known[text] for text in texts], dtype=np.float64)


def _day(text: str) -> float:
    try:
        return float(PartialDate.parse(text).earliest.toordinal())
    except ValueError:
        return float("inf")


def _values(vault: Vault, names: Mapping[int, str], visit_keys: IntArray, *, everyone: bool) -> _Values:
    """Return all values of the visits. Yes/no and numbers lie as numbers, codes and dates as texts."""
    parts = (_numbers(vault, visit_keys, everyone=everyone), _codes(vault, names, visit_keys, everyone=everyone))
    keys = np.concatenate([part[0] for part in parts])
    values = np.concatenate([part[1] for part in parts])
    order = np.argsort(visit_keys)
    visits = keys >> VISIT_SHIFT
    places = np.searchsorted(visit_keys, visits, sorter=order)
    counted = places < len(visit_keys)  # a removed visit keeps its values
    counted[counted] = visit_keys[order[places[counted]]] == visits[counted]
    fields = np.where(counted, (keys >> FIELD_SHIFT) & 0xFFFF, 0)
    whose = np.zeros(len(keys), dtype=np.int64)
    whose[counted] = order[places[counted]]
    return _Values(keys, values, whose, fields)


def _value_columns(names: Mapping[int, str], found: _Values, visits: int) -> dict[str, FloatArray]:
    """Return the visits' values by field, readings reduced by default."""
    columns = {}
    for field in np.unique(found.fields).tolist():
        if field in names:
            chosen = np.flatnonzero(found.fields == field)
            columns[names[field]] = _reduce(names[field], found.places[chosen], found.values[chosen], visits)
    return columns


def _ruled_columns(
    vault: Vault,
    names: Mapping[int, str],
    found: _Values,
    columns: Mapping[str, FloatArray],
    visit_keys: IntArray | None,
) -> dict[str, RuledColumn]:
    """Return the columns in which an import chose another rule than the default; nearly always none."""
    rules = ReadingRules(vault)
    if not rules:
        return {}
    keys, changes = rules.changes(rules.visits() if visit_keys is None else visit_keys)
    readings = {}
    for field, name in names.items():
        if name in columns and (field in rules.fields or name in READ_BY_ARM):
            chosen = np.flatnonzero(found.fields == field)
            chosen = chosen[np.isin(found.keys[chosen], keys)]
            own = found.keys[chosen]
            written = changes[np.searchsorted(keys, own)]
            readings[name] = ReadingColumn(
                places=found.places[chosen],
                numbers=own & 0xFF,
                values=found.values[chosen],
                rules=rules.codes(written, own),
                chosen=written,
            )
    return columns_by_rule(readings, columns)


def _makes_column(name: str) -> bool:
    dictionary = load_dictionary()
    return name in dictionary and dictionary[name].kind is not Kind.TEXT


def _reduce(name: str, places: IntArray, values: FloatArray, visits: int) -> FloatArray:
    if load_dictionary()[name].kind is Kind.NUMBER:
        return mean_by_position(places, values, visits)
    column = np.full(visits, np.nan)
    column[places] = values  # readings are in order, so the last one stays
    return column


def _numbers(vault: Vault, visit_keys: IntArray, *, everyone: bool) -> tuple[IntArray, FloatArray]:
    if everyone:
        rows = vault.stream("SELECT key, number FROM measurement WHERE number IS NOT NULL ORDER BY key")
    else:
        rows = _of_visits(
            vault,
            "SELECT value.key, number FROM json_each(?) AS wanted CROSS JOIN measurement AS value"
            " ON value.key >= wanted.value << 24 AND value.key < (wanted.value + 1) << 24"
            " WHERE number IS NOT NULL ORDER BY value.key",
            visit_keys,
        )
    # A key is exact as a float: it stays below 2**53 for five hundred million visits.
    flat = [np.fromiter(chain.from_iterable(part), dtype=np.float64, count=2 * len(part)) for part in rows]
    pairs = np.concatenate([np.empty(0), *flat]).reshape(-1, 2)
    return pairs[:, 0].astype(np.int64), pairs[:, 1]


def _codes(
    vault: Vault, names: Mapping[int, str], visit_keys: IntArray, *, everyone: bool
) -> tuple[IntArray, FloatArray]:
    if everyone:
        rows = vault.stream("SELECT key, text FROM measurement WHERE text IS NOT NULL ORDER BY key")
    else:
        rows = _of_visits(
            vault,
            "SELECT value.key, text FROM json_each(?) AS wanted CROSS JOIN measurement AS value"
            " ON value.key >= wanted.value << 24 AND value.key < (wanted.value + 1) << 24"
            " WHERE text IS NOT NULL ORDER BY value.key",
            visit_keys,
        )
    known: dict[tuple[int, str], float] = {}
    keys: list[int] = []
    values: list[float] = []
    for key, text in chain.from_iterable(rows):
        field = field_of(key)
        if field in names:
            if (field, text) not in known:
                known[field, text] = float(_encoded(load_dictionary()[names[field]], [text])[0])
            keys.append(key)
            values.append(known[field, text])
    return np.array(keys, dtype=np.int64), np.array(values, dtype=np.float64)


def _of_visits(vault: Vault, sql: str, visit_keys: IntArray) -> Iterator[list[Row]]:
    wanted = np.sort(visit_keys).tolist()
    for start in range(0, len(wanted), _CHUNK):
        yield vault.rows(sql, (json.dumps(wanted[start : start + _CHUNK]),))
