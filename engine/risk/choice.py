"""Chooses the tool that speaks, row by row, by what the manifests declare.

Of the packs of one topic that are on and made for the row's country or for any, in the order of ``engine.packs.order``
and those for use on demand last, the first that has a number speaks. A published variant that does without a missing
input is such a pack, so it comes before any range. Where none has a number, the first that gives a range speaks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.domain.batch import Batch, BoolArray, IntArray
from engine.domain.choice import Candidate, Choice, Standing
from engine.domain.results import REFUSALS, Code, Results
from engine.errors import PackError
from engine.fields import Dictionary
from engine.packs import Pack
from engine.packs.manifest import Use
from engine.packs.order import is_for, precedence
from engine.risk.plausible import PlausibleValues
from engine.risk.predictors import Predictors
from engine.risk.ranges import find_ranges

COUNTRY = "country_iso3"
_NOBODY = -1


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who speaks for each row: positions in ``packs``, -1 where there is no pack for the country at all.

    Where every pack refuses, it is the first that was asked: its reasons are what a person should hear. ``lacking``:
    field -> bool[rows], where another speaks because the first that only lacked values lacks this one.
    """

    packs: Sequence[Pack]
    position: IntArray
    lacking: Mapping[str, BoolArray]

    def parts(self) -> Iterator[tuple[Pack, IntArray]]:
        """Yield every pack that speaks, with its rows."""
        for place, pack in enumerate(self.packs):
            rows = np.flatnonzero(self.position == place)
            if len(rows):
                yield pack, rows


class _PassedOver:
    """Remembers for each row the first pack that only lacked values, and which."""

    def __init__(self, rows: int) -> None:
        self._pack = np.full(rows, _NOBODY, dtype=np.int64)
        self._fields: dict[str, BoolArray] = {}

    def among(self, rows: IntArray) -> Callable[[int, IntArray, Results], None]:
        """Return what takes the answers of a pack for some of these rows."""

        def note(place: int, some: IntArray, results: Results) -> None:
            told = {each: where for each, where in results.raised.items() if each.code in REFUSALS}
            other = [where for each, where in told.items() if each.code is not Code.MISSING]
            only = results.refused & ~np.logical_or.reduce([*other, np.zeros(results.rows, dtype=np.bool_)])
            only &= self._pack[rows[some]] == _NOBODY
            self._pack[rows[some[only]]] = place
            for each, where in told.items():
                if each.code is Code.MISSING and (where & only).any():
                    column = self._fields.setdefault(each.subject, np.zeros(len(self._pack), dtype=np.bool_))
                    column[rows[some[where & only]]] = True

        return note

    def lacking(self, position: IntArray) -> Mapping[str, BoolArray]:
        """Return field -> where its lack left the word to another pack."""
        another = (self._pack != _NOBODY) & (self._pack != position)
        found = {field: where & another for field, where in self._fields.items()}
        return {field: where for field, where in found.items() if where.any()}


