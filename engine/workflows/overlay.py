"""What is typed, laid over what is stored: the record as it would be after saving, made without the store."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from engine.domain.batch import FloatArray
from engine.domain.dates import PartialDate
from engine.domain.entries import Entries, EntryColumn
from engine.domain.observations import Observations
from engine.domain.readings import READ_BY_ARM, RULES, Reading, ReadingColumn, columns_by_rule, rule_code, visit_value
from engine.domain.record import Measurement, Origin, Patient, Record, SourceKind, Value, Visit
from engine.fields import Dictionary, Kind
from engine.store.identity import IDENTITY_FIELDS, UNSTORED_FIELDS
from engine.store.observations import person_columns
from engine.store.people import identity_of, patient_of

_NEWEST = np.iinfo(np.int64).max  # a reading typed now was chosen last
Places = Collection[tuple[str, int]]  # field and reading


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store holds of one person, as far as typing can change it.

    ``readings``: visit id -> its single readings with the rules chosen for them. ``visits``: day -> id of the visit
    that takes what is typed for it.
    """

    record: Record
    observations: Observations
    readings: Mapping[str, tuple[Reading, ...]]
    visits: Mapping[date, str]


@dataclass(frozen=True, slots=True)
class Laid:
    """One person with a form laid over; ``position`` is that of the last visit of the form's day."""

    record: Record
    observations: Observations
    position: int


def nobody(person_id: str) -> Stored:
    """Return what is stored of somebody new."""
    nothing = np.empty(0, dtype=np.int64)
    observations = Observations([person_id], person_columns([{}]), [], nothing, nothing, {})
    return Stored(Record(Patient(person_id)), observations, {}, {})


@dataclass(frozen=True, slots=True)
class Form:
    """What is laid over: entries of one row, its day, readings taken out, and the id of a visit yet to be made."""

    entries: Entries
    day: date
    removed: Places
    new_visit_id: str
    actor: str | None


def lay_over(stored: Stored, form: Form, dictionary: Dictionary) -> Laid:
    """Return the record and its columns as the store would hold them after saving the form."""
    columns = [column for column in form.entries.columns if column.field not in UNSTORED_FIELDS]
    typed = {(one.field, one.reading): one for one in columns if one.field not in IDENTITY_FIELDS}
    visit_id = stored.visits.get(form.day, form.new_visit_id)
    before = next((visit for visit in stored.record.visits if visit.id == visit_id), Visit(visit_id, form.day))
    changed = {place: column for place, column in typed.items() if not _says(before, column)}
    gone = {*changed, *(set(form.removed) - typed.keys())}
    visit = replace(before, measurements=_measurements(before, gone, changed.values(), form))
    readings = [one for one in stored.readings.get(visit_id, ()) if (one.field, one.number) not in gone]
    readings += [
        Reading(column.field, column.reading, column.values[0], None, _NEWEST)
        for column in changed.values()
        if column.values[0] is not None
    ]
    identity = {column.field: str(column.values[0]) for column in columns if column.field in IDENTITY_FIELDS}
    taken_away = {field: None for field, _ in form.removed if field in IDENTITY_FIELDS}
    patient = patient_of(stored.record.patient.id, {**identity_of(stored.record.patient), **taken_away, **identity})
    observations = _with_visit(stored.observations, visit, visit_values_of(readings, dictionary))
    return Laid(
        record=replace(stored.record, patient=patient, visits=_in_order(stored.record.visits, visit)),
        observations=replace(observations, persons=person_columns([identity_of(patient)])),
        position=int(np.flatnonzero(observations.visit_day == form.day.toordinal())[-1]),
    )


def _says(visit: Visit, column: EntryColumn) -> bool:
    """Return whether a visit says exactly this already: the store then keeps what it has, with its origin."""
    return any(
        (one.field, one.reading) == (column.field, column.reading)
        and (one.value, one.qualifier) == (column.values[0], (column.qualifiers or {}).get(0))
        for one in visit.measurements
    )


def _measurements(visit: Visit, gone: Places, changed: Collection[EntryColumn], form: Form) -> tuple[Measurement, ...]:
    kept = [one for one in visit.measurements if (one.field, one.reading) not in gone]
    made = [
        Measurement(
            id=f"{visit.id}.{column.field}.{column.reading}",
            field=column.field,
            value=column.values[0],
            reading=column.reading,
            origin=Origin(
                SourceKind.TYPED,
                form.entries.source.received_at,
                form.actor,
                text=column.texts[0],
                conversion=column.conversion,
            ),
            qualifier=(column.qualifiers or {}).get(0),
        )
        for column in changed
    ]
    return tuple(sorted([*kept, *made], key=lambda one: (one.field, one.reading)))


