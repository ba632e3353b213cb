"""From rows to a trained model and all that can honestly be said of it: one call, the same answer for the same seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from engine.domain.batch import FloatArray, IntArray
from engine.domain.ports import CancelToken, Progress, no_progress
from engine.domain.recalibration import Estimate
from engine.errors import InputError
from engine.learning.calibration import PLAIN, Calibration
from engine.learning.columns import Column, Kind
from engine.learning.design import Design
from engine.learning.inputs import as_outcome, as_table
from engine.learning.judgement.baseline import age_and_sex
from engine.learning.judgement.figures import Figure
from engine.learning.judgement.groups import Subgroup, age_bands, observed, subgroups
from engine.learning.judgement.intervals import differences, figures
from engine.learning.judgement.judge import Judgement, Question, judge
from engine.learning.judgement.optimism import Corrected, Stability, correct, stability
from engine.learning.judgement.people import People, drawn
from engine.learning.judgement.published import Compared, compare_published
from engine.learning.model import Trained
from engine.learning.plan import Choice, ModelKind, Plan, challenger, choose
from engine.learning.rows import Rows
from engine.learning.smaller import narrowed
from engine.learning.smaller_check import Full, changes, check_tolerance
from engine.learning.stability import Resampled, can_be_kept, risks_together
from engine.learning.table import Table
from engine.learning.train import (
    FullRecipe,
    LogisticRecipe,
    NetworkRecipe,
    Outcome,
    Recipe,
    SmallerRecipe,
    Tick,
    TreesRecipe,
    choose_penalty,
    cross_validate,
    train_many,
    train_pairs,
)

AGE_AND_SEX, AGE_ALONE, SEX_ALONE = "age_and_sex", "age_alone", "sex_alone"  # of what is among the predictors
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
    repeats. ``corrected`` and ``stability``: of the model itself, by models of bootstrap samples. ``resampled``: these
    models, where they can be kept with it. ``uncalibrated``: the figures without what bends the scores; None where
    nothing was to be bent. ``full``: of a smaller model, what it was made of. ``compared``: with the best published
    pack. ``columns`` and ``table`` are those that the model takes; a smaller one may take fewer.
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
    resampled: Resampled | None = None
    uncalibrated: Mapping[Figure, Estimate] | None = None
    full: Full | None = None
    compared: Compared | None = None


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
    for name, values in table.numbers.items():
        if np.isnan(values).all():
            raise InputError("learning_empty_column", column=name)
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
    chosen, unseen, rivals = _contest(start, plan, counter)
    risk = unseen.risk[0]
    threshold = plan.threshold or _overall(people)
    draws = {"seed": plan.seed, "times": times}
    full = None if unseen.full is None else _mean_figures(people, unseen.full, threshold, **draws)
    if full is not None and plan.smaller is not None:
        check_tolerance(plan.smaller, full, _mean_figures(people, unseen.risk, threshold, **draws))
    recipe = _settled(chosen.recipe, table, outcome, plan.seed)
    trained, larger = _trained(table, outcome, recipe, plan.seed, counter.tick)
    groups = {**_usual_groups(rows.columns), **plan.groups}
    rivals |= _baseline(people, rows.columns, plan)
    question = Question(threshold, groups, rivals, seed=plan.seed, times=times)
    judgement = judge(people, risk, question)
    if len(unseen.risk) > 1:
        judgement = _over_repeats(judgement, people, unseen.risk, question)
    judgement = replace(judgement, groups=(*judgement.groups, *_apart(start, recipe, plan, threshold, counter)))
    samples = _samples(people, plan)
    bent = _bent(recipe, larger.calibration)
    others = _refits(start, bent, samples, plan.seed, None if plan.smaller else trained.design, counter.tick)
    risks = risks_together(others, table.raw())[:, :, 0] if others else np.zeros((0, table.rows))
    final = trained.risks(table.raw())[:, 0]
    taken, names = (trained, table.names) if plan.smaller is None else narrowed(trained, table)
    return Study(
        choice=replace(chosen, recipe=_full(recipe)),
        trained=taken,
        columns=tuple(each for each in rows.columns if each.name in names),
        table=table.only(names),
        people=people,
        risk=risk,
        judgement=judgement,
        corrected=correct(people, final, samples, risks, threshold) if len(samples) else {},
        stability=stability(final, risks) if len(samples) else None,
        bootstraps=len(samples),
        threshold=threshold,
        resampled=Resampled(trained, tuple(others)) if can_be_kept(trained, others) else None,
        uncalibrated=None if unseen.plain is None else _mean_figures(people, unseen.plain, threshold, **draws),
        full=None if full is None or plan.smaller is None else Full(plan.smaller, larger, full, *unseen.changes),
        compared=compare_published(people, risk, plan.published, threshold, **draws),
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


class _Unseen(NamedTuple):
    """Each person's risk by models that never saw them, [1, rows]: the mean over the repeats.

    Of a network it is [repeats, rows]: the mean of several networks would not be the model that is kept. ``plain``:
    where it was bent, before; ``full``: of a smaller model, by those it was made of, with the mean and the largest of
    the ``changes`` of a risk.
    """

    risk: FloatArray
    plain: FloatArray | None
    full: FloatArray | None
    changes: tuple[float, float] = (0.0, 0.0)


def _contest(start: Ready, plan: Plan, counter: _Counter) -> tuple[Choice, _Unseen, dict[str, FloatArray]]:
    """Cross-validate the choice and what may stand beside it; return who is taken with their risks.

    Beside a logistic model stand trees, which may win; beside the textbook's network a logistic model, to compare.
    Trees are compared as they were grown: calibration orders nobody anew, and takes five times as many models. Where
    they are taken they are cross-validated again with it. Models of full size are compared; the choice is made smaller.
    """
    table, outcome, chosen = start.table, start.outcome, _smaller(start.choice, plan)
    ours = _validated(table, outcome, chosen.recipe, plan, counter.tick)
    if plan.textbook:
        counter.more(plan.folds * plan.repeats)
        line = _validated(table, outcome, LogisticRecipe(splines=False), plan, counter.tick)
        return chosen, ours, {str(ModelKind.LOGISTIC): line.risk[0]}
    other = challenger(table, outcome, plan, start.choice)
    if other is None:
        return chosen, ours, {}
    counter.more(plan.folds * plan.repeats)
    theirs = _validated(table, outcome, _bent(other.recipe, PLAIN), plan, counter.tick)
    mine = (ours.risk if ours.full is None else ours.full)[0]
    gain = differences(start.people, theirs.risk[0], mine, 0.5, seed=plan.seed, times=2)[Figure.AUROC]
    if gain.value > _WORTH_A_BLACK_BOX and gain.low > 0:
        counter.more(plan.folds * plan.repeats)
        other = _smaller(other, plan)
        return other, _validated(table, outcome, other.recipe, plan, counter.tick), {str(chosen.kind): mine}
    return chosen, ours, {str(other.kind): theirs.risk[0]}


def _smaller(choice: Choice, plan: Plan) -> Choice:
    return choice if plan.smaller is None else replace(choice, recipe=SmallerRecipe(_full(choice.recipe), plan.smaller))


def _full(recipe: Recipe) -> FullRecipe:
    return recipe.of if isinstance(recipe, SmallerRecipe) else recipe


def _validated(table: Table, outcome: Outcome, recipe: Recipe, plan: Plan, tick: Tick) -> _Unseen:
    folds = min(plan.folds, int(min(outcome.event.sum(), (outcome.event == 0).sum())))
    if folds < 2:
        raise InputError("learning_one_outcome")
    found = cross_validate(table, outcome, recipe, folds=folds, repeats=plan.repeats, seed=plan.seed, tick=tick)
    bends = isinstance(recipe, NetworkRecipe | TreesRecipe) and recipe.calibration is None
    single = isinstance(_full(recipe), NetworkRecipe)
    plain = _of_models(found.plain, single) if bends and found.plain is not None else None
    risks = found.risks[:, :, 0]
    if found.full is None:
        return _Unseen(_of_models(risks, single), plain, None)
    return _Unseen(_of_models(risks, single), plain, _of_models(found.full, single), changes(risks, found.full))


def _of_models(repeats: FloatArray, single: bool) -> FloatArray:
    """Return risks [repeats, rows] as they are, or their mean [1, rows]."""
    return repeats if single else repeats.mean(axis=0, keepdims=True)


def _over_repeats(judgement: Judgement, people: People, repeats: FloatArray, question: Question) -> Judgement:
    """Return the judgement with figures and differences as means over the repeats, each of single models."""
    seed, times, threshold = question.seed, question.times, question.threshold
    against = {
        name: _mean([differences(people, risk, other, threshold, seed=seed, times=times) for risk in repeats])
        for name, other in question.others.items()
    }
    told = _mean_figures(people, repeats, threshold, seed=seed, times=times)
    return replace(judgement, figures=told, against=against)


def _mean_figures(
    people: People, repeats: FloatArray, threshold: float, *, seed: int, times: int
) -> Mapping[Figure, Estimate]:
    return _mean([figures(people, risk, threshold, seed=seed, times=times) for risk in repeats])


def _mean(told: Sequence[Mapping[Figure, Estimate]]) -> Mapping[Figure, Estimate]:
    """Return the mean of values and of ends of intervals, of figures that all tell."""
    if len(told) == 1:
        return told[0]
    found = {}
    for figure in told[0]:
        if all(figure in each for each in told):
            ends = np.mean([(each[figure].value, each[figure].low, each[figure].high) for each in told], axis=0)
            found[figure] = Estimate(*ends.tolist())
    return found


def _trained(table: Table, outcome: Outcome, recipe: Recipe, seed: int, tick: Tick) -> tuple[Trained, Trained]:
    """Return the model, and that of full size; they are the same where nothing is made smaller."""
    part = [(table, outcome, seed)]
    if isinstance(recipe, SmallerRecipe):
        full, small = train_pairs(part, recipe, tick)[0]
        return small, full
    trained = train_many(part, recipe, tick)[0]
    return trained, trained


def _bent(recipe: Recipe, calibration: Calibration) -> Recipe:
    """Return the recipe with this calibration in place of one that is fitted; models that need none stay as they are.

    Bootstrap models keep the one that was found, as they keep the penalty: in a sample with repeats a person is on
    both sides of the folds that it would be fitted on.
    """
    if isinstance(recipe, SmallerRecipe):
        return replace(recipe, of=_full(_bent(recipe.of, calibration)))
    return replace(recipe, calibration=calibration) if isinstance(recipe, NetworkRecipe | TreesRecipe) else recipe


def _settled(recipe: Recipe, table: Table, outcome: Outcome, seed: int) -> Recipe:
    """Return a recipe with its search done, so that models of other samples are of the same recipe."""
    if isinstance(recipe, SmallerRecipe):
        return replace(recipe, of=_full(_settled(recipe.of, table, outcome, seed)))
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


def _refits(
    start: Ready, recipe: FullRecipe | SmallerRecipe, samples: IntArray, seed: int, design: Design | None, tick: Tick
) -> Sequence[Trained]:
    """Train again on each sample, on the design of the model: it looks at no outcome, so no optimism is in it.

    ``design`` None: on one of the sample, for smaller models, of which some leave columns out.
    """
    parts = ((start.table.take(rows), start.outcome.take(rows), seed + at) for at, rows in enumerate(samples))
    return train_many(parts, recipe, tick, design) if len(samples) else ()


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
    name = AGE_AND_SEX if age is not None and sex is not None else SEX_ALONE if age is None else AGE_ALONE
    return {name: age_and_sex(people, *values, folds=plan.folds, seed=plan.seed)}


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
