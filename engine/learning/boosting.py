"""Grows trees: the one place that knows scikit-learn, which a program may be installed without.

Histogram-based gradient boosting (Ke G et al. LightGBM. NeurIPS 2017;30:3146-3154) on the log loss. The grown trees
are taken out as arrays; nothing of scikit-learn is in the model that is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.domain.batch import FloatArray
from engine.errors import InputError, UsageError
from engine.learning.forest import Forest, on_grid, rounded_down
from engine.learning.table import Float32Array

# Below it a second thread gains nothing, and on a busy machine its waiting at every split costs: 600 people took 0.02 s
# with one thread and 0.9 to 3.4 s with two, on two cores that others used too.
_MANY_PEOPLE = 10_000


@dataclass(frozen=True, slots=True)
class TreeSettings:
    """How trees are grown: shallow and slowly, since clinics have few people."""

    trees: int = 100
    rate: float = 0.05
    leaves: int = 8
    least_in_leaf: int = 20
    penalty: float = 1.0

    def __post_init__(self) -> None:
        if self.trees < 1 or self.leaves < 2 or self.least_in_leaf < 1 or self.rate <= 0 or self.penalty < 0:
            raise ValueError("at least one tree of two leaves, a rate above 0")


def grow(values: Float32Array, outcome: FloatArray, settings: TreeSettings, seed: int) -> Forest:
    """Return trees grown on ``values`` float32[rows, columns] (NaN where missing) and outcomes 0 or 1.

    Raises:
        InputError: ``learning_one_outcome`` when all outcomes are the same.
        UsageError: ``learning_trees_absent`` when scikit-learn is not installed.
    """
    if len(np.unique(outcome)) < 2:
        raise InputError("learning_one_outcome")
    try:
        from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415  an install may lack it
        from threadpoolctl import threadpool_limits  # noqa: PLC0415  comes with scikit-learn
    except ImportError as error:
        raise UsageError("learning_trees_absent") from error
    grower = HistGradientBoostingClassifier(
        learning_rate=settings.rate,
        max_iter=settings.trees,
        max_leaf_nodes=settings.leaves,
        min_samples_leaf=settings.least_in_leaf,
        l2_regularization=settings.penalty,
        early_stopping=False,
        random_state=seed,
    )
    with threadpool_limits(1 if len(values) < _MANY_PEOPLE else None, user_api="openmp"):
        grower.fit(values, outcome.astype(np.int64))
    # Private names: scikit-learn has no public way to its trees. Tests hold the arrays against its own answers.
    trees = [stage[0].nodes for stage in grower._predictors]
    return _as_forest(trees, float(np.ravel(grower._baseline_prediction)[0]))


def _as_forest(trees: list[Any], base: float) -> Forest:
    sizes = np.array([len(tree) for tree in trees], dtype=np.int64)
    roots = np.cumsum(sizes) - sizes
    nodes = np.concatenate(trees)
    shift = np.repeat(roots, sizes)
    leaf = nodes["is_leaf"].astype(np.bool_)
    return Forest(
        roots=roots,
        column=np.where(leaf, -1, nodes["feature_idx"].astype(np.int64)),
        cut=rounded_down(np.where(leaf, 0.0, nodes["num_threshold"].astype(np.float64))),
        left=np.where(leaf, 0, nodes["left"].astype(np.int64) + shift),
        right=np.where(leaf, 0, nodes["right"].astype(np.int64) + shift),
        missing_left=nodes["missing_go_to_left"].astype(np.bool_) & ~leaf,
        value=on_grid(np.where(leaf, nodes["value"].astype(np.float64), 0.0)),
        base=base,
    )
