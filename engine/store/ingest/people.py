"""Finds the stored people and visits that rows belong to, and which rows were stored before."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.errors import BugError
from engine.store.ingest.incoming import Fate, Incoming
from engine.store.vault import Row, Vault

_CHUNK = 20_000
PlaceKey = tuple[int, int]  # a person (key of the shown record) and a day


@dataclass(frozen=True, slots=True)
class People:
    """The people of the incoming rows. ``row_keys[i]`` is the key of row i's person."""

    row_keys: Sequence[int]
    new: Mapping[int, str]  # key given -> id, in the order of their first row
    known: Sequence[int]


@dataclass(frozen=True, slots=True)
class Visits:
    """Where each row goes. ``new`` lists (visit key, row position) of the visits to make."""

    row_keys: Sequence[int]
    fates: list[Fate]
    new: Sequence[tuple[int, int]]


def select_in(vault: Vault, sql: str, keys: Iterable[int | str]) -> Iterator[Row]:
    """Yield the rows of a query over ``json_each(?) AS wanted`` for many keys, a chunk at a time."""
    wanted = list(keys)
    for start in range(0, len(wanted), _CHUNK):
        yield from vault.rows(sql, (json.dumps(wanted[start : start + _CHUNK]),))


def find_people(vault: Vault, incoming: Incoming) -> People:
    """Return the people of the rows, giving keys to those who are new.

    Raises:
        BugError: when a person who should be stored is not.
    """
    ids = dict.fromkeys(incoming.identified.person_ids)
    sql = "SELECT patient.id, patient.root FROM json_each(?) AS wanted JOIN patient ON patient.id = wanted.value"
    found: dict[str, int] = dict(select_in(vault, sql, ids))
    missing = [person for person in ids if person not in found]
    if not incoming.identified.new_person_ids.issuperset(missing):
        raise BugError("person_unknown")
    start = _next_key(vault, "SELECT max(key) FROM patient")
    new = dict(enumerate(missing, start))
    keys = found | {person: key for key, person in new.items()}
    return People([keys[person] for person in incoming.identified.person_ids], new, sorted(set(found.values())))


def place_rows(vault: Vault, incoming: Incoming, people: People) -> Visits:
    """Return the visit and the fate of each row, in file order.

    A row is repeated when its exact content was stored for that person and day before, in this file or an earlier
    one; typed entries are compared value by value later instead, for a person may well type an old value again.
    """
    roots = _merged_into(vault)
    shown = set(people.known)
    members = [*people.known, *(key for key, root in roots.items() if root in shown)]
    stored = _stored_visits(vault, members, roots)
    seen = set() if incoming.typed else _seen_rows(vault, members, roots)
    next_visit = _next_key(vault, "SELECT max(key) FROM visit")
    keys: list[int] = []
    fates: list[Fate] = []
    new: list[tuple[int, int]] = []
    for row, (person, day, digest) in enumerate(zip(people.row_keys, incoming.days, incoming.digests, strict=True)):
        visit = stored.get((person, day))
        if (person, day, digest) in seen:
            fates.append(Fate.REPEATED)
        elif visit is None:
            visit = stored[person, day] = next_visit + len(new)
            new.append((visit, row))
            fates.append(Fate.NEW)
        else:
            fates.append(Fate.LATER)
        if not incoming.typed:
            seen.add((person, day, digest))
        keys.append(visit or 0)  # 0: stored once, but the visit was moved or removed since
    return Visits(keys, fates, new)


def _next_key(vault: Vault, sql: str) -> int:
    found = vault.one(sql)
    return int(found[0] or 0) + 1 if found else 1


def _merged_into(vault: Vault) -> dict[int, int]:
    return dict(vault.rows("SELECT key, root FROM patient WHERE root <> key"))


def _stored_visits(vault: Vault, members: Sequence[int], roots: Mapping[int, int]) -> dict[PlaceKey, int]:
    sql = (
        "SELECT visit.patient, visit.day, visit.key FROM json_each(?) AS wanted"
        " JOIN visit ON visit.patient = wanted.value WHERE visit.ended IS NULL ORDER BY visit.key DESC"
    )
    found: dict[PlaceKey, int] = {}
    own: dict[PlaceKey, int] = {}
    for patient, day, key in select_in(vault, sql, members):
        if patient in roots:
            found[roots[patient], day] = key
        else:
            own[patient, day] = key
    return found | own  # of two visits on one day after a merge, the shown record's own


def _seen_rows(vault: Vault, members: Sequence[int], roots: Mapping[int, int]) -> set[tuple[int, int, int]]:
    sql = (
        "SELECT import_row.patient, import_row.day, import_row.digest FROM json_each(?) AS wanted"
        " JOIN import_row ON import_row.patient = wanted.value"
    )
    return {(roots.get(patient, patient), day, digest) for patient, day, digest in select_in(vault, sql, members)}
