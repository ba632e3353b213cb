"""Who people are without the import that is taken back, and which of them go with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.domain.undo import ConflictKind
from engine.store.database import Cell
from engine.store.gate import inner
from engine.store.groups import select_in
from engine.store.ingest.attributes import Current, update_people
from engine.store.ingest.given import LENGTH_BY_HAND, Entry, add_given, begin_log, load_given
from engine.store.undo.work import Work, tell_conflicts

_CHUNK = 5_000  # people held at a time
_COLUMNS = "patient, field, value, first_on, last_on, row, change, last_change, written, ended"

# What keeps a record although the file that brought it is taken back; {} stands for the wanted keys.
_KEEPING = (
    "SELECT visit.patient FROM {} CROSS JOIN visit ON visit.patient = wanted.value WHERE visit.ended IS NULL",
    *(
        f"SELECT item.patient FROM {{}} CROSS JOIN {table} AS item ON item.patient = wanted.value"  # noqa: S608 - names of ours
        " WHERE item.ended IS NULL"
        for table in ("condition", "medicine", "allergy", "relative", "health_check", "consent", "series_block")
    ),
    "SELECT kept_items.patient FROM {} CROSS JOIN kept_items ON kept_items.patient = wanted.value"
    " WHERE kept_items.ended IS NULL",
    "SELECT import_row.patient FROM {} CROSS JOIN import_row ON import_row.patient = wanted.value",
    "SELECT wanted.value FROM {} JOIN merge ON merge.survivor = wanted.value OR merge.absorbed = wanted.value"
    " WHERE merge.ended IS NULL",
    "SELECT consent.patient FROM {} CROSS JOIN consent ON consent.patient = wanted.value",
)
_PRINTED = (
    "SELECT assessment.patient FROM json_each(?) AS wanted CROSS JOIN assessment ON assessment.patient = wanted.value"
    " JOIN report ON report.assessment = assessment.key"
)


@dataclass(frozen=True, slots=True)
class _Told:
    """One value of one field of one person."""

    first_on: int
    last_on: int
    row: int
    change: int
    last_change: int
    written: str | None = None
    ended: int | None = None


_Values = dict[int, dict[str, _Told]]  # field -> value -> what is held of it


@inner
def people_that_go(work: Work) -> set[int]:
    """Return the people whom only files brought that count no longer, and of whom nothing else was entered since."""
    wanted = list(work.touched)
    brought = select_in(
        work.vault,
        "SELECT patient.key, patient.change FROM json_each(?) AS wanted CROSS JOIN patient"
        " ON patient.key = wanted.value WHERE patient.ended IS NULL",
        wanted,
    )
    going = {key for key, change in brought if change in work.taken}
    printed = {row[0] for row in select_in(work.vault, _PRINTED, list(going))}
    for sql in _KEEPING:
        going -= {row[0] for row in select_in(work.vault, sql.format("json_each(?) AS wanted"), list(going))}
    going -= _described_since(work, going)
    tell_conflicts(work, ((ConflictKind.REPORT, key, None, None, None) for key in sorted(going & printed)))
    return going - printed


def _described_since(work: Work, people: Collection[int]) -> set[int]:
    """Return the people of whom a person, or a file that counts, said who they are."""
    found = set()
    for table in ("attribute", "identity_given"):
        sql = (
            f"SELECT given.patient, given.change FROM json_each(?) AS wanted CROSS JOIN {table} AS given"  # noqa: S608 - names of ours
            " ON given.patient = wanted.value"
        )
        for patient, change in select_in(work.vault, sql, people):
            if change not in work.taken and change not in work.undos:
                found.add(patient)
    return found


@inner
def end_people(work: Work, people: Collection[int]) -> None:
    """End the records of people who go."""
    work.change.many("UPDATE patient SET ended = ? WHERE key = ?", ((work.change.id, key) for key in sorted(people)))
    work.counts.people_gone += len(people)


@inner
def take_back_identity(work: Work, gone: Collection[int]) -> None:
    """Bring who people are to what it is without the import.

    Of whom no file speaks any more and who stay, because something was entered by hand, it is kept what the file said
    of who they are: nobody could tell else whose entries these are.
    """
    people = sorted(work.touched - set(gone))
    for start in range(0, len(people), _CHUNK):
        some = people[start : start + _CHUNK]
        begin_log(work.vault, work.change, dict.fromkeys(some))
        said = load_given(work.vault, some)
        concerned = [key for key in some if any(change == work.at for change, _ in said.get(key, ()))]
        _correct(work, concerned, said)


def _correct(work: Work, people: Sequence[int], said: Mapping[int, list[tuple[int, list[Entry]]]]) -> None:
    names = {key: name for name, key in work.vault.field_keys().items()}
    held, orphans = _held(work, people), _brought_by_taken(work, people)
    kept: list[tuple[ConflictKind, int, int | None, str | None, str | None]] = []
    current: Current = {}
    removed: list[tuple[Cell, ...]] = []
    altered: list[tuple[Cell, ...]] = []
    for person in people:
        values = replayed(work, said[person])
        if person in orphans and not any(_stays_said(work, change) for change, _ in said[person]):
            kept.append((ConflictKind.PERSON, person, None, None, None))
            # From now on it is this change that keeps what the file said.
            of_file = next(entries for change, entries in said[person] if change == work.at)
            add_given(work.vault, work.change, {(person, work.change.id): of_file})
            continue
        kept += [(ConflictKind.IDENTITY, person, None, names[field], None) for field in _put_right(work, said[person])]
        before = held.get(person, {})
        if values == before:
            continue
        for field, old in before.items():
            now = values.get(field, {})
            if now == old:
                continue
            current.setdefault(names[field], {})[person] = _counting(now)
            for value, told in old.items():
                if value not in now:
                    removed.append((person, field, value))
                elif now[value] != told:
                    altered.append(_altered(now[value], (person, field, value)))
        if any(_counting(values.get(field, {})) != _counting(old) for field, old in before.items()):
            work.counts.people_corrected += 1
    work.change.many("DELETE FROM attribute WHERE patient = ? AND field = ? AND value = ?", removed)
    work.change.many(
        "UPDATE attribute SET first_on = ?, last_on = ?, row = ?, change = ?, last_change = ?, written = ?, ended = ?"
        " WHERE patient = ? AND field = ? AND value = ?",
        altered,
    )
    update_people(work.vault, work.change, current, {})
    tell_conflicts(work, kept)


def _stays_said(work: Work, change: int) -> bool:
    """Whether what was said in a change is of a file that counts, or was kept when its file was taken back."""
    return work.live_file(change) or change in work.undos


def _brought_by_taken(work: Work, people: Sequence[int]) -> set[int]:
    sql = (
        "SELECT patient.key, patient.change FROM json_each(?) AS wanted CROSS JOIN patient"
        " ON patient.key = wanted.value"
    )
    return {key for key, change in select_in(work.vault, sql, people) if change in work.taken}


def _altered(told: _Told, place: tuple[int, int, str]) -> tuple[Cell, ...]:
    held = (told.first_on, told.last_on, told.row, told.change, told.last_change, told.written, told.ended)
    return (*held, *place)


def _held(work: Work, people: Sequence[int]) -> dict[int, _Values]:
    columns = ", ".join(f"attribute.{name}" for name in _COLUMNS.split(", "))
    sql = f"SELECT {columns} FROM json_each(?) AS wanted CROSS JOIN attribute ON attribute.patient = wanted.value"  # noqa: S608 - names of ours
    found: dict[int, _Values] = {}
    for patient, field, value, first, last, row, change, last_change, written, ended in select_in(
        work.vault, sql, people
    ):
        told = _Told(first, last, row, change, last_change, written, ended)
        found.setdefault(patient, {}).setdefault(field, {})[value] = told
    return found


def replayed(work: Work, said: Sequence[tuple[int, list[Entry]]]) -> _Values:
    """Return what is held of a person when what was said is said again, without the files that are taken back."""
    values: _Values = {}
    for change, entries in sorted(said, key=lambda one: one[0]):
        if change in work.taken:
            continue
        for entry in entries:
            of_field = values.setdefault(int(entry[0] or 0), {})
            if len(entry) == LENGTH_BY_HAND:
                _set(of_field, entry, change)
            else:
                _give(of_field, entry, change, typed=work.by_hand(change))
    return {field: of_field for field, of_field in values.items() if of_field}


def _give(values: dict[str, _Told], entry: Entry, change: int, *, typed: bool) -> None:
    """Take in what rows gave, as ``engine.store.ingest.attributes`` does."""
    value, first, last, row = str(entry[1]), int(entry[2] or 0), int(entry[3] or 0), int(entry[4] or 0)
    written = None if entry[5] is None else str(entry[5])
    one = values.get(value)
    if one is None:
        values[value] = _Told(first, last, row, change, change, written)
        return
    if one.ended is not None and not typed:
        return
    if one.ended is not None or first < one.first_on or last > one.last_on:
        first, last = min(one.first_on, first), max(one.last_on, last)
        values[value] = replace(one, first_on=first, last_on=last, last_change=change, ended=None)


def _set(values: dict[str, _Told], entry: Entry, change: int) -> None:
    """Make a value the one that counts, as ``engine.store.person_edit`` does; None takes all away."""
    value, today = entry[1], int(entry[2] or 0)
    latest = max([today, *(one.last_on for one in values.values() if one.ended is None)])
    for old, one in values.items():
        if old != value and one.ended is None:
            values[old] = replace(one, ended=change, last_change=change)
    if value is None:
        return
    known = values.get(str(value))
    if known is None:
        values[str(value)] = _Told(latest, latest, 0, change, change)
    else:
        values[str(value)] = replace(known, last_on=latest, last_change=change, ended=None)


def _counting(values: Mapping[str, _Told]) -> str | None:
    alive = [((one.last_on, one.last_change, one.row), value) for value, one in values.items() if one.ended is None]
    return max(alive)[1] if alive else None


def _put_right(work: Work, said: Sequence[tuple[int, list[Entry]]]) -> list[int]:
    """Return the fields that the file said and a person put right later."""
    of_file = {entry[0] for change, entries in said if change == work.at for entry in entries}
    later = [entry for change, entries in said if change > work.at and work.by_hand(change) for entry in entries]
    fields = [int(entry[0] or 0) for entry in later if entry[0] in of_file and len(entry) == LENGTH_BY_HAND]
    return list(dict.fromkeys(fields))
