"""Which rows are one person's, in every table: what an erasure removes, and what a person is handed a copy of."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from engine.store.audit.units import BY_TABLE
from engine.store.database import Cell, Row
from engine.store.gate import inner, needs
from engine.store.groups import RecordGroups
from engine.store.identity import fold
from engine.store.people import person_key
from engine.store.permissions import Permission
from engine.store.values import VISIT_SHIFT
from engine.store.vault import Vault

# Table -> the column that leads to a list of keys of the scope. The order is the one in which rows can be deleted.
_KEYED: Mapping[str, tuple[str, str]] = {
    "report": ("key", "reports"),
    "assessment_range": ("assessment", "assessments"),
    "assessment_result": ("assessment", "assessments"),
    "assessment_head": ("assessment", "assessments"),
    "assessment": ("key", "assessments"),
    "answer": ("visit", "visits"),
    "model_prediction": ("visit", "visits"),
    "visit_move": ("key", "moves"),
    "measurement": ("key", "visits"),
    "measurement_past": ("key", "visits"),
    "measurement_again": ("key", "visits"),
    "import_row": ("patient", "patients"),
    "row_again": ("patient", "patients"),
    "series_again": ("block", "series"),
    "series_block": ("key", "series"),
    "visit": ("key", "visits"),
    "condition": ("patient", "patients"),
    "medicine": ("patient", "patients"),
    "allergy": ("patient", "patients"),
    "relative": ("patient", "patients"),
    "health_check": ("patient", "patients"),
    "consent": ("patient", "patients"),
    "kept_items": ("patient", "patients"),
    "kept_again": ("patient", "patients"),
    "item_again": ("patient", "patients"),
    "identity_given": ("patient", "patients"),
    "attached": ("patient", "patients"),
    "attribute": ("patient", "patients"),
    "merge": ("key", "merges"),
    "patient": ("key", "patients"),
    "parked_again": ("parked", "parked"),
    "parked_row": ("key", "parked"),
    "setting": ("key", "settings"),
    "draft": ("key", "drafts"),
}
TABLES = tuple(_KEYED)
_PACKED = frozenset({"measurement", "measurement_past", "measurement_again"})
_IN = "IN (SELECT value FROM json_each(?))"
_PACKED_WHERE = (
    "key IN (SELECT one.key FROM json_each(?) AS wanted CROSS JOIN {table} AS one"
    " ON one.key >= wanted.value << {shift} AND one.key < (wanted.value + 1) << {shift})"
)
# Columns that tell who somebody is in a row that waits to be decided about.
_TELLING = ("patient_id", "name", "birth_date")


@dataclass(frozen=True, slots=True)
class Scope:
    """One person's keys. ``persons``: the random ids of the record and of those merged into it."""

    persons: tuple[str, ...]
    patients: tuple[int, ...]
    visits: tuple[int, ...]
    moves: tuple[int, ...]
    merges: tuple[int, ...]
    assessments: tuple[int, ...]
    reports: tuple[int, ...]
    series: tuple[int, ...]
    parked: tuple[int, ...]
    settings: tuple[int, ...]
    drafts: tuple[int, ...]

    def where(self, table: str) -> tuple[str, tuple[Cell, ...]]:
        """Return the condition that finds this person's rows of a table, and its values."""
        column, name = _KEYED[table]
        keys = json.dumps(list(getattr(self, name)))
        if table in _PACKED:
            return _PACKED_WHERE.format(table=table, shift=VISIT_SHIFT), (keys,)
        found = f"{column} {_IN}"
        if table == "import_row":  # a visit that was moved keeps the row of the file it came from
            return f"{found} OR visit {_IN}", (keys, json.dumps(list(self.visits)))
        return found, (keys,)


