"""Training: the textbook network and its cross-validation, curves on 20 000 people, trees; and exported files."""

from __future__ import annotations

import importlib
import importlib.util
import json
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from engine.domain.batch import FloatArray, IntArray
from engine.learning.boosting import TreeSettings, grow
from engine.learning.design import fit_design
from engine.learning.graph import INPUT, write_graph
from engine.learning.logistic import fit_logistic
from engine.learning.model import Trained
from engine.learning.network import TEXTBOOK, NetworkSettings, cross_entropy
from engine.learning.network_fit import Job, fit_networks
from engine.learning.table import Float32Array, Table
from engine.learning.train import LogisticRecipe, Outcome, cross_validate
from tests.benchmarks.rows import Row, at_least, at_most, below

FITS = 50
PEOPLE, COLUMNS = 20_000, 15
MILLION = 1_000_000
BLOCK = 16_384  # rows that the program scores in one call


def run() -> list[Row]:
    """Return all rows. PyTorch stands among the peers where it is installed, which the test extra leaves out."""
    return [*_textbook(), *_curves_and_trees(), *_whole(), *_exported()]


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()  # of this process alone: other programs do not count
    work()
    return time.process_time() - start


def _textbook() -> list[Row]:
    random = np.random.default_rng(1)
    design = random.normal(size=(100, 3))
    classes = (design @ [1, 1.2, -0.5] + 0.5 * random.normal(size=100) > 0).astype(np.int64)
    rows = [np.setdiff1d(np.arange(100), random.permutation(100)[:10]) for _ in range(FITS)]
    jobs = [Job(design[each], classes[each], seed) for seed, each in enumerate(rows)]
    networks = fit_networks(jobs, TEXTBOOK)
    trained = [each[fit.trained_on] for each, fit in zip(rows, networks, strict=True)]
    peer_losses: list[float] = []
    peers = _seconds(
        lambda: peer_losses.extend(_peer(design[each], classes[each], place) for place, each in enumerate(trained))
    )
    ours = _seconds(lambda: fit_networks(jobs, TEXTBOOK))
    one = min(_seconds(lambda: fit_networks(jobs[:1], TEXTBOOK)) for _ in range(3))
    losses = [
        cross_entropy(fit.network, design[each], classes[each].astype(np.float64))
        for fit, each in zip(networks, trained, strict=True)
    ]
    loop = pytorch_fits_a_second(design[trained[0]], classes[trained[0]])
    others = [] if loop is None else [(one, 5, "one fit"), (ours / FITS, 30, f"{FITS} fits")]
    return [
        *(
            at_least(f"textbook network, {what}, PyTorch", 1 / each, loop or 0, bar, "fits/s")
            for each, bar, what in others
        ),
        at_least("textbook network, one fit", 1 / one, FITS / peers, 5, "fits/s"),
        at_least(f"textbook network, {FITS} fits", FITS / ours, FITS / peers, 30, "fits/s"),
        at_most("textbook network, mean loss", float(np.mean(losses)), float(np.mean(peer_losses)), 1.02, "nats"),
    ]


