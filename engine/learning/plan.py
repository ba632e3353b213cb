"""What is to be trained, and whether there are enough people for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise

import numpy as np

from engine.errors import InputError
from engine.learning.boosting import TreeSettings
from engine.learning.gate import Gate, Planned, judge_size, largest_r2, r2_of_auroc
from engine.learning.judgement.intervals import auroc_interval
from engine.learning.judgement.published import PublishedRisk
from engine.learning.network import TEXTBOOK_INPUTS, NetworkSettings
from engine.learning.smaller import Smaller
from engine.learning.table import Table
from engine.learning.train import (
    TEXTBOOK_RECIPE,
    CoxRecipe,
    LogisticRecipe,
    NetworkRecipe,
    Outcome,
    Recipe,
    TreesRecipe,
    cross_validate,
    design_for,
)

_LOOK = LogisticRecipe(penalties=(10.0,), splines=False)  # how well people are told apart at all, at a glance
_LOOK_FOLDS = 5
_FEWEST_TO_LOOK = 10  # with and without the outcome


class ModelKind(StrEnum):
    """What is trained; its name is ``learning.model.<kind>``."""

    AUTO = "auto"
    LOGISTIC = "logistic"
    NETWORK = "network"
    TREES = "trees"
    COX = "cox"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a person asked for.

    ``textbook``: the network of the textbook, nothing tuned. ``horizon_years``: within how many years the outcome
    counts; with a follow-up time ``years_in_unit`` says how many years one unit of it has. ``threshold``: risks from
    here on are called positive; None: the overall risk. ``groups``: a label for each person by which to split the
    figures. ``leave_out``: such labels too; each group in turn is judged by a model of the others. ``anyway``: train
    also where there are too few people, to look at. ``recalibration_events``: how many events it takes to fit an
    existing pack of this outcome to these people; None: there is no such pack. ``people_a_month``: how many people with
    a known outcome are gained. ``smaller``: how the model is made smaller. ``published``: what published packs of the
    same outcome tell of each person.
    """

    kind: ModelKind = ModelKind.AUTO
    textbook: bool = False
    horizon_years: float | None = None
    years_in_unit: float = 1.0
    threshold: float | None = None
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    leave_out: Mapping[str, Sequence[str]] = field(default_factory=dict)
    seed: int = 1
    folds: int = 10
    repeats: int = 3
    bootstraps: int = 200
    anyway: bool = False
    recalibration_events: int | None = None
    smaller: Smaller | None = None
    published: Sequence[PublishedRisk] = ()
    people_a_month: float | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A kind with its recipe and what the gate says of it."""

    kind: ModelKind
    recipe: Recipe
    planned: Planned
    gate: Gate


def choose(table: Table, outcome: Outcome, plan: Plan) -> Choice:
    """Return the recipe that these people allow: with curves where they are enough, else with straight lines.

    Raises:
        InputError: ``learning_textbook_inputs``, ``learning_cox_needs_time``, ``learning_time_needs_cox``,
            ``learning_horizon_needed``; what fitting raises.
    """
    kind = _kind(outcome, plan)
    r2 = expected_r2(table, outcome, plan.seed)
    if plan.textbook:
        if len(table.inputs) != TEXTBOOK_INPUTS or len(table.numbers) != TEXTBOOK_INPUTS:
            raise InputError("learning_textbook_inputs", inputs=TEXTBOOK_INPUTS, found=len(table.inputs))
        return _judged(ModelKind.NETWORK, TEXTBOOK_RECIPE, table, outcome, plan, r2)
    choices = [_judged(kind, recipe, table, outcome, plan, r2) for recipe in _recipes(kind, plan)]
    return next((each for each in choices if not each.gate.people_more and each.gate.people_needed), choices[-1])


def network_recipe(plan: Plan) -> Recipe | None:
    """Return the recipe of the network that a plan names; None when it names none."""
    if plan.textbook:
        return TEXTBOOK_RECIPE
    return _recipes(plan.kind, plan)[0] if plan.kind is ModelKind.NETWORK else None


def challenger(table: Table, outcome: Outcome, plan: Plan, chosen: Choice) -> Choice | None:
    """Return trees where they may stand beside a logistic model: when none was asked for, and people are enough."""
    if plan.kind is not ModelKind.AUTO or chosen.kind is not ModelKind.LOGISTIC or plan.textbook:
        return None
    found = _judged(ModelKind.TREES, TreesRecipe(), table, outcome, plan, chosen.gate.r2)
    return found if found.gate.people_more == 0 else None


def expected_r2(table: Table, outcome: Outcome, seed: int) -> float | None:
    """Return the R2 (Cox-Snell) that may be expected of a model of these people; None: nothing is known.

    That of the lower end of the interval of an AUROC which a plain model reached on people that it had not seen.
    Without this the criteria would ask as many people of an outcome that is easy to tell as of one that is hard.
    """
    event = outcome.event == 1
    if outcome.years is not None or min(event.sum(), (~event).sum()) < _FEWEST_TO_LOOK:
        return None
    risk = cross_validate(table, outcome, _LOOK, folds=_LOOK_FOLDS, repeats=1, seed=seed).risks[0, :, 0]
    low = auroc_interval(event, risk).low
    share = float(event.mean())
    if not 0.5 < low < 1:
        return None
    found = r2_of_auroc(min(low, 0.99), share)
    largest = largest_r2(Planned(len(event), int(event.sum()), 1))
    return found if 0.15 * largest < found < largest else None


def _kind(outcome: Outcome, plan: Plan) -> ModelKind:
    if plan.textbook and plan.kind not in (ModelKind.AUTO, ModelKind.NETWORK):
        raise InputError("learning_textbook_kind")
    if outcome.years is None:
        if plan.kind is ModelKind.COX:
            raise InputError("learning_cox_needs_time")
        return ModelKind.LOGISTIC if plan.kind is ModelKind.AUTO else plan.kind
    if plan.textbook or plan.kind not in (ModelKind.AUTO, ModelKind.COX):
        raise InputError("learning_time_needs_cox")
    if plan.horizon_years is None:
        raise InputError("learning_horizon_needed")
    return ModelKind.COX


def _recipes(kind: ModelKind, plan: Plan) -> tuple[Recipe, ...]:
    """Return the recipes of a kind, the richest first."""
    if kind is ModelKind.LOGISTIC:
        return LogisticRecipe(), LogisticRecipe(splines=False)
    if kind is ModelKind.COX:
        rich = CoxRecipe((plan.horizon_years or 0.0,))
        return rich, replace(rich, splines=False)
    return (NetworkRecipe(NetworkSettings()),) if kind is ModelKind.NETWORK else (TreesRecipe(),)


def _judged(kind: ModelKind, recipe: Recipe, table: Table, outcome: Outcome, plan: Plan, r2: float | None) -> Choice:
    years = outcome.years
    planned = Planned(
        people=table.rows,
        events=int(outcome.event.sum()),
        parameters=_parameters(recipe, table),
        person_years=None if years is None else float(np.sum(years)),
        horizon_years=None if years is None else plan.horizon_years,
        r2=r2,
    )
    pace, enough_to_fit = plan.people_a_month, plan.recalibration_events
    gate = judge_size(planned, people_a_month=pace, recalibration_events=enough_to_fit)
    return Choice(kind, recipe, planned, gate)


def _parameters(recipe: Recipe, table: Table) -> int:
    """Return how many numbers are estimated; of trees, one for each input and inner node of a tree."""
    columns = len(design_for(table, recipe).names)
    if isinstance(recipe, NetworkRecipe):
        sizes = (columns, *recipe.settings.hidden, recipe.settings.classes)
        return sum((before + 1) * after for before, after in pairwise(sizes))
    if isinstance(recipe, TreesRecipe):
        settings: TreeSettings = recipe.settings
        return columns * (settings.leaves - 1)
    return max(1, columns)