def _in_order(visits: Sequence[Visit], visit: Visit) -> tuple[Visit, ...]:
    others = [one for one in visits if one.id != visit.id]
    return tuple(sorted([*others, visit], key=lambda one: one.visit_date))


@dataclass(frozen=True, slots=True)
class VisitValues:
    """A visit's values as in Observations: field -> number, and field -> code of the rule it follows from."""

    values: Mapping[str, float]
    rules: Mapping[str, int]


def visit_values_of(readings: Sequence[Reading], dictionary: Dictionary) -> VisitValues:
    """Return the values of one visit as the store would reduce its readings."""
    groups: dict[str, list[Reading]] = {}
    for reading in sorted(readings, key=lambda one: one.number):
        if reading.field in dictionary and dictionary[reading.field].kind is not Kind.TEXT:
            groups.setdefault(reading.field, []).append(reading)
    values = {
        field: _encoded(visit_value([one.value for one in group]), field, dictionary) for field, group in groups.items()
    }
    ruled = {one.field for one in readings if one.rule in RULES}
    if not ruled:
        return VisitValues(values, {})
    chosen = {field: group for field, group in groups.items() if field in ruled or field in READ_BY_ARM}
    found = columns_by_rule(
        {field: _column(group, dictionary) for field, group in chosen.items()},
        {field: np.array([values[field]]) for field in chosen},
    )
    return VisitValues(
        {**values, **{field: float(column.values[0]) for field, column in found.items()}},
        {field: int(column.rules[0]) for field, column in found.items() if column.rules[0]},
    )


def _column(group: Sequence[Reading], dictionary: Dictionary) -> ReadingColumn:
    return ReadingColumn(
        places=np.zeros(len(group), dtype=np.int64),
        numbers=np.array([one.number for one in group], dtype=np.int64),
        values=np.array([_encoded(one.value, one.field, dictionary) for one in group]),
        rules=np.array([rule_code(one.rule) for one in group], dtype=np.int64),
        chosen=np.array([one.chosen for one in group], dtype=np.int64),
    )


def _encoded(value: Value, field: str, dictionary: Dictionary) -> float:
    known = dictionary[field]
    if known.kind is not Kind.DATE:
        return known.encode(value)
    try:
        return float(PartialDate.parse(str(value)).earliest.toordinal())
    except ValueError:
        return float("inf")


def _with_visit(before: Observations, visit: Visit, found: VisitValues) -> Observations:
    """Return the columns of one person with one visit put in, or in the place of the one with its id."""
    ids = list(before.visit_ids)
    day = visit.visit_date.toordinal()
    if visit.id in ids:
        position = ids.index(visit.id)
        days = before.visit_day
    else:
        position = int(np.searchsorted(before.visit_day, day, side="right"))
        ids.insert(position, visit.id)
        days = np.insert(before.visit_day, position, day)
    rows, is_new = len(ids), len(ids) > len(before.visit_ids)
    names = dict.fromkeys((*before.columns, *found.values))
    return Observations(
        person_ids=before.person_ids,
        persons=before.persons,
        visit_ids=ids,
        visit_person=np.zeros(rows, dtype=np.int64),
        visit_day=days,
        columns={
            name: _put(before.columns.get(name), rows, position, found.values.get(name, np.nan), is_new=is_new)
            for name in names
        },
        readings_rules=_rules(before, rows, position, found.rules, is_new=is_new),
    )


def _put(column: FloatArray | None, rows: int, position: int, value: float, *, is_new: bool) -> FloatArray:
    made = np.full(rows, np.nan)
    if column is not None:
        made[np.arange(rows) != position if is_new else slice(None)] = column
    made[position] = value
    return made


def _rules(
    before: Observations, rows: int, position: int, rules: Mapping[str, int], *, is_new: bool
) -> dict[str, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    found = {}
    for name in dict.fromkeys((*before.readings_rules, *rules)):
        made = np.zeros(rows, dtype=np.int64)
        if name in before.readings_rules:
            made[np.arange(rows) != position if is_new else slice(None)] = before.readings_rules[name]
        made[position] = rules.get(name, 0)
        if made.any():
            found[name] = made
    return found
