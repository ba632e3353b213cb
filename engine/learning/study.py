"""From rows to a trained model and all that can honestly be said of it: one call, the same answer for the same seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.domain.batch import FloatArray, IntArray
from engine.domain.ports import CancelToken, Progress, no_progress
from engine.domain.recalibration import Estimate
from engine.errors import InputError
from engine.learning.columns import Column, Kind
from engine.learning.inputs import as_outcome, as_table
from engine.learning.judgement.baseline import age_and_sex
from engine.learning.judgement.figures import Figure
from engine.learning.judgement.groups import Subgroup, age_bands, observed, subgroups
from engine.learning.judgement.intervals import differences, figures
from engine.learning.judgement.judge import Judgement, Question, judge
from engine.learning.judgement.optimism import Corrected, Stability, correct, stability
from engine.learning.judgement.people import People, drawn
from engine.learning.model import Trained
from engine.learning.plan import Choice, ModelKind, Plan, challenger, choose
from engine.learning.rows import Rows
from engine.learning.table import Table
from engine.learning.train import (
    LogisticRecipe,
    NetworkRecipe,
    Outcome,
    Recipe,
    Tick,
    choose_penalty,
    cross_validate,
    train_many,
)

AGE_AND_SEX = "age_and_sex"
LEFT_OUT = " (left out)"  # behind the name of a column: each group judged by a model of the others
AGE_NAMES = frozenset({"age", "age_years", "年龄"})
_SEX_NAMES = frozenset({"sex", "gender", "male", "female", "性别"})
_WORTH_A_BLACK_BOX = 0.02  # of AUROC: what trees must gain before a model is taken that nobody can read
_DRAWS = 200
_FEWEST_DRAWS = 40
_MOST_DRAWN = 4_000_000  # people in all draws together, which keeps the memory low; large tables need fewer draws
_FEWEST_IN_DRAW = 2


@dataclass(frozen=True, slots=True)
class Study:
    """A trained model with what it was trained on, how, and how it does.

    ``risk``: of each person by models that never saw them; of a network by one such model, for the mean of several
    networks is a better model than any of them. ``judgement``: of these, a network's figures being means over the
    repeats. ``corrected`` and ``stability``: of the model itself, by models of bootstrap samples.
    """

    choice: Choice
    trained: Trained
    columns: tuple[Column, ...]
    table: Table
    people: People
    risk: FloatArray
    judgement: Judgement
    corrected: Mapping[Figure, Corrected]
    stability: Stability | None
    threshold: float
    bootstraps: int


@dataclass(frozen=True, slots=True)
class Ready:
    """Rows with what they come to, and what the gate says of training on them (``choice.gate``)."""

    rows: Rows
    table: Table
    outcome: Outcome
    people: People
    choice: Choice


def ready(rows: Rows, plan: Plan) -> Ready:
    """Return what would be trained, and whether there are enough people for it; raises InputError as ``choose``."""
    table, outcome = as_table(rows.columns), as_outcome(rows, plan.years_in_unit)
    people = _people(outcome, plan)
    return Ready(rows, table, outcome, people, choose(table, outcome, plan))


def study(start: Ready, plan: Plan, progress: Progress = no_progress, cancel: CancelToken | None = None) -> Study:
    """Train and judge what came out. Whether the gate allows it is asked before.

    Raises:
        InputError: as the fits.
        Cancelled: when ``cancel`` was set.
    """
    rows, table, outcome, people = start.rows, start.table, start.outcome, start.people
    times = max(_FEWEST_DRAWS, min(_DRAWS, _MOST_DRAWN // people.count))
    plan = replace(plan, bootstraps=min(plan.bootstraps, times))
    counter = _Counter(plan, progress, cancel)
    chosen, repeats, rivals = _contest(start, plan, counter)
    risk = _of_one_model(chosen.recipe, repeats)
    recipe = _settled(chosen.recipe, table, outcome, plan.seed)
    trained = train_many([(table, outcome, plan.seed)], recipe, counter.tick)[0]
    threshold = plan.threshold or _overall(people)
    groups = {**_usual_groups(rows.columns), **plan.groups}
    rivals |= _baseline(people, rows.columns, plan)
    question = Question(threshold, groups, rivals, seed=plan.seed, times=times)
    judgement = judge(people, risk, question)
    if isinstance(recipe, NetworkRecipe):
        judgement = _over_repeats(judgement, people, repeats, question)
    judgement = replace(judgement, groups=(*judgement.groups, *_apart(start, recipe, plan, threshold, counter)))
    samples = _samples(people, plan)
    risks = _refits(start, recipe, samples, plan.seed, counter)
    final = trained.risks(table.raw())[:, 0]
    return Study(
        choice=replace(chosen, recipe=recipe),
        trained=trained,
        columns=rows.columns,
        table=table,
        people=people,
        risk=risk,
        judgement=judgement,
        corrected=correct(people, final, samples, risks, threshold) if len(samples) else {},
        stability=stability(final, risks) if len(samples) else None,
        bootstraps=len(samples),
        threshold=threshold,
    )


class _Counter:
    """Counts models that were trained."""

    def __init__(self, plan: Plan, progress: Progress, cancel: CancelToken | None) -> None:
        self._done, self._total = 0, plan.folds * plan.repeats + 1 + plan.bootstraps
        self._progress, self._cancel = progress, cancel
        progress(0, self._total)

    def more(self, models: int) -> None:
        self._total += models

    def tick(self, models: int) -> None:
        if self._cancel is not None:
            self._cancel.check()
        self._done += models
        self._progress(self._done, self._total)


def _people(outcome: Outcome, plan: Plan) -> People:
    if outcome.years is None:
        return People(outcome.event == 1)
    wrong = ~(np.isfinite(outcome.years) & (outcome.years > 0))
    if wrong.any():
        raise InputError("learning_follow_up", row=int(np.argmax(wrong)) + 2)  # a person counts the head as row 1
    if plan.horizon_years is None:
        raise InputError("learning_horizon_needed")
    return People(outcome.event == 1, outcome.years, plan.horizon_years)


def _contest(start: Ready, plan: Plan, counter: _Counter) -> tuple[Choice, FloatArray, dict[str, FloatArray]]:
    """Cross-validate the choice and what may stand beside it; return who is taken with their risks in each repeat.

    Beside a logistic model stand trees, which may win; beside the textbook's network a logistic model, to compare.
    """
    table, outcome, chosen = start.table, start.outcome, start.choice
    risk = _validated(table, outcome, chosen.recipe, plan, counter.tick)
    if plan.textbook:
        counter.more(plan.folds * plan.repeats)
        plain = _validated(table, outcome, LogisticRecipe(splines=False), plan, counter.tick)
        return chosen, risk, {str(ModelKind.LOGISTIC): plain.mean(axis=0)}
    other = challenger(table, outcome, plan, chosen)
    if other is None:
        return chosen, risk, {}
    counter.more(plan.folds * plan.repeats)
    theirs = _validated(table, outcome, other.recipe, plan, counter.tick)
    ours, rival = risk.mean(axis=0), theirs.mean(axis=0)
    gain = differences(start.people, rival, ours, 0.5, seed=plan.seed, times=2)[Figure.AUROC]
    if gain.value > _WORTH_A_BLACK_BOX and gain.low > 0:
        return other, theirs, {str(chosen.kind): ours}
    return chosen, risk, {str(other.kind): rival}


def _of_one_model(recipe: Recipe, repeats: FloatArray) -> FloatArray:
    """Return a risk a person: the mean over the repeats, of a network that of the first."""
    risk: FloatArray = repeats[0] if isinstance(recipe, NetworkRecipe) else repeats.mean(axis=0)
    return risk


def _over_repeats(judgement: Judgement, people: People, repeats: FloatArray, question: Question) -> Judgement:
    """Return the judgement with figures and differences as means over the repeats, each of single models."""
    seed, times, threshold = question.seed, question.times, question.threshold
    told = [figures(people, risk, threshold, seed=seed, times=times) for risk in repeats]
    against = {
        name: _mean([differences(people, risk, other, threshold, seed=seed, times=times) for risk in repeats])
        for name, other in question.others.items()
    }
    return replace(judgement, figures=_mean(told), against=against)


def _mean(told: Sequence[Mapping[Figure, Estimate]]) -> Mapping[Figure, Estimate]:
    """Return the mean of values and of ends of intervals, of figures that all tell."""
    found = {}
    for figure in told[0]:
        if all(figure in each for each in told):
            ends = np.mean([(each[figure].value, each[figure].low, each[figure].high) for each in told], axis=0)
            found[figure] = Estimate(*ends.tolist())
    return found


def _validated(table: Table, outcome: Outcome, recipe: Recipe, plan: Plan, tick: Tick) -> FloatArray:
    """Return each person's risk in each repeat by models that never saw them, float64[repeats, rows]."""
    folds = min(plan.folds, int(min(outcome.event.sum(), (outcome.event == 0).sum())))
    if folds < 2:
        raise InputError("learning_one_outcome")
    found = cross_validate(table, outcome, recipe, folds=folds, repeats=plan.repeats, seed=plan.seed, tick=tick)
    risk: FloatArray = found[:, :, 0]
    return risk


