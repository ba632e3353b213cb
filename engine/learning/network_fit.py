"""Trains many small networks at once: every fold of a cross-validation is one matrix in a stack of matrices.

A step of one small network is a handful of tiny products, and nearly all of its time goes into calling them. Stacked,
the folds share the calls. Each network has a generator of its own, so what a fold gives does not depend on which
others were trained beside it.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from engine.domain.batch import FloatArray, IntArray
from engine.errors import InputError
from engine.learning.network import Activation, Layer, Network, NetworkSettings, Optimiser, softmax
from engine.learning.network_trace import Moment, State, Step

_ORDERS_AHEAD = 50  # epochs whose orders are drawn in one call
ADAM_FIRST, ADAM_SECOND, ADAM_EDGE = 0.9, 0.999, 1e-8


@dataclass(frozen=True, slots=True)
class Job:
    """One network to train: ``design`` float64[rows, inputs], ``classes`` from 0, and the seed of all that is drawn."""

    design: FloatArray
    classes: IntArray
    seed: int


@dataclass(frozen=True, slots=True)
class NetworkFit:
    """A trained network. ``loss`` and ``watched``: mean losses after each epoch, of the people trained on and watching.

    Both are empty unless they were asked for; ``epochs`` is after how many the weights were taken. ``steps``: what
    happened in the steps that were asked for. ``states``: before the first epoch and after each, if asked for.
    """

    network: Network
    epochs: int
    trained_on: IntArray
    watching: IntArray
    loss: tuple[float, ...] = ()
    watched: tuple[float, ...] = ()
    steps: tuple[Step, ...] = ()
    states: tuple[State, ...] = ()


def fit_networks(
    jobs: Sequence[Job],
    settings: NetworkSettings,
    *,
    history: bool = False,
    watch: Sequence[int] = (),
    states: bool = False,
) -> list[NetworkFit]:
    """Return a trained network for each job; all have the same inputs.

    Args:
        jobs: what to train on.
        settings: of all networks.
        history: keep the losses of all epochs.
        watch: numbers of the steps to keep whole, from 0; for one job only.
        states: keep the network as it was before the first epoch and after each; for one job only.

    Raises:
        InputError: ``learning_one_outcome`` when a job has one class only, ``learning_nobody`` without people.
    """
    if (watch or states) and len(jobs) != 1:
        raise ValueError("steps are kept of one network")
    for job in jobs:
        if not len(job.classes):
            raise InputError("learning_nobody")
        if len(np.unique(job.classes)) < 2:
            raise InputError("learning_one_outcome")
    groups: dict[int, list[int]] = {}
    for place, job in enumerate(jobs):
        groups.setdefault(len(job.classes), []).append(place)
    fits: dict[int, NetworkFit] = {}
    for places in groups.values():
        stacked = _fit_stack([jobs[place] for place in places], settings, history, watch, states)
        fits |= dict(zip(places, stacked, strict=True))
    return [fits[place] for place in range(len(jobs))]


def replay_epoch(job: Job, settings: NetworkSettings, epoch: int, state: State) -> tuple[Step, ...]:
    """Return all steps of an epoch again, bit for bit, from the state that ``fit_networks`` kept before it."""
    stack = _Stack([job], settings)
    stack.resume(epoch, state)
    stack.run_epoch(epoch, None)
    return tuple(stack.steps)


def _fit_stack(
    jobs: Sequence[Job], settings: NetworkSettings, history: bool, watch: Sequence[int], keep: bool
) -> list[NetworkFit]:
    """Train networks with as many people each."""
    stack = _Stack(jobs, settings)
    states = [stack.state()] if keep else []
    losses: list[FloatArray] = []
    watched: list[FloatArray] = []
    watcher = _Watcher(settings, stack.folds)
    for epoch in range(settings.epochs):
        stack.run_epoch(epoch, frozenset(watch))
        if keep:
            states.append(stack.state())
        if history:
            losses.append(stack.loss(watching=False))
        if (history or settings.patience is not None) and settings.validation > 0:
            watched.append(stack.loss(watching=True))
            if watcher.all_stopped(epoch, watched[-1], stack.weights):
                break
    weights, epochs = watcher.taken(stack.weights, settings.epochs)
    return [
        NetworkFit(
            Network(_layers(weights, fold), settings.activation),
            int(epochs[fold]),
            *stack.split[fold],
            tuple(float(each[fold]) for each in losses),
            tuple(float(each[fold]) for each in watched) if history else (),
            tuple(stack.steps),
            tuple(states),
        )
        for fold in range(stack.folds)
    ]


def split_to_watch(classes: IntArray, share: float, random: np.random.Generator) -> tuple[IntArray, IntArray]:
    """Return the rows trained on and the rows that watch, each in order; every class gives its share.

    How many watch depends on the number of people alone, so that folds of one size stay of one size.
    """
    watches = np.zeros(len(classes), dtype=np.bool_)
    seen = taken = 0
    for each in np.unique(classes):
        rows = np.flatnonzero(classes == each)
        seen += len(rows)
        take = round(share * seen) - taken
        watches[random.permutation(rows)[:take]] = True
        taken += take
    return np.flatnonzero(~watches), np.flatnonzero(watches)


@dataclass(frozen=True, slots=True)
class _People:
    """People of all folds: ``values`` [folds, rows, inputs + 1], the last column is 1; ``classes`` 1 at the class."""

    values: FloatArray
    classes: FloatArray


class _Stack:
    """All networks while they are trained. Weights are [folds, inputs + 1, units], biases in the last row."""

    def __init__(self, jobs: Sequence[Job], settings: NetworkSettings) -> None:
        self.settings = settings
        self.folds = len(jobs)
        self.steps: list[Step] = []
        self._random = [np.random.default_rng(job.seed) for job in jobs]
        pairs = zip(jobs, self._random, strict=True)
        self.split = [split_to_watch(job.classes, settings.validation, random) for job, random in pairs]
        sizes = (jobs[0].design.shape[1], *settings.hidden, settings.classes)
        self.weights = [
            np.stack([_drawn(random, ins, outs) for random in self._random]) for ins, outs in itertools.pairwise(sizes)
        ]
        self._train = _people(jobs, [rows for rows, _ in self.split], settings.classes)
        self._watch = _people(jobs, [rows for _, rows in self.split], settings.classes)
        beside = np.concatenate([self._train.values, self._train.classes], axis=2)
        self._joined = beside.reshape(-1, beside.shape[2])
        self._first = np.arange(self.folds)[:, None] * beside.shape[1]
        self._hidden: dict[tuple[int, int], FloatArray] = {}  # room for hidden values, by layer and rows
        self._orders: FloatArray = np.zeros(0)
        self._count = 0
        self._moves = [np.zeros_like(each) for each in self.weights]
        self._squares = [np.zeros_like(each) for each in self.weights]

    def state(self) -> State:
        """Return the first network as it is now."""
        kinds = (self.weights, self._moves, self._squares)
        return State(*(tuple(each[0].copy() for each in kind) for kind in kinds))

    def resume(self, epoch: int, state: State) -> None:
        """Stand before an epoch again, with the orders that were drawn for it."""
        rows = self._train.values.shape[1]
        self._count = epoch * -(-rows // self.settings.batch)
        self.weights, self._moves, self._squares = (
            [each[None].copy() for each in kind] for kind in (state.weights, state.moves, state.squares)
        )
        for random in self._random:  # a number takes one draw; those of earlier epochs are passed over
            cast("np.random.PCG64", random.bit_generator).advance((epoch - epoch % _ORDERS_AHEAD) * rows)
        if epoch % _ORDERS_AHEAD:
            self._draw_orders(rows)

    def run_epoch(self, epoch: int, watch: frozenset[int] | None) -> None:
        """Take every step of an epoch; ``watch``: those to keep whole, None for all."""
        rows, size = self._train.values.shape[1], self.settings.batch
        order = self._order(epoch, rows)
        taken = self._joined[(order + self._first).ravel()].reshape(self.folds, rows, -1)  # one look-up for both
        inputs = self._train.values.shape[2]
        values, classes = taken[:, :, :inputs], taken[:, :, inputs:]
        for start in range(0, rows, size):
            part = slice(start, start + size)
            share = 1.0 / min(size, rows - start)
            if watch is None or self._count in watch:
                self._kept_step(epoch, order[0, part], values[:, part], classes[:, part], share)
            else:
                self._step(values[:, part], classes[:, part], share)
            self._count += 1

    def loss(self, *, watching: bool) -> FloatArray:
        """Return the mean loss of each fold, without the penalty."""
        people = self._watch if watching else self._train
        probabilities = self._forward(people.values)[-1]
        chosen = (probabilities * people.classes).sum(axis=2, keepdims=True)
        result: FloatArray = -np.log(np.maximum(chosen, np.finfo(np.float64).tiny)).mean(axis=(1, 2))
        return result

    def _order(self, epoch: int, rows: int) -> IntArray:
        """Return the order of people in an epoch, [folds, rows]."""
        ahead = epoch % _ORDERS_AHEAD
        if ahead == 0:
            self._draw_orders(rows)
        return np.argsort(self._orders[:, ahead], axis=1, kind="stable")

    def _draw_orders(self, rows: int) -> None:
        self._orders = np.stack([random.random((_ORDERS_AHEAD, rows)) for random in self._random])

    def _forward(self, values: FloatArray) -> list[FloatArray]:
        """Return what goes into each layer, a column of ones behind it, and the probabilities."""
        flow = [values]
        for place, weights in enumerate(self.weights[:-1]):
            into = self._room(place, values.shape[1], weights.shape[2])
            sums = into[:, :, :-1]
            np.matmul(flow[-1], weights, out=sums)
            _activate_in_place(sums, self.settings.activation)
            flow.append(into)
        sums = np.matmul(flow[-1], self.weights[-1])
        flow.append(_softmax_in_place(sums))
        return flow

    def _room(self, place: int, rows: int, units: int) -> FloatArray:
        if (place, rows) not in self._hidden:
            self._hidden[place, rows] = np.ones((self.folds, rows, units + 1))
        return self._hidden[place, rows]

    def _gradients(self, flow: list[FloatArray], classes: FloatArray, share: float) -> list[FloatArray]:
        delta = flow[-1]
        delta -= classes  # the derivative of the loss by the sums of the last layer
        delta *= share
        gradients = [delta] * len(self.weights)
        for place in range(len(self.weights) - 1, -1, -1):
            gradients[place] = np.matmul(flow[place].transpose(0, 2, 1), delta)
            if place:
                delta = np.matmul(delta, self.weights[place][:, :-1].transpose(0, 2, 1))
                _times_slope(delta, flow[place][:, :, :-1], self.settings.activation)
        if self.settings.penalty:
            for gradient, weights in zip(gradients, self.weights, strict=True):
                gradient[:, :-1] += self.settings.penalty * weights[:, :-1]
        return gradients

    def _step(self, values: FloatArray, classes: FloatArray, share: float) -> None:
        self._move(self._gradients(self._forward(values), classes, share))

    def _move(self, gradients: list[FloatArray]) -> None:
        rate = self.settings.rate
        if self.settings.optimiser is Optimiser.SGD:
            for place, gradient in enumerate(gradients):
                self.weights[place] -= np.multiply(gradient, rate, out=gradient)
            return
        turn = self._count + 1
        rate *= np.sqrt(1 - ADAM_SECOND**turn) / (1 - ADAM_FIRST**turn)
        for place, gradient in enumerate(gradients):
            self._moves[place] += (1 - ADAM_FIRST) * (gradient - self._moves[place])
            self._squares[place] += (1 - ADAM_SECOND) * (gradient * gradient - self._squares[place])
            self.weights[place] -= rate * self._moves[place] / (np.sqrt(self._squares[place]) + ADAM_EDGE)

    def _kept_step(self, epoch: int, rows: IntArray, values: FloatArray, classes: FloatArray, share: float) -> None:
        """Take a step and keep everything that it went through."""
        before = _layers(self.weights, 0)
        flow = self._forward(values)
        sums = tuple(np.matmul(into, each)[0] for into, each in zip(flow, self.weights, strict=False))
        probabilities = flow[-1][0].copy()
        gradients = self._gradients(flow, classes, share)
        slopes = _layers(gradients, 0)
        self._move(gradients)
        hidden = tuple(into[0, :, :-1].copy() for into in flow[1:-1])
        moment = Moment(values[0, :, :-1].copy(), sums, hidden, probabilities)
        true = np.argmax(classes[0], axis=1)
        after, moves, squares = (_layers(each, 0) for each in (self.weights, self._moves, self._squares))
        whose = self.split[0][0][rows]
        self.steps.append(Step(self._count, epoch, whose, true, moment, before, slopes, after, moves, squares))


class _Watcher:
    """Keeps the weights of the smallest validation loss of each fold until its patience is over."""

    def __init__(self, settings: NetworkSettings, folds: int) -> None:
        self._patience = settings.patience
        self._best = np.full(folds, np.inf)
        self._at = np.zeros(folds, dtype=np.int64)
        self._over = np.zeros(folds, dtype=np.bool_)
        self._weights: list[FloatArray] = []

    def all_stopped(self, epoch: int, losses: FloatArray, weights: list[FloatArray]) -> bool:
        if self._patience is None:
            return False
        if not self._weights:
            self._weights = [each.copy() for each in weights]
        better = (losses < self._best) & ~self._over
        self._best[better] = losses[better]
        self._at[better] = epoch
        for kept, each in zip(self._weights, weights, strict=True):
            kept[better] = each[better]
        self._over |= epoch - self._at >= self._patience
        return bool(self._over.all())

    def taken(self, weights: list[FloatArray], epochs: int) -> tuple[list[FloatArray], IntArray]:
        if self._patience is None:
            return weights, np.full(len(self._at), epochs, dtype=np.int64)
        return self._weights, self._at + 1


def _drawn(random: np.random.Generator, inputs: int, units: int) -> FloatArray:
    """Return first weights, biases 0 (Glorot X, Bengio Y. AISTATS 2010; PMLR 9:249-256)."""
    limit = np.sqrt(6.0 / (inputs + units))
    return np.concatenate([random.uniform(-limit, limit, (inputs, units)), np.zeros((1, units))])


def _people(jobs: Sequence[Job], rows: Sequence[IntArray], classes: int) -> _People:
    designs = np.stack([job.design[chosen] for job, chosen in zip(jobs, rows, strict=True)])
    true = np.stack([job.classes[chosen] for job, chosen in zip(jobs, rows, strict=True)])
    ones = np.ones((*designs.shape[:2], 1))
    return _People(np.concatenate([designs, ones], axis=2), np.eye(classes)[true])


def _layers(weights: Sequence[FloatArray], fold: int) -> tuple[Layer, ...]:
    return tuple(Layer(each[fold, :-1].copy(), each[fold, -1].copy()) for each in weights)


def _activate_in_place(sums: FloatArray, activation: Activation) -> None:
    if activation is Activation.RELU:
        np.maximum(sums, 0.0, out=sums)
        return
    if activation is Activation.SIGMOID:
        sums *= 0.5
    np.tanh(sums, out=sums)
    if activation is Activation.SIGMOID:
        sums += 1.0
        sums *= 0.5


def _times_slope(delta: FloatArray, values: FloatArray, activation: Activation) -> None:
    if activation is Activation.RELU:
        delta *= values > 0
    elif activation is Activation.TANH:
        delta *= 1 - values * values
    else:
        delta *= values * (1 - values)


def _softmax_in_place(sums: FloatArray) -> FloatArray:
    if sums.shape[2] == 2:  # of two classes one exponential is enough
        odds = sums[:, :, 1] - sums[:, :, 0]
        odds *= 0.5
        np.tanh(odds, out=odds)
        odds *= 0.5
        np.add(odds, 0.5, out=sums[:, :, 1])
        np.subtract(0.5, odds, out=sums[:, :, 0])
        return sums
    return softmax(sums)
