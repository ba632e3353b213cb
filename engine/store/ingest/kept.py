"""Keeps what a file said as it came, once: what was said of a person before adds nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.domain.kept import KeptItem, KeptLine, KeptState
from engine.domain.plain import canonical_json
from engine.store.gate import inner
from engine.store.groups import select_in
from engine.store.vault import Change, Vault

_COLUMNS = "patient, import, kind, state, why, system, code, display, lines, item, change"
Saying = tuple[int, str, str, str, str, str, str | None, frozenset[tuple[str | None, str | None, str | None]]]
Thing = tuple[int, str, str, str, str, str, str | None]
Lines = set[tuple[str | None, str | None, str | None]]


@dataclass(frozen=True, slots=True)
class Before:
    """What became of something that was said before: the id of its entry in a list."""

    item: str | None


def saying(owner: int, item: KeptItem) -> Saying:
    """Return what recognises an item that comes again: all of it but its places in the file."""
    return (*_thing(owner, item), frozenset(map(_said, item.lines)))


def _thing(owner: int, item: KeptItem) -> Thing:
    return (owner, item.kind, item.state.value, item.system, item.code, item.display, item.why)


def _said(line: KeptLine) -> tuple[str | None, str | None, str | None]:
    return line.day, line.value, line.unit


@inner
def said_before(vault: Vault, owners: Sequence[int]) -> dict[Saying, Before]:
    """Return what files said of these records that became entries of lists."""
    return {saying(owner, item): Before(id_) for owner, item, id_ in _rows(vault, owners, KeptState.STORED)}


def _rows(
    vault: Vault, owners: Sequence[int], state: KeptState | None = None
) -> Iterable[tuple[int, KeptItem, str | None]]:
    sql = (
        "SELECT kept_item.patient, kind, state, why, system, code, display, lines, item FROM json_each(?) AS wanted"
        " CROSS JOIN kept_item ON kept_item.patient = wanted.value"
    )
    for owner, kind, was, why, system, code, display, lines, id_ in select_in(vault, sql, owners):
        if state is None or was == state.value:
            yield owner, KeptItem("", kind, KeptState(was), why, system, code, display, read_lines(lines)), id_


def read_lines(text: str) -> tuple[KeptLine, ...]:
    """Read the occurrences of an item as they are stored."""
    return tuple(KeptLine(*line) for line in json.loads(text))


@inner
def store_kept(
    vault: Vault,
    change: Change,
    kept: Sequence[tuple[KeptItem, str | None]],
    keys: Mapping[str, int],
    import_key: int,
) -> int:
    """Keep what was not said before, each with the id of its entry in a list; return how many items were new."""
    owners = sorted({keys[item.person_id] for item, _ in kept})
    seen: dict[Thing, Lines] = {}
    for owner, item, _ in _rows(vault, owners):
        seen.setdefault(_thing(owner, item), set()).update(map(_said, item.lines))
    rows = []
    for item, id_ in kept:
        owner = keys[item.person_id]
        known = seen.setdefault(_thing(owner, item), set())
        fresh = tuple(line for line in item.lines if _said(line) not in known)
        if not fresh:
            continue
        known.update(map(_said, fresh))
        lines = canonical_json([[line.place, line.day, line.value, line.unit] for line in fresh]).decode("ascii")
        named = (item.kind, item.state.value, item.why, item.system, item.code, item.display, lines)
        rows.append((owner, import_key, *named, id_, change.id))
    change.many(f"INSERT INTO kept_item({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)  # noqa: S608 - names of ours
    return len(rows)
