"""Conditions, medicines, allergies, relatives, checks and answers: added, edited, ended; nothing is overwritten."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, TypeVar, get_type_hints

from engine.domain.plain import from_plain, to_plain
from engine.domain.record import Allergy, Answer, Check, Condition, Medicine, Origin, Relative
from engine.errors import BugError, UsageError
from engine.store.database import Cell, Row
from engine.store.gate import inner, needs
from engine.store.identity import LIST_DATES
from engine.store.origins import Origins
from engine.store.people import person_key
from engine.store.permissions import Permission
from engine.store.person_edit import set_identity
from engine.store.vault import Change, Vault
from engine.store.visit_edit import visit_on

ListItem = Condition | Medicine | Allergy | Relative | Check | Answer
Item = TypeVar("Item", bound=ListItem)


@dataclass(frozen=True, slots=True)
class _Table:
    """How a noun lies in its table: attribute -> column; ``packed`` attributes are JSON texts."""

    name: str
    columns: Mapping[str, str]
    owner: str = "patient"
    packed: frozenset[str] = frozenset()


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


_TABLES: Mapping[type, _Table] = {
    Condition: _Table("condition", {**_same("code", "certainty", "onset", "note"), "end": "end_date"}),
    Medicine: _Table(
        "medicine",
        _same("text", "ingredient", "classes", "dose_text", "start", "stop"),
        packed=frozenset({"classes"}),
    ),
    Allergy: _Table("allergy", _same("substance", "severity", "certainty", "ingredient_or_class", "reaction")),
    Relative: _Table(
        "relative", _same("relation", "condition", "age_at_onset", "deceased"), packed=frozenset({"deceased"})
    ),
    Check: _Table("health_check", {**_same("code", "status", "result"), "on": "done_on"}),
    Answer: _Table("answer", _same("question", "value"), owner="visit", packed=frozenset({"value"})),
}


@needs(Permission.RECORD_WRITE)
def add_item(vault: Vault, person_id: str, item: ListItem, actor: str) -> str:
    """Add an entry to one of a person's lists and return its id.

    The id and the origin inside ``item`` are the store's to give and are passed over. An answer makes the visit of
    its day when there is none.

    Raises:
        UsageError: ``person_unknown``.
    """
    table = _TABLES[type(item)]
    key = person_key(vault, person_id)
    with vault.change(actor, f"{table.name}.add", (person_id,)) as change:
        owner = visit_on(vault, change, key, item.visit_date) if isinstance(item, Answer) else key
        id_ = vault.random(16).hex()
        _insert(change, table, item, id_, owner)
        change.note(item=id_)
    return id_


@needs(Permission.RECORD_WRITE)
def edit_item(vault: Vault, item: ListItem, actor: str) -> None:
    """Replace the present state of the entry with this id. The earlier state stays in the history.

    Raises:
        UsageError: ``item_unknown``.
    """
    table = _TABLES[type(item)]
    owner = _owner(vault, table, item.id)
    with vault.change(actor, f"{table.name}.edit", _person_of(vault, table, owner)) as change:
        _end(change, table, item.id)
        _insert(change, table, item, item.id, owner)
        change.note(item=item.id)


@needs(Permission.RECORD_WRITE)
def end_item(vault: Vault, kind: type[ListItem], item_id: str, actor: str) -> None:
    """Take an entry off its list: it was entered by mistake. What really ended is edited to have an end date.

    Raises:
        UsageError: ``item_unknown``.
    """
    table = _TABLES[kind]
    owner = _owner(vault, table, item_id)
    with vault.change(actor, f"{table.name}.end", _person_of(vault, table, owner)) as change:
        _end(change, table, item_id)
        change.note(item=item_id)


@needs(Permission.RECORD_WRITE)
def confirm_list(vault: Vault, person_id: str, name: str, on: date, actor: str) -> None:
    """Record that a list (medicines, conditions, allergies, checks) was complete on a day, even if empty.

    Raises:
        UsageError: ``person_unknown``.
    """
    if name not in LIST_DATES:
        raise BugError("list_unknown")
    set_identity(vault, person_id, {LIST_DATES[name]: on.isoformat()}, actor, "list.confirm")


@inner
def load_items(vault: Vault, kind: type[Item], members: Sequence[int], origins: Origins) -> list[tuple[int, Item]]:
    """Return the present entries of one list with the record each stands under, in the order they were added."""
    owner = "visit.patient" if _TABLES[kind].owner == "visit" else "item.patient"
    condition = f"{owner} IN (SELECT wanted.value FROM json_each(?) AS wanted) AND item.ended IS NULL"  # noqa: S608 - names of ours
    return _load(vault, kind, condition, json.dumps(list(members)), origins)


@needs(Permission.RECORD_READ)
def item_history(vault: Vault, kind: type[Item], item_id: str) -> tuple[Item, ...]:
    """Return every state an entry ever had, the first one first."""
    return tuple(item for _, item in _load(vault, kind, "item.id = ?", item_id, Origins(vault)))


def _load(vault: Vault, kind: type[Item], condition: str, value: str, origins: Origins) -> list[tuple[int, Item]]:
    table = _TABLES[kind]
    columns = ", ".join(f"item.{column}" for column in table.columns.values())
    place, join = "item.patient, NULL", ""
    if table.owner == "visit":
        place, join = "visit.patient, visit.day", "JOIN visit ON visit.key = item.visit AND visit.ended IS NULL"
    rows = vault.rows(
        f"SELECT item.id, item.change, {place}, {columns} FROM {table.name} AS item {join}"  # noqa: S608 - names of ours
        f" WHERE {condition} ORDER BY item.key",
        (value,),
    )
    origins.include(row[1] for row in rows)
    return [(row[2], _noun(kind, table, row, origins.of_change(row[1]))) for row in rows]


@cache
def _types_of(kind: type) -> Mapping[str, Any]:
    """Return the types of a noun's parts; Python works them out anew each time, which counts in lists of everybody."""
    return get_type_hints(kind)