@needs(Permission.ERASE)
def erasable_people(vault: Vault, patient_id: str) -> tuple[str, ...]:
    """Return the ids of the people who have this clinic number, for who may erase and may see nobody."""
    rows = vault.rows(
        "SELECT DISTINCT root.id FROM patient JOIN patient AS root ON root.key = patient.root"
        " WHERE patient.patient_id = ? AND patient.ended IS NULL ORDER BY root.key",
        (patient_id.strip(),),
    )
    return tuple(row[0] for row in rows)


@inner
def scope_of(vault: Vault, person_id: str) -> Scope:
    """Return everything that is one person's, merged records included.

    Raises:
        UsageError: ``person_unknown``.
    """
    return _scope(vault, tuple(RecordGroups(vault).of(person_key(vault, person_id))))


@inner
def scope_of_ids(vault: Vault, persons: Iterable[str]) -> Scope | None:
    """Return everything that belongs to these ids and no others; None where none of them is there.

    Whoever is merged with one of them here may have turned out to be somebody else since.
    """
    rows = vault.rows(f"SELECT key FROM patient WHERE id {_IN} ORDER BY key", (json.dumps(list(persons)),))  # noqa: S608 - our own condition
    return _scope(vault, tuple(row[0] for row in rows)) if rows else None


def _scope(vault: Vault, patients: tuple[int, ...]) -> Scope:
    def keys(table: str, **owners: Iterable[int]) -> tuple[int, ...]:
        where = " OR ".join(f"{column} {_IN}" for column in owners)
        values = tuple(json.dumps(list(wanted)) for wanted in owners.values())
        return tuple(row[0] for row in vault.rows(f"SELECT key FROM {table} WHERE {where} ORDER BY key", values))  # noqa: S608 - names of ours

    persons = tuple(row[0] for key in patients for row in vault.rows("SELECT id FROM patient WHERE key = ?", (key,)))
    visits = keys("visit", patient=patients)
    # A visit that went to somebody else leaves its move behind; one that came from somebody else is theirs now.
    moves = keys("visit_move", visit=visits, from_patient=patients, to_patient=patients)
    merges = keys("merge", survivor=patients, absorbed=patients)
    assessments = keys("assessment", patient=patients, visit=visits)
    reports = keys("report", assessment=assessments)
    named = _Named(vault, patients, persons)
    return Scope(
        persons=persons,
        patients=patients,
        visits=visits,
        moves=moves,
        merges=merges,
        assessments=assessments,
        reports=reports,
        series=keys("series_block", patient=patients),
        parked=tuple(dict.fromkeys((*named.parked(vault), *_parked_readings(vault, patients)))),
        settings=tuple(named.settings(vault)),
        drafts=tuple(named.drafts(vault)),
    )


def _parked_readings(vault: Vault, patients: tuple[int, ...]) -> list[int]:
    """Return the rows that wait of files of devices that brought readings of these records and of no others."""
    wanted = json.dumps(list(patients))
    rows = vault.rows(
        f"SELECT key FROM parked_row WHERE import IN (SELECT import FROM series_block WHERE patient {_IN})"  # noqa: S608 - names of ours
        f" AND import NOT IN (SELECT import FROM series_block WHERE NOT patient {_IN}) ORDER BY key",
        (wanted, wanted),
    )
    return [row[0] for row in rows]