def _settled(recipe: Recipe, table: Table, outcome: Outcome, seed: int) -> Recipe:
    """Return a recipe with its search done, so that models of other samples are of the same recipe."""
    if not isinstance(recipe, LogisticRecipe):
        return recipe
    return replace(recipe, penalties=(choose_penalty(table, outcome.event, recipe, seed),))


def _apart(start: Ready, recipe: Recipe, plan: Plan, threshold: float, counter: _Counter) -> tuple[Subgroup, ...]:
    """Judge each group of ``plan.leave_out`` by a model that saw nobody of it."""
    found: list[Subgroup] = []
    raw = start.table.raw()
    for name, labels in plan.leave_out.items():
        held = np.asarray(labels, dtype=np.str_)
        risk = np.zeros(start.people.count)
        levels = sorted(set(held.tolist()))
        counter.more(len(levels))
        for level in levels:
            inside, outside = np.flatnonzero(held != level), np.flatnonzero(held == level)
            part = (start.table.take(inside), start.outcome.take(inside), plan.seed)
            model = train_many([part], recipe, counter.tick)[0]
            risk[outside] = model.risks(raw[outside])[:, 0]
        groups = {f"{name}{LEFT_OUT}": labels}
        found += subgroups(start.people, risk, groups, threshold, seed=plan.seed, times=_FEWEST_DRAWS * 2)
    return tuple(found)


