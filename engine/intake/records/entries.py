"""Values and visits of a file as rows of one person and day each, the way rows of a table are stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from engine.domain.entries import Entries, EntryColumn, IdentifiedEntries, Source
from engine.domain.ports import Clock
from engine.domain.record import Conversion, SourceKind, Value
from engine.intake.assemble import canonical_text
from engine.intake.records.items import Item, RecordFile, SourcePerson
from engine.intake.records.meaning import FieldValue

if TYPE_CHECKING:
    from engine.intake.records.planning import RecordRequest

MOST_READINGS = 255  # of one field on one day; what the store can number
_WHO = ("patient_id", "name", "birth_date", "sex", "phone", "address")
_SAID = {"patient_id": "number"}
# Told of a person, not of a visit.
_OF_PERSON = frozenset(
    {
        *("village", "room", "consent_date", "phone", "address"),
        *(f"{name}_confirmed_date" for name in ("medicines", "conditions", "allergies", "checks")),
    }
)


@dataclass(frozen=True, slots=True)
class Dated:
    """Something of a person on a day: a value, or with None that there was a visit."""

    person: str
    day: str
    item: Item
    value: FieldValue | None


@dataclass(slots=True)
class _Cell:
    value: Value | None
    text: str | None
    qualifier: str | None
    conversion: Conversion | None


Row = tuple[str, str]  # person, day


class _Table:
    """The rows of a file and their cells by field and reading."""

    def __init__(self) -> None:
        self.rows: dict[Row, int] = {}  # -> the place of what made it
        self.cells: dict[tuple[str, int], dict[Row, _Cell]] = defaultdict(dict)
        self.headers: dict[tuple[str, int], str] = {}

    def row(self, person: str, day: str, place: int) -> Row:
        self.rows.setdefault((person, day), place)
        return person, day

    def put(self, row: Row, value: FieldValue, header: str | None, *, again: bool) -> None:
        """Put a value on a row; ``again``: as another reading where there is one already, else in its place."""
        reading = 1
        while again and row in self.cells[value.field, reading] and reading < MOST_READINGS:
            reading += 1
        written = None if value.value is not None and canonical_text(value.value) == value.text else value.text
        self.cells[value.field, reading][row] = _Cell(value.value, written, value.qualifier, value.conversion)
        if header is not None:
            self.headers.setdefault((value.field, reading), header)


def build_identified(
    dated: Sequence[Dated],
    people: Sequence[tuple[str, SourcePerson]],
    file: RecordFile,
    new: frozenset[str],
    request: RecordRequest,
    clock: Clock,
) -> IdentifiedEntries:
    """Return what is to be stored of visits, values and of who people are.

    Who somebody is stands on the person's latest row; where a file says nothing of any day, on the day of the file.
    """
    table = _Table()
    for one in sorted(dated, key=lambda each: (each.day, each.item.time or "", each.item.place)):
        row = table.row(one.person, one.day, one.item.place)
        if one.value is not None:
            table.put(row, one.value, _header(one.item), again=one.value.field not in _OF_PERSON)
    _put_people(table, people, file.written_on or clock.today().isoformat(), clock)
    rows = sorted(table.rows, key=lambda row: (table.rows[row], row))
    source = Source(SourceKind.IMPORTED, clock.now(), request.actor, request.file_name, file.sha256)
    columns = tuple(_column(key, cells, rows, table.headers.get(key)) for key, cells in table.cells.items())
    return IdentifiedEntries(
        Entries(source, [table.rows[row] for row in rows], columns),
        [person for person, _ in rows],
        new & {person for person, _ in rows},
        [day for _, day in rows],
    )


def _put_people(table: _Table, people: Sequence[tuple[str, SourcePerson]], written_on: str, clock: Clock) -> None:
    latest: dict[str, str] = {}
    for person, day in table.rows:
        latest[person] = max(day, latest.get(person, day))
    today = clock.today().isoformat()
    fallback = min(written_on, today) if len(written_on) == len(today) else today
    for id_, whom in people:
        row = table.row(id_, latest.get(id_, fallback), whom.place)
        for name in _WHO:
            said = getattr(whom, _SAID.get(name, name))
            if said is not None:
                table.put(row, FieldValue(name, said), None, again=False)
        for name, said in whom.extra:
            if name in _OF_PERSON and (not name.endswith("_date") or _is_day(said)):
                table.put(row, FieldValue(name, said), None, again=False)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _header(item: Item) -> str | None:
    """Return what the source calls a value: its code and name."""
    code = item.codes[0] if item.codes else None
    parts = (item.text or (code.display if code else None), code.code if code else None)
    return " ".join(part for part in parts if part) or None


def _column(key: tuple[str, int], cells: dict[Row, _Cell], rows: Sequence[Row], header: str | None) -> EntryColumn:
    name, reading = key
    found = [cells.get(row) for row in rows]
    qualifiers = {at: cell.qualifier for at, cell in enumerate(found) if cell is not None and cell.qualifier}
    conversions = {at: cell.conversion for at, cell in enumerate(found) if cell is not None and cell.conversion}
    shared = next(iter(conversions.values()), None)
    if shared is not None and any(cell is not None and cell.conversion != shared for cell in found):
        shared = None
    return EntryColumn(
        field=name,
        values=[None if cell is None else cell.value for cell in found],
        texts=[None if cell is None else cell.text for cell in found],
        reading=reading,
        header=header,
        qualifiers=qualifiers or None,
        conversion=shared,
        row_conversions=conversions if conversions and shared is None else None,
    )