class _Named:
    """Finds rows that are tied to a person by no key: by their ids, or by what they are called."""

    def __init__(self, vault: Vault, patients: tuple[int, ...], persons: tuple[str, ...]) -> None:
        self._ids = persons
        self._said: dict[str, set[str]] = {name: set() for name in _TELLING}
        rows = vault.rows(
            "SELECT field.name, value, written FROM attribute JOIN field ON field.key = attribute.field"
            " WHERE patient IN (SELECT value FROM json_each(?))",
            (json.dumps(list(patients)),),
        )
        for field, value, written in rows:
            if field in self._said:
                self._said[field] |= {fold(text).strip() for text in (value, written) if text}

    def settings(self, vault: Vault) -> Iterator[int]:
        """Yield the reviews of emergencies in which this record was opened."""
        for key, value in vault.rows("SELECT key, value FROM setting WHERE name GLOB 'review.*'"):
            if json.loads(value).get("person") in self._ids:
                yield key

    def drafts(self, vault: Vault) -> Iterator[int]:
        """Yield forms in hand that are about this person, also where they were not stored yet when it was begun."""
        for key, person, content in vault.rows("SELECT key, patient, content FROM draft"):
            if person in self._ids or any(id_ in content for id_ in self._ids) or self._fits(_texts(content)):
                yield key

    def parked(self, vault: Vault) -> Iterator[int]:
        """Yield rows that were kept back and bear this person's number, or their name and no other number."""
        headers: dict[int, dict[str, str]] = {}
        for import_key, header, field in vault.rows(
            "SELECT import, header, field.name FROM import_column JOIN field ON field.key = import_column.field"
        ):
            headers.setdefault(import_key, {})[header] = field
        for key, import_key, cells in vault.rows("SELECT key, import, cells FROM parked_row"):
            known = headers.get(import_key, {})
            said: dict[str, set[str]] = {name: set() for name in _TELLING}
            for header, text in json.loads(cells):
                if known.get(header) in said:
                    said[known[header]].add(fold(text).strip())
            every = {fold(text).strip() for _, text in json.loads(cells)}
            if self._is_theirs(said) if said["patient_id"] or said["name"] else self._fits(every):
                yield key

    def _is_theirs(self, said: Mapping[str, set[str]]) -> bool:
        numbers = {number for number in said["patient_id"] if number}
        if numbers:
            return bool(numbers & self._said["patient_id"])
        return bool(said["name"] & self._said["name"])

    def _fits(self, texts: set[str]) -> bool:
        """Whether loose texts are about this person: their name together with their number or day of birth."""
        beside = self._said["patient_id"] | self._said["birth_date"]
        return bool(texts & self._said["name"]) and bool(texts & beside)


def _texts(content: str) -> set[str]:
    found: set[str] = set()

    def look(value: object) -> None:
        if isinstance(value, str):
            found.add(fold(value).strip())
        elif isinstance(value, Mapping):
            for inside in value.values():
                look(inside)
        elif isinstance(value, list):
            for inside in value:
                look(inside)

    look(json.loads(content))
    return found


@inner
def rows_of(vault: Vault, scope: Scope, table: str) -> tuple[tuple[str, ...], list[Row]]:
    """Return the names of a table's columns and this person's rows in it."""
    columns = tuple(str(row[1]) for row in vault.rows(f"PRAGMA table_info({table})"))
    where, values = scope.where(table)
    sql = f"SELECT {', '.join(columns)} FROM {table} WHERE {where} ORDER BY {', '.join(columns[:3])}"  # noqa: S608 - names of ours
    return columns, vault.rows(sql, values)


@inner
def count_and_digest(vault: Vault, scope: Scope, salt: bytes) -> tuple[dict[str, int], str]:
    """Return how many rows there are in each table, and one digest of them all.

    The digest is keyed (HMAC-SHA256), so that without ``salt`` no guess at a row can be tried on it.
    """
    counts: dict[str, int] = {}
    digest = hmac.new(salt, digestmod=hashlib.sha256)
    for table in TABLES:
        _, rows = rows_of(vault, scope, table)
        if rows:
            counts[table] = len(rows)
        for row in rows:
            digest.update(f"{table} {row!a}\n".encode("ascii"))
    return counts, digest.hexdigest()


def owners_of(scope: Scope) -> dict[int, set[int]]:
    """Return whose leaves in each unit hold something of this person, by the number of the unit.

    The leaves of moves and merges may be those of others; ``engine.store.erasure.erase`` looks for them.
    """
    sealed = {table: name for table, (_, name) in _KEYED.items() if table in BY_TABLE}
    return {
        BY_TABLE[table].number: set(getattr(scope, name))
        for table, name in sealed.items()
        if table not in ("visit_move", "merge")
    }