def _samples(people: People, plan: Plan) -> IntArray:
    """Return who is in each bootstrap sample; one that has hardly anybody with either outcome is drawn again."""
    rows = drawn(people.count, 3 * plan.bootstraps, plan.seed)
    events = people.event[rows].sum(axis=1)
    enough = np.minimum(events, people.count - events) >= _FEWEST_IN_DRAW
    kept: IntArray = rows[enough][: plan.bootstraps]
    return kept


def _refits(start: Ready, recipe: Recipe, samples: IntArray, seed: int, counter: _Counter) -> FloatArray:
    if not len(samples):
        return np.zeros((0, start.table.rows))
    parts = ((start.table.take(rows), start.outcome.take(rows), seed + at) for at, rows in enumerate(samples))
    raw = start.table.raw()
    return np.stack([model.risks(raw)[:, 0] for model in train_many(parts, recipe, counter.tick)])


def _overall(people: People) -> float:
    """Return the overall risk in whole percent: a threshold where nobody named one."""
    share = observed(people)
    return min(0.99, max(0.01, round(0.5 if share is None else share.value, 2)))


def _usual_groups(columns: Sequence[Column]) -> Mapping[str, Sequence[str]]:
    found: dict[str, Sequence[str]] = {}
    age, sex = age_of(columns), sex_of(columns)
    if sex is not None:
        found[sex.name] = labels_of(sex)
    if age is not None:
        found[age.name] = age_bands(age.values)
    return found


def _baseline(people: People, columns: Sequence[Column], plan: Plan) -> dict[str, FloatArray]:
    age, sex = age_of(columns), sex_of(columns)
    if age is None and sex is None:
        return {}
    nothing = np.zeros(people.count)
    values = (nothing if age is None else age.values, nothing if sex is None else sex.values)
    return {AGE_AND_SEX: age_and_sex(people, *values, folds=plan.folds, seed=plan.seed)}


def age_of(columns: Sequence[Column]) -> Column | None:
    """Return the column of ages in years, or None."""
    named = (each for each in columns if each.name.strip().casefold() in AGE_NAMES and each.kind is Kind.NUMBER)
    return next(named, None)


def sex_of(columns: Sequence[Column]) -> Column | None:
    """Return the column of the sexes, of two values, or None."""
    named = (each for each in columns if each.name.strip().casefold() in _SEX_NAMES)
    return next((each for each in named if len(np.unique(each.values[~each.missing])) == 2), None)


def labels_of(column: Column) -> list[str]:
    """Return each person's value as text; empty where it is missing."""
    if column.levels:
        return ["" if np.isnan(each) else column.levels[int(each)] for each in column.values]
    return ["" if np.isnan(each) else f"{each:g}" for each in column.values]
