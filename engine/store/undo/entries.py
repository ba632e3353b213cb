"""The entries of lists, and what is kept as it came, without the import that is taken back."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from engine.domain.kept import KeptItem, KeptLine, KeptState
from engine.domain.undo import ConflictKind
from engine.store.database import Row
from engine.store.gate import inner
from engine.store.groups import select_in
from engine.store.ingest.arrivals import KINDS, Entry, filled
from engine.store.ingest.kept import LINE_DIGEST, content_of, line_digest
from engine.store.lists import item_of_cells, put_back, states_of, table_of, take_off
from engine.store.origins import Origins
from engine.store.undo.work import Work, tell_conflicts

_State = tuple[str, int, int, int | None, Row]  # id, owner, change, change that ended it, cells


@inner
def take_back_entries(work: Work) -> None:
    """Bring the entries of lists to what they are without the import."""
    for kind in KINDS:
        table = table_of(kind)
        found = work.vault.rows(
            f"SELECT id, patient FROM {table} WHERE change = ? UNION"  # noqa: S608 - names of ours
            " SELECT id, patient FROM item_again WHERE change = ? AND list = ?",
            (work.at, work.at, table),
        )
        work.touched.update(row[1] for row in found)
        ids = [row[0] for row in found]
        states: defaultdict[str, list[_State]] = defaultdict(list)
        for state in states_of(work.vault, kind, ids):
            states[state[0]].append(state)
        again = _again(work, ids)
        origins = Origins(work.vault)
        origins.include({state[2] for of_id in states.values() for state in of_id})
        origins.include({change for of_id in again.values() for change, _ in of_id})
        for id_, of_id in states.items():
            _settle(work, kind, of_id, again.get(id_, []), origins)


def _again(work: Work, ids: Sequence[str]) -> dict[str, list[tuple[int, str]]]:
    sql = (
        "SELECT item_again.id, change, cells FROM json_each(?) AS wanted"
        " CROSS JOIN item_again ON item_again.id = wanted.value ORDER BY change"
    )
    found: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for id_, change, cells in select_in(work.vault, sql, ids):
        found[id_].append((change, cells))
    return found


def _settle(
    work: Work, kind: type[Entry], states: Sequence[_State], again: Sequence[tuple[int, str]], origins: Origins
) -> None:
    id_, owner, _, ended, cells = states[-1]
    if any(work.by_hand(state[2]) or (state[3] is not None and work.by_hand(state[3])) for state in states):
        if any(state[2] == work.at for state in states):
            subject = next((str(cell) for cell in cells if cell), None)  # the first cell says what it is about
            tell_conflicts(work, [(ConflictKind.ENTRY, owner, None, table_of(kind), subject)])
        return
    if ended is not None:
        return
    present = item_of_cells(kind, id_, cells, origins.of_change(states[-1][2]))
    said = [(states[0][2], item_of_cells(kind, id_, states[0][4], origins.of_change(states[0][2])))]
    said += [(change, item_of_cells(kind, id_, text, origins.of_change(change))) for change, text in again]
    counts: Entry | None = None
    stamp = 0
    for change, entry in sorted(said, key=lambda one: one[0]):
        if change in work.taken:
            continue
        fuller = entry if counts is None else filled(counts, entry)
        if counts is None or fuller != counts:
            counts, stamp = fuller, change
    if counts is None:
        take_off(work.change, kind, id_)
        work.counts.entries_gone += 1
    elif stamp != states[-1][2] or replace(counts, origin=present.origin) != present:
        put_back(work.change, owner, counts, stamp)
        work.counts.entries_back += 1


@inner
def take_back_kept(work: Work) -> None:
    """End what the import kept as it came; what a later file said again is that file's from now on."""
    vault, change = work.vault, work.change
    rows = vault.rows("SELECT patient, content FROM kept_items WHERE import = ? AND ended IS NULL", (work.key,))
    work.touched.update(row[0] for row in rows)
    change.run("UPDATE kept_items SET ended = ? WHERE import = ? AND ended IS NULL", (change.id, work.key))
    for patient, content in rows:
        left = _items(content)
        for other, at, digests in vault.rows(
            "SELECT import.key, import.change, digests FROM kept_again JOIN import ON import.key = import"
            " WHERE patient = ? AND import.ended IS NULL AND import.key <> ? ORDER BY import.key",
            (patient, work.key),
        ):
            said = {digests[start : start + LINE_DIGEST] for start in range(0, len(digests), LINE_DIGEST)}
            moved = _lines(left, said, inside=True)
            left = _lines(left, said, inside=False)
            if moved:
                change.run(
                    "INSERT INTO kept_items(patient, import, content, change) VALUES (?, ?, ?, ?)",
                    (patient, other, content_of(moved), at),
                )
        work.counts.kept_gone += len(left)


def _items(content: str) -> list[tuple[KeptItem, str | None]]:
    found: list[tuple[KeptItem, str | None]] = []
    for kind, state, why, system, code, display, lines, id_ in json.loads(content):
        told = tuple(KeptLine(*line) for line in lines)
        found.append((KeptItem("", kind, KeptState(state), why, system, code, display, told), id_))
    return found


def _lines(
    items: Sequence[tuple[KeptItem, str | None]], said: set[bytes], *, inside: bool
) -> list[tuple[KeptItem, str | None]]:
    """Return the items with the lines that were said (or were not); their place in another file is not known."""
    found = []
    for item, id_ in items:
        lines = tuple(line for line in item.lines if (line_digest(item, line) in said) == inside)
        if lines:
            told = tuple(replace(line, place=0) for line in lines) if inside else lines
            found.append((replace(item, lines=told), id_))
    return found
