"""What a list of people shows, of everybody or of some: one line each, as columns, read in small parts.

A hundred thousand lines are read while the window lives in another thread, so nothing here works for long without
letting go, and nothing reads what the list does not show.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.domain.batch import BoolArray, FloatArray
from engine.domain.ports import CancelToken, Progress, no_progress
from engine.store.assessment_heads import parse_missing
from engine.store.database import Row
from engine.store.gate import needs
from engine.store.groups import RecordGroups, select_in
from engine.store.identity import NEXT_VISIT, sorting_name
from engine.store.panel_values import values_at
from engine.store.people import count_people, person_keys
from engine.store.permissions import Permission
from engine.store.vault import Vault

_CHUNK = 2_000
_PEOPLE = "SELECT {key}, patient.id, patient_id, name, birth_date, sex, phone, village, search FROM"
_PRESSURES = ("sbp_mmhg", "dbp_mmhg")
# A visit or an assessment and its day as one number, so that the latest is the largest: day << 40 | key.
_DAY_SHIFT = 40
_KEY = (1 << _DAY_SHIFT) - 1
_Texts = list[str | None]


@dataclass(frozen=True, slots=True)
class Leads:
    """What the packs say about heads: who leads pages, and which numbers are risks.

    ``packs``: the packs of the topic that leads pages, in order. ``fractions``: pack and output of each main output
    that is a fraction; another number is no risk. ``main``: of these those whose range stands for a missing number.
    """

    packs: tuple[str, ...]
    fractions: Collection[tuple[str, str]]
    main: Collection[tuple[str, str]] = ()


@dataclass(slots=True)
class PanelColumns:
    """One line for each person, by position. Days are ordinals, NaN where there is none; birth dates are texts.

    ``births`` and ``sort_names`` are what birth dates and names are sorted by, see the functions of that name.
    ``texts[i]`` is what person i is found by (``patient.search``); ``other_texts[i]`` is that of records merged into
    it, for the few that have any. ``risks`` are fractions, of the latest assessment as ``packs`` and ``bands``; where
    there is none, ``lows``, ``typicals`` and ``highs`` say what it could be.
    """

    person_ids: list[str] = field(default_factory=list)
    patient_ids: _Texts = field(default_factory=list)
    names: _Texts = field(default_factory=list)
    birth_dates: _Texts = field(default_factory=list)
    sexes: _Texts = field(default_factory=list)
    phones: _Texts = field(default_factory=list)
    villages: _Texts = field(default_factory=list)
    births: FloatArray = field(default_factory=lambda: np.empty(0))
    sort_names: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    other_texts: dict[int, tuple[str, ...]] = field(default_factory=dict)
    visit_days: FloatArray = field(default_factory=lambda: np.empty(0))
    sbp_mmhg: FloatArray = field(default_factory=lambda: np.empty(0))
    dbp_mmhg: FloatArray = field(default_factory=lambda: np.empty(0))
    next_days: FloatArray = field(default_factory=lambda: np.empty(0))
    packs: _Texts = field(default_factory=list)
    bands: _Texts = field(default_factory=list)
    missing: list[tuple[str, ...]] = field(default_factory=list)
    risks: FloatArray = field(default_factory=lambda: np.empty(0))
    lows: FloatArray = field(default_factory=lambda: np.empty(0))
    typicals: FloatArray = field(default_factory=lambda: np.empty(0))
    highs: FloatArray = field(default_factory=lambda: np.empty(0))
    assessed: BoolArray = field(default_factory=lambda: np.empty(0, dtype=np.bool_))

    @property
    def identity(self) -> tuple[_Texts, ...]:
        """The columns that a merged record may fill, in the order of the query."""
        return self.patient_ids, self.names, self.birth_dates, self.sexes, self.phones, self.villages


def birth_number(text: str | None) -> float:
    """Return a birth date as a number that sorts as its earliest day does; NaN for none."""
    return float(text.replace("-", "").ljust(8, "0")) if text else np.nan


def sort_name(search: str) -> str:
    """Return what a line is sorted by, from what it is found by: the spelling, then the name; empty without a name."""
    name = search.split("\n", 2)[1]
    if name.isascii():
        return name
    spelling = sorting_name(search)
    return name if spelling == name else f"{spelling}\n{name}"


@needs(Permission.PEOPLE_READ)
def load_panel_columns(
    vault: Vault,
    leads: Leads,
    person_ids: Iterable[str] | None = None,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> PanelColumns:
    """Return the lines of these people in the order asked for, or of everybody in the order stored.

    Who may see people and not their results gets the lines without pressures and risks.

    Raises:
        UsageError: ``person_unknown``.
        Cancelled: stopped.
    """
    keys = None if person_ids is None else list(dict.fromkeys(person_keys(vault, person_ids)))
    return _Loading(vault, keys, progress, cancel).columns(leads)


@needs(Permission.PEOPLE_READ)
def latest_people(vault: Vault, limit: int) -> tuple[str, ...]:
    """Return the ids of the people who came last, the latest visit first; then people who never came."""
    groups = RecordGroups(vault)
    found: dict[int, None] = {}
    wanted = limit
    while len(found) < limit:
        rows = vault.rows(
            "SELECT patient FROM visit WHERE ended IS NULL ORDER BY day DESC, key DESC LIMIT ?", (wanted,)
        )
        found.update((groups.root(row[0]), None) for row in rows)
        if len(rows) < wanted:
            break
        wanted *= 8
    if len(found) < limit:  # then all who ever came are among the found
        rows = vault.rows("SELECT key FROM patient WHERE root = key AND ended IS NULL ORDER BY key LIMIT ?", (limit,))
        found.update((row[0], None) for row in rows)
    chosen = list(found)[:limit]
    sql = "SELECT patient.key, patient.id FROM json_each(?) AS wanted CROSS JOIN patient ON patient.key = wanted.value"
    ids: dict[int, str] = dict(select_in(vault, sql, chosen))
    return tuple(ids[key] for key in chosen)


class _Loading:
    """One run: who they are, their last visits, the values of those, their latest assessments."""

    def __init__(
        self, vault: Vault, keys: Sequence[int] | None, progress: Progress, cancel: CancelToken | None
    ) -> None:
        self._vault = vault
        self._keys = keys
        self._groups = RecordGroups(vault)
        self._people = count_people(vault) if keys is None else len(keys)
        self._progress = progress
        self._cancel = cancel
        self._found = PanelColumns()
        self._results = vault.may(Permission.RECORD_READ)
        self._position: dict[int, int] = {}

    def columns(self, leads: Leads) -> PanelColumns:
        """Return everything; half of the progress is who they are."""
        self._take_people()
        self._take_merged()
        visits = self._last_visits()
        self._take_values(visits)
        self._take_heads(visits, leads)
        self._progress(2 * self._people, 2 * self._people)
        return self._found

    def _step(self, done: int) -> None:
        if self._cancel is not None:
            self._cancel.check()
        self._progress(min(done, 2 * self._people), 2 * self._people)

    def _select(self, everyone: str, some: str) -> Iterator[Row]:
        """Yield the rows of a query, of everybody or of the records of the people wanted."""
        if self._keys is None:
            for chunk in self._vault.stream(everyone, size=_CHUNK):
                self._step(len(self._position))
                yield from chunk
        else:
            yield from select_in(self._vault, some, self._groups.whole(self._keys))

    def _take_people(self) -> None:
        sql = _PEOPLE.format(key="patient.key")
        if self._keys is None:
            chunks: Iterable[list[Row]] = self._vault.stream(
                f"{sql} patient WHERE root = key AND ended IS NULL ORDER BY key", size=_CHUNK
            )
        else:
            wanted = f"{sql} json_each(?) AS wanted CROSS JOIN patient ON patient.key = wanted.value"
            rows = {row[0]: row for row in select_in(self._vault, wanted, self._keys)}
            chunks = [[rows[key] for key in self._keys]] if self._keys else []
        found, first = self._found, 0
        for chunk in chunks:
            keys, ids, *identity, texts = zip(*chunk, strict=True)
            self._position.update(zip(keys, range(first, first + len(chunk)), strict=True))
            found.person_ids.extend(ids)
            found.texts.extend(texts)
            found.sort_names.extend(map(sort_name, texts))
            for column, values in zip(found.identity, identity, strict=True):
                column.extend(values)
            first += len(chunk)
            self._step(first)

    def _take_merged(self) -> None:
        """Fill in what shown records lack from those merged into them, and find people by those too."""
        sql = f"{_PEOPLE.format(key='root')} patient WHERE root <> key AND ended IS NULL ORDER BY key"
        for root, _, *identity, text in self._vault.rows(sql):
            place = self._position.get(root)
            if place is not None:
                self._found.other_texts[place] = (*self._found.other_texts.get(place, ()), text)
                for column, value in zip(self._found.identity, identity, strict=True):
                    if column[place] is None:
                        column[place] = value
                if not self._found.sort_names[place]:
                    self._found.sort_names[place] = sort_name(text)
        self._found.births = np.array([birth_number(text) for text in self._found.birth_dates], dtype=np.float64)

    def _last_visits(self) -> list[int]:
        """Return the last visit of each person, as day and key; 0 for none."""
        latest = [0] * len(self._position)
        stamp = f"max(day << {_DAY_SHIFT} | visit.key)"
        rows = self._select(
            f"SELECT patient, {stamp} FROM visit WHERE ended IS NULL GROUP BY patient",  # noqa: S608 - a number of ours
            f"SELECT patient, {stamp} FROM json_each(?) AS wanted"  # noqa: S608 - a number of ours
            " CROSS JOIN visit ON visit.patient = wanted.value WHERE visit.ended IS NULL GROUP BY patient",
        )
        for patient, visit in rows:
            place = self._position[self._groups.root(patient)]
            latest[place] = max(latest[place], visit)
        return latest

    def _take_values(self, latest: Sequence[int]) -> None:
        found = self._found
        stamps = np.array(latest, dtype=np.int64)
        found.visit_days = np.where(stamps > 0, (stamps >> _DAY_SHIFT).astype(np.float64), np.nan)
        keys = stamps & _KEY
        came = np.flatnonzero(stamps)
        came = came[np.argsort(keys[came])]
        columns = {name: np.full(len(latest), np.nan) for name in (*_PRESSURES, NEXT_VISIT)}
        wanted = tuple(columns) if self._results else (NEXT_VISIT,)
        for start in range(0, came.size, _CHUNK):
            chosen = came[start : start + _CHUNK]
            for name, values in values_at(self._vault, keys[chosen], wanted).items():
                columns[name][chosen] = values
            self._step(self._people + start)
        found.sbp_mmhg, found.dbp_mmhg, found.next_days = columns.values()

    def _take_heads(self, latest: Sequence[int], leads: Leads) -> None:
        found, people = self._found, len(latest)
        found.packs, found.bands, found.missing = [None] * people, [None] * people, [()] * people
        risks, assessed, newest = np.full(people, np.nan), np.zeros(people, dtype=np.bool_), [0] * people
        lacking: dict[tuple[str | None, str | None], tuple[str, ...]] = {}
        columns = f"patient, visit, pack, output, number, band, missing, max(day << {_DAY_SHIFT} | assessment)"
        rows = self._select(
            f"SELECT {columns} FROM assessment_head GROUP BY patient",  # noqa: S608 - columns of ours
            f"SELECT {columns} FROM json_each(?) AS wanted"  # noqa: S608 - columns of ours
            " CROSS JOIN assessment_head ON assessment_head.patient = wanted.value GROUP BY patient",
        )
        for patient, visit, pack, output, number, band, missing, stamp in rows if self._results else ():
            place = self._position[self._groups.root(patient)]
            if stamp < newest[place]:
                continue
            newest[place] = stamp
            if (pack, missing) not in lacking:
                lacking[pack, missing] = _lacking(parse_missing(missing or ""), _before(pack, leads.packs))
            found.packs[place], found.bands[place], found.missing[place] = pack, band, lacking[pack, missing]
            risks[place] = number if number is not None and (pack, output) in leads.fractions else np.nan
            assessed[place] = visit == latest[place] & _KEY
        found.risks, found.assessed = risks, assessed
        self._take_ranges(newest, leads)

    def _take_ranges(self, newest: Sequence[int], leads: Leads) -> None:
        """Take what the number could be of those whose latest assessment has none."""
        found = self._found
        found.lows, found.typicals, found.highs = (np.full(len(newest), np.nan) for _ in range(3))
        places = {stamp & _KEY: place for place, stamp in enumerate(newest) if stamp and found.packs[place] is None}
        columns = "assessment, pack, output, low, typical, high"
        if self._keys is None:
            rows: Iterable[Row] = (
                row
                for chunk in self._vault.stream(f"SELECT {columns} FROM assessment_range", size=_CHUNK)  # noqa: S608 - columns of ours
                for row in chunk
            )
        else:
            sql = (
                f"SELECT {columns} FROM json_each(?) AS wanted"  # noqa: S608 - columns of ours
                " CROSS JOIN assessment_range ON assessment_range.assessment = wanted.value"
            )
            rows = select_in(self._vault, sql, places)
        for assessment, pack, output, low, typical, high in rows:
            if assessment in places and (pack, output) in leads.main:
                place = places[assessment]
                found.lows[place], found.typicals[place], found.highs[place] = low, typical, high


def _before(pack: str | None, packs: Sequence[str]) -> Sequence[str]:
    """Return the packs that would lead before this one; all of them where none leads."""
    if pack is None:
        return packs
    return packs[: packs.index(pack)] if pack in packs else ()


def _lacking(missing: Mapping[str, tuple[str, ...]], packs: Sequence[str]) -> tuple[str, ...]:
    """Return the fields that packs lacked, each once, in the order of the packs."""
    return tuple(dict.fromkeys(name for pack in packs for name in missing.get(pack, ())))
