"""The panel: everybody in the clinic as one immutable snapshot that is searched, sorted and filtered at once.

Positions are places in the snapshot. What a person types is looked for in one pass over plain texts; days, pressures
and risks are NumPy columns; a line becomes an object only when it is shown.
"""

from __future__ import annotations

import dataclasses
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np

from engine.domain.batch import BoolArray, FloatArray, IntArray
from engine.domain.dates import PartialDate
from engine.store.identity import fold
from engine.store.panel import PanelColumns, birth_number, sort_name
from engine.store.pinyin import spell
from engine.workflows.panel_search import SearchTexts

# Up to so many changed people are put in their places one by one; more are sorted anew.
_FEW = 64
# Up to so many people are looked through one by one; more are put among the others.
_MANY = 1_000


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
class PanelRow:
    """One line of the list.

    The pressures are of the last visit; pack, risk (a fraction) and band are of the latest saved assessment, and
    ``assessed`` tells whether that is of the last visit. ``missing``: the fields for want of which no pack of the
    leading topic gave a number; () where one leads. ``search``: the texts by which the person is found.
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


@dataclass(frozen=True, slots=True)
class PanelFilter:
    """Which people to show: those for whom everything holds that is asked for.

    ``risk_at_least`` a fraction; ``band`` a code; ``overdue_on`` the day before which the next visit was due;
    ``no_visit_since`` people without a visit on or after that day; ``missing`` people whose number wants a value;
    ``village`` as written; ``not_assessed`` people whose last visit is not assessed.
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

    def __init__(
        self, columns: PanelColumns, by_name: IntArray | None = None, texts: SearchTexts | None = None
    ) -> None:
        self._columns = columns
        self._texts = texts or SearchTexts(columns.texts, _several(columns, columns.other_texts))
        self._places = {person: place for place, person in enumerate(columns.person_ids)}
        self._by_name = _sorted_places(columns.sort_names) if by_name is None else by_name
        self._rank = np.empty(len(columns.person_ids), dtype=np.int64)
        self._rank[self._by_name] = np.arange(len(self._by_name))
        self._villages = tuple(sorted({name for name in columns.villages if name}, key=_village_key))
        ranks: dict[str | None, float] = {name: float(rank) for rank, name in enumerate(self._villages)}
        self._village_rank = np.array([ranks.get(name, np.nan) for name in columns.villages], dtype=np.float64)

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
        )

    def position_of(self, person_id: str) -> int | None:
        """Return where a person stands; None for one who is not here, or is shown as another."""
        return self._places.get(person_id)

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
        places, grades = self._texts.find(words)
        return places[np.argsort(grades * len(self) + self._rank[places])]

    def sorted(self, key: SortKey, descending: bool = False, among: IntArray | None = None) -> IntArray:
        """Return everybody (or those ``among``) by one of the keys, ties by name; who has no value comes last."""
        order = self._by_name if among is None else among[np.argsort(self._rank[among])]
        values = self._sort_values(key)
        for column in reversed(values):
            own = column[order]
            order = order[np.argsort(-own if descending else own, kind="stable")]
        return order

    def _sort_values(self, key: SortKey) -> tuple[FloatArray, ...]:
        held = self._columns
        if key == SortKey.NAME:
            named = np.array([name != "" for name in held.sort_names], dtype=np.bool_)
            return (np.where(named, self._rank, np.nan),)
        return {
            SortKey.AGE: (-held.births,),
            SortKey.LAST_VISIT: (held.visit_days,),
            SortKey.PRESSURE: (held.sbp_mmhg, held.dbp_mmhg),
            SortKey.RISK: (held.risks,),
            SortKey.VILLAGE: (self._village_rank,),
            SortKey.NEXT_VISIT: (held.next_days,),
        }[key]

    def filtered(self, wanted: PanelFilter, among: IntArray | None = None) -> IntArray:
        """Return those of everybody (or of ``among``, in its order) for whom everything holds that is asked for."""
        places = np.arange(len(self), dtype=np.int64) if among is None else among
        held = self._columns
        keeps = np.ones(len(self), dtype=np.bool_)
        with np.errstate(invalid="ignore"):  # a comparison with an absent value is false
            if wanted.risk_at_least is not None:
                keeps &= held.risks >= wanted.risk_at_least
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
            keeps &= np.array([bool(names) for names in held.missing], dtype=np.bool_)
        return places[keeps[places]]

    def villages(self) -> tuple[str, ...]:
        """Return the villages there are, in order: what a filter offers."""
        return self._villages

    def village_places(self) -> FloatArray:
        """Return for each position the place of the village in ``villages()``, NaN where none is known."""
        return self._village_rank

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
        new = [person for person in lines if person not in before._places]
        places = before._places | {person: len(before) + number for number, person in enumerate(new)}
        columns = _with_room(before._columns, len(new))
        for person, row in lines.items():
            _put(columns, places[person], row)
        changed = [places[person] for person in lines]
        texts = before._texts.with_own(_several(columns, changed), len(places))
        many = texts.looked_through_singly > _MANY + len(columns.other_texts)
        return Panel(columns, _moved(before._by_name, columns.sort_names, changed), None if many else texts)

    def _without(self, gone: frozenset[str]) -> Panel:
        lost = [place for place in map(self.position_of, gone) if place is not None]
        if not lost:
            return self
        kept = np.delete(np.arange(len(self), dtype=np.int64), lost)
        moved = np.full(len(self), -1, dtype=np.int64)
        moved[kept] = np.arange(kept.size)
        by_name = moved[self._by_name]
        return Panel(_taken(self._columns, kept), by_name[by_name >= 0])


