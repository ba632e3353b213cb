"""Smaller models: what goes, what stays, and that their files give their numbers."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.batch import FloatArray
from engine.domain.recalibration import Estimate
from engine.errors import InputError
from engine.learning.distil import MOST_INPUTS
from engine.learning.graph import write_graph
from engine.learning.judgement.figures import Figure
from engine.learning.logistic import Linear
from engine.learning.model import Trained
from engine.learning.network import Layer, Network
from engine.learning.parity import check_same, probes
from engine.learning.points import POINTS, Item, Points
from engine.learning.prune import EXPLAINED, explained
from engine.learning.smaller import Smaller, narrowed, shrink
from engine.learning.smaller_check import check_tolerance
from engine.learning.table import Table
from engine.learning.train import LogisticRecipe, Outcome, SmallerRecipe, cross_validate, train
from tests.engine.learning.made import people, runner
from tests.engine.learning.test_graph import EXACT, KINDS, fitted

YEARS = np.random.default_rng(5).exponential(8, 600) + 0.01
TABLES = {texts: people(600, 3, texts=texts)[0] for texts in (False, True)}


def made_smaller(kind: str, how: Smaller, *, texts: bool = False) -> tuple[Trained, Trained, Table]:
    full, _, outcome = fitted(kind, texts=texts)
    table = TABLES[texts]
    return full, shrink(full, table, outcome, YEARS if kind == "cox" else None, how), table


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("texts", [False, True])
def test_what_is_pruned_is_smaller_says_nearly_the_same_and_its_file_gives_its_numbers(kind: str, texts: bool) -> None:
    full, small, table = made_smaller(kind, Smaller.PRUNE, texts=texts)
    raw = table.raw()
    risk = full.risks(raw)[:, 0]
    weight = risk * (1 - risk)
    assert explained(full.score(raw), small.score(raw), weight) >= EXPLAINED - 0.001
    narrow, names = narrowed(small, table)
    assert set(names) <= set(table.names)
    rows = table.only(names).raw()
    np.testing.assert_allclose(narrow.risks(rows), small.risks(raw), atol=1e-12)
    graph = write_graph(narrow, "trial", "")
    before = len(write_graph(full, "trial", ""))
    assert len(graph) < before or (kind == "tanh" and len(graph) == before)  # where nothing can go, nothing goes
    assert check_same(narrow, runner(graph, narrow), rows) <= EXACT


def test_what_does_not_matter_is_no_longer_asked_for() -> None:
    table, event = people(2000, 5, gaps=0.0)
    noise = np.random.default_rng(1).normal(size=2000)
    wide = Table(2000, {**table.numbers, "noise": noise}, table.categories)
    recipe = SmallerRecipe(LogisticRecipe(penalties=(1.0,)), Smaller.PRUNE)

    _, names = narrowed(train(wide, Outcome(event), recipe, 1), wide)
    assert "age" in names
    assert not {"noise", "year"} & set(names)


@pytest.mark.parametrize("kind", ["relu", "tanh", "sigmoid"])
@pytest.mark.parametrize("texts", [False, True])
def test_weights_of_16_bits_are_in_the_file_and_what_that_changes_is_small(kind: str, texts: bool) -> None:
    full, small, table = made_smaller(kind, Smaller.FLOAT16, texts=texts)
    raw = table.raw()
    graph = write_graph(small, "trial", "")
    assert check_same(small, runner(graph, small), raw) <= EXACT
    assert len(graph) < len(write_graph(full, "trial", ""))
    moved = float(np.abs(full.risks(raw) - small.risks(raw)).max())
    assert 0 < moved < 0.005
    network = small.fitted
    assert isinstance(network, Network)
    for layer in network.layers:
        np.testing.assert_array_equal(layer.weights, layer.weights.astype(np.float16).astype(np.float64))


@pytest.mark.parametrize("kind", ["logistic", "trees", "cox"])
def test_16_bits_are_for_networks(kind: str) -> None:
    with pytest.raises(InputError, match="learning_half_network"):
        made_smaller(kind, Smaller.FLOAT16)


def test_a_weight_that_16_bits_cannot_hold_is_refused() -> None:
    full, _, outcome = fitted("relu", texts=False)
    network = full.fitted
    assert isinstance(network, Network)
    first = Layer(network.layers[0].weights * 1e6, network.layers[0].bias)
    loud = dataclasses.replace(full, fitted=Network((first, *network.layers[1:]), network.activation))
    with pytest.raises(InputError, match="learning_half_range"):
        shrink(loud, TABLES[False], outcome, None, Smaller.FLOAT16)


@pytest.mark.parametrize("kind", KINDS)
def test_points_are_few_and_whole_order_people_alike_and_their_file_gives_them(kind: str) -> None:
    full, small, table = made_smaller(kind, Smaller.POINTS)
    points = small.fitted
    assert isinstance(points, Points)
    assert 1 <= len(points.items) <= MOST_INPUTS
    assert max(item.most for item in points.items) <= 10
    assert (np.diff(points.risks, axis=0) >= 0).all()
    assert np.isfinite(points.risks).all()
    raw = table.raw()
    ours, theirs = small.risks(raw), full.risks(raw)
    assert np.corrcoef(ours[:, 0], theirs[:, 0])[0, 1] > 0.75
    assert abs(ours[:, 0].mean() - theirs[:, 0].mean()) < 0.03
    narrow, names = narrowed(small, table)
    rows = table.only(names).raw()
    assert narrow.outputs == (*full.outputs, POINTS)
    assert check_same(narrow, runner(write_graph(narrow, "trial", ""), narrow), rows) == 0


def test_a_value_at_a_cut_belongs_to_the_band_above_and_one_just_below_does_not() -> None:
    table, event = people(900, 4)
    full, _, _ = fitted("logistic", texts=False)
    small = shrink(full, table, event, None, Smaller.POINTS)
    points = small.fitted
    assert isinstance(points, Points)
    run = runner(write_graph(small, "trial", ""), small)
    seen = 0
    for item in points.items:
        for place, cut in enumerate(item.cuts):
            row = np.zeros((3, len(table.inputs)), dtype=np.float32)
            at = np.float32(cut)
            row[:, item.column] = [np.nextafter(at, np.float32(-np.inf)), at, np.nextafter(at, np.float32(np.inf))]
            told = run(row)[:, -1] - run(row)[0, -1]
            step = item.points[place + 1] - item.points[place]
            assert told.tolist() == [0, step, step]
            np.testing.assert_array_equal(run(row), small.risks(row))
            seen += 1
    assert seen > 3


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_score_of_points_is_the_same_in_its_file(data: st.DataObject) -> None:
    design = fitted("logistic", texts=False)[0].design
    count = len(design.inputs)
    items: list[Item] = []
    for column in data.draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=4, unique=True)):
        cuts = data.draw(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=4, unique=True))
        whole = st.integers(0, 9)
        points = data.draw(st.lists(whole, min_size=len(cuts) + 1, max_size=len(cuts) + 1))
        missing = data.draw(whole)
        if data.draw(st.booleans()):
            items.append(Item(column, tuple(points), missing, tuple(sorted(cuts))))
        else:
            items.append(Item(column, tuple(points), missing, levels=tuple(cuts)))
    risks = np.linspace(0.01, 0.9, 1 + sum(item.most for item in items))[:, None]
    score = Trained(design, Points(tuple(items), risks))
    edges = [edge for item in items for edge in (*item.cuts, *item.levels)]
    values = np.array([*edges, 0.0, -0.0, np.nan, 1e30, -1e30, 1e-30], dtype=np.float32)
    near = np.concatenate([values, np.nextafter(values, np.float32(np.inf)), np.nextafter(values, np.float32(-np.inf))])
    rows = np.random.default_rng(len(edges)).choice(near, size=(200, count))
    run = runner(write_graph(score, "trial", ""), score)
    np.testing.assert_array_equal(run(rows), score.risks(rows))
    np.testing.assert_array_equal(run(probes(rows)), score.risks(probes(rows)))


def estimates(auroc: float, brier: float, slope: float) -> dict[Figure, Estimate]:
    values = {Figure.AUROC: auroc, Figure.BRIER: brier, Figure.SLOPE: slope}
    return {name: Estimate(value, value, value) for name, value in values.items()}


@pytest.mark.parametrize(
    ("small", "figure"),
    [((0.72, 0.1, 1.0), "auroc"), ((0.8, 0.11, 1.0), "brier"), ((0.8, 0.1, 0.7), "slope"), ((0.8, 0.1, 1.4), "slope")],
)
def test_what_is_worse_than_declared_is_refused_with_the_figure(small: tuple[float, float, float], figure: str) -> None:
    full = estimates(0.8, 0.1, 1.05)
    check_tolerance(Smaller.POINTS, full, estimates(0.78, 0.104, 0.9))
    with pytest.raises(InputError, match="learning_smaller_worse") as caught:
        check_tolerance(Smaller.POINTS, full, estimates(*small))
    assert caught.value.details["figure"] == figure


def test_the_full_model_and_the_smaller_one_are_judged_on_the_same_people_left_out() -> None:
    table, event = people(500, 6)
    outcome, base = Outcome(event), LogisticRecipe(penalties=(3.0,))
    found = cross_validate(table, outcome, SmallerRecipe(base, Smaller.POINTS), folds=4, repeats=1, seed=2)
    alone = cross_validate(table, outcome, base, folds=4, repeats=1, seed=2)
    assert found.full is not None
    np.testing.assert_array_equal(found.full, alone.risks[:, :, 0])
    assert not np.array_equal(found.risks[:, :, 0], found.full)


def test_points_of_a_model_that_tells_nothing_are_refused() -> None:
    table, event = people(300, 6)
    full, _, _ = fitted("logistic", texts=False)
    linear = full.fitted
    assert isinstance(linear, Linear)
    nothing: FloatArray = np.zeros_like(linear.coefficients)
    flat = dataclasses.replace(full, fitted=Linear(nothing, -1.0))
    with pytest.raises(InputError, match="learning_points_nothing"):
        shrink(flat, table, event, None, Smaller.POINTS)
