"""Looks one field of a person up: every reading it has or had, with where each came from."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from engine.domain.inspection import (
    InspectedEntry,
    InspectedSeries,
    InspectedState,
    InspectedValue,
    Listed,
    SeriesReading,
    SeriesValue,
)
from engine.domain.record import Origin, SourceKind
from engine.domain.series import ABSENT, ARMS, MEASURES, QUALIFIERS, Readings, wall_time
from engine.store.database import Row
from engine.store.gate import inner, needs
from engine.store.groups import RecordGroups, select_in
from engine.store.identity import IDENTITY_FIELDS
from engine.store.lists import item_of_cells, states_of, table_of
from engine.store.origins import Origins
from engine.store.people import person_key
from engine.store.permissions import Permission
from engine.store.series_blocks import unpack
from engine.store.settings import actor_names
from engine.store.values import column_code, kind_of, measurement_key, reading_of, restored, visit_of
from engine.store.vault import Vault

_READINGS = 255
_COLUMNS = "value.key, number, text, row, value.change, written, qualifier, conversion"


@dataclass(frozen=True, slots=True)
class _Moment:
    """A change: when, by whom, and whether it was a file or the taking back of one."""

    at: datetime
    actor: str
    import_id: str | None
    imported: bool
    undo: bool
    taken_back: bool


@needs(Permission.RECORD_READ, person=True)
def inspect_field(vault: Vault, person_id: str, field: str) -> tuple[InspectedValue, ...]:
    """Return every reading a field has or had, the latest visit first; merged records are among them.

    Raises:
        UsageError: ``person_unknown``.
    """
    members = list(RecordGroups(vault).of(person_key(vault, person_id)))
    if field in IDENTITY_FIELDS:
        return _of_identity(vault, members, field)
    return _of_visits(vault, members, field)


@inner
def _of_visits(vault: Vault, members: Sequence[int], field: str) -> tuple[InspectedValue, ...]:
    number = vault.field_keys().get(field)
    if number is None:
        return ()
    sql = (
        "SELECT visit.key, visit.id, visit.day FROM json_each(?) AS wanted CROSS JOIN visit"
        " ON visit.patient = wanted.value WHERE visit.ended IS NULL"
    )
    visits = {key: (id_, day) for key, id_, day in select_in(vault, sql, members)}
    found: defaultdict[int, list[tuple[int | None, Row]]] = defaultdict(list)
    for key in visits:
        first = measurement_key(key, column_code(number, 1)) - 1
        span = (first, first + _READINGS)
        for row in vault.rows(f"SELECT NULL, {_COLUMNS} FROM measurement AS value WHERE key BETWEEN ? AND ?", span):  # noqa: S608 - names of ours
            found[row[1]].append((row[0], row[1:]))
        past = f"SELECT ended, {_COLUMNS} FROM measurement_past AS value WHERE key BETWEEN ? AND ? ORDER BY past DESC"  # noqa: S608 - names of ours
        for row in vault.rows(past, span):
            found[row[1]].append((row[0], row[1:]))
    moments = _moments(vault, {change for rows in found.values() for ended, row in rows for change in (ended, row[4])})
    origins = Origins(vault)
    origins.include({row[4] for rows in found.values() for _, row in rows})
    values = []
    for key, rows in found.items():
        id_, day = visits[visit_of(key)]
        states = tuple(_state(field, ended, row, origins, moments) for ended, row in rows)
        values.append(InspectedValue(field, reading_of(key), states, id_, date.fromordinal(day)))
    return tuple(sorted(values, key=lambda one: (-(one.visit_date or date.min).toordinal(), one.reading)))


def _state(field: str, ended: int | None, row: Row, origins: Origins, moments: dict[int, _Moment]) -> InspectedState:
    key, number, text, line, change, written, qualifier, conversion = row
    value = restored(kind_of(field), number, text)
    origin = origins.of_value(change, key, value, line, written, conversion)
    return _told(value, qualifier, origin, moments[change], None if ended is None else moments[ended])


def _told(
    value: object, qualifier: str | None, origin: Origin, given: _Moment, ended: _Moment | None
) -> InspectedState:
    return InspectedState(
        value=value,  # type: ignore[arg-type]  # restored() gives no other
        qualifier=qualifier,
        origin=origin,
        import_id=given.import_id,
        taken_back=given.taken_back,
        ended_at=None if ended is None else ended.at,
        ended_by=None if ended is None else ended.actor,
        ended_by_import=ended is not None and ended.imported,
        ended_by_undo=ended is not None and ended.undo,
    )


def _moments(vault: Vault, changes: set[int | None]) -> dict[int, _Moment]:
    name_of = actor_names(vault)
    sql = (
        "SELECT change.key, moment, actor, action, import.id, kind, import.ended FROM json_each(?) AS wanted"
        " CROSS JOIN change ON change.key = wanted.value LEFT JOIN import ON import.change = change.key"
    )
    return {
        key: _Moment(
            datetime.fromisoformat(moment),
            name_of(actor),
            id_ if kind == SourceKind.IMPORTED else None,
            kind == SourceKind.IMPORTED,
            action == "import.undo",
            ended is not None,
        )
        for key, moment, actor, action, id_, kind, ended in select_in(
            vault, sql, [change for change in changes if change is not None]
        )
    }


@inner
def _of_identity(vault: Vault, members: Sequence[int], field: str) -> tuple[InspectedValue, ...]:
    rows = [
        row
        for member in members
        for row in vault.rows(
            "SELECT value, row, change, written, ended, field.key FROM attribute"
            " JOIN field ON field.key = attribute.field WHERE patient = ? AND field.name = ?"
            " ORDER BY ended IS NOT NULL, last_on DESC, last_change DESC, row DESC",
            (member, field),
        )
    ]
    moments = _moments(vault, {change for row in rows for change in (row[2], row[4])})
    origins = Origins(vault)
    origins.include({row[2] for row in rows})
    states = []
    for value, line, change, written, ended, number in rows:
        key = column_code(number, 1)
        origin = origins.of_change(change)
        if moments[change].import_id is not None and line:
            origin = origins.of_value(change, key, value, line, written, None)
        states.append(_told(value, None, origin, moments[change], None if ended is None else moments[ended]))
    return (InspectedValue(field, 1, tuple(states)),) if states else ()


@needs(Permission.RECORD_READ, person=True)
def inspect_entries(vault: Vault, person_id: str, kind: type[Listed]) -> tuple[InspectedEntry, ...]:
    """Return every entry that a list of a person has or had, those that stand in it first.

    Raises:
        UsageError: ``person_unknown``.
    """
    members = json.dumps(list(RecordGroups(vault).of(person_key(vault, person_id))))
    sql = f"SELECT DISTINCT id FROM {table_of(kind)} WHERE patient IN (SELECT value FROM json_each(?))"  # noqa: S608 - names of ours
    rows = states_of(vault, kind, [id_ for (id_,) in vault.rows(sql, (members,))])
    moments = _moments(vault, {change for row in rows for change in (row[2], row[3])})
    origins = Origins(vault)
    origins.include({row[2] for row in rows})
    found: defaultdict[str, list[tuple[Listed, InspectedState]]] = defaultdict(list)
    for id_, _, change, ended, cells in rows:
        origin = origins.of_change(change)
        item = item_of_cells(kind, id_, list(cells), origin)
        state = _told(None, None, origin, moments[change], None if ended is None else moments[ended])
        found[id_].append((item, state))
    entries = [InspectedEntry(id_, tuple(reversed(states))) for id_, states in found.items()]
    return tuple(sorted(entries, key=lambda one: one.present is None))


@needs(Permission.RECORD_READ, person=True)
def inspect_series(vault: Vault, person_id: str, most: int = 5) -> tuple[InspectedSeries, ...]:
    """Return what the devices of a person saw, by measure and file, the latest file first.

    ``most``: of each so many readings are told one by one.

    Raises:
        UsageError: ``person_unknown``. StoreError: ``store_damaged``.
    """
    members = json.dumps(list(RecordGroups(vault).of(person_key(vault, person_id))))
    rows = vault.rows(
        "SELECT series_block.import, import.id, import.change, measure, method, device, sha256, content"
        " FROM json_each(?) AS wanted CROSS JOIN series_block ON series_block.patient = wanted.value"
        " JOIN import ON import.key = series_block.import WHERE series_block.ended IS NULL",
        (members,),
    )
    origins = Origins(vault)
    origins.include({row[2] for row in rows})
    grouped: defaultdict[tuple[int, str, int, str, str | None, str | None], list[Readings]] = defaultdict(list)
    for key, import_id, change, measure, method, device, sha256, content in rows:
        place = (key, import_id, change, measure, method, device)
        grouped[place].append(unpack(sha256, content, measure, method, device))
    order = list(MEASURES)
    return tuple(
        _series(blocks, most, origins.of_change(place[2]), place[1])
        for place, blocks in sorted(grouped.items(), key=lambda one: (order.index(one[0][3]), -one[0][0]))
    )


def _series(blocks: Sequence[Readings], most: int, origin: Origin, import_id: str) -> InspectedSeries:
    walls = np.concatenate([block.wall for block in blocks])
    places = [(at, place) for at, block in enumerate(blocks) for place in range(len(block))]
    newest = [places[place] for place in np.argsort(-walls, kind="stable")[:most]]
    first, last = (wall_time(int(moment)) for moment in (walls.min(), walls.max()))
    told = tuple(_reading(blocks[at], place) for at, place in newest)
    of = blocks[0]
    return InspectedSeries(of.measure, of.method, of.device, len(walls), first, last, told, origin, import_id)


def _reading(block: Readings, place: int) -> SeriesReading:
    one = block.take(np.array([place]))
    values = []
    for column, field in enumerate(block.fields):
        decimals = int(one.decimals[0, column])
        if decimals != ABSENT:
            written = f"{int(one.written[0, column]) / 10**decimals:.{decimals}f}"
            conversion = block.conversions[int(one.units[0, column])]
            sign = QUALIFIERS[int(one.qualifiers[0, column])]
            values.append(SeriesValue(field, float(one.values()[0, column]), written, conversion, sign))
    return SeriesReading(wall_time(int(one.wall[0])), int(one.rows[0]), ARMS[int(one.arms[0])], tuple(values))
