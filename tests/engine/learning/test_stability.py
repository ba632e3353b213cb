from __future__ import annotations

import dataclasses

import numpy as np
import onnx
import pytest

from engine.errors import PackError
from engine.learning.calibration import PLAIN, Calibration, Line, fit_curve
from engine.learning.design import fit_design
from engine.learning.graph_stability import write_stable_graph
from engine.learning.logistic import Linear
from engine.learning.model import Trained
from engine.learning.network import Activation, Layer, Network, NetworkSettings
from engine.learning.onnx_parts import OPSET
from engine.learning.parity import check_same, largest_difference
from engine.learning.stability import SHARE, Resampled, can_be_kept, end_names
from engine.learning.table import Table
from engine.learning.train import CoxRecipe, LogisticRecipe, NetworkRecipe, Outcome, Recipe, TreesRecipe, train_many
from engine.packs.wire import check_graph
from tests.engine.learning.made import people, runner

MODELS = 45
RECIPES: dict[str, Recipe] = {
    "logistic": LogisticRecipe(penalties=(3.0,)),
    "straight": LogisticRecipe(penalties=(3.0,), splines=False),
    "one_layer": NetworkRecipe(NetworkSettings(hidden=(4,), epochs=15, patience=None), PLAIN),
    "two_layers": NetworkRecipe(
        NetworkSettings(hidden=(5, 3), activation=Activation.TANH, epochs=15, patience=None), PLAIN
    ),
    "cox": CoxRecipe((2.5, 5.0)),
}


def resampled(kind: str, *, models: int = MODELS, texts: bool = True) -> tuple[Resampled, Table]:
    table, event = people(400, 3, texts=texts)
    years = np.random.default_rng(5).exponential(8, table.rows) + 0.01 if kind == "cox" else None
    outcome = Outcome(event, years)
    trained = train_many([(table, outcome, 1)], RECIPES[kind])[0]
    rows = np.random.default_rng(7).integers(0, table.rows, (models, table.rows))
    parts = [(table.take(drawn), outcome.take(drawn), at) for at, drawn in enumerate(rows)]
    return Resampled(trained, tuple(train_many(parts, RECIPES[kind], design=trained.design))), table


def names(found: Resampled) -> list[str]:
    return [*found.model.outputs, *found.end_names]


@pytest.mark.parametrize("kind", RECIPES)
def test_the_file_gives_the_ends_of_the_models(kind: str) -> None:
    found, table = resampled(kind)
    graph = write_stable_graph(found, "trial", "A trial")
    difference = check_same(found.model, runner(graph, found.model, names(found)), table.raw(), found)
    assert difference <= 1e-11  # everything is computed in 64 bits on both sides
    ends = found.ends(table.raw())
    assert float((ends[:, 1] - ends[:, 0]).mean()) > 0.02  # the models differ, so sameness says something
    onnx.checker.check_model(onnx.load_from_string(graph), full_check=True)
    check_graph(graph, "trial", OPSET)
    assert write_stable_graph(resampled(kind)[0], "trial", "A trial") == graph  # trained again: the same bytes


def test_ends_hold_the_stated_share_of_the_models_and_the_number_itself() -> None:
    found, table = resampled("logistic", models=200)
    raw = table.raw()
    ends = found.ends(raw)
    inside = np.mean(
        [(ends[:, 0] <= each.risks(raw)[:, 0]) & (each.risks(raw)[:, 0] <= ends[:, 1]) for each in found.others], axis=0
    )
    assert np.abs(inside - SHARE).max() <= 0.03  # wider only where the number itself lay outside
    own = found.model.risks(raw)[:, 0]
    assert ((ends[:, 0] <= own) & (own <= ends[:, 1])).all()


def test_a_number_outside_the_models_is_taken_in() -> None:
    found, table = resampled("logistic")
    fitted = found.model.fitted
    assert isinstance(fitted, Linear)
    moved = dataclasses.replace(found.model, fitted=Linear(fitted.coefficients, fitted.intercept + 6))
    beyond = Resampled(moved, found.others)
    ends, own = beyond.ends(table.raw()), moved.risks(table.raw())[:, 0]
    assert np.array_equal(ends[:, 1], own)
    run = runner(write_stable_graph(beyond, "trial", ""), moved, names(beyond))
    assert check_same(moved, run, table.raw(), beyond) <= 1e-11


@pytest.mark.parametrize("kind", ["logistic", "two_layers"])
@pytest.mark.parametrize("bend", ["line", "curve"])
def test_what_bends_the_scores_bends_the_ends(kind: str, bend: str) -> None:
    found, table = resampled(kind)
    scores = np.linspace(-4, 4, 200)
    curve = fit_curve(scores, (np.random.default_rng(1).random(200) < 1 / (1 + np.exp(-scores / 2))).astype(float))
    how: Calibration = Line(0.5, 1.5) if bend == "line" else curve
    bent = Resampled(
        dataclasses.replace(found.model, calibration=how),
        tuple(dataclasses.replace(each, calibration=how) for each in found.others),
    )
    run = runner(write_stable_graph(bent, "trial", ""), bent.model, names(bent))
    assert check_same(bent.model, run, table.raw(), bent) <= 1e-11
    assert np.abs(bent.ends(table.raw()) - found.ends(table.raw())).max() > 0.05


def test_the_gate_finds_ends_of_other_models() -> None:
    found, table = resampled("logistic")
    run = runner(write_stable_graph(found, "trial", ""), found.model, names(found))
    fewer = Resampled(found.model, found.others[:-1])
    assert largest_difference(found.model, run, table.raw(), fewer) > 1e-5
    with pytest.raises(PackError, match="learning_not_the_same"):
        check_same(found.model, run, table.raw(), fewer)


def test_trees_and_few_models_are_not_kept() -> None:
    table, event = people(400, 3)
    parts = [(table, Outcome(event), 1), (table, Outcome(event), 2)]
    model, other = train_many(parts, TreesRecipe(calibration=PLAIN), design=fit_design(table, splines=False))
    assert not can_be_kept(model, [other] * MODELS)
    found, _ = resampled("logistic")
    assert can_be_kept(found.model, found.others)
    assert not can_be_kept(found.model, found.others[:39])


def test_networks_that_would_fill_the_file_are_not_kept() -> None:
    found, _ = resampled("one_layer")
    first, last = found.model.fitted.layers  # type: ignore[union-attr]  # a network
    wide = Network((Layer(np.zeros((len(first.weights), 500)), np.zeros(500)), last), Activation.RELU)
    large = dataclasses.replace(found.model, fitted=wide)
    assert can_be_kept(found.model, found.others)
    assert not can_be_kept(large, [large] * MODELS)


def test_models_on_another_design_or_bent_otherwise_are_refused() -> None:
    found, _ = resampled("logistic")
    design = dataclasses.replace(found.model.design)
    for changes in ({"design": design}, {"calibration": Line(0.5, 0.0)}):
        other: Trained = dataclasses.replace(found.others[0], **changes)
        with pytest.raises(ValueError, match="one design"):
            Resampled(found.model, (other, *found.others[1:]))
    assert end_names("risk") == ("risk_low", "risk_high")
