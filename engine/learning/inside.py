"""Inside the run that made a network: every number of every step, so that a reader can work it out again.

It holds people's rows, so it is made again when somebody asks and lives in memory only: never in a pack, never on disk.
Between epochs only the weights are kept; the steps of an epoch are taken again from there, and give the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from engine.domain.batch import FloatArray, IntArray
from engine.errors import InputError
from engine.learning.columns import Column, Kind
from engine.learning.design import Design
from engine.learning.inputs import as_outcome, as_table
from engine.learning.network import Activation, Layer, Network, NetworkSettings, Optimiser, slope_of
from engine.learning.network_fit import ADAM_FIRST, ADAM_SECOND, Job, fit_networks, replay_epoch
from engine.learning.network_trace import State, Step
from engine.learning.rows import Rows
from engine.learning.table import Float32Array
from engine.learning.train import NetworkRecipe, Recipe, design_for, network_job

MOST_UNITS = 8  # of a layer that can still be drawn and read
MOST_PEOPLE = 20_000  # whose batches of one epoch are worked out while somebody waits


class EntryKind(StrEnum):
    """What an input of a network is made of: a measurement, a category (1 or 0), or whether a value is missing."""

    NUMBER = "number"
    LEVEL = "level"
    MISSING = "missing"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Entry:
    """One input: its column in the table and how its value becomes what the network gets.

    A missing number is taken as ``fill`` and held within ``low`` to ``high``; then ``centre`` is taken off and the
    rest multiplied by ``factor``. ``level``: the category of a ``LEVEL``, ``place``: where in the column's list it is.
    """

    column: str
    kind: EntryKind
    level: str
    place: float
    fill: float
    low: float
    high: float
    centre: float
    factor: float

    def taken(self, recorded: float) -> float:
        """Return what is scaled: the value as recorded, filled and held within the range; 1 or 0 of the other kinds."""
        if self.kind is EntryKind.MISSING:
            return float(math.isnan(recorded))
        held = min(max(self.fill if math.isnan(recorded) else recorded, self.low), self.high)
        return float(held == self.place) if self.kind is EntryKind.LEVEL else held

    def scaled(self, recorded: float) -> float:
        """Return what the network gets."""
        return (self.taken(recorded) - self.centre) * self.factor


@dataclass(frozen=True, slots=True)
class Place:
    """One weight: its layer from 0, where it comes from (None: the bias), and the unit it goes to."""

    layer: int
    source: int | None
    unit: int


@dataclass(frozen=True, slots=True)
class Inside:
    """One run of one network.

    ``raw`` float32[rows, entries]: values as recorded, NaN where missing; a category is its place in the column's list.
    ``inputs`` float64[rows, entries]: what the network got. ``classes`` [rows]: 0 or 1. ``row``: the place of each in
    the table, from 0. ``trained_on``, ``watching``: places in these. ``loss``, ``watched``: mean losses after each
    epoch of those trained on and of those watching. ``epochs``: after how many the weights were taken. ``states``:
    before the first epoch and after each; empty of a network that is too big to draw.
    """

    settings: NetworkSettings
    seed: int
    entries: tuple[Entry, ...]
    raw: Float32Array
    inputs: FloatArray
    classes: IntArray
    row: IntArray
    trained_on: IntArray
    watching: IntArray
    loss: tuple[float, ...]
    watched: tuple[float, ...]
    epochs: int
    states: tuple[State, ...]

    @property
    def drawable(self) -> bool:
        """Whether it is small enough to be drawn and stepped through."""
        return bool(self.states)

    @property
    def epochs_run(self) -> int:
        """How many epochs were run; with patience more than were taken."""
        return len(self.loss)

    @property
    def steps_an_epoch(self) -> int:
        """How many batches the people trained on make."""
        return -(-len(self.trained_on) // self.settings.batch)

    @property
    def network(self) -> Network:
        """The network that came out: that of the pack."""
        layers = tuple(Layer(each[:-1], each[-1]) for each in self.states[self.epochs].weights)
        return Network(layers, self.settings.activation)

    def steps(self, epoch: int) -> tuple[Step, ...]:
        """Return all steps of an epoch, from 0."""
        job = Job(self.inputs, self.classes, self.seed)
        return replay_epoch(job, self.settings, epoch, self.states[epoch])

    def rate(self, step: Step) -> float:
        """Return what the direction of a step is multiplied by: the rate, with Adam made up for a short memory."""
        rate = self.settings.rate
        if self.settings.optimiser is Optimiser.ADAM:
            turn = step.number + 1
            rate *= float(np.sqrt(1 - ADAM_SECOND**turn) / (1 - ADAM_FIRST**turn))
        return rate


def look_inside(rows: Rows, recipe: Recipe | None, seed: int) -> Inside:
    """Train the network of a recipe on all rows once more and keep how it went; same rows and seed, same network.

    Raises:
        InputError: ``learning_inside_network`` when it is no network; what training raises.
    """
    if not isinstance(recipe, NetworkRecipe):
        raise InputError("learning_inside_network")
    table, outcome = as_table(rows.columns), as_outcome(rows)
    design = design_for(table, recipe)
    job = network_job(design, table, outcome, seed)
    entries = _entries(design, rows.columns)
    sizes = (len(entries), *recipe.settings.hidden, recipe.settings.classes)
    small = max(sizes) <= MOST_UNITS and table.rows <= MOST_PEOPLE
    fit = fit_networks([job], recipe.settings, history=True, states=small)[0]
    return Inside(
        settings=recipe.settings,
        seed=seed,
        entries=entries,
        raw=table.raw()[:, _sources(design)],
        inputs=job.design,
        classes=job.classes,
        row=rows.row,
        trained_on=fit.trained_on,
        watching=fit.watching,
        loss=fit.loss,
        watched=fit.watched,
        epochs=fit.epochs,
        states=fit.states,
    )


def _sources(design: Design) -> IntArray:
    """Return the raw column of each column of a design without curves."""
    return np.concatenate([design.straight, design.level_of, design.flag_of])


def _entries(design: Design, columns: Sequence[Column]) -> tuple[Entry, ...]:
    levels = {each.name: each.levels for each in columns}
    texts = {each.name for each in columns if each.kind is Kind.TEXT}
    straight, level_of = len(design.straight), len(design.level_of)
    found = []
    for place, source in enumerate(_sources(design).tolist()):
        name, level, at, kind = design.inputs[source], "", -1.0, EntryKind.NUMBER
        if place >= straight + level_of:
            kind = EntryKind.MISSING
        elif place >= straight:
            kind, at = EntryKind.LEVEL, float(design.level_is[place - straight])
            level = levels[name][int(at)]
        elif name.rsplit(".", 1)[0] in texts and name not in levels:
            kind = EntryKind.TEXT
        found.append(
            Entry(
                column=name,
                kind=kind,
                level=level,
                place=at,
                fill=float(design.fill[source]),
                low=float(design.low[source]),
                high=float(design.high[source]),
                centre=float(design.centre[place]),
                factor=float(design.factor[place]),
            )
        )
    return tuple(found)


def places(inside: Inside) -> tuple[Place, ...]:
    """Return all weights: layer by layer, unit by unit, its bias last."""
    sizes = (len(inside.entries), *inside.settings.hidden, inside.settings.classes)
    return tuple(
        Place(layer, source, unit)
        for layer in range(len(sizes) - 1)
        for unit in range(sizes[layer + 1])
        for source in (*range(sizes[layer]), None)
    )


def value_at(layers: Sequence[Layer], place: Place) -> float:
    """Return the number of a weight or of a bias."""
    layer = layers[place.layer]
    return float(layer.bias[place.unit] if place.source is None else layer.weights[place.source, place.unit])


def pulls(step: Step, activation: Activation, place: Place) -> FloatArray:
    """Return how far each row of the batch pulls at a weight; the gradient is their mean, where there is no penalty."""
    moment = step.forward
    change = moment.probabilities.copy()
    change[np.arange(len(step.classes)), step.classes] -= 1.0
    for layer in range(len(step.before) - 1, place.layer, -1):
        change = (change @ step.before[layer].weights.T) * slope_of(moment.hidden[layer - 1], activation)
    source = moment.inputs if place.layer == 0 else moment.hidden[place.layer - 1]
    into = np.ones(len(change)) if place.source is None else source[:, place.source]
    result: FloatArray = into * change[:, place.unit]
    return result
