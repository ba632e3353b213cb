"""Keeps what a file said as it came, once: what was said of a person before adds nothing."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from engine.domain.kept import KeptItem, KeptLine, KeptState
from engine.domain.plain import canonical_json
from engine.store.gate import inner
from engine.store.groups import select_in
from engine.store.vault import Change, Vault

LINE_DIGEST = 8  # bytes; lines are compared within one person

Said = tuple[str | None, str | None, str | None]
Thing = tuple[int, str, str, str, str, str, str | None]
Saying = tuple[Thing, frozenset[Said]]


def saying(owner: int, item: KeptItem) -> Saying:
    """Return what recognises an item that comes again: all of it but its places in the file."""
    return _thing(owner, item), frozenset(map(_said, item.lines))


def _thing(owner: int, item: KeptItem) -> Thing:
    return (owner, item.kind, item.state.value, item.system, item.code, item.display, item.why)


def _said(line: KeptLine) -> Said:
    return line.day, line.value, line.unit


class KeptBefore:
    """What files said of some records before, read once."""

    def __init__(self, found: Sequence[tuple[int, KeptItem, str | None]]) -> None:
        # Said in several files, a thing is one thing with all its lines.
        self.entries = {saying(owner, item): id_ for owner, item, id_ in found if item.state is KeptState.STORED}
        self.lines: defaultdict[Thing, set[Said]] = defaultdict(set)
        for owner, item, _ in found:
            self.lines[_thing(owner, item)].update(map(_said, item.lines))


@inner
def kept_before(vault: Vault, owners: Sequence[int]) -> KeptBefore:
    """Return what files said of these records before."""
    return KeptBefore(list(load_kept(vault, owners)))


@inner
def load_kept(vault: Vault, owners: Sequence[int]) -> Iterator[tuple[int, KeptItem, str | None]]:
    """Yield what is kept of records, in the order it came: owner, item, id of its entry in a list."""
    sql = (
        "SELECT kept_items.key, kept_items.patient, content FROM json_each(?) AS wanted"
        " CROSS JOIN kept_items ON kept_items.patient = wanted.value WHERE kept_items.ended IS NULL"
    )
    for _, owner, content in sorted(select_in(vault, sql, owners)):
        for kind, state, why, system, code, display, lines, id_ in json.loads(content):
            told = tuple(KeptLine(*line) for line in lines)
            yield owner, KeptItem("", kind, KeptState(state), why, system, code, display, told), id_


@inner
def store_kept(
    change: Change,
    kept: Sequence[tuple[KeptItem, str | None]],
    keys: Mapping[str, int],
    before: KeptBefore,
    import_key: int,
) -> int:
    """Keep what was not said before, each with the id of its entry in a list; return how many items were new."""
    rows: defaultdict[int, list[tuple[KeptItem, str | None]]] = defaultdict(list)
    again: defaultdict[int, set[bytes]] = defaultdict(set)
    for item, id_ in kept:
        owner = keys[item.person_id]
        known = before.lines[_thing(owner, item)]
        fresh = tuple(line for line in item.lines if _said(line) not in known)
        again[owner].update(line_digest(item, line) for line in item.lines if _said(line) in known)
        if fresh:
            known.update(map(_said, fresh))
            rows[owner].append((replace(item, lines=fresh), id_))
    change.many(
        "INSERT INTO kept_items(patient, import, content, change) VALUES (?, ?, ?, ?)",
        [(owner, import_key, content_of(items), change.id) for owner, items in rows.items()],
    )
    change.many(
        "INSERT INTO kept_again(patient, import, digests) VALUES (?, ?, ?)",
        [(owner, import_key, b"".join(sorted(digests))) for owner, digests in again.items() if digests],
    )
    return sum(map(len, rows.values()))


def line_digest(item: KeptItem, line: KeptLine) -> bytes:
    """Return what recognises one thing said of one person that comes again: all but its place in the file."""
    said = [item.kind, item.state.value, item.why, item.system, item.code, item.display, *_said(line)]
    return hashlib.blake2b(canonical_json(said), digest_size=LINE_DIGEST).digest()


def content_of(items: Sequence[tuple[KeptItem, str | None]]) -> str:
    """Return items as they lie in the store."""
    plain = [
        [
            *(item.kind, item.state.value, item.why, item.system, item.code, item.display),
            [[line.place, line.day, line.value, line.unit] for line in item.lines],
            id_,
        ]
        for item, id_ in items
    ]
    return canonical_json(plain).decode("ascii")
