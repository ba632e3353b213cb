"""Reads everything known of one person, with where each piece came from, and the history of single values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from engine.domain.record import Allergy, Answer, Check, Condition, Measurement, Medicine, Record, Relative, Visit
from engine.store.groups import RecordGroups
from engine.store.lists import load_items
from engine.store.origins import Origins
from engine.store.people import load_patient, person_key
from engine.store.settings import actor_names
from engine.store.values import field_of, kind_of, measurement_key, reading_of, restored, visit_of
from engine.store.vault import Row, Vault
from engine.store.visit_edit import visit_key


@dataclass(frozen=True, slots=True)
class PastMeasurement:
    """A value that no longer counts, with when and by whom it was corrected or removed."""

    measurement: Measurement
    ended_at: datetime
    ended_by: str


def load_record(vault: Vault, person_id: str) -> Record:
    """Return everything known of a person, visits oldest first.

    A text of its own in an origin is the value as it was written; without one it was written like the value.

    Raises:
        UsageError: ``person_unknown``.
    """
    members = RecordGroups(vault).of(person_key(vault, person_id))
    return Record(
        patient=load_patient(vault, person_id),
        visits=_visits(vault, members),
        conditions=load_items(vault, Condition, members),
        medicines=load_items(vault, Medicine, members),
        allergies=load_items(vault, Allergy, members),
        relatives=load_items(vault, Relative, members),
        checks=load_items(vault, Check, members),
        answers=load_items(vault, Answer, members),
    )


def _visits(vault: Vault, members: Sequence[int]) -> tuple[Visit, ...]:
    visits = vault.rows(
        "SELECT visit.key, visit.id, visit.day FROM json_each(?) AS wanted"
        " CROSS JOIN visit ON visit.patient = wanted.value WHERE visit.ended IS NULL ORDER BY visit.day, visit.key",
        (json.dumps(list(members)),),
    )
    ids = {key: id_ for key, id_, _ in visits}
    rows = vault.rows(
        "SELECT value.key, number, text, row, change, written, qualifier, conversion FROM json_each(?) AS wanted"
        " CROSS JOIN measurement AS value ON value.key >= wanted.value << 24 AND value.key < (wanted.value + 1) << 24"
        " ORDER BY value.key",
        (json.dumps(list(ids)),),
    )
    by_visit: dict[int, list[Measurement]] = {key: [] for key in ids}
    for measurement, row in zip(_measurements(vault, rows, ids.__getitem__), rows, strict=True):
        by_visit[visit_of(row[0])].append(measurement)
    return tuple(Visit(id_, date.fromordinal(day), tuple(by_visit[key])) for key, id_, day in visits)


def value_history(vault: Vault, visit_id: str, field: str) -> tuple[PastMeasurement, ...]:
    """Return the values of a field that a visit once had, the first to be corrected first.

    Raises:
        UsageError: ``visit_unknown``.
    """
    visit, field_key = visit_key(vault, visit_id), vault.field_keys().get(field)
    if field_key is None:
        return ()
    first = measurement_key(visit, field_key << 8)
    rows = vault.rows(
        "SELECT past.key, number, text, row, past.change, written, qualifier, conversion, moment, actor"
        " FROM measurement_past AS past JOIN change ON change.key = past.ended"
        " WHERE past.key BETWEEN ? AND ? ORDER BY past.past",
        (first, first + 255),
    )
    name_of = actor_names(vault)
    return tuple(
        PastMeasurement(measurement, datetime.fromisoformat(row[8]), name_of(row[9]))
        for measurement, row in zip(_measurements(vault, rows, lambda _: visit_id), rows, strict=True)
    )


def _measurements(vault: Vault, rows: Sequence[Row], visit_name: Callable[[int], str]) -> Iterable[Measurement]:
    origins = Origins(vault, (row[4] for row in rows))
    names = {key: name for name, key in vault.field_keys().items()}
    for key, number, text, row, change, written, qualifier, conversion, *_ in rows:
        field, reading = names[field_of(key)], reading_of(key)
        value = restored(kind_of(field), number, text)
        yield Measurement(
            id=f"{visit_name(visit_of(key))}.{field}.{reading}",
            field=field,
            value=value,
            reading=reading,
            origin=origins.of_value(change, key, value, row, written, conversion),
            qualifier=qualifier,
        )
