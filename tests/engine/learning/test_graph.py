from __future__ import annotations

import dataclasses

import numpy as np
import onnx
import pytest

from engine.errors import PackError
from engine.learning.boosting import TreeSettings, grow
from engine.learning.calibration import PLAIN, Calibration, Line, fit_curve, fit_line
from engine.learning.cox import fit_cox
from engine.learning.design import fit_design
from engine.learning.graph import write_graph
from engine.learning.logistic import fit_logistic
from engine.learning.model import Fitted, Trained
from engine.learning.network import Activation, NetworkSettings, Optimiser
from engine.learning.network_fit import Job, fit_networks
from engine.learning.onnx_parts import OPSET
from engine.learning.parity import check_same, largest_difference, probes
from engine.learning.table import Float32Array
from engine.packs.wire import check_graph
from tests.engine.learning.made import people, runner

EXACT = 1e-12  # what is computed in 64 bits on both sides
KINDS = ("logistic", "relu", "tanh", "sigmoid", "trees", "cox")


def fitted(kind: str, *, texts: bool = True) -> tuple[Trained, Float32Array, np.ndarray]:
    table, outcome = people(600, 3, texts=texts)
    raw = table.raw()
    design = fit_design(table, splines=kind in ("logistic", "cox"))
    matrix = design.transform(raw)
    made: Fitted
    if kind == "logistic":
        made = fit_logistic(matrix, outcome, 1.0)
    elif kind == "trees":
        made = grow(design.for_trees(raw), outcome, TreeSettings(trees=60), 1)
    elif kind == "cox":
        years = np.random.default_rng(5).exponential(8, len(outcome)) + 0.01
        cox = fit_cox(matrix, years, outcome == 1, 1.0)
        return Trained(design, cox, horizons=(2.5, 5)), raw, outcome
    else:
        settings = NetworkSettings(
            hidden=(6, 4), activation=Activation(kind), epochs=30, optimiser=Optimiser.ADAM, patience=None
        )
        made = fit_networks([Job(matrix, outcome.astype(np.int64), 4)], settings)[0].network
    return Trained(design, made), raw, outcome


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("texts", [False, True])
def test_a_written_graph_gives_the_numbers_of_the_model(kind: str, texts: bool) -> None:
    trained, raw, _ = fitted(kind, texts=texts)
    graph = write_graph(trained, "trial", "A trial")
    difference = check_same(trained, runner(graph, trained), raw)
    assert difference <= EXACT
    assert np.ptp(trained.risks(raw)) > 0.3  # the models differ between people, so sameness says something


@pytest.mark.parametrize("kind", ["logistic", "relu", "trees"])
@pytest.mark.parametrize("fit", [fit_line, fit_curve])
def test_calibration_is_in_the_graph(kind: str, fit: object) -> None:
    trained, raw, outcome = fitted(kind)
    shifted = np.where(np.random.default_rng(1).random(len(outcome)) < 0.2, 1 - outcome, outcome)
    calibration: Calibration = fit(trained.score(raw), shifted)  # type: ignore[operator]  # one of two functions
    bent = dataclasses.replace(trained, calibration=calibration)
    assert np.abs(bent.risks(raw) - trained.risks(raw)).max() > 0.05
    check_same(bent, runner(write_graph(bent, "trial", ""), bent), raw)


def test_a_curve_of_one_point_is_level() -> None:
    trained, raw, _ = fitted("logistic")
    flat = dataclasses.replace(trained, calibration=fit_curve(np.ones(4), np.array([0.0, 1, 1, 0])))
    check_same(flat, runner(write_graph(flat, "trial", ""), flat), raw)
    assert np.unique(flat.risks(raw)).tolist() == [0.5]


@pytest.mark.parametrize("kind", KINDS)
def test_graphs_are_sound_files_of_the_packs_opset(kind: str) -> None:
    trained, _, _ = fitted(kind)
    graph = write_graph(trained, "trial", "A trial")
    onnx.checker.check_model(onnx.load_from_string(graph), full_check=True)
    check_graph(graph, "trial", OPSET)
    assert write_graph(fitted(kind)[0], "trial", "A trial") == graph  # trained again: the same bytes


def test_the_gate_finds_a_file_of_another_model() -> None:
    trained, raw, _ = fitted("logistic")
    run = runner(write_graph(trained, "trial", ""), trained)
    other = dataclasses.replace(trained, calibration=Line(1.0, 1e-3))
    with pytest.raises(PackError, match="learning_not_the_same"):
        check_same(other, run, raw)
    assert trained.calibration == PLAIN


def test_the_gate_finds_what_only_shows_where_a_value_is_missing() -> None:
    trained, raw, _ = fitted("logistic")
    run = runner(write_graph(trained, "trial", ""), trained)
    fill = trained.design.fill.copy()
    fill[3] += 5  # the year, which nobody in training lacks
    other = dataclasses.replace(trained, design=dataclasses.replace(trained.design, fill=fill))
    assert np.abs(other.risks(raw) - run(raw)).max() <= EXACT
    assert largest_difference(other, run, raw) > 1e-5


def test_the_gate_finds_a_file_that_gives_no_number() -> None:
    trained, raw, _ = fitted("logistic")
    assert largest_difference(trained, lambda rows: np.full((len(rows), 1), np.nan), raw) == np.inf


def test_probes_hold_every_input_missing_and_beyond_its_range() -> None:
    _, raw, _ = fitted("logistic")
    rows = probes(raw)
    assert np.isnan(rows[len(raw) :]).any(axis=0).all()
    assert (np.nanmax(rows, axis=0) > np.nanmax(raw, axis=0)).all()
    assert (np.nanmin(rows, axis=0) < np.nanmin(raw, axis=0)).all()
