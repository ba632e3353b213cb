"""Tells what was done to one person's record, from what the store keeps of every change."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engine.domain.history import HistoryAction, HistoryEntry
from engine.domain.record import SourceKind, Value
from engine.store.database import Row
from engine.store.gate import needs
from engine.store.groups import RecordGroups, select_in
from engine.store.people import person_key
from engine.store.permissions import Permission
from engine.store.settings import actor_names
from engine.store.values import field_of, kind_of, reading_of, restored, visit_of
from engine.store.vault import Vault

# Lists: the column that names an entry, and those that may change.
_LISTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "condition": ("code", ("code", "certainty", "onset", "end_date", "note")),
    "medicine": ("text", ("text", "dose_text", "start", "stop")),
    "allergy": ("substance", ("substance", "severity", "certainty", "reaction")),
    "relative": ("condition", ("relation", "condition", "age_at_onset", "deceased")),
    "health_check": ("code", ("code", "status", "done_on", "result")),
    "answer": ("question", ("question", "value")),
}
_PACKED = frozenset({"deceased", "value"})  # JSON texts

# What was done, the change it was done in still being a number.
_Told = tuple[int, dict[str, Any]]


@needs(Permission.RECORD_READ, person=True)
def person_history(vault: Vault, person_id: str) -> tuple[HistoryEntry, ...]:
    """Return everything that was done to a person's record, the latest first; removed visits are told of too.

    Raises:
        UsageError: ``person_unknown``.
    """
    members = list(RecordGroups(vault).of(person_key(vault, person_id)))
    visits = _visits(vault, members)
    told = [
        *_of_values(vault, visits),
        *_of_identity(vault, members),
        *_of_visits(visits),
        *_of_moves(vault, members),
        *_of_lists(vault, members, visits),
        *_of_merges(vault, members),
    ]
    stamps = _stamps(vault, {change for change, _ in told})
    told.sort(key=lambda one: one[0])  # stable: what was done in one change keeps its order
    return tuple(
        HistoryEntry(moment=moment, actor=actor, source=source, **entry)
        for change, entry in reversed(told)
        for moment, actor, source in (stamps[change],)
    )


def _stamps(vault: Vault, changes: set[int]) -> dict[int, tuple[datetime, str, SourceKind]]:
    name_of = actor_names(vault)
    sql = (
        "SELECT change.key, moment, actor, kind FROM json_each(?) AS wanted"
        " CROSS JOIN change ON change.key = wanted.value LEFT JOIN import ON import.change = change.key"
    )
    return {
        key: (datetime.fromisoformat(moment), name_of(actor), SourceKind(kind or SourceKind.TYPED))
        for key, moment, actor, kind in select_in(vault, sql, changes)
    }


@dataclass(frozen=True, slots=True)
class _Visit:
    id: str
    day: date
    change: int
    ended: int | None


def _visits(vault: Vault, members: Sequence[int]) -> dict[int, _Visit]:
    sql = (
        "SELECT visit.key, visit.id, visit.day, visit.change, visit.ended FROM json_each(?) AS wanted"
        " CROSS JOIN visit ON visit.patient = wanted.value"
    )
    return {
        key: _Visit(id_, date.fromordinal(day), change, ended)
        for key, id_, day, change, ended in select_in(vault, sql, members)
    }


def _of_visits(visits: Mapping[int, _Visit]) -> Iterator[_Told]:
    for visit in visits.values():
        place = {"visit_id": visit.id, "visit_date": visit.day}
        yield visit.change, {"action": HistoryAction.VISIT_ADDED, **place}
        if visit.ended is not None:
            yield visit.ended, {"action": HistoryAction.VISIT_REMOVED, **place}


def _of_moves(vault: Vault, members: Sequence[int]) -> Iterator[_Told]:
    """Tell of moves: also of a visit that went to somebody else, and of one that came from there."""
    rows = vault.rows(
        "SELECT visit.id, one.id, from_day, other.id, to_day, visit_move.change FROM visit_move"
        " JOIN visit ON visit.key = visit_move.visit JOIN patient AS one ON one.key = from_patient"
        " JOIN patient AS other ON other.key = to_patient"
        " WHERE from_patient IN (SELECT value FROM json_each(?1)) OR to_patient IN (SELECT value FROM json_each(?1))",
        (json.dumps(list(members)),),
    )
    for visit, giver, from_day, taker, to_day, change in rows:
        place = {"visit_id": visit, "visit_date": date.fromordinal(to_day)}
        if from_day != to_day:
            days = {"old": date.fromordinal(from_day).isoformat(), "new": date.fromordinal(to_day).isoformat()}
            yield change, {"action": HistoryAction.VISIT_MOVED, **days, **place}
        if giver != taker:
            yield change, {"action": HistoryAction.VISIT_TAKEN_OVER, "old": giver, "new": taker, **place}


@dataclass(frozen=True, slots=True)
class _State:
    """One state of something, from one change to another."""

    change: int
    ended: int | None
    row: Row


def _steps(states: Sequence[_State]) -> Iterator[tuple[int, _State | None, _State | None]]:
    """Yield (change, state before, state after) of states in the order in which they came.

    A state from before the end of the one before it was brought back then: its file or person said it earlier.
    """
    ends = [state.ended or 0 for state in states]
    begins = [max(state.change, *ends[:place][-1:], 0) for place, state in enumerate(states)]
    for position, state in enumerate(states):
        before = states[position - 1] if position and states[position - 1].ended == begins[position] else None
        if before is None or before.row != state.row:
            yield begins[position], before, state
        following = begins[position + 1] if position + 1 < len(states) else None
        if state.ended is not None and state.ended != following:
            yield state.ended, state, None


def _action(before: object, after: object) -> HistoryAction:
    if before is None:
        return HistoryAction.ENTERED
    return HistoryAction.REMOVED if after is None else HistoryAction.CHANGED


def _of_values(vault: Vault, visits: Mapping[int, _Visit]) -> Iterator[_Told]:
    names = {key: name for name, key in vault.field_keys().items()}
    for key, states in sorted(_readings(vault, visits).items()):
        visit, field = visits[visit_of(key)], names[field_of(key)]
        for change, before, after in _steps(states):
            old, old_qualifier = _value(field, before)
            new, new_qualifier = _value(field, after)
            yield (
                change,
                {
                    "action": _action(before, after),
                    "field": field,
                    "reading": reading_of(key),
                    "old": old,
                    "new": new,
                    "old_qualifier": old_qualifier,
                    "new_qualifier": new_qualifier,
                    "visit_id": visit.id,
                    "visit_date": visit.day,
                },
            )


def _readings(vault: Vault, visits: Mapping[int, _Visit]) -> dict[int, list[_State]]:
    """Return the states of every reading of these visits, past ones first."""
    states: defaultdict[int, list[_State]] = defaultdict(list)
    for table, ended in (("measurement_past", "value.ended"), ("measurement", "NULL")):
        order = " ORDER BY value.past" if table == "measurement_past" else ""
        sql = (
            f"SELECT value.key, number, text, qualifier, value.change, {ended} FROM json_each(?) AS wanted"  # noqa: S608 - names of ours
            f" CROSS JOIN {table} AS value ON value.key >= wanted.value << 24 AND value.key < (wanted.value + 1) << 24"
            f"{order}"
        )
        for key, number, text, qualifier, change, end in select_in(vault, sql, visits):
            states[key].append(_State(change, end, (number, text, qualifier)))
    return states


def _value(field: str, state: _State | None) -> tuple[Value | None, str | None]:
    if state is None:
        return None, None
    number, text, qualifier = state.row
    value = restored(kind_of(field), number, text)
    return (qualifier, None) if value is None else (value, qualifier)


def _of_identity(vault: Vault, members: Sequence[int]) -> Iterator[_Told]:
    rows = vault.rows(
        "SELECT patient, field.name, value, attribute.change, last_change, ended FROM attribute"
        " JOIN field ON field.key = attribute.field WHERE patient IN (SELECT value FROM json_each(?))"
        " ORDER BY patient, attribute.field, attribute.change, first_on",
        (json.dumps(list(members)),),
    )
    fields: defaultdict[tuple[int, str], list[tuple[str, int, int, int | None]]] = defaultdict(list)
    for patient, name, value, change, last_change, ended in rows:
        fields[patient, name].append((value, change, last_change, ended))
    for (_, name), values in fields.items():
        yield from _of_attribute(name, values)


def _of_attribute(name: str, values: Sequence[tuple[str, int, int, int | None]]) -> Iterator[_Told]:
    """Tell of one field of one person. A value that was given again keeps no trace of having been taken away."""
    gone = {ended: value for value, _, _, ended in values if ended is not None}
    before: str | None = None
    for moment in sorted({change for _, change, _, _ in values} | gone.keys()):
        if (before, moment) not in {(value, ended) for value, _, _, ended in values}:
            before = gone.get(moment, before)  # the value that counted is the one that was taken away
        given: list[str | None] = [value for value, change, _, _ in values if change == moment]
        if moment in gone and not given:  # an earlier value put back
            given = [value for value, _, last, ended in values if last == moment and ended is None]
        for value in given or [None]:
            yield moment, {"action": _action(before, value), "field": name, "old": before, "new": value}
            before = value


def _of_lists(vault: Vault, members: Sequence[int], visits: Mapping[int, _Visit]) -> Iterator[_Told]:
    for name, (title, columns) in _LISTS.items():
        owner, owners = ("visit", list(visits)) if name == "answer" else ("patient", list(members))
        rows = vault.rows(
            f"SELECT id, {owner}, change, ended, {', '.join(columns)} FROM {name}"  # noqa: S608 - names of ours
            f" WHERE {owner} IN (SELECT wanted.value FROM json_each(?) AS wanted) ORDER BY key",
            (json.dumps(owners),),
        )
        items: defaultdict[str, list[_State]] = defaultdict(list)
        places: dict[str, dict[str, Any]] = {}
        for id_, key, change, ended, *cells in rows:
            items[id_].append(_State(change, ended, tuple(cells)))
            if name == "answer":
                places[id_] = {"visit_id": visits[key].id, "visit_date": visits[key].day}
        for id_, states in items.items():
            for change, before, after in _steps(states):
                for entry in _of_item(name, title, columns, before, after):
                    yield change, {**entry, **places.get(id_, {})}


def _of_item(
    name: str, title: str, columns: Sequence[str], before: _State | None, after: _State | None
) -> Iterator[dict[str, Any]]:
    place = list(columns).index(title)
    old, new = (None if state is None else state.row[place] for state in (before, after))
    action, subject = _action(before, after), str(old if new is None else new)
    if before is None or after is None:
        yield {"action": action, "field": name, "subject": subject, "old": old, "new": new}
        return
    for column, was, now in zip(columns, before.row, after.row, strict=True):
        if was != now:
            was_now = {"old": _plain(column, was), "new": _plain(column, now)}
            yield {"action": action, "field": f"{name}.{column}", "subject": subject, **was_now}


def _plain(column: str, cell: Any) -> Value | None:
    value: Value | None = json.loads(cell) if column in _PACKED and isinstance(cell, str) else cell
    return value


def _of_merges(vault: Vault, members: Sequence[int]) -> Iterator[_Told]:
    rows = vault.rows(
        "SELECT patient.id, merge.change, merge.ended FROM merge JOIN patient ON patient.key = merge.absorbed"
        " WHERE survivor IN (SELECT value FROM json_each(?)) ORDER BY merge.key",
        (json.dumps(list(members)),),
    )
    for absorbed, change, ended in rows:
        yield change, {"action": HistoryAction.MERGED, "new": absorbed}
        if ended is not None:
            yield ended, {"action": HistoryAction.UNMERGED, "old": absorbed}
