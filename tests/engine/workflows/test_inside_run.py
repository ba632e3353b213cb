"""The run that is looked at is the run that made the pack, to the byte; and it leaves its process unwritten."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.errors import InputError
from engine.fields import load_dictionary
from engine.intake.text_table import read_text_table
from engine.learning.graph import write_graph
from engine.learning.inputs import as_table
from engine.learning.inside import EntryKind
from engine.learning.model import Trained
from engine.learning.plan import ModelKind, Plan, network_recipe
from engine.learning.rows import Asked, prepare
from engine.learning.train import design_for
from engine.workers.messages import read_message, write_message
from engine.workflows.inside_run import Inside, from_message, inside_run, to_message
from engine.workflows.train_file import TrainWish, train_file
from tests.engine.workflows.tables import three, write

TEXTBOOK = TrainWish("class", textbook=True, folds=4, repeats=1, bootstraps=2)
NETWORK = TrainWish("class", kind=ModelKind.NETWORK, anyway=True, folds=4, repeats=1, bootstraps=2)


def cells(path: Path) -> dict[str, list[str]]:
    return {name: list(column) for name, column in read_text_table(path, 10_000).columns.items()}


@pytest.mark.parametrize("wish", [TEXTBOOK, replace(TEXTBOOK, seed=7), NETWORK])
def test_it_is_the_run_that_made_the_pack_to_the_byte(tmp_path: Path, wish: TrainWish) -> None:
    data = three(tmp_path, 100, 0.3)
    made = train_file(data, tmp_path / "model", wish, load_dictionary())
    assert made.pack is not None
    table = cells(data)
    inside = inside_run(table, wish)
    plan = Plan(kind=wish.kind, textbook=wish.textbook, seed=wish.seed)
    recipe = network_recipe(plan)
    assert recipe is not None
    design = design_for(as_table(prepare(table, Asked("class")).columns), recipe)
    sha = read_text_table(data, 10_000).sha256
    graph = write_graph(Trained(design, inside.network), "model", f"model; table sha256:{sha}")
    assert graph == (made.pack.folder / made.pack.manifest.graph.file).read_bytes()


@pytest.mark.parametrize("wish", [TEXTBOOK, NETWORK])
def test_every_step_of_every_epoch_leads_to_the_next_to_the_bit(tmp_path: Path, wish: TrainWish) -> None:
    inside = inside_run(cells(three(tmp_path, 100, 0.3)), wish)
    number = 0
    last = inside.steps(0)[0].before
    for epoch in range(inside.epochs_run):
        steps = inside.steps(epoch)
        assert len(steps) == inside.steps_an_epoch
        seen = sorted(row for step in steps for row in step.rows)
        assert seen == inside.trained_on.tolist()  # everybody once
        for step in steps:
            assert (step.number, step.epoch) == (number, epoch)
            for one, other in zip(last, step.before, strict=True):
                np.testing.assert_array_equal(one.weights, other.weights)
                np.testing.assert_array_equal(one.bias, other.bias)
            last = step.after
            number += 1
    if wish.textbook:
        assert number == 3000
        np.testing.assert_array_equal(last[1].weights, inside.network.layers[1].weights)


def loss_by_hand(inside: Inside, epoch: int, place: int) -> tuple[float, float]:
    """Work a step out as a reader does, with nothing but Python's numbers; return its loss and the one that is told."""
    step = inside.steps(epoch)[place]
    losses = []
    for at, row in enumerate(step.rows.tolist()):
        values = []
        for entry, recorded in zip(inside.entries, inside.raw[row].tolist(), strict=True):
            if entry.kind is EntryKind.MISSING:
                held = 1.0 if math.isnan(recorded) else 0.0
            else:
                held = min(max(entry.fill if math.isnan(recorded) else recorded, entry.low), entry.high)
            values.append((held - entry.centre) * entry.factor)
            assert values[-1] == pytest.approx(entry.scaled(recorded), abs=1e-15)
        for deep, layer in enumerate(step.before):
            units = range(layer.bias.size)
            sums = [
                sum(value * layer.weights[i, unit] for i, value in enumerate(values)) + layer.bias[unit]
                for unit in units
            ]
            values = [max(0.0, each) for each in sums] if deep + 1 < len(step.before) else sums
        powers = [math.exp(each) for each in values]
        assert int(inside.classes[row]) == step.classes[at]
        losses.append(-math.log(powers[inside.classes[row]] / sum(powers)))
        assert losses[-1] == pytest.approx(step.losses[at], abs=1e-12)
    return sum(losses) / len(losses), step.loss


