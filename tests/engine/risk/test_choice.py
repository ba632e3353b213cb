"""Which tool speaks for whom, by what the manifests declare, and what the others would have said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.domain.batch import Batch
from engine.domain.choice import Standing
from engine.domain.results import Code, Note
from engine.fields import Dictionary
from engine.packs import Pack, PackLibrary
from engine.packs.order import is_for, precedence
from engine.risk.choice import Chooser
from engine.risk.plausible import load_plausible_values
from engine.risk.predictors import Predictors

MakePack = Callable[..., Pack]
People = Callable[..., Batch]
Make = Callable[..., Chooser]
COUNTRY = "country_iso3"


@pytest.fixture
def chooser(make_pack: MakePack, dictionary: Dictionary, tmp_path: Path) -> Make:
    """Makes a chooser among toys, each with changes of its manifest."""

    def make(off: tuple[str, ...] = (), **toys: Mapping[str, object]) -> Chooser:
        for name, changes in toys.items():
            make_pack({"id": name, "rank": 10, **changes}, folder=tmp_path)
        library = PackLibrary([tmp_path])
        packs = {name: library.get(name) for name in toys}
        return Chooser(
            "cardiovascular",
            Predictors(library, dictionary),
            [pack for name, pack in packs.items() if name not in off],
            dictionary,
            load_plausible_values(dictionary),
            [pack for name, pack in packs.items() if name in off],
        )

    return make


def speakers(chooser: Chooser, batch: Batch, *, ranges: bool = False, ranges_count: bool = False) -> list[str]:
    chosen = chooser.choose(batch, ranges=ranges, ranges_count=ranges_count)
    found = [""] * batch.rows
    for pack, rows in chosen.parts():
        for row in rows:
            found[row] = pack.manifest.id
    return found


def test_the_lowest_rank_that_gives_a_number_speaks(chooser: Make, people: People, toy_person: dict[str, Any]) -> None:
    young = {"inputs.1.valid": {"outside": "refuse", "min": 40, "max": 60}}
    two = chooser(second={"rank": 20}, first={"rank": 5, **young})
    assert speakers(two, people(toy_person, {**toy_person, "age": 70})) == ["first", "second"]


def test_a_country_decides_before_the_rank(chooser: Make, people: People, toy_person: dict[str, Any]) -> None:
    three = chooser(
        anywhere={"rank": 1},
        home={"rank": 30, "countries": ["GBR", "CHN"]},
        declared={"rank": 40, "first_in": ["CHN"]},
    )
    everywhere = [{**toy_person, COUNTRY: country} for country in ("GBR", "CHN", "USA")]
    assert speakers(three, people(*everywhere, toy_person)) == ["home", "declared", "anywhere", "anywhere"]


def test_a_tool_made_for_others_is_never_asked(chooser: Make, people: People, toy_person: dict[str, Any]) -> None:
    two = chooser(
        british={"rank": 1, "countries": ["GBR"]}, any_young={"inputs.1.valid": {"outside": "refuse", "max": 50}}
    )
    abroad = people({**toy_person, COUNTRY: "CHN"})
    assert speakers(two, abroad) == ["any_young"]  # it refuses, and its reasons are told
    alone = chooser(british={"rank": 1, "countries": ["GBR"]})
    assert speakers(alone, abroad) == [""]
    assert alone.consider(abroad).chosen is None


def test_a_tool_for_use_on_demand_comes_last(chooser: Make, people: People, toy_person: dict[str, Any]) -> None:
    two = chooser(opinion={"rank": 1, "use": "on_demand"}, routine={"rank": 90})
    assert speakers(two, people(toy_person)) == ["routine"]


def test_a_variant_that_needs_less_comes_before_a_range_and_a_range_before_a_refusal(
    chooser: Make, people: People, toy_person: dict[str, Any]
) -> None:
    needs_bmi = {"rank": 1, "inputs.5": {"field": "bmi_kg_m2", "as": "bmi", "required": True}}
    two = chooser(full=needs_bmi, without={"rank": 20})
    no_bmi = {name: value for name, value in toy_person.items() if name != "bmi_kg_m2"}
    neither = {name: value for name, value in no_bmi.items() if name != "sbp_mmhg"}
    batch = people(no_bmi, neither)
    assert speakers(two, batch, ranges=True) == ["without", "full"]
    assert speakers(two, batch) == ["without", "full"]
    assert speakers(two, batch, ranges=True, ranges_count=True) == ["full", "full"]


def test_runners_up_and_refusals_are_told_with_their_reasons(
    chooser: Make, people: People, toy_person: dict[str, Any]
) -> None:
    five = chooser(
        ("waiting",),
        waiting={"rank": 1},
        abroad={"rank": 2, "countries": ["GBR"]},
        young={"rank": 3, "inputs.1.valid": {"outside": "refuse", "max": 50}},
        needs={"rank": 4, "inputs.3": {"field": "total_cholesterol_mmol_l", "as": "tc", "required": True}},
        chosen={"rank": 5},
        also={"rank": 6},
    )
    choice = five.consider(people(toy_person))
    assert [(each.pack_id, each.standing) for each in choice.candidates] == [
        ("young", Standing.REFUSED),
        ("needs", Standing.RANGE),
        ("chosen", Standing.CHOSEN),
        ("also", Standing.ALSO),
        ("abroad", Standing.ELSEWHERE),
        ("waiting", Standing.OFF),
    ]
    assert choice.candidates[0].notes == (Note("age", Code.OUT_OF_RANGE),)
    assert choice.candidates[1].notes == (Note("total_cholesterol_mmol_l", Code.MISSING),)
    assert choice.chosen == choice.candidates[2]


def test_where_no_tool_has_a_number_the_first_range_speaks(
    chooser: Make, people: People, toy_person: dict[str, Any]
) -> None:
    two = chooser(first={"rank": 1}, second={"rank": 2})
    choice = two.consider(people({name: value for name, value in toy_person.items() if name != "sbp_mmhg"}))
    assert [each.standing for each in choice.candidates] == [Standing.RANGE, Standing.RANGE]
    assert choice.chosen is not None
    assert choice.chosen.pack_id == "first"


def test_an_unreadable_country_is_no_country(chooser: Make, people: People, toy_person: dict[str, Any]) -> None:
    two = chooser(anywhere={"rank": 20}, british={"rank": 1, "countries": ["GBR"]})
    assert speakers(two, people({**toy_person, COUNTRY: np.inf})) == ["anywhere"]


def test_in_china_the_who_equation_of_east_asia_is_asked_first() -> None:
    manifests = [pack.manifest for pack in PackLibrary.shipped().all() if pack.manifest.topic == "cardiovascular"]
    asked = sorted((each for each in manifests if is_for(each, "CHN")), key=lambda each: precedence(each, "CHN"))
    assert [each.id for each in asked[:2]] == ["who_cvd_2019_lab", "who_cvd_2019_nonlab"]
