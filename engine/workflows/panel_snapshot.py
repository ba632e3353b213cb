"""The panel: everybody in the clinic as one immutable snapshot that is searched, sorted and filtered at once.

Positions are places in the snapshot. What a person types is looked for in one pass over plain texts; days, pressures
and risks are NumPy columns; a line becomes an object only when it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np

from engine.domain.batch import BoolArray, FloatArray, IntArray
from engine.domain.dates import PartialDate
from engine.store.identity import fold
from engine.store.panel import PanelColumns, birth_number, sort_name
from engine.workflows.panel_index import PanelIndex, index_after, index_of, taken, with_room
from engine.workflows.panel_search import HOLDS


class SortKey(StrEnum):
    """What the list can be sorted by."""

    NAME = "name"
    AGE = "age"
    LAST_VISIT = "last_visit"
    PRESSURE = "pressure"
    RISK = "risk"
    VILLAGE = "village"
    NEXT_VISIT = "next_visit"


@dataclass(frozen=True, slots=True)
class PanelRange:
    """What a risk could be, as fractions."""

    low: float
    typical: float
    high: float


@dataclass(frozen=True, slots=True)
class PanelRow:
    """One line of the list.

    The pressures are of the last visit; pack, risk (a fraction) and band are of the latest saved assessment, and
    ``assessed`` tells whether that is of the last visit. ``missing``: the fields for want of which no better pack of
    the leading topic gave the number, or none at all; ``range`` is then what the number could be, where that can be
    told. ``search``: the texts by which the person is found.
    """

    person_id: str
    patient_id: str | None
    name: str | None
    birth_date: PartialDate | None
    sex: str | None
    phone: str | None
    village: str | None
    last_visit: date | None
    sbp_mmhg: float | None
    dbp_mmhg: float | None
    pack: str | None
    risk: float | None
    band: str | None
    assessed: bool
    next_visit: date | None
    missing: tuple[str, ...]
    search: tuple[str, ...]
    range: PanelRange | None = None


@dataclass(frozen=True, slots=True)
class PanelFilter:
    """Which people to show: those for whom everything holds that is asked for.

    ``risk_at_least`` a fraction, of a range its typical value; ``band`` a code; ``overdue_on`` the day before which the
    next visit was due; ``no_visit_since`` people without a visit on or after that day; ``missing`` people whose number
    wants a value; ``village`` as written; ``not_assessed`` people whose last visit is not assessed.
    """

    risk_at_least: float | None = None
    band: str | None = None
    overdue_on: date | None = None
    no_visit_since: date | None = None
    missing: bool = False
    village: str | None = None
    not_assessed: bool = False


class Panel:
    """Everybody, immutable. ``among`` narrows a question to positions that were found before."""

    def __init__(self, columns: PanelColumns, index: PanelIndex | None = None) -> None:
        self._columns = columns
        self._index = index or index_of(columns)
        self._rank = np.empty(len(columns.person_ids), dtype=np.int64)
        self._rank[self._index.by_name] = np.arange(len(columns.person_ids))

    def __len__(self) -> int:
        return len(self._columns.person_ids)

    def row(self, position: int) -> PanelRow:
        """Return one line."""
        held = self._columns
        birth = held.birth_dates[position]
        return PanelRow(
            person_id=held.person_ids[position],
            patient_id=held.patient_ids[position],
            name=held.names[position],
            birth_date=PartialDate.parse(birth) if birth else None,
            sex=held.sexes[position],
            phone=held.phones[position],
            village=held.villages[position],
            last_visit=_date(held.visit_days[position]),
            sbp_mmhg=_number(held.sbp_mmhg[position]),
            dbp_mmhg=_number(held.dbp_mmhg[position]),
            pack=held.packs[position],
            risk=_number(held.risks[position]),
            band=held.bands[position],
            assessed=bool(held.assessed[position]),
            next_visit=_date(held.next_days[position]),
            missing=held.missing[position],
            search=(held.texts[position], *held.other_texts.get(position, ())),
            range=_range(held, position),
        )

    def position_of(self, person_id: str) -> int | None:
        """Return where a person stands; None for one who is not here, or is shown as another."""
        return self._index.places.get(person_id)

    def person_ids(self, positions: IntArray) -> list[str]:
        """Return the ids of the people at these positions, without making their lines."""
        ids = self._columns.person_ids
        return [ids[position] for position in positions.tolist()]

    def find(self, query: str) -> IntArray:
        """Return who is found by every word of ``query``, best match first: as ``find_patients`` does.

        A number that is the first word itself comes first, then names, phones and spellings that begin with it, then
        everyone else, each by name; Chinese names by pinyin. Without a word everybody is returned, as stored.
        """
        words = fold(query).split()
        if not words:
            return np.arange(len(self), dtype=np.int64)
        places, grades = self._index.texts.find(words)
        # By grade, then by name: picking from the order by name is quicker than sorting what may be everybody.
        graded = np.full(len(self), HOLDS + 1, dtype=np.int8)
        graded[places] = grades
        graded = graded[self._index.by_name]
        return np.concatenate([self._index.by_name[graded == grade] for grade in range(HOLDS + 1)])

    def sorted(self, key: SortKey, descending: bool = False, among: IntArray | None = None) -> IntArray:
        """Return everybody (or those ``among``) by one of the keys, ties by name; who has no value comes last."""
        order = self._index.by_name if among is None else among[np.argsort(self._rank[among])]
        values = self._sort_values(key)
        for column in reversed(values):
            own = column[order]
            order = order[np.argsort(-own if descending else own, kind="stable")]
        return order

    def _sort_values(self, key: SortKey) -> tuple[FloatArray, ...]:
        held = self._columns
        if key == SortKey.NAME:
            named = len(self) - held.sort_names.count("")  # those without a name come last by name
            return (np.where(self._rank < named, self._rank, np.nan),)
        return {
            SortKey.AGE: (-held.births,),
            SortKey.LAST_VISIT: (held.visit_days,),
            SortKey.PRESSURE: (held.sbp_mmhg, held.dbp_mmhg),
            SortKey.RISK: (_places_of_risk(held),),
            SortKey.VILLAGE: (self._index.village_places,),
            SortKey.NEXT_VISIT: (held.next_days,),
        }[key]

    def filtered(self, wanted: PanelFilter, among: IntArray | None = None) -> IntArray:
        """Return those of everybody (or of ``among``, in its order) for whom everything holds that is asked for."""
        places = np.arange(len(self), dtype=np.int64) if among is None else among
        held = self._columns
        keeps = np.ones(len(self), dtype=np.bool_)
        with np.errstate(invalid="ignore"):  # a comparison with an absent value is false
            if wanted.risk_at_least is not None:
                keeps &= _places_of_risk(held) >= wanted.risk_at_least
            if wanted.overdue_on is not None:
                keeps &= held.next_days < wanted.overdue_on.toordinal()
            if wanted.no_visit_since is not None:
                keeps &= ~(held.visit_days >= wanted.no_visit_since.toordinal())
        if wanted.not_assessed:
            keeps &= ~held.assessed & ~np.isnan(held.visit_days)
        if wanted.band is not None:
            keeps &= _equal(held.bands, wanted.band)
        if wanted.village is not None:
            keeps &= _equal(held.villages, wanted.village)
        if wanted.missing:
            keeps &= np.fromiter(map(bool, held.missing), dtype=np.bool_, count=len(self))
        return places[keeps[places]]

    def villages(self) -> tuple[str, ...]:
        """Return the villages there are, in order: what a filter offers."""
        return self._index.villages

    def village_places(self) -> FloatArray:
        """Return for each position the place of the village in ``villages()``, NaN where none is known."""
        return self._index.village_places

    def bands(self) -> tuple[tuple[str, str], ...]:
        """Return pack and band code of every band that somebody is in."""
        pairs = {(pack, band) for pack, band in zip(self._columns.packs, self._columns.bands, strict=True) if band}
        return tuple(sorted((str(pack), str(band)) for pack, band in pairs))

    def with_people(self, rows: Iterable[PanelRow], gone: Iterable[str] = ()) -> Panel:
        """Return a panel with these lines in place of the old ones, new people at the end, and without those ``gone``.

        Whose record was merged into another is gone. Positions stay as they are while nobody is gone.
        """
        before = self._without(frozenset(gone))
        lines = {row.person_id: row for row in rows}
        first, known = len(before), before._index.places
        new = {person: first + number for number, person in enumerate(one for one in lines if one not in known)}
        columns = with_room(before._columns, len(new))
        changed = []
        for person, row in lines.items():
            changed.append(new[person] if person in new else known[person])
            _put(columns, changed[-1], row)
        return Panel(columns, index_after(before._index, columns, changed, new))

    def _without(self, gone: frozenset[str]) -> Panel:
        lost = [place for place in map(self.position_of, gone) if place is not None]
        if not lost:
            return self
        return Panel(taken(self._columns, np.delete(np.arange(len(self), dtype=np.int64), lost)))


def _date(day: float) -> date | None:
    return None if np.isnan(day) else date.fromordinal(int(day))


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _range(held: PanelColumns, position: int) -> PanelRange | None:
    if np.isnan(held.typicals[position]):
        return None
    return PanelRange(float(held.lows[position]), float(held.typicals[position]), float(held.highs[position]))


def _places_of_risk(held: PanelColumns) -> FloatArray:
    """Return the number by which people are sorted and found: their risk, else the typical one of their range."""
    return np.where(np.isnan(held.risks), held.typicals, held.risks)


def _equal(values: Sequence[str | None], wanted: str) -> BoolArray:
    return np.array([value == wanted for value in values], dtype=np.bool_)


def _put(columns: PanelColumns, place: int, row: PanelRow) -> None:
    """Write one line over what stands at a position."""
    birth = None if row.birth_date is None else str(row.birth_date)
    text, *others = row.search
    columns.person_ids[place] = row.person_id
    identity = (row.patient_id, row.name, birth, row.sex, row.phone, row.village)
    for column, value in zip(columns.identity, identity, strict=True):
        column[place] = value
    columns.births[place] = birth_number(birth)
    columns.sort_names[place] = next((name for name in map(sort_name, row.search) if name), "")
    columns.texts[place] = text
    columns.other_texts.pop(place, None)
    if others:
        columns.other_texts[place] = tuple(others)
    columns.packs[place], columns.bands[place], columns.missing[place] = row.pack, row.band, row.missing
    columns.assessed[place] = row.assessed
    for numbers, number in (
        (columns.visit_days, _day(row.last_visit)),
        (columns.sbp_mmhg, row.sbp_mmhg),
        (columns.dbp_mmhg, row.dbp_mmhg),
        (columns.next_days, _day(row.next_visit)),
        (columns.risks, row.risk),
        (columns.lows, None if row.range is None else row.range.low),
        (columns.typicals, None if row.range is None else row.range.typical),
        (columns.highs, None if row.range is None else row.range.high),
    ):
        numbers[place] = np.nan if number is None else number


def _day(day: date | None) -> float | None:
    return None if day is None else float(day.toordinal())
