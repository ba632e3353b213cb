from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from engine.errors import InputError
from engine.learning.folds import draw_folds
from engine.learning.graph import write_graph
from engine.learning.logistic import Linear
from engine.learning.network import NetworkSettings
from engine.learning.parity import check_same
from engine.learning.table import Table
from engine.learning.train import (
    TEXTBOOK_RECIPE,
    CoxRecipe,
    LogisticRecipe,
    NetworkRecipe,
    Outcome,
    Recipe,
    TreesRecipe,
    choose_penalty,
    cross_validate,
    train,
)
from tests.engine.learning.made import people, runner

RECIPES: list[Recipe] = [
    LogisticRecipe(),
    NetworkRecipe(NetworkSettings(epochs=30)),
    TreesRecipe(),
    CoxRecipe((3.0,)),
]


def textbook_rows(seed: int, noise: float, *, ring: bool = False) -> tuple[Table, Outcome]:
    """100 people of the textbook's shape; ``noise`` is the share of labels that are turned at random."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(100, 3))
    size = (values**2).sum(axis=1) - 2.4 if ring else values @ np.array([1.0, -1.0, 0.5])
    event = (size > 0) ^ (random.random(100) < noise)
    return Table(100, dict(zip("abc", values.T.copy(), strict=True))), Outcome(event.astype(np.float64))


def accuracy(table: Table, outcome: Outcome, seed: int) -> float:
    risks = cross_validate(table, outcome, TEXTBOOK_RECIPE, folds=10, repeats=2, seed=seed).risks[:, :, 0]
    return float(((risks > 0.5) == (outcome.event == 1)).mean())


def test_the_textbook_network_reaches_85_percent_where_the_data_allow_it() -> None:
    assert [accuracy(*textbook_rows(seed, 0.0), seed) >= 0.85 for seed in range(4)] == [True] * 4


def test_the_textbook_network_does_not_invent_accuracy_where_labels_are_chance() -> None:
    for seed in range(3):
        table, _ = textbook_rows(seed, 0.0)
        chance = Outcome((np.random.default_rng(seed + 50).random(100) < 0.5).astype(np.float64))
        assert 0.3 < accuracy(table, chance, seed) < 0.7


@pytest.mark.parametrize("recipe", RECIPES)
def test_each_recipe_learns_and_is_exported_the_same(recipe: Recipe) -> None:
    table, event = people(500, 11)
    years = np.where(event == 1, 2.0, 4.0) + np.random.default_rng(1).random(500)
    outcome = Outcome(event, years)
    trained = train(table, outcome, recipe, 7)
    risks = trained.risks(table.raw())
    assert roc_auc_score(event, risks[:, 0]) > 0.7
    check_same(trained, runner(write_graph(trained, "trial", ""), trained), table.raw())
    assert train(table, outcome, recipe, 7).risks(table.raw()).tobytes() == risks.tobytes()


@pytest.mark.parametrize("recipe", [LogisticRecipe(), NetworkRecipe(NetworkSettings(epochs=100, patience=None))])
def test_cross_validated_risks_do_not_know_the_person(recipe: Recipe) -> None:
    random = np.random.default_rng(5)
    table = Table(80, {f"x{each}": random.normal(size=80) for each in range(25)})
    chance = Outcome((random.random(80) < 0.5).astype(np.float64))
    seen = roc_auc_score(chance.event, train(table, chance, recipe, 1).risks(table.raw())[:, 0])
    unseen = cross_validate(table, chance, recipe, folds=5, repeats=2, seed=1).risks[:, :, 0]
    assert seen > 0.75
    assert np.mean([roc_auc_score(chance.event, each) for each in unseen]) < 0.65


@settings(max_examples=60, deadline=None)
@given(events=st.integers(5, 40), others=st.integers(5, 40), folds=st.integers(2, 5), seed=st.integers(0, 99))
def test_folds_share_people_and_events_evenly(events: int, others: int, folds: int, seed: int) -> None:
    outcome = np.array([1.0] * events + [0.0] * others)
    for drawn in draw_folds(outcome, folds, 2, seed):
        for part in (drawn, drawn[outcome == 1], drawn[outcome == 0]):
            counts = np.bincount(part, minlength=folds)
            assert counts.max() - counts.min() <= 1


def test_too_few_of_one_outcome_for_the_folds_are_refused() -> None:
    with pytest.raises(InputError, match="learning_few_to_fold") as found:
        draw_folds(np.array([1.0] * 3 + [0.0] * 20), 5, 1, 1)
    assert found.value.details == {"rows": 23, "events": 3, "folds": 5}


def test_noise_is_penalised_more_than_signal() -> None:
    random = np.random.default_rng(2)
    noise = Table(200, {f"x{each}": random.normal(size=200) for each in range(20)})
    chance = (random.random(200) < 0.5).astype(np.float64)
    recipe = LogisticRecipe(splines=False)
    clear = (noise.numbers["x0"] + noise.numbers["x1"] > 0).astype(np.float64)
    assert choose_penalty(noise, chance, recipe, 1) > choose_penalty(noise, clear, recipe, 1)


@pytest.mark.shared
@pytest.mark.parametrize(("name", "outcome", "least"), [("wdbc", "malignant", 0.98), ("heart_uci", "disease", 0.85)])
def test_real_rows_are_learned_from(shared: Path, name: str, outcome: str, least: float) -> None:
    rows = pd.read_csv(shared / "data" / name / "train.csv")
    event = rows[outcome].to_numpy(dtype=np.float64)
    names = ["age", "trestbps", "chol", "thalach", "oldpeak", "exang"] if name == "heart_uci" else list(rows.columns)
    numbers = rows[[each for each in names if each not in (outcome, "row_id")]].select_dtypes("number")
    table = Table(len(rows), {str(each): numbers[each].to_numpy(dtype=np.float64) for each in numbers})
    if name == "heart_uci":
        table = Table(len(rows), table.numbers, {"cp": rows["cp"].to_numpy(dtype=np.float64)})
    risks = cross_validate(table, Outcome(event), LogisticRecipe(), folds=5, repeats=1, seed=1).risks[0, :, 0]
    assert roc_auc_score(event, risks) > least
    trained = train(table, Outcome(event), LogisticRecipe(), 1)
    assert isinstance(trained.fitted, Linear)
    check_same(trained, runner(write_graph(trained, "trial", ""), trained), table.raw())
