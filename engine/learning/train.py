"""From rows to a trained model, and to what models that never saw a person say of that person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from engine.domain.batch import BoolArray, FloatArray, IntArray
from engine.learning.boosting import TreeSettings, grow
from engine.learning.calibrated import FOLDS, choose_calibration, inner_folds
from engine.learning.calibration import PLAIN, Calibration
from engine.learning.cox import Cox, fit_cox
from engine.learning.design import Design, fit_design
from engine.learning.folds import draw_folds
from engine.learning.logistic import Linear, fit_logistic, log_loss
from engine.learning.model import Trained
from engine.learning.network import TEXTBOOK, NetworkSettings
from engine.learning.network_fit import Job, fit_networks
from engine.learning.smaller import Smaller, shrink
from engine.learning.table import Table

_SEARCH_FOLDS = 5
_SEARCH_SEED = 0x5EA2C4  # folds of the search are others than those of the cross-validation around it
_TOGETHER = 8  # networks whose calibration is fitted in one stack, five times as many: keeps the memory low


@dataclass(frozen=True, slots=True)
class LogisticRecipe:
    """Penalised logistic regression; the penalty with the smallest cross-validated log loss is taken."""

    penalties: tuple[float, ...] = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
    lasso: float = 0.0
    splines: bool = True


@dataclass(frozen=True, slots=True)
class NetworkRecipe:
    """A small network; the textbook's as it stands in ``network.TEXTBOOK``, uncalibrated.

    ``calibration``: what bends its scores; None: chosen and fitted on people left out inside the training. ``flags``:
    with inputs that say where a value is missing. The textbook's has none: it has three inputs.
    """

    settings: NetworkSettings = field(default_factory=NetworkSettings)
    calibration: Calibration | None = None
    flags: bool = True


@dataclass(frozen=True, slots=True)
class TreesRecipe:
    """Gradient-boosted trees; ``calibration`` as that of a network."""

    settings: TreeSettings = field(default_factory=TreeSettings)
    calibration: Calibration | None = None


@dataclass(frozen=True, slots=True)
class CoxRecipe:
    """Cox regression for people of whom some left early; ``horizons``: years whose risks are told."""

    horizons: tuple[float, ...]
    penalty: float = 1.0
    splines: bool = True


@dataclass(frozen=True, slots=True)
class SmallerRecipe:
    """A model of another recipe, made smaller after it was trained."""

    of: LogisticRecipe | NetworkRecipe | TreesRecipe | CoxRecipe
    how: Smaller


FullRecipe = LogisticRecipe | NetworkRecipe | TreesRecipe | CoxRecipe
Recipe = FullRecipe | SmallerRecipe
TEXTBOOK_RECIPE = NetworkRecipe(TEXTBOOK, PLAIN, flags=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of people: ``event`` 0 or 1, and with a Cox recipe ``years`` followed until it or until they left."""

    event: FloatArray
    years: FloatArray | None = None

    def take(self, rows: IntArray) -> Outcome:
        """Return these rows."""
        return Outcome(self.event[rows], None if self.years is None else self.years[rows])


Tick = Callable[[int], None]  # told how many more models are trained; may raise to stop


def no_tick(models: int) -> None:
    """Hear nothing."""


def train(table: Table, outcome: Outcome, recipe: Recipe, seed: int) -> Trained:
    """Return a model trained on all rows; the same rows, recipe and seed give the same model.

    Raises:
        InputError: what the fit of the recipe raises, with a sentence for each.
    """
    return train_many([(table, outcome, seed)], recipe)[0]


def train_many(
    parts: Iterable[tuple[Table, Outcome, int]], recipe: Recipe, tick: Tick = no_tick, design: Design | None = None
) -> list[Trained]:
    """Return a model for each (rows, outcome, seed). Networks are trained together, which costs little more than one.

    Everything is fitted anew on each part: medians, limits, knots, levels, and the search. With ``design`` all but the
    search is taken as it is there.
    """
    if isinstance(recipe, SmallerRecipe):
        return [small for _, small in train_pairs(parts, recipe, tick)]
    if isinstance(recipe, NetworkRecipe):
        together = list(parts)
        designs = [design or design_for(table, recipe) for table, _, _ in together]
        networks = _train_networks(together, recipe, designs)
        bent = _calibrated(networks, together, recipe, tick)
        tick(len(together))
        return bent
    models = []
    for part in parts:  # one at a time, so that the copies of a large table are never held together
        model = _train_one(recipe, design or design_for(part[0], recipe), *part)
        models += _calibrated([model], [part], recipe, tick) if isinstance(recipe, TreesRecipe) else [model]
        tick(1)
    return models


