"""The list of patients as a screen asks for it: words, filters and an order together, with the count of each filter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

import numpy as np

from engine.domain.batch import BoolArray, IntArray
from engine.domain.report import Bound, Count
from engine.packs import PackLibrary
from engine.report.counts import HUNDRED, count
from engine.store.panel import PanelColumns
from engine.wording import Wording
from engine.workflows.panel_snapshot import Panel, PanelFilter, PanelRow, SortKey

# From 20 of 100 on the risk counts as high wherever the charts of the WHO are used, and medicine is advised
# (HEARTS technical package, risk-based management, 2020).
HIGH_RISK = 0.20
_HALF_YEAR, _YEAR = timedelta(days=183), timedelta(days=365)
_NO_PLACE = -1.0
_SIGNS = {Bound.BELOW: "<", Bound.EXACT: "", Bound.ABOVE: ">"}


class ListFilter(StrEnum):
    """What the list can be narrowed to, beside a village."""

    DUE = "due"
    HIGH_RISK = "high_risk"
    MISSING = "missing"
    NOT_ASSESSED = "not_assessed"
    NO_VISIT_HALF_YEAR = "no_visit_half_year"
    NO_VISIT_YEAR = "no_visit_year"


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What the list shows: those found by every word of ``text`` for whom every filter holds, in one order.

    ``villages``: in any of these, "" is nobody's; none asks for no village. ``key`` None: the order that suits the
    clinic, see :meth:`PanelList.order_of`.
    """

    text: str = ""
    filters: frozenset[ListFilter] = frozenset()
    villages: frozenset[str] = frozenset()
    key: SortKey | None = None
    descending: bool = False


@dataclass(slots=True)
class PanelList:
    """One panel on one day. What was worked out once is kept, so that a keystroke costs only the search."""

    panel: Panel
    today: date
    _masks: dict[ListFilter, BoolArray] = field(default_factory=dict)
    _ranks: dict[tuple[SortKey, bool], tuple[IntArray, IntArray]] = field(default_factory=dict)
    _villages: tuple[tuple[str, int], ...] | None = None
    _has_risks: bool | None = None
    _has_next_visits: bool | None = None

    @property
    def has_risks(self) -> bool:
        """Whether anybody's number is a risk."""
        if self._has_risks is None:
            self._has_risks = self.panel.filtered(PanelFilter(risk_at_least=0.0)).size > 0
        return self._has_risks

    @property
    def has_next_visits(self) -> bool:
        """Whether anybody is to come again on a day."""
        if self._has_next_visits is None:
            self._has_next_visits = self.panel.filtered(PanelFilter(overdue_on=date.max)).size > 0
        return self._has_next_visits

    def counted(self, wanted: ListFilter) -> int:
        """Return for how many of everybody a filter holds."""
        return int(np.count_nonzero(self._mask(wanted)))

    def villages(self) -> tuple[tuple[str, int], ...]:
        """Return each village with its people, in order; last "" with those of no known village, if any."""
        if self._villages is None:
            places = self.panel.village_places()
            names = self.panel.villages()
            known = places[~np.isnan(places)].astype(np.int64)
            people = np.bincount(known, minlength=len(names)).tolist()
            nowhere = len(self.panel) - known.size
            found = list(zip(names, people, strict=True))
            self._villages = tuple(found + ([("", nowhere)] if nowhere else []))
        return self._villages

    def order_of(self, query: ListQuery) -> tuple[SortKey, bool]:
        """Return by what a query sorts, and whether from the highest down.

        Where nothing was chosen, the highest risk stands first: in the morning a nurse looks for those to call, and a
        call gains most where the risk is highest; who walks in is found by name in the top bar. Where nobody has a
        risk yet, those who came last stand first: they are the ones to go on with.
        """
        if query.key is not None:
            return query.key, query.descending
        return (SortKey.RISK if self.has_risks else SortKey.LAST_VISIT), True

    def positions(self, query: ListQuery) -> IntArray:
        """Return the positions in the panel that a query shows, in its order."""
        order, rank = self._order(*self.order_of(query))
        keeps = self._keeps(query)
        if not query.text.split():
            return order if keeps is None else order[keeps[order]]
        found = self.panel.find(query.text)
        if keeps is not None:
            found = found[keeps[found]]
        return found[np.argsort(rank[found])]

    def _order(self, key: SortKey, descending: bool) -> tuple[IntArray, IntArray]:
        """Return everybody in an order, and the place of each position in it."""
        if (key, descending) not in self._ranks:
            order = self.panel.sorted(key, descending)
            rank = np.empty(order.size, dtype=np.int64)
            rank[order] = np.arange(order.size)
            self._ranks[key, descending] = (order, rank)
        return self._ranks[key, descending]

    def _keeps(self, query: ListQuery) -> BoolArray | None:
        masks = [self._mask(one) for one in sorted(query.filters)]
        if query.villages:
            masks.append(self._in_villages(query.villages))
        return np.logical_and.reduce(masks) if masks else None

    def _in_villages(self, wanted: Iterable[str]) -> BoolArray:
        known = {name: float(place) for place, name in enumerate(self.panel.villages())}
        places = [_NO_PLACE if name == "" else known[name] for name in wanted if name == "" or name in known]
        return np.isin(np.nan_to_num(self.panel.village_places(), nan=_NO_PLACE), places)

    def _mask(self, wanted: ListFilter) -> BoolArray:
        if wanted not in self._masks:
            made = np.zeros(len(self.panel), dtype=np.bool_)
            made[self.panel.filtered(_FILTERS[wanted](self.today))] = True
            self._masks[wanted] = made
        return self._masks[wanted]


