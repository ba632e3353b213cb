"""The gate under attack: models and people of every odd shape, and whether the file still gives the model's numbers."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from engine.domain.batch import FloatArray
from engine.learning.boosting import TreeSettings, grow
from engine.learning.calibration import Calibration, Curve, Line, fit_line
from engine.learning.cox import Cox
from engine.learning.design import Design, fit_design
from engine.learning.forest import Forest, on_grid
from engine.learning.graph import write_graph
from engine.learning.logistic import Linear, fit_logistic
from engine.learning.model import Fitted, Trained
from engine.learning.network import Activation, Layer, Network
from engine.learning.parity import TOLERANCE, largest_difference, probes
from engine.learning.table import Float32Array, Table
from tests.engine.learning.made import people, runner

SHAPES: dict[str, Callable[[np.random.Generator, int], FloatArray]] = {
    "usual": lambda random, rows: random.normal(120, 20, rows),
    "year": lambda random, rows: random.normal(2017, 3, rows).round(),
    "truth": lambda random, rows: (random.random(rows) < 0.3).astype(np.float64),
    "heavy": lambda random, rows: random.lognormal(0, 4, rows),
    "huge": lambda random, rows: random.normal(0, 1e25, rows),
    "tiny": lambda random, rows: random.normal(0, 1e-25, rows),
    "far": lambda random, rows: 1e7 + random.integers(0, 9, rows).astype(np.float64),
    "constant": lambda _, rows: np.full(rows, 7.25),
    "one_apart": lambda _, rows: np.where(np.arange(rows) == 3, 1e6, 0.0),
    "few": lambda random, rows: random.integers(0, 3, rows) / 3,
}
EXACT_TREES = 1e-7  # sums beyond 16 on the log odds are rounded, where a risk hardly moves any more
KINDS = ("logistic", "network", "trees", "cox")


def table_of(random: np.random.Generator, rows: int) -> Table:
    names = random.choice(sorted(SHAPES), size=int(random.integers(1, 5)), replace=False)
    numbers = {str(name): SHAPES[str(name)](random, rows) for name in names}
    categories = {
        f"c{place}": random.integers(0, int(random.integers(2, 9)), rows).astype(np.float64)
        for place in range(int(random.integers(0, 3)))
    }
    for column in (*numbers.values(), *categories.values()):
        column[random.random(rows) < random.choice([0.0, 0.1, 0.6])] = np.nan
        if np.isnan(column).all():
            column[0] = 1.0
    texts = {}
    if random.random() < 0.3:
        shares = random.normal(size=(rows, 6))
        texts["note"] = shares / np.linalg.norm(shares, axis=1, keepdims=True)
    return Table(rows, numbers, categories, texts)


def model_of(kind: str, random: np.random.Generator, design: Design, raw: Float32Array) -> Fitted:
    """Return a model of drawn weights."""
    count = len(design.names)
    if kind == "logistic":
        return Linear(random.normal(0, 1, count), float(random.normal()))
    if kind == "cox":
        times = np.sort(random.uniform(0.1, 9, 20))
        return Cox(random.normal(0, 0.3, count), times, np.cumsum(random.uniform(0, 0.05, 20)))
    if kind == "network":
        sizes = [count, int(random.integers(1, 9)), int(random.integers(1, 5)), 2]
        layers = tuple(
            Layer(random.normal(0, 1, pair), random.normal(0, 1, pair[1])) for pair in itertools.pairwise(sizes)
        )
        return Network(layers, Activation(random.choice([*Activation])))
    return forest_of(random, design.for_trees(raw))


def forest_of(random: np.random.Generator, values: Float32Array) -> Forest:
    roots: list[int] = []
    nodes: list[tuple[int, float, int, int, bool, float]] = []

    def grow(depth: int) -> int:
        place = len(nodes)
        nodes.append((-1, 0.0, 0, 0, False, float(on_grid(random.normal(0, 0.3, 1))[0])))
        if depth:
            column = int(random.integers(values.shape[1]))
            known = values[~np.isnan(values[:, column]), column]
            cut = float(random.choice(known)) if len(known) else 0.0
            left, right = grow(depth - 1), grow(depth - 1)
            nodes[place] = (column, cut, left, right, bool(random.random() < 0.5), 0.0)
        return place

    for _ in range(int(random.integers(1, 120))):
        roots.append(grow(int(random.integers(1, 5))))
    column, cut, left, right, missing, value = (np.array(each) for each in zip(*nodes, strict=True))
    return Forest(np.array(roots), column, cut.astype(np.float32), left, right, missing, value, float(random.normal()))


def calibration_of(random: np.random.Generator) -> Calibration:
    choice = random.integers(3)
    if choice == 0:
        return Line()
    if choice == 1:
        return Line(float(random.uniform(0.05, 4)), float(random.normal(0, 2)))
    count = int(random.integers(2, 40))
    scores = np.cumsum(random.uniform(0.1, 0.5, count)) - 3
    return Curve(scores, np.sort(random.uniform(0.001, 0.999, count)))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_no_odd_table_parts_a_file_from_its_model(kind: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    table = table_of(random, int(random.integers(25, 200)))
    raw = table.raw()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        design = fit_design(table, splines=kind in ("logistic", "cox"))
        fitted = model_of(kind, random, design, raw)
        calibration = Line() if kind == "cox" else calibration_of(random)
        trained = Trained(design, fitted, calibration, horizons=(1.0, 5.0) if kind == "cox" else ())
        run = runner(write_graph(trained, "trial", ""), trained)
        assert largest_difference(trained, run, raw) <= TOLERANCE
        rows = odd_rows(random, raw, trained)
        ours, theirs = trained.risks(rows), run(rows)
    assert np.isfinite(ours).all()
    assert ((ours >= 0) & (ours <= 1)).all()
    assert np.abs(ours - theirs).max() <= (EXACT_TREES if kind == "trees" else TOLERANCE)


def odd_rows(random: np.random.Generator, raw: Float32Array, trained: Trained) -> Float32Array:
    """Return people of any bit pattern that is a finite number or a gap, among those of the gate."""
    drawn = random.integers(0, 2**32, size=(400, raw.shape[1]), dtype=np.uint32).view(np.float32)
    drawn = np.where(np.isfinite(drawn), drawn, np.float32(np.nan)).astype(np.float32)
    near = random.permutation(probes(raw, trained))[:400]
    mixed = np.where(random.random(near.shape) < 0.3, random.permutation(near), near)
    return np.concatenate([drawn, mixed]).astype(np.float32)


@pytest.mark.parametrize("kind", ["logistic", "network", "trees", "line"])
def test_files_give_what_scikit_learn_gives_for_the_same_model(kind: str) -> None:
    """A second opinion: models of the same kind, trained alike, whose answers come from scikit-learn alone."""
    table, event = people(800, 12)
    raw = table.raw()
    design = fit_design(table, splines=kind == "logistic")
    matrix = design.transform(raw)
    rows = probes(raw)[:-50]
    there = design.transform(rows)
    if kind == "logistic":
        peer = LogisticRegression(C=1 / 3.0, tol=1e-12, max_iter=5000).fit(matrix, event)
        trained = Trained(design, fit_logistic(matrix, event, 3.0))
        theirs = peer.predict_proba(there)[:, 1]
    elif kind == "trees":
        settings = TreeSettings(trees=80)
        peer = HistGradientBoostingClassifier(
            learning_rate=settings.rate, max_iter=80, max_leaf_nodes=8, l2_regularization=1.0, early_stopping=False,
            random_state=1,
        ).fit(design.for_trees(raw), event)  # fmt: skip
        trained = Trained(design, grow(design.for_trees(raw), event, settings, 1))
        theirs = peer.predict_proba(design.for_trees(rows))[:, 1]
    elif kind == "network":
        peer = MLPClassifier((5,), activation="tanh", max_iter=60, random_state=1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it would go on
            peer.fit(matrix, event)
        first, last = zip(peer.coefs_, peer.intercepts_, strict=True)
        two = Layer(np.concatenate([-last[0], last[0]], axis=1) / 2, np.concatenate([-last[1], last[1]]) / 2)
        trained = Trained(design, Network((Layer(*first), two), Activation.TANH))
        theirs = peer.predict_proba(there)[:, 1]
    else:
        plain = fit_logistic(matrix, event, 30.0)
        peer = LogisticRegression(C=np.inf, tol=1e-12, max_iter=5000).fit(plain.score(matrix)[:, None], event)
        trained = Trained(design, plain, fit_line(plain.score(matrix), event))
        theirs = peer.predict_proba(plain.score(there)[:, None])[:, 1]
    ours = runner(write_graph(trained, "trial", ""), trained)(rows)[:, 0]
    assert np.ptp(theirs) > 0.3
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=TOLERANCE)
