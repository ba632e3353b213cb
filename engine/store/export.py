"""Every visit as a row of canonical columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from engine.domain.readings import Reading, visit_value, visit_values
from engine.domain.record import Value
from engine.fields.dictionary import load_dictionary
from engine.store.gate import needs
from engine.store.groups import RecordGroups, select_in
from engine.store.identity import IDENTITY_FIELDS
from engine.store.permissions import Permission
from engine.store.reading_rules import ReadingRules
from engine.store.values import FIELD_SHIFT, field_of, kind_of, reading_of, restored, visit_of
from engine.store.vault import Vault

_CHUNK = 5_000  # visits
_VALUES = (
    "SELECT value.key, number, text, change FROM json_each(?) AS wanted CROSS JOIN measurement AS value"
    " ON value.key >= wanted.value << 24 AND value.key < (wanted.value + 1) << 24"
)

Cells = tuple[Value | None, ...]


@dataclass(frozen=True, slots=True)
class VisitTable:
    """A table of visits. ``rows`` can be gone through once; each has one cell per field, None where absent."""

    fields: tuple[str, ...]
    rows: Iterator[Cells]


@needs(Permission.REPORT)
def export_visits(vault: Vault) -> VisitTable:
    """Return all visits, by person in the order they were stored and then by day.

    Who a person is is told as it is now; several readings are reduced by their rule; dates are ISO texts as far as
    they are known. Only fields that the store has ever seen have a column, in the order of the dictionary.
    """
    seen = {"visit_date", *vault.field_keys()}
    known = [name for name in load_dictionary().fields if name in seen]
    fields = (*known, *sorted(seen.difference(known)))
    return VisitTable(fields, _rows(vault, fields))


@needs(Permission.REPORT)
def _rows(vault: Vault, fields: Sequence[str]) -> Iterator[Cells]:
    groups = RecordGroups(vault)
    people = _identities(vault, groups)
    rules = ReadingRules(vault)
    visits = [
        (groups.root(patient), day, key)
        for key, patient, day in vault.rows("SELECT key, patient, day FROM visit WHERE ended IS NULL")
    ]
    visits.sort()
    for start in range(0, len(visits), _CHUNK):
        part = visits[start : start + _CHUNK]
        values = _values(vault, rules, [key for _, _, key in part])
        for person, day, key in part:
            cells = {**people[person], **values[key], "visit_date": date.fromordinal(day).isoformat()}
            yield tuple(cells.get(field) for field in fields)


def _identities(vault: Vault, groups: RecordGroups) -> dict[int, dict[str, Value]]:
    people: dict[int, dict[str, Value]] = defaultdict(dict)
    # The shown record comes first, so that the others only fill in what it lacks.
    rows = vault.rows(f"SELECT key, {', '.join(IDENTITY_FIELDS)} FROM patient ORDER BY root <> key, key")  # noqa: S608 - column names of ours
    for key, *cells in rows:
        identity = people[groups.root(key)]
        for field, cell in zip(IDENTITY_FIELDS, cells, strict=True):
            if cell is not None:
                identity.setdefault(field, cell)
    return people


def _values(vault: Vault, rules: ReadingRules, visits: Sequence[int]) -> Mapping[int, Mapping[str, Value]]:
    names = {key: name for name, key in vault.field_keys().items()}
    kinds = {key: kind_of(name) for key, name in names.items()}
    cells: dict[int, dict[str, Value]] = {visit: {} for visit in visits}
    special: set[int] = set()
    readings: list[Value] = []
    last = -1
    for key, number, text, change in select_in(vault, _VALUES, visits):  # the readings of a field follow one another
        field = field_of(key)
        value = restored(kinds[field], number, text)
        if value is None:
            continue
        readings = [*readings, value] if key >> FIELD_SHIFT == last else [value]
        last = key >> FIELD_SHIFT
        cells[visit_of(key)][names[field]] = visit_value(readings)
        if rules and rules.is_special(change, key):
            special.add(visit_of(key))
    return {**cells, **_by_rules(vault, rules, special)}


def _by_rules(vault: Vault, rules: ReadingRules, visits: Iterable[int]) -> Mapping[int, Mapping[str, Value]]:
    """Return the values of visits for which an import chose another rule than the default."""
    names = {key: name for name, key in vault.field_keys().items()}
    found: defaultdict[int, list[Reading]] = defaultdict(list)
    for key, number, text, change in select_in(vault, _VALUES, visits):
        name = names[field_of(key)]
        value = restored(kind_of(name), number, text)
        if value is not None:
            found[visit_of(key)].append(Reading(name, reading_of(key), value, rules.of(change, key), change))
    return {visit: visit_values(readings) for visit, readings in found.items()}
