"""The rows of a file that is taken back: forgotten, or handed to the next file that held them too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from engine.store.database import Cell
from engine.store.gate import inner
from engine.store.groups import RecordGroups, select_in
from engine.store.ingest.given import Entry, add_given, begin_log, load_given
from engine.store.undo.work import Work
from engine.store.values import visit_of

_AGAIN = (
    "INSERT OR IGNORE INTO measurement_again(key, change, row, number, text, qualifier, conversion)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_STATED = "value.key, value.row, number, text, qualifier, conversion"
_IN_VISITS = " ON value.key >= wanted.value << 24 AND value.key < (wanted.value + 1) << 24 WHERE value.change = "


@dataclass(frozen=True, slots=True)
class _Moved:
    """A row that another file held too: where it stood in this one, and where it stands in that one."""

    patient: int
    day: int
    visit: int
    row: int
    to_change: int
    to_row: int


@inner
def release_rows(work: Work) -> tuple[set[int], set[int]]:
    """Take the rows of the file out of the memory of what was stored.

    Return the visits they were in, and the keys of values that another file says now in their place.
    """
    vault, change = work.vault, work.change
    rows = vault.rows("SELECT patient, day, digest, visit, row FROM import_row WHERE import = ?", (work.key,))
    work.touched.update(row[0] for row in rows)
    moved = _moved(work, rows)
    change.run("DELETE FROM row_again WHERE import = ?", (work.key,))
    # No index leads from a visit to its rows: taking a file back is rare, and storing one must not pay for it.
    work.row_visits = frozenset(row[0] for row in vault.rows("SELECT DISTINCT visit FROM import_row"))
    _hand_over_identity(work, moved)
    return {row[3] for row in rows}, _hand_over_values(work, moved)


def _moved(work: Work, rows: Sequence[tuple[int, int, int, int, int]]) -> list[_Moved]:
    vault, change = work.vault, work.change
    groups = RecordGroups(vault)
    later: dict[tuple[int, int, int], tuple[int, int, int, int]] = {}
    for patient, day, digest, import_key, row, at in vault.rows(
        "SELECT patient, day, digest, import, row_again.row, import.change FROM row_again"
        " JOIN import ON import.key = row_again.import WHERE import.ended IS NULL AND import.key <> ?"
        " ORDER BY import DESC",
        (work.key,),
    ):
        later[groups.root(patient), day, digest] = (patient, import_key, row, at)  # the earliest is what stays
    change.run("DELETE FROM import_row WHERE import = ?", (work.key,))
    moved = []
    for patient, day, digest, visit, row in rows:
        found = later.get((groups.root(patient), day, digest))
        if found is not None:
            to_patient, import_key, to_row, at = found
            place = (to_patient, day, digest)
            change.run("INSERT INTO import_row VALUES (?, ?, ?, ?, ?, ?)", (*place, visit, import_key, to_row))
            change.run(
                "DELETE FROM row_again WHERE patient = ? AND day = ? AND digest = ? AND import = ?",
                (*place, import_key),
            )
            moved.append(_Moved(patient, day, visit, row, at, to_row))
    return moved


def _hand_over_values(work: Work, moved: Sequence[_Moved]) -> set[int]:
    """Note that another file says what this one's rows said; return the keys of these values."""
    to: defaultdict[tuple[int, int], list[_Moved]] = defaultdict(list)
    for one in moved:
        to[one.visit, one.row].append(one)
    found: list[tuple[Cell, ...]] = []
    visits = {one.visit for one in moved}
    for table in ("measurement", "measurement_past", "measurement_again"):
        sql = f"SELECT {_STATED} FROM json_each(?) AS wanted CROSS JOIN {table} AS value{_IN_VISITS}{work.at}"  # noqa: S608 - names and a number of ours
        for key, row, *content in select_in(work.vault, sql, visits):
            for one in to.get((visit_of(key), row), ()):
                found.append((key, one.to_change, one.to_row, *content))
    work.change.many(_AGAIN, found)
    return {int(row[0] or 0) for row in found}


def _hand_over_identity(work: Work, moved: Sequence[_Moved]) -> None:
    """Note that another file says of people what these rows said of them."""
    people = dict.fromkeys(one.patient for one in moved)
    begin_log(work.vault, work.change, people)
    days: defaultdict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for one in moved:
        days[one.patient, one.to_change].append((one.day, one.to_row))
    said = load_given(work.vault, list(people))
    given: dict[tuple[int, int], list[Entry]] = {}
    for (patient, to_change), rows in days.items():
        entries = next((entries for at, entries in said.get(patient, ()) if at == work.at), [])
        given[patient, to_change] = [entry for one in entries for entry in _again(one, sorted(rows))]
    add_given(work.vault, work.change, {place: entries for place, entries in given.items() if entries})


def _again(entry: Entry, rows: Sequence[tuple[int, int]]) -> list[Entry]:
    field, value, first, last, *_ = entry
    inside = [(day, row) for day, row in rows if int(first or 0) <= day <= int(last or 0)]
    return [[field, value, inside[0][0], inside[-1][0], inside[0][1], None]] if inside else []
