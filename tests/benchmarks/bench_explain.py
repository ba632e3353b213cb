"""Why a number is what it is: the time a person waits, and the shap package at equal error on the same graph.

Equations are compared with their reference person, exactly. The model of 200 trees over 15 inputs is compared with 50
people, which is more than can be worked out exactly while somebody waits; its error is that to the exact amounts.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.domain.batch import Batch, FloatArray
from engine.fields import Dictionary, load_dictionary
from engine.packs import PackLibrary
from engine.packs.cases import read_cases
from engine.risk import explain_shapley
from engine.risk.explain_shapley import attribute
from engine.risk.predictor import Predictor
from engine.risk.predictors import Predictors
from tests.benchmarks.rows import Row, at_most, below
from tests.benchmarks.tree_pack import FIELDS, make_tree_pack
from tests.benchmarks.tree_pack import people as tree_people

EQUATION_BAR_MS, TREES_BAR_MS = 50.0, 100.0
WORKER_BAR_MS = 200.0  # a wait that nobody notices as one; packs of other makers are few
ERROR_BAR, GAP_BAR = 0.005, 1e-6
PEOPLE, OTHERS, CALLS = 6, 50, 40
KERNEL_BAR, PERMUTATION_BAR = 1 / 5, 1.0  # of the time of the peer


def run() -> list[Row]:
    """Return the measurements of equations and trees, and of trees beside shap."""
    dictionary = load_dictionary()
    with tempfile.TemporaryDirectory() as scratch:
        trees = Predictor(make_tree_pack(Path(scratch)), dictionary)
        apart = Predictor(replace(trees.pack, trusted=False), dictionary)
        return [*_equations(dictionary), *_trees(trees, dictionary), _in_a_worker(apart, dictionary)]


def people_of(predictors: Predictors, dictionary: Dictionary) -> dict[str, Batch]:
    """Return the reference cases that each pack scores, for the packs that have good values."""
    found = {}
    for pack in predictors.library.all():
        if not pack.manifest.references:
            continue
        cases = read_cases(pack, dictionary).people
        scored = np.flatnonzero(~predictors.get(pack.manifest.id).predict(cases).refused)
        if len(scored):
            found[pack.manifest.id] = cases.take(scored)
    return found


def slow_end_ms(call: Callable[[Batch], object], people: Batch) -> float:
    """Return the 95th percentile of one person's call, after a round that warms everything up."""
    taken = []
    for number in range(CALLS + people.rows):
        one = people.slice(number % people.rows, number % people.rows + 1)
        start = time.perf_counter()
        call(one)
        taken.append(time.perf_counter() - start)
    return 1000 * statistics.quantiles(taken[people.rows :], n=20)[-1]


def slowest_equation(
    name: str, bar_ms: float, dictionary: Dictionary, work: Callable[[Predictor, Batch], object]
) -> Row:
    """Return the slow end of the equation for which some work on one person takes longest."""
    predictors = Predictors(PackLibrary.shipped(), dictionary)

    def milliseconds(predictor: Predictor, people: Batch) -> float:
        return slow_end_ms(lambda one: work(predictor, one), people)

    slow = {
        pack_id: milliseconds(predictors.get(pack_id), people)
        for pack_id, people in people_of(predictors, dictionary).items()
    }
    slowest = max(slow, key=lambda pack_id: slow[pack_id])
    return below(f"{name}: slowest of {len(slow)} equations ({slowest}), p95", slow[slowest], bar_ms, "ms")


def _equations(dictionary: Dictionary) -> list[Row]:
    return [
        slowest_equation(
            "explain", EQUATION_BAR_MS, dictionary, lambda predictor, one: attribute(predictor, one, dictionary)
        )
    ]


def _trees(trees: Predictor, dictionary: Dictionary) -> list[Row]:
    people, others = tree_people(PEOPLE, 1), tree_people(OTHERS, 2)
    exact = _exactly(trees, people, others, dictionary)

    def ours(one: Batch) -> FloatArray:
        found = attribute(trees, one, dictionary, background=others)
        if found is None or np.isnan(found.amounts).any():
            raise RuntimeError("the benchmark's people are wrong")
        gaps.append(float(np.abs(found.amounts.sum(axis=1) + found.reference - found.value).max()))
        first: FloatArray = found.amounts[0]
        return first

    gaps: list[float] = []
    slow = slow_end_ms(ours, people)
    _, error = _timed(ours, people, exact)
    return [
        below("explain: 200 trees, 15 inputs, p95", slow, TREES_BAR_MS, "ms"),
        below("explain: 200 trees, largest error to exact", error, ERROR_BAR, "fraction"),
        below("explain: 200 trees, largest gap in the sum", max(gaps), GAP_BAR, "fraction"),
        *_beside_shap(trees, people, others, exact, ours),
    ]