def _peer(design: FloatArray, classes: IntArray, seed: int) -> float:
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(
        (4,),
        solver="sgd",
        learning_rate_init=0.01,
        max_iter=1000,
        batch_size=32,
        momentum=0,
        alpha=0,
        tol=0,
        n_iter_no_change=10**6,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(design, classes)
    odds = np.log(model.predict_proba(design)[np.arange(len(classes)), classes])
    return float(-odds.mean())


def pytorch_fits_a_second(design: FloatArray, classes: IntArray) -> float | None:
    """Return how often a second PyTorch's plain loop trains the textbook's network; None where it is not installed."""
    if importlib.util.find_spec("torch") is None:
        return None
    torch: Any = importlib.import_module("torch")
    torch.set_num_threads(1)
    torch.manual_seed(1)
    values, true = torch.tensor(design, dtype=torch.float32), torch.tensor(classes)

    def fit() -> None:
        network = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
        optimiser = torch.optim.SGD(network.parameters(), lr=TEXTBOOK.rate)
        loss = torch.nn.CrossEntropyLoss()
        for _ in range(TEXTBOOK.epochs):
            order = torch.randperm(len(true))
            for start in range(0, len(true), TEXTBOOK.batch):
                rows = order[start : start + TEXTBOOK.batch]
                optimiser.zero_grad()
                loss(network(values[rows]), true[rows]).backward()
                optimiser.step()

    return 1 / min(_seconds(fit) for _ in range(3))


def _people() -> tuple[Table, FloatArray]:
    random = np.random.default_rng(3)
    columns = random.normal(size=(PEOPLE, COLUMNS))
    odds = columns @ (random.normal(size=COLUMNS) * 0.4) + 0.3 * columns[:, 0] ** 2 - 1
    outcome = (random.random(PEOPLE) < 1 / (1 + np.exp(-odds))).astype(np.float64)
    columns[random.random(columns.shape) < 0.08] = np.nan
    return Table(PEOPLE, {f"x{place}": columns[:, place].copy() for place in range(COLUMNS)}), outcome


def _curves_and_trees() -> list[Row]:
    from sklearn.ensemble import HistGradientBoostingClassifier

    table, event = _people()
    recipe = LogisticRecipe(penalties=(1.0,))
    curves = _seconds(lambda: cross_validate(table, Outcome(event), recipe, folds=5, repeats=1, seed=1))
    design, raw = fit_design(table, splines=False), table.raw()
    settings = TreeSettings(trees=200)
    peer = HistGradientBoostingClassifier(max_iter=200, learning_rate=0.05, max_leaf_nodes=8, early_stopping=False)
    theirs = _seconds(lambda: peer.fit(raw, event))
    ours = _seconds(lambda: grow(design.for_trees(raw), event, settings, 1))
    return [
        below("curves, 20 000 x 15, 5 folds", curves, 10, "s"),
        at_most("200 trees, 20 000 x 15", ours, theirs, 1.5, "s"),
    ]


def _whole() -> list[Row]:
    """Measure a whole training with all its judgement in a process of its own, for its peak of memory."""
    command = [sys.executable, "-m", "tests.benchmarks.whole_training", str(PEOPLE)]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return [
        below(f"training and full judgement, 20 000 x 15 ({told['models']} models)", told["seconds"], 300, "s"),
        below("its peak of memory", told["peak_mib"], 1536, "MiB"),
    ]


def _exported() -> list[Row]:
    import onnxruntime

    table, event = _people()
    raw = table.raw()
    plain, curved = fit_design(table, splines=False), fit_design(table, splines=True)
    settings = NetworkSettings(hidden=(32, 16), epochs=3, patience=None, batch=256)
    models = {
        "logistic": (Trained(curved, fit_logistic(curved.transform(raw), event, 1.0)), 3),
        "network": (
            Trained(plain, fit_networks([Job(plain.transform(raw), event.astype(int), 1)], settings)[0].network),
            3,
        ),
        "200 trees": (Trained(plain, grow(plain.for_trees(raw), event, TreeSettings(trees=200), 1)), 9),
    }
    found = []
    many = np.resize(raw, (MILLION, COLUMNS))
    single = [raw[place : place + 1] for place in range(2000)]
    blocks = [many[at : at + BLOCK] for at in range(0, MILLION, BLOCK)]
    for name, (trained, bar) in models.items():
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(write_graph(trained, "bench", ""), options, ["CPUExecutionProvider"])
        each = _seconds(partial(_run_all, session, single)) / len(single)
        whole = _seconds(partial(_run_all, session, blocks))
        found += [
            below(f"exported {name}, one row", each * 1e6, 50, "us"),
            below(f"exported {name}, a million rows", whole, bar, "s"),
        ]
    return found


def _run_all(session: Any, blocks: Sequence[Float32Array]) -> None:
    for block in blocks:
        session.run(None, {INPUT: block})
