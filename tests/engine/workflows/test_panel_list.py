"""The list as a screen asks for it: words, filters and an order together."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from engine.domain.report import Bound
from engine.packs import PackLibrary
from engine.wording import load_wording
from engine.workflows.panel import PanelRow, SortKey
from engine.workflows.panel_list import (
    HIGH_RISK,
    ListFilter,
    ListQuery,
    PanelList,
    band_places,
    panel_of,
    risk_of_hundred,
)

TODAY = date(2026, 11, 22)


def person(name: str, **told: object) -> PanelRow:
    given = {"person_id": name, "name": name, "assessed": True, "missing": (), "search": (f"\n{name}\n",)}
    return PanelRow(**{**dict.fromkeys(PanelRow.__slots__), **given, **told})  # type: ignore[arg-type]  # as told


@pytest.fixture
def listed() -> PanelList:
    rows = [
        person("ann", risk=0.05, village="East", next_visit=date(2026, 11, 1)),
        person("ben", risk=HIGH_RISK, village="North", next_visit=TODAY),
        person("cai", risk=0.31, village="East", last_visit=date(2026, 5, 20), next_visit=date(2026, 11, 23)),
        person("dan", last_visit=date(2025, 11, 20), assessed=False, missing=("smoker",)),
    ]
    return PanelList(panel_of(rows), TODAY)


def who(listed: PanelList, query: ListQuery) -> str:
    return "".join(name[0] for name in listed.panel.person_ids(listed.positions(query)))


def test_the_highest_risk_stands_first_and_nobodys_last(listed: PanelList) -> None:
    assert who(listed, ListQuery()) == "cbad"


def test_without_risks_the_latest_visit_stands_first() -> None:
    rows = [person("old", last_visit=date(2025, 1, 1)), person("new", last_visit=date(2026, 1, 1)), person("never")]
    listed = PanelList(panel_of(rows), TODAY)
    assert listed.panel.person_ids(listed.positions(ListQuery())) == ["new", "old", "never"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (ListQuery(filters=frozenset({ListFilter.DUE})), "ba"),
        (ListQuery(filters=frozenset({ListFilter.HIGH_RISK})), "cb"),
        (ListQuery(filters=frozenset({ListFilter.HIGH_RISK, ListFilter.DUE})), "b"),
        (ListQuery(filters=frozenset({ListFilter.MISSING})), "d"),
        (ListQuery(filters=frozenset({ListFilter.NOT_ASSESSED})), "d"),
        (ListQuery(filters=frozenset({ListFilter.NO_VISIT_HALF_YEAR})), "cbad"),
        (ListQuery(filters=frozenset({ListFilter.NO_VISIT_YEAR})), "bad"),
        (ListQuery(villages=frozenset({"East"})), "ca"),
        (ListQuery(villages=frozenset({"North", ""})), "bd"),
        (ListQuery(villages=frozenset({"gone since"})), ""),
        (ListQuery(text="n"), "bad"),
        (ListQuery(text="n", key=SortKey.NAME), "abd"),
        (ListQuery(text="n", villages=frozenset({"East"}), key=SortKey.NAME, descending=True), "a"),
        (ListQuery(text="   "), "cbad"),
    ],
)
def test_words_filters_villages_and_order_hold_together(listed: PanelList, query: ListQuery, found: str) -> None:
    assert who(listed, query) == found


def test_counts_are_of_everybody(listed: PanelList) -> None:
    assert listed.villages() == (("East", 2), ("North", 1), ("", 1))
    assert [listed.counted(one) for one in (ListFilter.DUE, ListFilter.HIGH_RISK)] == [2, 2]
    assert listed.has_risks
    assert listed.has_next_visits


def test_an_empty_list_has_nothing() -> None:
    listed = PanelList(panel_of(()), TODAY)
    assert listed.positions(ListQuery(text="a")).size == 0
    assert listed.villages() == ()
    assert not listed.has_risks
    assert not listed.has_next_visits


@pytest.mark.parametrize(
    ("risk", "shown", "bound"),
    [
        (0.0, 1, Bound.BELOW),
        (0.0049, 1, Bound.BELOW),
        (0.005, 1, Bound.EXACT),
        (0.165, 17, Bound.EXACT),
        (0.9901, 99, Bound.ABOVE),
    ],
)
def test_risks_are_rounded_as_on_paper(risk: float, shown: int, bound: Bound) -> None:
    count = risk_of_hundred(risk, load_wording("en"))
    assert (count.shown, count.bound) == (shown, bound)


def test_bands_know_their_place_among_those_of_their_pack() -> None:
    places = band_places(PackLibrary.shipped())
    assert places["who_cvd_2019_lab", "lt5"] == (0, 5)
    assert places["who_cvd_2019_lab", "ge30"] == (4, 5)
    assert places["score2", "high"] == (1, 3)


def test_people_keep_their_order_in_a_panel_of_their_own() -> None:
    panel = panel_of([person("zoe"), person("ann")])
    assert panel.person_ids(np.arange(2)) == ["zoe", "ann"]