class Chooser:
    """Chooses among the packs of one topic."""

    def __init__(
        self,
        topic: str,
        predictors: Predictors,
        packs: Sequence[Pack],
        dictionary: Dictionary,
        plausible: PlausibleValues,
        off: Sequence[Pack] = (),
    ) -> None:
        """``packs`` are those of the topic that may speak, ``off`` those that wait for their licence to be accepted."""
        self._topic = topic
        self._predictors = predictors
        self._packs = packs
        self._off = off
        self._dictionary = dictionary
        self._plausible = plausible
        self._broken: dict[str, PackError] = {}  # packs whose graph broke: they speak for nobody

    def choose(self, batch: Batch, *, ranges: bool, ranges_count: bool = False) -> Chosen:
        """Return who speaks for each row.

        Args:
            batch: the people, with their country where it is known.
            ranges: whether a range will do where no pack has a number.
            ranges_count: whether a range counts as much as a number, so that the first tool that could speak does.

        Raises:
            PackError: the graph of every pack that could speak breaks.
        """
        position = np.full(batch.rows, _NOBODY, dtype=np.int64)
        passed_over = _PassedOver(batch.rows)
        for country, rows in self._countries(batch):
            order = self._order(country)
            if order:
                position[rows] = self._first(batch.take(rows), order, passed_over.among(rows), ranges, ranges_count)
        return Chosen(self._packs, position, passed_over.lacking(position))

    def consider(self, batch: Batch) -> Choice:
        """Return what every pack of the topic has to say about the one person of a batch."""
        ((country, _),) = self._countries(batch)
        order = self._order(country)
        asked = (self._candidate(self._packs[place], batch) for place in order)
        candidates = [candidate for candidate in asked if candidate is not None]
        first = next((place for place, each in enumerate(candidates) if each.standing is Standing.ALSO), None)
        if first is not None:
            candidates[first] = Candidate(candidates[first].pack_id, Standing.CHOSEN, candidates[first].notes)
        rest = [pack for place, pack in enumerate(self._packs) if place not in order]
        candidates += [Candidate(pack.manifest.id, Standing.ELSEWHERE) for pack in rest]
        candidates += [Candidate(pack.manifest.id, Standing.OFF) for pack in self._off]
        return Choice(self._topic, tuple(candidates))

    def _countries(self, batch: Batch) -> Iterator[tuple[str, IntArray]]:
        """Yield every country of the rows, empty where it is not known."""
        codes = self._dictionary[COUNTRY].category_codes
        column = batch.column(COUNTRY)
        known = (column >= 0) & (column < len(codes))
        places = np.where(known, column, _NOBODY).astype(np.int64)
        for place in np.unique(places):
            yield "" if place == _NOBODY else codes[place], np.flatnonzero(places == place)

    def _order(self, country: str) -> list[int]:
        """Return the positions of the packs for a country in the order in which they are asked."""
        manifests = [pack.manifest for pack in self._packs]
        sound = [place for place, manifest in enumerate(manifests) if manifest.id not in self._broken]
        here = [place for place in sound if is_for(manifests[place], country)]
        return sorted(
            here, key=lambda place: (manifests[place].use is Use.ON_DEMAND, *precedence(manifests[place], country))
        )

    def _first(
        self,
        batch: Batch,
        order: Sequence[int],
        note: Callable[[int, IntArray, Results], None],
        ranges: bool,
        ranges_count: bool,
    ) -> IntArray:
        position = np.full(batch.rows, _NOBODY, dtype=np.int64)
        for only_numbers in (True, False) if ranges and not ranges_count else (not ranges,):
            for place in order:
                waiting = np.flatnonzero(position == _NOBODY)
                if not len(waiting):
                    break
                pack = self._packs[place]
                people = batch.take(waiting)
                try:
                    results = self._predictors.get(pack.manifest.id).predict(people)
                    speaks = self._speaks(pack, people, results, ranges=not only_numbers)
                except PackError as error:
                    self._broken[pack.manifest.id] = error
                    continue
                position[waiting[speaks]] = place
                note(place, waiting, results)
        whole = [place for place in order if self._packs[place].manifest.id not in self._broken]
        if not whole:
            raise self._broken[self._packs[order[0]].manifest.id]
        position[position == _NOBODY] = whole[0]
        return position

    def _speaks(self, pack: Pack, batch: Batch, results: Results, *, ranges: bool) -> BoolArray:
        if not ranges:
            return ~results.refused
        predictor = self._predictors.get(pack.manifest.id)
        return ~results.refused | find_ranges(predictor, batch, results, self._plausible, self._dictionary).where

    def _candidate(self, pack: Pack, batch: Batch) -> Candidate | None:
        """Return what one pack has to say; nothing when its graph breaks."""
        predictor = self._predictors.get(pack.manifest.id)
        try:
            results = predictor.predict(batch)
            found = find_ranges(predictor, batch, results, self._plausible, self._dictionary).row(0)
        except PackError as error:
            self._broken[pack.manifest.id] = error
            return None
        if found is not None:
            return Candidate(pack.manifest.id, Standing.RANGE, found.notes)
        standing = Standing.REFUSED if results.refused[0] else Standing.ALSO
        return Candidate(pack.manifest.id, standing, results.row(0).notes)