def _date(day: float) -> date | None:
    return None if np.isnan(day) else date.fromordinal(int(day))


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _several(columns: PanelColumns, places: Iterable[int]) -> dict[int, tuple[str, ...]]:
    return {place: (columns.texts[place], *columns.other_texts.get(place, ())) for place in places}


def _equal(values: Sequence[str | None], wanted: str) -> BoolArray:
    return np.array([value == wanted for value in values], dtype=np.bool_)


def _village_key(name: str) -> tuple[str, str]:
    folded = fold(name)
    spellings, _ = spell(folded)
    return (spellings[0] if spellings else folded), name


def _sorted_places(names: Sequence[str]) -> IntArray:
    """Return positions by name, those without one last.

    Sorted letter by letter: one call that compares a hundred thousand texts would stop the window for its length.
    """
    begins: defaultdict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(names):
        begins[name[:1]].append(place)
    nameless = begins.pop("", [])
    order: list[int] = []
    for letter in sorted(begins):
        order += sorted(begins[letter], key=names.__getitem__)
    return np.array(order + nameless, dtype=np.int64)


def _moved(by_name: IntArray, names: Sequence[str], changed: Sequence[int]) -> IntArray:
    """Return the order by name after the names at some positions changed or were added."""
    if len(changed) > _FEW:
        return _sorted_places(names)
    order = by_name[~np.isin(by_name, changed)].tolist()
    for place in changed:
        order.insert(bisect_left(order, _name_place(names, place), key=lambda one: _name_place(names, one)), place)
    return np.array(order, dtype=np.int64)


def _name_place(names: Sequence[str], place: int) -> tuple[bool, str, int]:
    return names[place] == "", names[place], place


def _with_room(columns: PanelColumns, more: int) -> PanelColumns:
    """Return a copy with empty lines at the end."""
    made = {}
    for part in dataclasses.fields(PanelColumns):
        held = getattr(columns, part.name)
        if isinstance(held, np.ndarray):
            made[part.name] = np.concatenate([held, np.zeros(more, dtype=held.dtype)])
        else:
            made[part.name] = dict(held) if isinstance(held, dict) else [*held, *[None] * more]
    return PanelColumns(**made)


def _taken(columns: PanelColumns, places: IntArray) -> PanelColumns:
    """Return the lines at these positions."""
    made = {}
    wanted = places.tolist()
    moved = {place: number for number, place in enumerate(wanted)}
    for part in dataclasses.fields(PanelColumns):
        held = getattr(columns, part.name)
        if isinstance(held, np.ndarray):
            made[part.name] = held[places]
        elif isinstance(held, dict):
            made[part.name] = {moved[place]: texts for place, texts in held.items() if place in moved}
        else:
            made[part.name] = [held[place] for place in wanted]
    return PanelColumns(**made)


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
    ):
        numbers[place] = np.nan if number is None else number


def _day(day: date | None) -> float | None:
    return None if day is None else float(day.toordinal())
