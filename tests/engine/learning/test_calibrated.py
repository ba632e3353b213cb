"""How scores are bent: by what rule, on whom, and what it does to the slope."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.batch import FloatArray
from engine.learning.boosting import TreeSettings
from engine.learning.calibrated import choose_calibration, inner_folds
from engine.learning.calibration import PLAIN, Curve, Line, fit_curve
from engine.learning.judgement.figures import Figure, measure
from engine.learning.judgement.people import People, everybody_once
from engine.learning.network import NetworkSettings
from engine.learning.plan import ModelKind, Plan
from engine.learning.rows import Asked, prepare
from engine.learning.study import ready, study
from engine.learning.train import TEXTBOOK_RECIPE, NetworkRecipe, Outcome, Recipe, TreesRecipe, cross_validate, train
from tests.engine.learning.made import people
from tests.engine.learning.test_study import cells

EAGER = TreeSettings(trees=40, rate=0.5, leaves=16, least_in_leaf=3)  # learns its people by heart


def chance(score: FloatArray, seed: int) -> FloatArray:
    return (np.random.default_rng(seed).random(len(score)) < 1 / (1 + np.exp(-score))).astype(np.float64)


def chosen(true: FloatArray, told: FloatArray, seed: int = 3) -> object:
    outcome = chance(true, seed)
    fold = inner_folds(outcome, 1)
    assert fold is not None
    return choose_calibration(told, outcome, fold)


def test_scores_too_far_apart_are_drawn_together_by_a_line() -> None:
    true = np.random.default_rng(1).normal(-1, 1, 800)
    found = chosen(true, 3 * true)
    assert isinstance(found, Line)
    assert found.slope == pytest.approx(1 / 3, abs=0.08)


def test_what_no_line_can_mend_is_mended_by_a_curve_where_people_are_enough() -> None:
    true = np.random.default_rng(1).normal(0, 1.5, 4000)
    bent = np.where(true > 0, 6 * true, 0.3 * true)
    assert isinstance(chosen(true, bent), Curve)
    assert isinstance(chosen(true[:900], bent[:900]), Line)  # fewer than 1,000
    rare = true - 5
    assert not isinstance(chosen(rare, np.where(rare > -5, 6 * rare, 0.3 * rare)), Curve)  # fewer than 200 events


def test_nothing_is_bent_where_it_would_not_help() -> None:
    few = np.array([0.0, 1.0] * 9)
    assert inner_folds(few, 1) is None  # 9 with the outcome: no five folds of two
    fold = np.arange(40) % 5
    score = np.linspace(-3, 3, 40)
    apart = (score > 0).astype(np.float64)
    assert choose_calibration(score, apart, fold) == PLAIN  # told apart: a line would be endlessly steep
    assert choose_calibration(np.zeros(40), apart, fold) == PLAIN


def test_scores_that_order_people_backwards_are_not_turned_round_but_levelled() -> None:
    true = np.random.default_rng(4).normal(-1, 1, 600)
    found = chosen(true, -2 * true)
    assert isinstance(found, Line)
    assert 0 < found.slope < 0.1
    assert found.risk(-2 * true).mean() == pytest.approx(chance(true, 3).mean(), abs=1e-6)


def test_right_scores_stay_nearly_as_they_are() -> None:
    true = np.random.default_rng(5).normal(-1, 1, 3000)
    found = chosen(true, true)
    assert isinstance(found, Line)
    assert found.slope == pytest.approx(1, abs=0.12)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), rows=st.integers(2, 200))
def test_no_curve_says_never_or_always(seed: int, rows: int) -> None:
    random = np.random.default_rng(seed)
    score = random.normal(0, 3, rows).round(1)
    outcome = chance(2 * score, seed)
    outcome[0] = 1 - outcome[-1]
    curve = fit_curve(score, outcome)
    assert (np.diff(curve.risks) > 0).all()
    assert curve.risks[0] > 0
    assert curve.risks[-1] < 1


@pytest.mark.parametrize(
    "recipe", [TreesRecipe(EAGER), NetworkRecipe(NetworkSettings((24,), rate=0.02, epochs=80, patience=None))]
)
def test_people_left_out_find_risks_that_lie_as_far_apart_as_they_should(recipe: Recipe) -> None:
    table, event = people(900, 8)
    found = cross_validate(table, Outcome(event), recipe, folds=5, repeats=1, seed=1)
    assert found.plain is not None
    before, after = (
        float(measure(People(event == 1), risk, everybody_once(900), 0.5)[Figure.SLOPE][0])
        for risk in (found.plain[0], found.risks[0, :, 0])
    )
    assert before < 0.6
    assert abs(after - 1) < 0.2


def test_a_calibration_knows_nothing_of_the_fold_it_is_judged_on() -> None:
    """With outcomes of chance any score that had seen them would tell more than the overall risk."""
    table, _ = people(700, 2)
    event = (np.random.default_rng(9).random(700) < 0.3).astype(np.float64)
    found = cross_validate(table, Outcome(event), TreesRecipe(EAGER), folds=4, repeats=1, seed=1)
    assert found.plain is not None
    share = event.mean()
    for risk in found.risks[:, :, 0]:
        assert float(((event - risk) ** 2).mean()) > share * (1 - share) - 0.004
        assert float(((event - risk) ** 2).mean()) < float(((event - found.plain[0]) ** 2).mean())


def test_the_network_of_the_textbook_stays_to_the_letter() -> None:
    random = np.random.default_rng(1)
    table, event = people(200, 1)
    three = type(table)(200, {name: table.numbers[name] for name in ("age", "year", "smoker")})
    assert train(three, Outcome(event), TEXTBOOK_RECIPE, int(random.integers(9))).calibration == PLAIN


def test_a_study_tells_what_the_slope_was_before_and_keeps_the_calibration_in_bootstrap_models() -> None:
    plan = Plan(kind=ModelKind.TREES, folds=3, repeats=1, bootstraps=2)
    found = study(ready(prepare(cells(700, strength=0.4), Asked("ill", exclude=("hospital",))), plan), plan)
    assert found.uncalibrated is not None
    assert found.trained.calibration != PLAIN
    slope = found.judgement.figures[Figure.SLOPE].value
    assert abs(slope - 1) < abs(found.uncalibrated[Figure.SLOPE].value - 1)
    other = Plan(kind=ModelKind.LOGISTIC, folds=4, repeats=1, bootstraps=0)
    assert study(ready(prepare(cells(400), Asked("ill")), other), other).uncalibrated is None