@pytest.mark.parametrize("wish", [TEXTBOOK, NETWORK])
@pytest.mark.parametrize("epoch", [0, 17])
def test_the_loss_of_a_step_can_be_worked_out_from_the_values_as_recorded(
    tmp_path: Path, wish: TrainWish, epoch: int
) -> None:
    table = cells(three(tmp_path, 100, 0.3))
    for row in range(8):
        table["b"][row * 11] = ""  # missing values take the place that training gave them
    inside = inside_run(table, wish)
    for place in range(inside.steps_an_epoch):
        by_hand, told = loss_by_hand(inside, epoch, place)
        assert by_hand == pytest.approx(told, abs=1e-12)
    kinds = [entry.kind for entry in inside.entries]
    assert (EntryKind.MISSING in kinds) is (not wish.textbook)
    assert len(kinds) == (3 if wish.textbook else 4)


@pytest.mark.parametrize("wish", [TEXTBOOK, NETWORK])
def test_the_new_weight_is_the_old_one_less_the_step(tmp_path: Path, wish: TrainWish) -> None:
    inside = inside_run(cells(three(tmp_path, 100, 0.3)), wish)
    for epoch in (0, 5, inside.epochs_run - 1):
        for step in inside.steps(epoch):
            kinds = (step.before, step.gradients, step.moves, step.squares, step.after)
            for before, gradient, move, square, after in zip(*kinds, strict=True):
                way = gradient.weights if wish.textbook else move.weights / (np.sqrt(square.weights) + 1e-8)
                np.testing.assert_allclose(before.weights - inside.rate(step) * way, after.weights, atol=1e-15)


def test_the_loss_of_everybody_after_an_epoch_is_that_of_the_weights_then(tmp_path: Path) -> None:
    inside = inside_run(cells(three(tmp_path, 100, 0.3)), TEXTBOOK)
    for epoch in (0, 499, 999):
        layers = inside.steps(epoch)[-1].after
        for rows, told in ((inside.trained_on, inside.loss), (inside.watching, inside.watched)):
            hidden = np.maximum(inside.inputs[rows] @ layers[0].weights + layers[0].bias, 0)
            odds = hidden @ layers[1].weights + layers[1].bias
            chosen = odds[np.arange(len(rows)), inside.classes[rows]]
            assert np.mean(np.log(np.exp(odds).sum(axis=1)) - chosen) == pytest.approx(told[epoch], abs=1e-12)


def test_a_run_comes_whole_out_of_another_process(tmp_path: Path) -> None:
    for wish in (TEXTBOOK, NETWORK):
        inside = inside_run(cells(three(tmp_path, 100, 0.3)), wish)
        pipe = io.BytesIO()
        write_message(pipe, to_message(inside))
        pipe.seek(0)
        message = read_message(pipe, 1 << 30)
        assert message is not None
        again = from_message(message)
        assert again.settings == inside.settings
        assert (again.entries, again.loss, again.watched) == (inside.entries, inside.loss, inside.watched)
        for one, other in zip(inside.steps(33), again.steps(33), strict=True):
            assert one.loss == other.loss
            np.testing.assert_array_equal(one.after[0].weights, other.after[0].weights)


def test_categories_are_told_by_their_words(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    rows = [[f"{random.normal():.3f}", ("Female", "Male")[at % 2], int(random.random() < 0.5)] for at in range(80)]
    inside = inside_run(cells(write(tmp_path / "sex.csv", ("a", "sex", "class"), rows)), NETWORK)
    told = [(each.column, each.kind, each.level) for each in inside.entries]
    assert told[0] == ("a", EntryKind.NUMBER, "")
    assert told[1][:2] == ("sex", EntryKind.LEVEL)
    assert told[1][2] in {"Female", "Male"}  # the other one is what it is held against
    for at in range(80):
        recorded = float(inside.raw[at, 1])
        assert inside.entries[1].taken(recorded) == (1.0 if rows[at][1] == told[1][2] else 0.0)
        assert inside.entries[1].scaled(recorded) == pytest.approx(inside.inputs[at, 1], abs=1e-12)


def test_a_network_too_big_to_draw_still_tells_its_losses(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    heads = (*(f"x{at}" for at in range(9)), "class")
    rows = [[*(f"{each:.3f}" for each in random.normal(size=9)), int(random.random() < 0.5)] for _ in range(80)]
    inside = inside_run(cells(write(tmp_path / "wide.csv", heads, rows)), NETWORK)
    assert not inside.drawable
    assert len(inside.loss) == len(inside.watched) > 1


def test_only_a_network_can_be_looked_into(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="learning_inside_network"):
        inside_run(cells(three(tmp_path, 100, 0.3)), TrainWish("class"))