def _in_a_worker(trees: Predictor, dictionary: Dictionary) -> Row:
    """Return the slow end for the same trees as a pack that nobody vouches for."""
    people, others = tree_people(PEOPLE, 1), tree_people(OTHERS, 2)
    slow = slow_end_ms(lambda one: attribute(trees, one, dictionary, background=others), people)
    return below("explain: 200 trees in a worker, p95", slow, WORKER_BAR_MS, "ms")


def _exactly(trees: Predictor, people: Batch, others: Batch, dictionary: Dictionary) -> FloatArray:
    usual, explain_shapley._DRAWN_ROWS = explain_shapley._DRAWN_ROWS, OTHERS << len(FIELDS)
    try:
        found = attribute(trees, people, dictionary, background=others)
    finally:
        explain_shapley._DRAWN_ROWS = usual
    if found is None:
        raise RuntimeError("the benchmark's pack has no number")
    return found.amounts


def _beside_shap(
    trees: Predictor, people: Batch, others: Batch, exact: FloatArray, ours: Callable[[Batch], FloatArray]
) -> list[Row]:
    """Return the times beside shap's, ours with as many orders as keep our error from being the larger one."""
    import shap  # takes seconds to load, which are nobody's time for an explanation

    def score(table: FloatArray) -> FloatArray:
        columns = {field: np.ascontiguousarray(table[:, place]) for place, field in enumerate(FIELDS)}
        return trees.predict(Batch(len(table), columns)).outputs["risk"]

    def table(batch: Batch) -> FloatArray:
        return np.stack([batch.column(field) for field in FIELDS], axis=1)

    def kernel(one: Batch) -> FloatArray:
        explainer = shap.KernelExplainer(score, table(others))
        found: FloatArray = np.asarray(explainer.shap_values(table(one), silent=True, l1_reg=0))[0]
        return found

    permutation = shap.PermutationExplainer(score, shap.maskers.Independent(table(others), max_samples=OTHERS))

    def permuted(one: Batch) -> FloatArray:
        found: FloatArray = permutation(table(one), silent=True).values[0]
        return found

    rows = []
    for name, peer, bar in (
        ("KernelExplainer", kernel, KERNEL_BAR),
        ("PermutationExplainer, its first call included", permuted, PERMUTATION_BAR),
        ("PermutationExplainer, warm", permuted, PERMUTATION_BAR),
    ):
        theirs, their_error = _timed(peer, people, exact)
        mine, my_error = _at_error(ours, people, exact, their_error)
        title = f"explain: 200 trees beside {name}, error {my_error:.4f} to {their_error:.4f}"
        rows.append(at_most(title, 1000 * mine, 1000 * theirs, bar, "ms"))
    return rows


def _timed(explain: Callable[[Batch], FloatArray], people: Batch, exact: FloatArray) -> tuple[float, float]:
    """Return the seconds for each person, and the largest error."""
    start = time.perf_counter()
    found: Sequence[FloatArray] = [explain(people.slice(row, row + 1)) for row in range(people.rows)]
    taken = (time.perf_counter() - start) / people.rows
    return taken, float(np.abs(np.array(found) - exact).max())


def _at_error(
    explain: Callable[[Batch], FloatArray], people: Batch, exact: FloatArray, error: float
) -> tuple[float, float]:
    """Return ours with the fewest orders, a quarter more at a time, whose largest error is no larger."""
    usual = explain_shapley._DRAWN_ROWS
    try:
        explain_shapley._DRAWN_ROWS = 1 << 11
        while True:
            taken, mine = _timed(explain, people, exact)
            if mine <= error:
                return taken, mine
            explain_shapley._DRAWN_ROWS = explain_shapley._DRAWN_ROWS * 5 // 4
    finally:
        explain_shapley._DRAWN_ROWS = usual
