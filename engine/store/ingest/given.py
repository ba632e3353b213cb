"""Remembers who said what of who a person is, so that what one file said can be taken back exactly.

Nearly all people are described once, by the change that brought them; of them nothing is written here, for the rows
themselves tell it. From the second change on that says something of a person, each has its line, the first one too.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence

from engine.store.gate import inner
from engine.store.groups import select_in
from engine.store.ingest.runs import Given
from engine.store.vault import Change, Vault

# By a file or a new person's form: [field, value, first day, last day, row, text as written]; by hand: [field, value or
# null, day].
Entry = list[int | str | None]
LENGTH_BY_HAND = 3

_BEFORE = (
    "SELECT patient, attribute.change, field, attribute.value, first_on, last_on, row, written, ended"
    " FROM json_each(?) AS wanted CROSS JOIN attribute ON attribute.patient = wanted.value"
    " WHERE NOT EXISTS (SELECT 1 FROM identity_given WHERE identity_given.patient = attribute.patient)"
)
_INSERT = (
    "INSERT INTO identity_given(patient, change, content) VALUES (?, ?, ?) ON CONFLICT(patient, change) DO UPDATE"
    " SET content = substr(content, 1, length(content) - 1) || ',' || substr(excluded.content, 2)"
)


def by_file(field: int, given: Given, line: int) -> Entry:
    """Return the entry of a value that rows of a file gave."""
    return [field, given.value, given.first_on, given.last_on, line, given.written]


def by_hand(field: int, value: str | None, day: int) -> Entry:
    """Return the entry of a value that a person set, or took away (None), on a day."""
    return [field, value, day]


@inner
def remember_given(vault: Vault, change: Change, given: Mapping[int, Sequence[Entry]]) -> None:
    """Write what a change says of known people; to be called before it alters what is held of them."""
    begin_log(vault, change, given)
    change.many(_INSERT, ((patient, change.id, _text(entries)) for patient, entries in given.items() if entries))


@inner
def begin_log(vault: Vault, change: Change, patients: Mapping[int, object]) -> None:
    """Write what was said before of people of whom nothing is remembered yet, as far as it can be told."""
    before: defaultdict[tuple[int, int], list[Entry]] = defaultdict(list)
    for patient, first, field, value, first_on, last_on, row, written, ended in select_in(vault, _BEFORE, patients):
        before[patient, first].append([field, value, first_on, last_on, row, written])
        if ended is not None:
            before[patient, ended].append([field, None, last_on])
    change.many(_INSERT, ((*place, _text(entries)) for place, entries in sorted(before.items())))


@inner
def load_given(vault: Vault, patients: Sequence[int]) -> dict[int, list[tuple[int, list[Entry]]]]:
    """Return what was said of these people, change by change in their order; nobody of whom nothing is remembered."""
    sql = (
        "SELECT patient, change, content FROM json_each(?) AS wanted"
        " CROSS JOIN identity_given ON identity_given.patient = wanted.value"
    )
    found: defaultdict[int, list[tuple[int, list[Entry]]]] = defaultdict(list)
    for patient, change, content in sorted(select_in(vault, sql, patients)):
        found[patient].append((change, json.loads(content)))
    return dict(found)


@inner
def add_given(vault: Vault, change: Change, given: Mapping[tuple[int, int], Sequence[Entry]]) -> None:
    """Add to what earlier changes said: (patient, change) -> entries."""
    begin_log(vault, change, dict.fromkeys(patient for patient, _ in given))
    change.many(_INSERT, ((*place, _text(entries)) for place, entries in given.items()))


def _text(entries: Sequence[Entry]) -> str:
    return json.dumps(entries, ensure_ascii=True, separators=(",", ":"))
