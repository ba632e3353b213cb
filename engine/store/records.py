"""Reads everything known of one person, with where each piece came from, and the history of single values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from engine.domain.readings import Reading
from engine.domain.record import Allergy, Answer, Check, Condition, Measurement, Medicine, Record, Relative, Visit
from engine.store.database import Row
from engine.store.gate import needs
from engine.store.groups import RecordGroups, select_in
from engine.store.lists import Item, load_items
from engine.store.origins import Origins
from engine.store.people import load_patients, person_key, person_keys
from engine.store.permissions import Permission
from engine.store.reading_rules import ReadingRules
from engine.store.settings import actor_names
from engine.store.values import field_of, kind_of, measurement_key, reading_of, restored, visit_of
from engine.store.vault import Vault
from engine.store.visit_edit import visit_key

_CHUNK = 200  # people


@dataclass(frozen=True, slots=True)
class PastMeasurement:
    """A value that no longer counts, with when and by whom it was corrected or removed."""

    measurement: Measurement
    ended_at: datetime
    ended_by: str


@needs(Permission.RECORD_READ, person=True)
def load_record(vault: Vault, person_id: str) -> Record:
    """Return everything known of a person, visits oldest first; see :func:`load_records`.

    Raises:
        UsageError: ``person_unknown``.
    """
    return next(load_records(vault, [person_id]))


@needs(Permission.RECORD_READ, person=True)
def load_records(vault: Vault, person_ids: Iterable[str]) -> Iterator[Record]:
    """Yield everything known of these people, in the order asked for; far quicker for many than one by one.

    A text of its own in an origin is the value as it was written; without one it was written like the value.

    Raises:
        UsageError: ``person_unknown``.
    """
    origins = Origins(vault)
    waiting = iter(person_ids)
    while chunk := list(islice(waiting, _CHUNK)):
        yield from _load_chunk(vault, chunk, origins)


def _load_chunk(vault: Vault, person_ids: Sequence[str], origins: Origins) -> Iterator[Record]:
    keys = person_keys(vault, person_ids)
    groups = RecordGroups(vault)
    members = groups.whole(keys)

    def listed(kind: type[Item]) -> dict[int, tuple[Item, ...]]:
        entries: defaultdict[int, list[Item]] = defaultdict(list)
        for member, item in load_items(vault, kind, members, origins):
            entries[groups.root(member)].append(item)
        return {key: tuple(items) for key, items in entries.items()}

    visits = _visits(vault, members, groups, origins)
    conditions, medicines, allergies = listed(Condition), listed(Medicine), listed(Allergy)
    relatives, checks, answers = listed(Relative), listed(Check), listed(Answer)
    for key, patient in zip(keys, load_patients(vault, person_ids), strict=True):
        yield Record(
            patient=patient,
            visits=visits.get(key, ()),
            conditions=conditions.get(key, ()),
            medicines=medicines.get(key, ()),
            allergies=allergies.get(key, ()),
            relatives=relatives.get(key, ()),
            checks=checks.get(key, ()),
            answers=answers.get(key, ()),
        )


def _visits(
    vault: Vault, members: Sequence[int], groups: RecordGroups, origins: Origins
) -> dict[int, tuple[Visit, ...]]:
    """Return the visits of each person, oldest first, by the key under which the person is shown."""
    sql = (
        "SELECT visit.key, visit.id, visit.day, visit.patient FROM json_each(?) AS wanted"
        " CROSS JOIN visit ON visit.patient = wanted.value WHERE visit.ended IS NULL"
    )
    visits = sorted(select_in(vault, sql, members), key=lambda row: (row[2], row[0]))
    names = {row[0]: row[1] for row in visits}
    sql = (
        "SELECT value.key, number, text, row, change, written, qualifier, conversion FROM json_each(?) AS wanted"
        " CROSS JOIN measurement AS value ON value.key >= wanted.value << 24 AND value.key < (wanted.value + 1) << 24"
    )
    rows = list(select_in(vault, sql, names))
    by_visit: dict[int, list[Measurement]] = {key: [] for key in names}
    for measurement, row in zip(_measurements(vault, rows, names.__getitem__, origins), rows, strict=True):
        by_visit[visit_of(row[0])].append(measurement)
    found: defaultdict[int, list[Visit]] = defaultdict(list)
    for key, id_, day, patient in visits:
        found[groups.root(patient)].append(Visit(id_, date.fromordinal(day), tuple(by_visit[key])))
    return {key: tuple(of_person) for key, of_person in found.items()}


@needs(Permission.RECORD_READ)
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
        for measurement, row in zip(_measurements(vault, rows, lambda _: visit_id, Origins(vault)), rows, strict=True)
    )


@needs(Permission.RECORD_READ, person=True)
def load_readings(vault: Vault, person_id: str) -> dict[str, tuple[Reading, ...]]:
    """Return the single readings of each visit of a person by visit id, with the rules chosen for them.

    Raises:
        UsageError: ``person_unknown``.
    """
    members = RecordGroups(vault).of(person_key(vault, person_id))
    sql = (
        "SELECT visit.key, visit.id FROM json_each(?) AS wanted CROSS JOIN visit ON visit.patient = wanted.value"
        " WHERE visit.ended IS NULL"
    )
    visits: dict[int, str] = dict(select_in(vault, sql, members))
    rules, names = ReadingRules(vault), {key: name for name, key in vault.field_keys().items()}
    found: dict[str, list[Reading]] = {id_: [] for id_ in visits.values()}
    sql = (
        "SELECT value.key, number, text, change FROM json_each(?) AS wanted CROSS JOIN measurement AS value"
        " ON value.key >= wanted.value << 24 AND value.key < (wanted.value + 1) << 24"
    )
    for key, number, text, change in select_in(vault, sql, visits):
        name = names[field_of(key)]
        value = restored(kind_of(name), number, text)
        if value is not None:
            found[visits[visit_of(key)]].append(Reading(name, reading_of(key), value, rules.of(change, key), change))
    return {id_: tuple(readings) for id_, readings in found.items()}


@needs(Permission.RECORD_READ, person=True)
def visits_by_day(vault: Vault, person_id: str) -> dict[date, str]:
    """Return for each day the id of the visit that takes what is entered for it.

    Two records shown as one person may each have a visit on a day; then the shown record's own takes it.

    Raises:
        UsageError: ``person_unknown``.
    """
    found: dict[date, str] = {}
    for member in RecordGroups(vault).of(person_key(vault, person_id)):
        rows = vault.rows("SELECT day, id FROM visit WHERE patient = ? AND ended IS NULL ORDER BY key", (member,))
        for day, id_ in rows:
            found.setdefault(date.fromordinal(day), id_)
    return found


def _measurements(
    vault: Vault, rows: Sequence[Row], visit_name: Callable[[int], str], origins: Origins
) -> Iterator[Measurement]:
    origins.include(row[4] for row in rows)
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
