from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from engine.errors import InputError
from engine.learning.network import (
    TEXTBOOK,
    Activation,
    Layer,
    Network,
    NetworkSettings,
    Optimiser,
    activate,
    cross_entropy,
    slope_of,
)
from engine.learning.network_fit import Job, fit_networks, split_to_watch

SETTINGS = NetworkSettings(hidden=(5, 3), epochs=12, patience=None, penalty=0.01)


def job(rows: int = 90, seed: int = 1) -> Job:
    random = np.random.default_rng(seed)
    design = random.normal(size=(rows, 3))
    return Job(design, (design[:, 0] + random.normal(size=rows) > 0).astype(np.int64), seed)


def loss(layers: tuple[Layer, ...], activation: Activation, inputs: np.ndarray, classes: np.ndarray) -> float:
    return cross_entropy(Network(layers, activation), inputs, classes.astype(np.float64))


def test_the_textbooks_numbers_are_to_the_letter() -> None:
    assert TEXTBOOK.hidden == (4,)
    assert (TEXTBOOK.activation, TEXTBOOK.classes, TEXTBOOK.optimiser) == (Activation.RELU, 2, Optimiser.SGD)
    assert (TEXTBOOK.rate, TEXTBOOK.epochs, TEXTBOOK.batch, TEXTBOOK.validation) == (0.01, 1000, 32, 0.2)
    assert TEXTBOOK.patience is None
    assert TEXTBOOK.penalty == 0
    fit = fit_networks([job(100)], dataclasses.replace(TEXTBOOK, epochs=2), history=True, watch=range(10))[0]
    assert [layer.weights.shape for layer in fit.network.layers] == [(3, 4), (4, 2)]
    assert len(fit.watching) == 20
    assert [len(step.rows) for step in fit.steps] == [32, 32, 16] * 2
    assert len(fit.loss) == len(fit.watched) == 2


@pytest.mark.parametrize("activation", list(Activation))
def test_gradients_of_kept_steps_are_the_slopes_of_the_loss(activation: Activation) -> None:
    settings = dataclasses.replace(SETTINGS, activation=activation, optimiser=Optimiser.SGD, penalty=0.0)
    fit = fit_networks([job()], settings, watch=(0, 7, 20))[0]
    assert [step.number for step in fit.steps] == [0, 7, 20]
    for step in fit.steps:
        assert loss(step.before, activation, step.forward.inputs, step.classes) == pytest.approx(step.loss, abs=1e-12)
        for place, (layer, gradient) in enumerate(zip(step.before, step.gradients, strict=True)):
            for index in np.ndindex(layer.weights.shape):
                sides = []
                for move in (-1e-6, 1e-6):
                    weights = layer.weights.copy()
                    weights[index] += move
                    changed = (*step.before[:place], Layer(weights, layer.bias), *step.before[place + 1 :])
                    sides.append(loss(changed, activation, step.forward.inputs, step.classes))
                assert (sides[1] - sides[0]) / 2e-6 == pytest.approx(gradient.weights[index], abs=1e-5)


def test_a_kept_step_can_be_worked_out_again_from_its_own_numbers() -> None:
    given = job()
    fit = fit_networks([given], TEXTBOOK_SHORT, watch=range(400))[0]
    for earlier, later in zip(fit.steps, fit.steps[1:], strict=False):
        for after, before in zip(earlier.after, later.before, strict=True):
            np.testing.assert_array_equal(after.weights, before.weights)
    for step in fit.steps[::37]:
        np.testing.assert_array_equal(step.forward.inputs, given.design[step.rows])
        np.testing.assert_array_equal(step.classes, given.classes[step.rows])
        value = step.forward.inputs
        for layer, sums, hidden in zip(step.before, step.forward.sums, (*step.forward.hidden, None), strict=True):
            np.testing.assert_allclose(value @ layer.weights + layer.bias, sums, atol=1e-12)
            if hidden is not None:
                np.testing.assert_array_equal(np.maximum(sums, 0), hidden)
                value = hidden
        raised = np.exp(step.forward.sums[-1])
        np.testing.assert_allclose(raised / raised.sum(axis=1, keepdims=True), step.forward.probabilities, atol=1e-12)
        for before, gradient, after in zip(step.before, step.gradients, step.after, strict=True):
            np.testing.assert_allclose(before.weights - 0.01 * gradient.weights, after.weights, atol=1e-15)
            np.testing.assert_allclose(before.bias - 0.01 * gradient.bias, after.bias, atol=1e-15)
    assert fit.steps[-1].after[0].weights.tobytes() == fit.network.layers[0].weights.tobytes()


