"""What each input adds, on any pack, from the manifest alone."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.domain.attribution import Attribution, Game
from engine.domain.batch import Batch
from engine.fields import Dictionary
from engine.packs import Pack, PackLibrary
from engine.risk import explain_shapley
from engine.risk.explain_board import frozen
from engine.risk.explain_shapley import attribute, attribution
from engine.risk.predictor import Predictor
from engine.risk.predictors import Predictors
from tests.benchmarks.tree_pack import make_tree_pack
from tests.benchmarks.tree_pack import people as tree_people

MakePack = Callable[..., Pack]
People = Callable[..., Batch]
LIPIDS = ("total_cholesterol_mmol_l", "hdl_mmol_l")


@pytest.fixture(scope="module")
def predictors(dictionary: Dictionary) -> Predictors:
    return Predictors(PackLibrary.shipped(), dictionary)


def why(predictor: Predictor, people: Batch, dictionary: Dictionary, **options: Any) -> Attribution:
    found = attribute(predictor, people, dictionary, **options)
    assert found is not None
    told = attribution(
        found,
        0,
        frozen(predictor, people),
        predictor.pack.manifest,
        dictionary,
        against_reference="background" not in options,
    )
    assert told is not None
    return told


def amounts(told: Attribution) -> dict[str, float]:
    return {each.fields[0]: each.amount for each in told.contributions}


def by_orders(score: Callable[[frozenset[str]], float], players: Sequence[str]) -> dict[str, float]:
    """The definition: the mean over all orders. ``score`` takes those that are as the person has them."""
    total = dict.fromkeys(players, 0.0)
    for order in itertools.permutations(players):
        for place, player in enumerate(order):
            total[player] += score(frozenset(order[: place + 1])) - score(frozenset(order[:place]))
    return {player: amount / math.factorial(len(players)) for player, amount in total.items()}


def test_amounts_are_those_of_the_definition_and_add_up(
    predictor: Predictor, dictionary: Dictionary, people: People, smoker: dict[str, Any]
) -> None:
    references = {"sbp_mmhg": 120.0, "smoker": "never", "bmi_kg_m2": 23.0}

    def score(own: frozenset[str]) -> float:
        changed = {field: value for field, value in references.items() if field not in own}
        return float(predictor.predict(people({**smoker, **changed})).outputs["hf_10y"][0])

    told = why(predictor, people(smoker), dictionary, output="hf_10y")
    assert (told.pack_id, told.output, told.game, told.left_out) == ("toy", "hf_10y", Game.EXACT, ())
    assert amounts(told) == pytest.approx(by_orders(score, list(references)), abs=1e-12)
    assert told.value == score(frozenset(references))
    assert told.reference == pytest.approx(score(frozenset()), rel=1e-14)
    assert sum(amounts(told).values()) == pytest.approx(told.value - told.reference, abs=1e-12)
    sizes = [abs(each.amount) for each in told.contributions]
    assert sizes == sorted(sizes, reverse=True)


def test_an_input_at_its_reference_adds_nothing_and_a_missing_one_takes_no_part(
    predictor: Predictor, dictionary: Dictionary, people: People, smoker: dict[str, Any]
) -> None:
    told = why(predictor, people({**smoker, "sbp_mmhg": 120.0, "bmi_kg_m2": None}), dictionary)
    assert amounts(told) == {"smoker": pytest.approx(told.value - told.reference), "sbp_mmhg": 0.0}
    with_bmi = why(predictor, people(smoker), dictionary)
    assert amounts(with_bmi)["bmi_kg_m2"] == 0.0  # known, and of no say in this output


def test_inputs_that_are_read_together_are_told_as_one(
    predictors: Predictors, dictionary: Dictionary, people: People
) -> None:
    person = {
        "score2_region": "low", "sex": "M", "age": 55.0, "smoker": "current", "sbp_mmhg": 160.0, "diabetes": False,
        "total_cholesterol_mmol_l": 6.5, "hdl_mmol_l": 1.0,
    }  # fmt: skip
    predictor = predictors.get("score2")
    told = why(predictor, people(person), dictionary)
    together = next(each for each in told.contributions if each.fields == LIPIDS)
    assert together.values == {"total_cholesterol_mmol_l": 6.5, "hdl_mmol_l": 1.0}
    assert together.references == {"total_cholesterol_mmol_l": 5.0, "hdl_mmol_l": 1.3}
    # One measured, the other not known to another tool: what is known still plays.
    alone = why(predictor, people({**person, "hdl_mmol_l": 1.3}), dictionary)
    assert amounts(alone)["total_cholesterol_mmol_l"] < together.amount


def test_an_input_at_whose_reference_the_pack_refuses_is_left_out_and_said(
    make_pack: MakePack, dictionary: Dictionary, people: People, smoker: dict[str, Any]
) -> None:
    picky = Predictor(make_pack({"inputs.4.allowed": ["current"]}), dictionary)
    told = why(picky, people(smoker), dictionary)
    assert told.left_out == ("smoker",)
    at_reference = people({**smoker, "sbp_mmhg": 120.0, "bmi_kg_m2": 23.0})
    assert told.reference == pytest.approx(picky.predict(at_reference).outputs["risk_10y"][0], rel=1e-14)
    assert amounts(told)["sbp_mmhg"] == pytest.approx(told.value - told.reference, abs=1e-12)


def test_a_pack_that_refuses_every_reference_is_explained_by_nothing(
    make_pack: MakePack, dictionary: Dictionary, people: People, smoker: dict[str, Any]
) -> None:
    only_this = {"inputs.4.allowed": ["current"], "inputs.2.valid": {"outside": "refuse", "min": 150, "max": 170}}
    told = why(Predictor(make_pack(only_this), dictionary), people({**smoker, "bmi_kg_m2": None}), dictionary)
    assert set(told.left_out) == {"smoker", "sbp_mmhg"}
    assert told.contributions == ()
    assert told.reference == told.value


def test_refused_people_have_no_explanation_and_many_are_explained_as_each_alone(
    predictor: Predictor, dictionary: Dictionary, people: People, smoker: dict[str, Any]
) -> None:
    random = np.random.default_rng(2)
    crowd = [
        {**smoker, "age": float(random.uniform(35, 85)), "sbp_mmhg": float(random.integers(80, 240))} for _ in range(40)
    ]
    together = attribute(predictor, people(*crowd), dictionary)
    assert together is not None
    assert np.isnan(together.value).any()
    for row, person in enumerate(crowd):
        alone = attribute(predictor, people(person), dictionary)
        assert alone is not None
        np.testing.assert_allclose(together.amounts[row], alone.amounts[0], atol=1e-14)
        if np.isnan(together.value[row]):
            told = attribution(
                together, row, people(*crowd), predictor.pack.manifest, dictionary, against_reference=True
            )
            assert told is None
            assert np.isnan(together.amounts[row]).all()


def test_against_other_people_the_reference_is_their_mean(
    predictor: Predictor, dictionary: Dictionary, people: People, smoker: dict[str, Any], toy_person: dict[str, Any]
) -> None:
    others = people(
        {**toy_person, "age": 50.0, "sex": "M"}, {**toy_person, "age": 60.0, "smoker": "current"}, toy_person
    )
    person = {field: value for field, value in smoker.items() if field != "total_cholesterol_mmol_l"}
    with_lipids = others.with_columns({"total_cholesterol_mmol_l": np.full(3, 5.0)})
    told = why(predictor, people(person | {"total_cholesterol_mmol_l": 5.0}), dictionary, background=with_lipids)
    assert told.compared_with == 3
    assert told.reference == pytest.approx(float(predictor.predict(with_lipids).outputs["risk_10y"].mean()), rel=1e-13)
    assert {"age", "sex", "smoker", "sbp_mmhg"} <= amounts(told).keys()
    assert sum(amounts(told).values()) == pytest.approx(told.value - told.reference, abs=1e-12)
    assert all(each.references is None for each in told.contributions)


def test_other_people_with_whom_the_pack_refuses_are_not_compared_with(
    predictor: Predictor, dictionary: Dictionary, people: People, smoker: dict[str, Any], toy_person: dict[str, Any]
) -> None:
    others = people(
        {**toy_person, "total_cholesterol_mmol_l": 5.0}, {**toy_person, "age": 90.0, "total_cholesterol_mmol_l": 5.0}
    )
    told = why(predictor, people(smoker), dictionary, background=others)
    assert told.compared_with == 1
    assert told.reference == pytest.approx(float(predictor.predict(others).outputs["risk_10y"][0]), rel=1e-13)


def test_beyond_what_is_exact_amounts_are_drawn_with_their_error_and_still_add_up(
    tmp_path: Path, dictionary: Dictionary, monkeypatch: pytest.MonkeyPatch
) -> None:
    trees = Predictor(make_tree_pack(tmp_path), dictionary)
    person, others = tree_people(1, 1), tree_people(3, 2)
    drawn = why(trees, person, dictionary, background=others)
    assert (drawn.game, len(drawn.contributions)) == (Game.SAMPLED, 15)
    assert sum(amounts(drawn).values()) == pytest.approx(drawn.value - drawn.reference, abs=1e-12)
    assert why(trees, person, dictionary, background=others) == drawn
    assert why(trees, person, dictionary, background=others, seed=1) != drawn
    monkeypatch.setattr(explain_shapley, "MOST_EXACT", 15)
    exact = why(trees, person, dictionary, background=others)
    assert exact.game is Game.EXACT
    assert exact.reference == pytest.approx(drawn.reference, rel=1e-12)
    errors = {each.fields[0]: each.standard_error for each in drawn.contributions}
    assert 0 < max(errors.values()) < 0.005
    assert max(each.standard_error for each in exact.contributions) == 0
    for lead, amount in amounts(exact).items():
        assert amounts(drawn)[lead] == pytest.approx(amount, abs=4 * errors[lead])


def test_a_pack_without_numbers_or_references_has_nothing_to_add_up(
    make_pack: MakePack, dictionary: Dictionary, people: People, smoker: dict[str, Any]
) -> None:
    document: dict[str, Any] = dict(make_pack().manifest.to_json())
    document["references"] = {}
    told = why(Predictor(make_pack(document=document), dictionary), people(smoker), dictionary)
    assert (told.contributions, told.value) == ((), told.reference)
    document["outputs"] = [
        {**output, "kind": "category", "categories": ["a", "b"], "diagnostic": False} for output in document["outputs"]
    ]
    document.update(headline_output=None, bands=[])
    assert attribute(Predictor(make_pack(document=document), dictionary), people(smoker), dictionary) is None
