"""More about a visit that is stored: adds values that are new, and supersedes those that differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from engine.store.database import Cell
from engine.store.gate import inner
from engine.store.groups import select_in
from engine.store.ingest.columns import ValueColumn
from engine.store.ingest.incoming import Fate, Incoming
from engine.store.ingest.people import Visits
from engine.store.values import measurement_key, stored, visit_of
from engine.store.vault import Change, Vault

_CHUNK = 5_000  # rows whose visits' present values are held at a time

# 24 is VISIT_SHIFT: the values of a visit lie side by side.
_PRESENT = (
    "SELECT value.key, number, text, qualifier FROM json_each(?) AS wanted"
    " CROSS JOIN measurement AS value ON value.key >= wanted.value << 24 AND value.key < (wanted.value + 1) << 24"
)
_WITHDRAWN = (
    "SELECT value.key, number, text, qualifier FROM json_each(?) AS wanted"
    " CROSS JOIN measurement_past AS value ON value.key >= wanted.value << 24 AND value.key < (wanted.value + 1) << 24"
    " WHERE NOT EXISTS (SELECT 1 FROM import WHERE import.change = value.ended AND kind = 'imported')"
    " AND NOT EXISTS (SELECT 1 FROM change WHERE change.key = value.ended AND change.action = 'import.undo')"
)
_COLUMNS = "key, number, text, row, change, written, qualifier, conversion"
_KEEP = (
    "INSERT INTO measurement_past(key, number, text, row, change, written, qualifier, conversion, ended)"
    " SELECT key, number, text, row, change, written, qualifier, conversion, ? FROM measurement WHERE key = ?"
)
_AGAIN = (
    "INSERT OR IGNORE INTO measurement_again(key, change, row, number, text, written, qualifier, conversion)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_DELETE = "DELETE FROM measurement WHERE key = ?"

Content = tuple[float | None, str | None, str | None]  # number, text, qualifier


@dataclass(slots=True)
class _State:
    """The present values of the visits of one chunk of rows, and what is waiting to be written."""

    present: dict[int, Content]
    withdrawn: dict[int, set[Content]]  # what people corrected or removed by hand
    added: dict[int, tuple[Cell, ...]] = field(default_factory=dict)
    replaced: dict[int, tuple[Cell, ...]] = field(default_factory=dict)
    again: list[tuple[Cell, ...]] = field(default_factory=list)  # what a file says that is there already


@inner
def revise_visits(
    vault: Vault, change: Change, incoming: Incoming, columns: Sequence[ValueColumn], visits: Visits
) -> set[int]:
    """Bring the rows about known visits in, in file order; return the rows that changed something.

    An import never brings back a value that a person corrected or removed by hand; typing does.
    """
    later = [row for row, fate in enumerate(visits.fates) if fate is Fate.LATER]
    changed: set[int] = set()
    for start in range(0, len(later), _CHUNK):
        rows = later[start : start + _CHUNK]
        state = _load(vault, {visits.row_keys[row] for row in rows}, typed=incoming.typed)
        for row in rows:
            if _revise_row(change, incoming, columns, row, visits.row_keys[row], state):
                changed.add(row)
        _write(change, state)
        if not incoming.typed:
            change.many(_AGAIN, state.again)
    return changed


def keep_past(change: Change, keys: Sequence[int]) -> None:
    """Move measurements out of the present; they stay in the history."""
    change.many(_KEEP, [(change.id, key) for key in keys])
    change.many(_DELETE, [(key,) for key in keys])


def _load(vault: Vault, visits: set[int], *, typed: bool) -> _State:
    present = {key: (number, text, qualifier) for key, number, text, qualifier in select_in(vault, _PRESENT, visits)}
    withdrawn: defaultdict[int, set[Content]] = defaultdict(set)
    if not typed:
        for key, number, text, qualifier in select_in(vault, _WITHDRAWN, visits):
            withdrawn[key].add((number, text, qualifier))
    return _State(present, withdrawn)


def _revise_row(
    change: Change, incoming: Incoming, columns: Sequence[ValueColumn], row: int, visit: int, state: _State
) -> bool:
    changed = False
    for code, content, rest in _row_values(columns, row):
        key = measurement_key(visit, code)
        number, text, qualifier = content
        written, conversion = rest
        line = incoming.entries.rows[row]
        if content == state.present.get(key):
            state.again.append((key, change.id, line, number, text, written, qualifier, conversion))
            continue
        if content in state.withdrawn.get(key, ()):
            continue
        values = (key, number, text, line, change.id, written, qualifier, conversion)
        if key in state.added or key in state.replaced:
            _write(change, state)  # the file contradicts itself: both values enter the history
        (state.replaced if key in state.present else state.added)[key] = values
        state.present[key] = content
        changed = True
    return changed


def _row_values(
    columns: Sequence[ValueColumn], row: int
) -> Iterator[tuple[int, Content, tuple[str | None, int | None]]]:
    for column in columns:
        value, qualifier = column.values[row], column.qualifiers.get(row)
        if value is not None or qualifier is not None:
            text = column.texts[row] if column.texts is not None else None
            yield column.code, (*stored(value), qualifier), (text, column.conversions.get(row))


def _write(change: Change, state: _State) -> None:
    keep_past(change, list(state.replaced))
    rows = {**state.replaced, **state.added}
    change.insert("measurement", _COLUMNS, rows.values(), {visit_of(key) for key in rows})
    state.replaced.clear()
    state.added.clear()
