"""What a study found, as a pack keeps it: numbers rounded to what they mean, codes, names of columns."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from importlib.metadata import version

import numpy as np

from engine.domain.batch import FloatArray
from engine.domain.recalibration import Estimate
from engine.learning.calibration import PLAIN, Curve
from engine.learning.columns import Column
from engine.learning.forest import Forest
from engine.learning.judgement.figures import Figure
from engine.learning.judgement.judge import Judgement
from engine.learning.plan import Choice, Plan
from engine.learning.rows import Asked, Rows
from engine.learning.smaller_tellings import tell_published
from engine.learning.study import Study
from engine.learning.train import CoxRecipe, LogisticRecipe, NetworkRecipe, TreesRecipe
from engine.packs import training

_POINTS = 20
_DIGITS = 6
_BENT = (Figure.SLOPE, Figure.IN_THE_LARGE, Figure.LOG_LOSS, Figure.BRIER)  # what a calibration changes
_FEWEST_NAMED = 5  # people; a smaller group is no group to tell about


def tell(
    study: Study, rows: Rows, asked: Asked, plan: Plan, table: tuple[int, str], parity: float
) -> training.Training:
    """Return what the pack says of its training.

    Args:
        study: what was trained.
        rows: on what.
        asked: for which outcome.
        plan: how.
        table: number of rows and SHA-256 of the file.
        parity: the largest difference between file and model.
    """
    trees = isinstance(study.trained.fitted, Forest)
    return training.Training(
        kind=str(study.choice.kind),
        outcome=asked.outcome,
        positive=asked.positive,
        time=asked.time,
        people=_people(study, rows, plan, table),
        gate=tell_size(study.choice),
        settings=_settings(study.choice, plan),
        versions={"numpy": np.__version__} | ({"scikit-learn": version("scikit-learn")} if trees else {}),
        seed=plan.seed,
        folds=plan.folds,
        repeats=plan.repeats,
        bootstraps=study.bootstraps,
        threshold=study.threshold,
        figures=told(study.judgement.figures),
        corrected=tuple(
            training.Corrected(str(name), _round(each.apparent), _round(each.optimism), *_three(each.corrected))
            for name, each in study.corrected.items()
        ),
        mean_change=None if study.stability is None else _round(study.stability.mean_change),
        curve=_curve(study.judgement),
        benefit=_benefit(study.judgement),
        groups=tell_groups(study.judgement),
        rivals=_rivals(study),
        findings=tuple(
            training.Found(str(each.code), each.column, str(each.weight), _details(each.details))
            for each in rows.findings
        ),
        weights=_weights(study),
        parity=float(f"{parity:.1e}"),
        calibration=_calibration(study),
    )


def told(figures: Mapping[Figure, Estimate]) -> tuple[training.Told, ...]:
    """Return figures as a pack keeps them."""
    return tuple(training.Told(str(name), *_three(each)) for name, each in figures.items())


def tell_size(choice: Choice) -> training.SizeGate:
    """Return what the gate said."""
    gate, planned = choice.gate, choice.planned
    return training.SizeGate(
        answer=str(gate.answer),
        people=planned.people,
        events=planned.events,
        parameters=planned.parameters,
        needed=gate.people_needed,
        deciding=None if gate.deciding is None else str(gate.deciding),
        more=gate.people_more,
        most_parameters=gate.most_parameters,
        r2=None if gate.r2 is None else _round(gate.r2),
    )


def tell_groups(judgement: Judgement) -> tuple[training.Group, ...]:
    """Return the groups of people; what is too small to be a group is left out."""
    return tuple(
        training.Group(
            column=each.column,
            level=each.level,
            people=each.people,
            events=each.events,
            grey=each.grey,
            told=_round(each.told),
            figures=told(each.figures),
        )
        for each in judgement.groups
        if each.people >= _FEWEST_NAMED
    )


def _people(study: Study, rows: Rows, plan: Plan, table: tuple[int, str]) -> training.People:
    years = study.people.years
    return training.People(
        table_sha256=table[1],
        rows=table[0],
        people=study.people.count,
        events=int(study.people.happened.sum()),
        repeated=int(rows.duplicate.sum()),
        complete=rows.missingness.complete,
        missing={name: _round(share) for name, share in rows.missingness.share.items()},
        median_followed_years=None if years is None else _round(float(np.median(years))),
    )


def _settings(choice: Choice, plan: Plan) -> Mapping[str, str]:
    recipe = choice.recipe
    if isinstance(recipe, LogisticRecipe):
        return {"penalty": f"{recipe.penalties[0]:g}", "curves": "yes" if recipe.splines else "no"}
    if isinstance(recipe, CoxRecipe):
        return {"penalty": f"{recipe.penalty:g}", "curves": "yes" if recipe.splines else "no"}
    if isinstance(recipe, NetworkRecipe):
        made = recipe.settings
        return {
            "preset": "textbook" if plan.textbook else "-",
            "hidden": " ".join(map(str, made.hidden)),
            "activation": str(made.activation),
            "outputs": f"{made.classes} softmax",
            "optimiser": str(made.optimiser),
            "rate": f"{made.rate:g}",
            "epochs": str(made.epochs),
            "batch": str(made.batch),
            "validation": f"{made.validation:g}",
            "patience": str(made.patience or "-"),
        }
    if isinstance(recipe, TreesRecipe):
        return _tree_settings(recipe)
    raise TypeError("a study names the recipe of full size")


def _tree_settings(recipe: TreesRecipe) -> Mapping[str, str]:
    made = recipe.settings
    return {"trees": str(made.trees), "leaves": str(made.leaves), "rate": f"{made.rate:g}"} | {
        "least in leaf": str(made.least_in_leaf),
        "penalty": f"{made.penalty:g}",
    }


def _curve(judgement: Judgement) -> training.Curve | None:
    curve = judgement.curve
    if curve is None:
        return None
    some = np.linspace(0, len(curve.told) - 1, _POINTS).round().astype(int)
    told, observed, low, high = (_numbers(each[some]) for each in (curve.told, curve.observed, curve.low, curve.high))
    return training.Curve(told, observed, low, high, _round(curve.mean_distance))


def _benefit(judgement: Judgement) -> training.Benefit:
    curve = judgement.benefit
    some = np.unique(np.linspace(0, len(curve.threshold) - 1, 2 * _POINTS).round().astype(int))
    return training.Benefit(*(_numbers(part[some]) for part in (curve.threshold, curve.model, curve.treat_all)))


def _rivals(study: Study) -> tuple[training.Rival, ...]:
    found = tuple(training.Rival(name, told(each)) for name, each in study.judgement.against.items())
    return found if study.compared is None else (*found, tell_published(study.compared, told))


def _calibration(study: Study) -> training.Calibrated | None:
    if study.uncalibrated is None:
        return None
    before = told({name: each for name, each in study.uncalibrated.items() if name in _BENT})
    found = study.trained.calibration
    if isinstance(found, Curve):
        return training.Calibrated("curve", before, points=len(found.scores))
    if found == PLAIN:
        return training.Calibrated("none", before)
    return training.Calibrated("line", before, _round(found.slope), _round(found.intercept))


def _weights(study: Study) -> tuple[training.Weight, ...]:
    """Return the weights of a model that is a sum; a network and trees have none that a person could read."""
    found = getattr(study.trained.fitted, "coefficients", None)
    if found is None:
        return ()
    names = study.trained.design.names
    named = _named_levels(names, study.columns)
    return tuple(training.Weight(name, _round(float(each))) for name, each in zip(named, found, strict=True) if each)


def _named_levels(names: Sequence[str], columns: Sequence[Column]) -> list[str]:
    """Return the names of the design's columns with the words of categories in place of their numbers."""
    words = {
        f"{each.name} = {place:g}": f"{each.name} = {word}"
        for each in columns
        for place, word in enumerate(each.levels)
    }
    return [words.get(name, name) for name in names]


def _details(details: Mapping[str, str | int | float]) -> Mapping[str, str | float]:
    return {key: value if isinstance(value, str) else float(value) for key, value in details.items()}


def _three(estimate: Estimate) -> tuple[float, float, float]:
    return _round(estimate.value), _round(estimate.low), _round(estimate.high)


def _numbers(values: FloatArray) -> tuple[float, ...]:
    return tuple(_round(float(each)) for each in values)


def _round(value: float) -> float:
    return round(value, _DIGITS) if math.isfinite(value) else 0.0