_FILTERS: Mapping[ListFilter, Callable[[date], PanelFilter]] = {
    ListFilter.DUE: lambda today: PanelFilter(overdue_on=today + timedelta(days=1)),
    ListFilter.HIGH_RISK: lambda today: PanelFilter(risk_at_least=HIGH_RISK),
    ListFilter.MISSING: lambda today: PanelFilter(missing=True),
    ListFilter.NOT_ASSESSED: lambda today: PanelFilter(not_assessed=True),
    ListFilter.NO_VISIT_HALF_YEAR: lambda today: PanelFilter(no_visit_since=today - _HALF_YEAR),
    ListFilter.NO_VISIT_YEAR: lambda today: PanelFilter(no_visit_since=today - _YEAR),
}


def panel_of(rows: Iterable[PanelRow]) -> Panel:
    """Return a panel of these lines alone, in their order: what is there before everybody is."""
    return Panel(PanelColumns()).with_people(rows)


def risk_of_hundred(risk: float, wording: Wording) -> Count:
    """Return a risk (fraction 0-1) as people out of 100, rounded as on paper."""
    return count(risk, HUNDRED, wording)


def figures_of_hundred(risk: float, wording: Wording) -> str:
    """Return a risk (fraction 0-1) out of 100 in figures, with the sign of its bound."""
    counted = risk_of_hundred(risk, wording)
    return f"{_SIGNS[counted.bound]}{counted.shown}"


def span_of_hundred(low: float, high: float, wording: Wording) -> str:
    """Return both ends of a risk (fractions 0-1) out of 100 in figures; where they are the same, that once."""
    ends = [figures_of_hundred(each, wording) for each in (low, high)]
    return ends[0] if ends[0] == ends[1] else "–".join(ends)


def band_places(library: PackLibrary) -> Mapping[tuple[str, str], tuple[int, int]]:
    """Return, by pack and band code, the place of a band among those of its scheme (from 0) and how many there are."""
    return {
        (pack.manifest.id, band.code): (place, len(scheme.bands))
        for pack in library.all()
        for scheme in pack.manifest.bands
        if scheme.scheme == "main"
        for place, band in enumerate(scheme.bands)
    }
