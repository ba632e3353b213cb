"""Looks one field of a person up: every reading it has or had, with where each came from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from engine.domain.inspection import InspectedState, InspectedValue
from engine.domain.record import Origin, SourceKind
from engine.store.database import Row
from engine.store.gate import inner, needs
from engine.store.groups import RecordGroups, select_in
from engine.store.identity import IDENTITY_FIELDS
from engine.store.origins import Origins
from engine.store.people import person_key
from engine.store.permissions import Permission
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