def train_pairs(
    parts: Iterable[tuple[Table, Outcome, int]], recipe: SmallerRecipe, tick: Tick = no_tick
) -> list[tuple[Trained, Trained]]:
    """Return for each part the model of full size and the smaller one made of it; raises what making it raises."""
    groups = [list(parts)] if isinstance(recipe.of, NetworkRecipe) else ([part] for part in parts)
    pairs = []
    for some in groups:
        for model, (table, outcome, _) in zip(train_many(some, recipe.of, tick), some, strict=True):
            pairs.append((model, shrink(model, table, outcome.event, outcome.years, recipe.how)))
    return pairs


@dataclass(frozen=True, slots=True)
class Validated:
    """Risks by models that never saw the person, float64[repeats, rows, outputs].

    ``plain`` [repeats, rows]: the same before calibration; None where nothing is calibrated. ``full`` [repeats, rows]:
    those of the models of full size from which smaller ones were made; None where none were.
    """

    risks: FloatArray
    plain: FloatArray | None
    full: FloatArray | None = None


def cross_validate(
    table: Table,
    outcome: Outcome,
    recipe: Recipe,
    *,
    folds: int = 10,
    repeats: int = 5,
    seed: int,
    tick: Tick = no_tick,
) -> Validated:
    """Return each person's risk by models that never saw them.

    Raises:
        InputError: ``learning_few_to_fold``, and what ``train`` raises.
    """
    drawn = draw_folds(outcome.event, folds, repeats, seed)
    left_out = [np.flatnonzero(drawn[repeat] == fold) for repeat in range(repeats) for fold in range(folds)]
    everybody = np.arange(table.rows)
    kept = [np.setdiff1d(everybody, rows, assume_unique=True) for rows in left_out]
    parts = ((table.take(rows), outcome.take(rows), seed + 1 + place) for place, rows in enumerate(kept))
    smaller = isinstance(recipe, SmallerRecipe)
    pairs = train_pairs(parts, recipe, tick) if isinstance(recipe, SmallerRecipe) else []
    models = [small for _, small in pairs] if smaller else train_many(parts, recipe, tick)
    raw = table.raw()
    risks = np.empty((repeats, table.rows, len(models[0].outputs)))
    plain = np.empty((repeats, table.rows)) if isinstance(recipe, NetworkRecipe | TreesRecipe) else None
    full = np.empty((repeats, table.rows)) if smaller else None
    for place, (rows, model) in enumerate(zip(left_out, models, strict=True)):
        risks[place // folds, rows] = model.risks(raw[rows])
        if plain is not None:
            plain[place // folds, rows] = PLAIN.risk(model.score(raw[rows]))
        if full is not None:
            full[place // folds, rows] = pairs[place][0].risks(raw[rows])[:, 0]
    return Validated(risks, plain, full)


def choose_penalty(table: Table, outcome: FloatArray, recipe: LogisticRecipe, seed: int) -> float:
    """Return the penalty of the recipe with the smallest log loss on people left out."""
    if len(recipe.penalties) == 1 or min(outcome.sum(), len(outcome) - outcome.sum()) < _SEARCH_FOLDS:
        return max(recipe.penalties)  # too few to compare: the most cautious one
    drawn = draw_folds(outcome, _SEARCH_FOLDS, 1, seed ^ _SEARCH_SEED)[0]
    losses = np.zeros(len(recipe.penalties))
    raw = table.raw()
    for fold in range(_SEARCH_FOLDS):
        inside, outside = np.flatnonzero(drawn != fold), np.flatnonzero(drawn == fold)
        design = fit_design(table.take(inside), splines=recipe.splines)
        seen, unseen = design.transform(raw[inside]), design.transform(raw[outside])
        model: Linear | None = None
        for place in np.argsort(recipe.penalties)[::-1].tolist():  # from the strictest, each from the last answer
            model = fit_logistic(seen, outcome[inside], recipe.penalties[place], recipe.lasso, model)
            losses[place] += log_loss(model.score(unseen), outcome[outside])
    return recipe.penalties[int(np.argmin(losses))]


def design_for(table: Table, recipe: Recipe) -> Design:
    """Return the design of a recipe on these people; raises as ``fit_design``."""
    recipe = recipe.of if isinstance(recipe, SmallerRecipe) else recipe
    bends = recipe.splines if isinstance(recipe, LogisticRecipe | CoxRecipe) else False
    flags = recipe.flags if isinstance(recipe, NetworkRecipe) else True
    return fit_design(table, splines=bends, flags=flags)


def network_job(design: Design, table: Table, outcome: Outcome, seed: int) -> Job:
    """Return what a network is trained on."""
    return Job(design.transform(table.raw()), outcome.event.astype(np.int64), seed)


def _train_one(
    recipe: LogisticRecipe | TreesRecipe | CoxRecipe, design: Design, table: Table, outcome: Outcome, seed: int
) -> Trained:
    raw = table.raw()
    if isinstance(recipe, TreesRecipe):
        return Trained(design, grow(design.for_trees(raw), outcome.event, recipe.settings, seed))
    matrix = design.transform(raw)
    if isinstance(recipe, CoxRecipe):
        return Trained(design, _cox(matrix, outcome, recipe), horizons=recipe.horizons)
    penalty = choose_penalty(table, outcome.event, recipe, seed)
    return Trained(design, fit_logistic(matrix, outcome.event, penalty, recipe.lasso))


def _cox(matrix: FloatArray, outcome: Outcome, recipe: CoxRecipe) -> Cox:
    if outcome.years is None:
        raise ValueError("a Cox model needs years")
    event: BoolArray = outcome.event == 1
    return fit_cox(matrix, outcome.years, event, recipe.penalty)


def _train_networks(
    parts: Sequence[tuple[Table, Outcome, int]], recipe: NetworkRecipe, designs: Sequence[Design]
) -> list[Trained]:
    # A rare category may be left out of one fold, and its design is then narrower: those are trained apart.
    groups: dict[int, list[int]] = {}
    for place, design in enumerate(designs):
        groups.setdefault(len(design.names), []).append(place)
    models: dict[int, Trained] = {}
    for places in groups.values():
        jobs = [network_job(designs[place], *parts[place]) for place in places]
        for place, fit in zip(places, fit_networks(jobs, recipe.settings), strict=True):
            models[place] = Trained(designs[place], fit.network)
    return [models[place] for place in range(len(parts))]


def _calibrated(
    models: Sequence[Trained],
    parts: Sequence[tuple[Table, Outcome, int]],
    recipe: NetworkRecipe | TreesRecipe,
    tick: Tick,
) -> list[Trained]:
    """Return the models with what bends their scores, fitted on folds left out of each one's own people."""
    if recipe.calibration is not None:
        return [replace(model, calibration=recipe.calibration) for model in models]
    plain = replace(recipe, calibration=PLAIN)
    bent: list[Trained] = []
    for start in range(0, len(parts), _TOGETHER):
        tick(0)
        some = parts[start : start + _TOGETHER]
        folds = [inner_folds(outcome.event, seed) for _, outcome, seed in some]
        inner = [
            (table.take(rows), outcome.take(rows), seed + each)
            for (table, outcome, seed), fold in zip(some, folds, strict=True)
            if fold is not None
            for each in range(FOLDS)
            for rows in (np.flatnonzero(fold != each),)
        ]
        fits = iter(train_many(inner, plain))
        for model, (table, outcome, _), fold in zip(models[start:], some, folds, strict=False):
            found = PLAIN if fold is None else _choice(table, outcome, fold, fits)
            bent.append(replace(model, calibration=found))
    return bent


def _choice(table: Table, outcome: Outcome, fold: IntArray, fits: Iterator[Trained]) -> Calibration:
    raw, score = table.raw(), np.empty(table.rows)
    for each in range(FOLDS):
        outside = fold == each
        score[outside] = next(fits).score(raw[outside])
    return choose_calibration(score, outcome.event, fold)