TEXTBOOK_SHORT = dataclasses.replace(TEXTBOOK, epochs=100)


def test_looking_changes_nothing() -> None:
    seen = fit_networks([job()], TEXTBOOK_SHORT, history=True, watch=(3, 99))[0]
    unseen = fit_networks([job()], TEXTBOOK_SHORT)[0]
    assert seen.network.layers[1].weights.tobytes() == unseen.network.layers[1].weights.tobytes()


@pytest.mark.parametrize("optimiser", list(Optimiser))
@pytest.mark.parametrize("patience", [None, 2])
def test_a_network_is_the_same_alone_and_in_a_stack(optimiser: Optimiser, patience: int | None) -> None:
    settings = dataclasses.replace(SETTINGS, optimiser=optimiser, patience=patience, epochs=40)
    jobs = [job(90 - size // 2, size) for size in range(6)]  # of different sizes
    design = job().design
    for given, stacked in zip(jobs, fit_networks(jobs, settings), strict=True):
        alone = fit_networks([given], settings)[0]
        assert alone.epochs == stacked.epochs
        np.testing.assert_array_equal(alone.network.sums(design), stacked.network.sums(design))


def test_the_same_job_gives_the_same_bytes() -> None:
    one, two = (fit_networks([job()], SETTINGS)[0].network.layers[0].weights.tobytes() for _ in range(2))
    assert one == two
    other = fit_networks([dataclasses.replace(job(), seed=2)], SETTINGS)[0].network.layers[0].weights.tobytes()
    assert one != other


def test_patience_takes_the_weights_of_the_smallest_validation_loss() -> None:
    settings = NetworkSettings(hidden=(30,), rate=0.05, epochs=300, patience=5)
    fit = fit_networks([job(60)], settings, history=True)[0]
    assert fit.epochs == int(np.argmin(fit.watched)) + 1
    assert len(fit.watched) == fit.epochs + 5 < 300
    given = job(60)
    watching = cross_entropy(fit.network, given.design[fit.watching], given.classes[fit.watching].astype(np.float64))
    assert watching == pytest.approx(min(fit.watched), abs=1e-12)


def test_people_who_watch_are_of_both_classes_and_not_trained_on() -> None:
    classes = np.array([0] * 80 + [1] * 20)
    trained, watching = split_to_watch(classes, 0.2, np.random.default_rng(3))
    assert np.bincount(classes[watching]).tolist() == [16, 4]
    assert sorted([*trained, *watching]) == list(range(100))


@pytest.mark.parametrize("activation", list(Activation))
def test_slopes_of_activations(activation: Activation) -> None:
    grid = np.linspace(-3, 3, 60)
    rise = (activate(grid + 1e-6, activation) - activate(grid - 1e-6, activation)) / 2e-6
    np.testing.assert_allclose(slope_of(activate(grid, activation), activation), rise, atol=1e-8)


def test_one_class_is_refused() -> None:
    with pytest.raises(InputError, match="learning_one_outcome"):
        fit_networks([Job(np.ones((5, 2)), np.zeros(5, dtype=np.int64), 1)], SETTINGS)


def test_weights_that_grow_beyond_all_numbers_are_no_model() -> None:
    random = np.random.default_rng(1)
    design = random.normal(size=(80, 3))
    job = Job(design, (design[:, 0] > 0).astype(np.int64), 1)
    with pytest.raises(InputError, match="learning_network_diverged"):
        fit_networks(
            [job], NetworkSettings(hidden=(4, 4), optimiser=Optimiser.SGD, rate=1e180, epochs=5, patience=None)
        )