def _noun(kind: type[Item], table: _Table, row: Row, origin: Origin) -> Item:
    values: dict[str, Any] = {"id": row[0], "origin": origin}
    if row[3] is not None:
        values["visit_date"] = date.fromordinal(row[3])
    hints = _types_of(kind)
    for name, written in zip(table.columns, row[4:], strict=True):
        plain = json.loads(written) if name in table.packed and written is not None else written
        values[name] = from_plain(hints[name], plain)
    return kind(**values)


def _insert(change: Change, table: _Table, item: ListItem, id_: str, owner: int) -> None:
    change.run(_insert_sql(table), (id_, owner, change.id, *_cells(table, item)))


def _cells(table: _Table, item: ListItem) -> list[Cell]:
    values: list[Cell] = []
    for name in table.columns:
        plain = to_plain(getattr(item, name))
        values.append(json.dumps(plain) if name in table.packed and plain is not None else plain)  # type: ignore[arg-type]  # the other columns are scalars
    return values


def _insert_sql(table: _Table) -> str:
    names = ", ".join(["id", table.owner, "change", *table.columns.values()])
    marks = ", ".join("?" * (len(table.columns) + 3))
    return f"INSERT INTO {table.name}({names}) VALUES ({marks})"  # noqa: S608 - names of ours


@inner
def put_items(change: Change, items: Sequence[tuple[int, ListItem]]) -> None:
    """Add entries with the ids they bear to lists of records, by key, within a change that does more than this."""
    by_table: dict[str, tuple[_Table, list[Sequence[Cell]]]] = {}
    for owner, item in items:
        table = _TABLES[type(item)]
        by_table.setdefault(table.name, (table, []))[1].append((item.id, owner, change.id, *_cells(table, item)))
    for table, rows in by_table.values():
        change.many(_insert_sql(table), rows)


@inner
def cells_text(item: ListItem) -> tuple[str, str]:
    """Return the list an entry belongs to and its cells there, as JSON."""
    table = _TABLES[type(item)]
    return table.name, json.dumps(_cells(table, item))


@inner
def item_of_cells(kind: type[Item], item_id: str, cells: str | Sequence[Cell], origin: Origin) -> Item:
    """Return the entry that :func:`cells_text` wrote down."""
    told = json.loads(cells) if isinstance(cells, str) else cells
    return _noun(kind, _TABLES[kind], (item_id, None, None, None, *told), origin)


@inner
def states_of(vault: Vault, kind: type[ListItem], ids: Sequence[str]) -> list[tuple[str, int, int, int | None, Row]]:
    """Return every state these entries had, in order: id, owner, change, change that ended it, cells."""
    table = _TABLES[kind]
    columns = ", ".join(f"item.{column}" for column in table.columns.values())
    rows = vault.rows(
        f"SELECT item.id, item.{table.owner}, item.change, item.ended, {columns} FROM json_each(?) AS wanted"  # noqa: S608 - names of ours
        f" CROSS JOIN {table.name} AS item ON item.id = wanted.value ORDER BY item.key",
        (json.dumps(list(ids)),),
    )
    return [(row[0], row[1], row[2], row[3], row[4:]) for row in rows]


@inner
def take_off(change: Change, kind: type[ListItem], item_id: str) -> None:
    """Take an entry off its list, within a change that does more than this."""
    _end(change, _TABLES[kind], item_id)


@inner
def put_back(change: Change, owner: int, item: ListItem, stamp: int) -> None:
    """Put a state in the place of the present one under the change that said it first, within another change."""
    table = _TABLES[type(item)]
    _end(change, table, item.id)
    change.run(_insert_sql(table), (item.id, owner, stamp, *_cells(table, item)))


@inner
def table_of(kind: type[ListItem]) -> str:
    """Return the name of the table in which entries of a kind lie."""
    return _TABLES[kind].name


@inner
def replace_item(change: Change, owner: int, item: ListItem) -> None:
    """Replace the present state of the entry with this id, within a change that does more than this."""
    table = _TABLES[type(item)]
    _end(change, table, item.id)
    _insert(change, table, item, item.id, owner)


def _end(change: Change, table: _Table, item_id: str) -> None:
    change.run(f"UPDATE {table.name} SET ended = ? WHERE id = ? AND ended IS NULL", (change.id, item_id))  # noqa: S608 - a name of ours


def _owner(vault: Vault, table: _Table, item_id: str) -> int:
    found = vault.one(f"SELECT {table.owner} FROM {table.name} WHERE id = ? AND ended IS NULL", (item_id,))  # noqa: S608 - names of ours
    if found is None:
        raise UsageError("item_unknown")
    return int(found[0])


def _person_of(vault: Vault, table: _Table, owner: int) -> tuple[str, ...]:
    if table.owner == "visit":
        sql = "SELECT patient.id FROM visit JOIN patient ON patient.key = visit.patient WHERE visit.key = ?"
    else:
        sql = "SELECT id FROM patient WHERE key = ?"
    return tuple(row[0] for row in vault.rows(sql, (owner,)))
