"""Finds the stored people and visits that rows belong to, and which rows were stored before."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.errors import BugError
from engine.store.gate import inner
from engine.store.groups import RecordGroups, select_in
from engine.store.ingest.incoming import Fate, Incoming
from engine.store.vault import Vault

# Records and days, and digests of rows, as single numbers: a hundred thousand tuples would keep the collector busy.
_DAY_BITS = 22  # date.max is below 2**22
_DIGEST_BITS = 64


@dataclass(frozen=True, slots=True)
class People:
    """The people of the incoming rows. ``row_keys[i]`` is the key of row i's record."""

    row_keys: Sequence[int]
    new: Mapping[int, str]  # key given -> id, in the order of their first row
    known: Sequence[int]


@dataclass(frozen=True, slots=True)
class Visits:
    """Where each row goes. ``new`` lists the keys of the visits to make, ``new_rows`` the row that makes each."""

    row_keys: Sequence[int]
    fates: list[Fate]
    new: Sequence[int]
    new_rows: Sequence[int]


@inner
def find_people(vault: Vault, incoming: Incoming) -> People:
    """Return the people of the rows, giving keys to those who are new.

    Raises:
        BugError: when a person who should be stored is not.
    """
    ids = dict.fromkeys(incoming.identified.person_ids)
    sql = "SELECT patient.id, patient.key FROM json_each(?) AS wanted CROSS JOIN patient ON patient.id = wanted.value"
    found: dict[str, int] = dict(select_in(vault, sql, ids))
    missing = [person for person in ids if person not in found]
    if not incoming.identified.new_person_ids.issuperset(missing):
        raise BugError("person_unknown")
    start = _next_key(vault, "SELECT max(key) FROM patient")
    new = dict(enumerate(missing, start))
    keys = found | {person: key for key, person in new.items()}
    return People(array("q", (keys[person] for person in incoming.identified.person_ids)), new, sorted(found.values()))


@inner
def place_rows(vault: Vault, incoming: Incoming, people: People) -> Visits:
    """Return the visit and the fate of each row, in file order.

    A row is repeated when its exact content was stored for that person and day before, in this file or an earlier
    one; typed entries are compared value by value later instead, for a person may well type an old value again.
    """
    groups = RecordGroups(vault)
    members = groups.whole(people.known)
    stored = _stored_visits(vault, members)
    seen: set[int] = set() if incoming.typed else _seen_rows(vault, members, groups)
    next_visit = _next_key(vault, "SELECT max(key) FROM visit")
    keys, new_rows = array("q"), array("q")
    fates: list[Fate] = []
    for row, (person, day, digest) in enumerate(zip(people.row_keys, incoming.days, incoming.digests, strict=True)):
        visit = stored.get(_place(person, day)) or _visit_of_others(stored, groups, person, day)
        content = _content(groups.root(person), day, digest)
        if content in seen:
            fates.append(Fate.REPEATED)
        elif visit is None:
            visit = stored[_place(person, day)] = next_visit + len(new_rows)
            new_rows.append(row)
            fates.append(Fate.NEW)
        else:
            fates.append(Fate.LATER)
        if not incoming.typed:
            seen.add(content)
        keys.append(visit or 0)  # 0: stored once, but the visit was moved or removed since
    return Visits(keys, fates, range(next_visit, next_visit + len(new_rows)), new_rows)


def _place(person: int, day: int) -> int:
    return person << _DAY_BITS | day


def _content(person: int, day: int, digest: int) -> int:
    return _place(person, day) << _DIGEST_BITS | (digest & ((1 << _DIGEST_BITS) - 1))


def _visit_of_others(stored: Mapping[int, int], groups: RecordGroups, person: int, day: int) -> int | None:
    """Return the visit that another record of the same person has on that day."""
    if person not in groups.roots and len(groups.of(person)) == 1:
        return None  # nearly everyone
    found = (stored.get(_place(other, day)) for other in groups.of(person))
    return next((visit for visit in found if visit is not None), None)


def _next_key(vault: Vault, sql: str) -> int:
    found = vault.one(sql)
    return int(found[0] or 0) + 1 if found else 1


def _stored_visits(vault: Vault, members: Sequence[int]) -> dict[int, int]:
    sql = (
        "SELECT visit.patient, visit.day, visit.key FROM json_each(?) AS wanted"
        " CROSS JOIN visit ON visit.patient = wanted.value WHERE visit.ended IS NULL ORDER BY visit.key DESC"
    )
    return {_place(patient, day): key for patient, day, key in select_in(vault, sql, members)}


def _seen_rows(vault: Vault, members: Sequence[int], groups: RecordGroups) -> set[int]:
    sql = (
        "SELECT import_row.patient, import_row.day, import_row.digest FROM json_each(?) AS wanted"
        " CROSS JOIN import_row ON import_row.patient = wanted.value"
    )
    return {_content(groups.root(patient), day, digest) for patient, day, digest in select_in(vault, sql, members)}
