"""What is chosen, whether people are enough, and what a study says of its model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from engine.errors import InputError
from engine.learning.gate import Answer
from engine.learning.judgement.figures import Figure
from engine.learning.leaks import Code, Weight
from engine.learning.plan import ModelKind, Plan, challenger, expected_r2
from engine.learning.rows import Asked, Rows, prepare
from engine.learning.study import LEFT_OUT, Study, ready, study
from engine.learning.train import TEXTBOOK_RECIPE, LogisticRecipe, Outcome, TreesRecipe, cross_validate

QUICK = Plan(folds=4, repeats=1, bootstraps=8)


def cells(count: int, seed: int = 1, strength: float = 1.0) -> Mapping[str, Sequence[str]]:
    random = np.random.default_rng(seed)
    age, pressure = random.uniform(20, 85, count), random.normal(135, 18, count)
    odds = strength * (0.09 * (age - 55) + 0.03 * (pressure - 135))
    ill = random.random(count) < 1 / (1 + np.exp(-odds))
    return {
        "age": [f"{each:.1f}" for each in age],
        "sex": ["FM"[each % 2] for each in range(count)],
        "pressure": [f"{each:.0f}" for each in pressure],
        "hospital": [("north", "south", "west")[each % 3] for each in range(count)],
        "ill": [str(int(each)) for each in ill],
    }


def rows_of(count: int, seed: int = 1, strength: float = 1.0, *more: str) -> Rows:
    return prepare(cells(count, seed, strength), Asked("ill", exclude=("hospital", *more)))


def test_curves_where_people_are_enough_and_straight_lines_where_they_are_not() -> None:
    rich, poor = (ready(rows_of(count), QUICK).choice for count in (1500, 110))
    assert isinstance(rich.recipe, LogisticRecipe)
    assert rich.recipe.splines
    assert isinstance(poor.recipe, LogisticRecipe)
    assert not poor.recipe.splines


def test_an_outcome_that_is_easy_to_tell_needs_fewer_people_than_one_that_is_hard() -> None:
    easy, hard = (ready(rows_of(300, strength=each), QUICK).choice.gate for each in (1.5, 0.1))
    assert easy.people_needed is not None
    assert hard.people_needed is not None
    assert easy.people_needed < hard.people_needed
    assert hard.answer is Answer.NOT_YET


def test_what_may_be_expected_is_no_more_than_people_left_out_show() -> None:
    start = ready(rows_of(400, strength=0.0), QUICK)
    assert expected_r2(start.table, start.outcome, seed=1) is None


def test_trees_stand_beside_only_where_people_are_enough_and_nothing_was_asked_for() -> None:
    few, many = (ready(rows_of(count), QUICK) for count in (200, 6000))
    assert challenger(few.table, few.outcome, QUICK, few.choice) is None
    found = challenger(many.table, many.outcome, QUICK, many.choice)
    assert found is not None
    assert isinstance(found.recipe, TreesRecipe)
    asked = Plan(kind=ModelKind.LOGISTIC)
    assert challenger(many.table, many.outcome, asked, many.choice) is None


def test_trees_are_taken_where_they_are_clearly_better_and_only_there() -> None:
    random = np.random.default_rng(2)
    age, other = random.uniform(20, 85, 6000), random.uniform(0, 10, 6000)
    checks = ((age > 50) ^ (other > 5)).astype(float)  # what no sum of curves can tell
    ill = random.random(6000) < 0.1 + 0.8 * checks
    table = {
        "age": [f"{each:.1f}" for each in age],
        "other": [f"{each:.2f}" for each in other],
        "ill": [str(int(each)) for each in ill],
    }
    plan = Plan(folds=3, repeats=1, bootstraps=2)
    found = study(ready(prepare(table, Asked("ill")), plan), plan)
    assert found.choice.kind is ModelKind.TREES
    assert {str(name): each for name, each in found.judgement.against["logistic"].items()}["auroc"].low > 0.3
    straight = study(ready(rows_of(6000), plan), plan)
    assert straight.choice.kind is ModelKind.LOGISTIC
    assert "trees" in straight.judgement.against


@pytest.fixture(scope="module")
def found() -> Study:
    table = cells(900)
    groups = {"hospital": table["hospital"]}
    plan = Plan(folds=4, repeats=2, bootstraps=30, groups=groups, leave_out=groups)
    return study(ready(rows_of(900), plan), plan)


def test_figures_are_those_of_people_left_out_and_lie_near_what_is_left_of_optimism(found: Study) -> None:
    figures = {str(name): each for name, each in found.judgement.figures.items()}
    corrected = {str(name): each for name, each in found.corrected.items()}
    assert figures["auroc"].low < corrected["auroc"].corrected.value < figures["auroc"].high
    assert corrected["auroc"].apparent >= corrected["auroc"].corrected.value
    assert figures["slope"].low < 1 < figures["slope"].high
    assert figures["observed_expected"].value == pytest.approx(1, abs=0.05)


def test_a_threshold_that_nobody_named_is_the_overall_risk(found: Study) -> None:
    assert found.threshold == pytest.approx(found.people.event.mean(), abs=0.006)


def test_groups_by_sex_age_and_asked_columns_and_each_hospital_by_a_model_of_the_others(found: Study) -> None:
    columns = [each.column for each in found.judgement.groups]
    assert set(columns) == {"sex", "age", "hospital", f"hospital{LEFT_OUT}"}
    apart = {each.level: each for each in found.judgement.groups if each.column.endswith(LEFT_OUT)}
    assert set(apart) == {"north", "south", "west"}
    assert all(each.people == 300 for each in apart.values())


def test_each_person_has_a_spread_over_bootstrap_models(found: Study) -> None:
    assert found.stability is not None
    told = found.trained.risks(found.table.raw())[:, 0]
    inside = (found.stability.low <= told) & (told <= found.stability.high)
    assert inside.mean() > 0.9
    assert 0 < found.stability.mean_change < 0.1


def test_age_and_sex_alone_are_what_the_model_is_held_against(found: Study) -> None:
    gain = {str(name): each for name, each in found.judgement.against["age_and_sex"].items()}
    assert gain["auroc"].value > 0


@pytest.mark.parametrize(("out", "name"), [("age", "sex_alone"), ("sex", "age_alone")])
def test_what_it_is_held_against_has_the_name_of_what_it_knows(out: str, name: str) -> None:
    plan = Plan(ModelKind.LOGISTIC, folds=3, repeats=1, bootstraps=2)
    assert set(study(ready(rows_of(400, 1, 1.0, out), plan), plan).judgement.against) == {name}


def test_a_code_that_stands_for_nothing_known_is_asked_about() -> None:
    table = {**cells(200)}
    table["pressure"] = ["-9" if each % 20 == 0 else cell for each, cell in enumerate(table["pressure"])]
    rows = prepare(table, Asked("ill"))
    stray = [each for each in rows.findings if each.code is Code.STRAY]
    assert [(each.column, each.weight, dict(each.details)) for each in stray] == [
        ("pressure", Weight.ASK, {"value": "-9", "rows": 10})
    ]


def test_a_time_without_a_horizon_or_with_a_model_that_forgets_it_is_refused() -> None:
    table = {**cells(200), "years": [str(1 + each % 5) for each in range(200)]}
    rows = prepare(table, Asked("ill", time="years"))
    with pytest.raises(InputError, match="learning_horizon_needed"):
        ready(rows, QUICK)
    with pytest.raises(InputError, match="learning_time_needs_cox"):
        ready(rows, Plan(kind=ModelKind.TREES, horizon_years=2.0))


def test_figures_of_a_network_are_those_of_single_networks_not_of_several_together() -> None:
    # The mean of several networks tells crossed classes better than any of them: it is not the model that is kept.
    random = np.random.default_rng(1)
    values = random.normal(size=(100, 3))
    table = {name: [f"{each:.4f}" for each in values[:, place]] for place, name in enumerate("abc")}
    table["class"] = [str(int(each[0] * each[1] > 0)) for each in values]
    plan = Plan(textbook=True, threshold=0.5, bootstraps=2)
    found = study(ready(prepare(table, Asked("class")), plan), plan)
    event = found.people.event.astype(float)
    risks = cross_validate(found.table, Outcome(event), TEXTBOOK_RECIPE, folds=10, repeats=3, seed=1).risks[:, :, 0]
    each = [((risk >= 0.5) == event).mean() for risk in risks]
    together = ((risks.mean(axis=0) >= 0.5) == event).mean()
    accuracy = found.judgement.figures[Figure.ACCURACY]
    assert accuracy.value == pytest.approx(np.mean(each), abs=1e-12)
    assert accuracy.value < together - 0.03
    np.testing.assert_array_equal(found.risk, risks[0])
    against = found.judgement.against["logistic"][Figure.ACCURACY]
    assert against.low > 0  # no straight line tells them
