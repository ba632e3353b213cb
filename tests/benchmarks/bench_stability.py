"""200 models of other samples beside a model: the number costs what it cost, and what the ends cost."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from engine.learning.design import fit_design
from engine.learning.graph import INPUT
from engine.learning.graph_stability import write_stable_graph
from engine.learning.logistic import Linear
from engine.learning.model import Trained
from engine.learning.network import Activation, Layer, Network
from engine.learning.stability import Resampled
from engine.learning.table import Float32Array, Table
from engine.risk.graph_part import part_for
from tests.benchmarks.rows import Row, below

MODELS, MILLION, BLOCK, HIDDEN = 200, 1_000_000, 16_384, 8
_EACH = 2000
_MOST_BYTES = 1_500_000
_USUAL = 15  # inputs of the bar for a million rows


def run() -> list[Row]:
    """Return all rows."""
    found = []
    for inputs in (15, 40):
        for kind in ("logistic", "network"):
            found += _measured(f"{kind} of {inputs} inputs", _made(kind, inputs))
    return found


def _made(kind: str, inputs: int) -> Resampled:
    random = np.random.default_rng(3)
    columns = random.normal(size=(3000, inputs))
    columns[random.random(columns.shape) < 0.08] = np.nan
    table = Table(3000, {f"x{place}": columns[:, place].copy() for place in range(inputs)})
    design = fit_design(table, splines=kind == "logistic")

    def one() -> Trained:
        width = len(design.names)
        if kind == "logistic":
            return Trained(design, Linear(random.normal(size=width) * 0.1, -1.0))
        layers = (
            Layer(random.normal(size=(width, HIDDEN)) * 0.2, random.normal(size=HIDDEN)),
            Layer(random.normal(size=(HIDDEN, 2)) * 0.2, random.normal(size=2)),
        )
        return Trained(design, Network(layers, Activation.RELU))

    return Resampled(one(), tuple(dataclasses.replace(one(), design=design) for _ in range(MODELS)))


def _measured(name: str, found: Resampled) -> list[Row]:
    graph = write_stable_graph(found, "bench", "")
    random = np.random.default_rng(5)
    many = random.normal(size=(MILLION, len(found.model.design.inputs))).astype(np.float32)
    rows = [below(f"{name}, file with {MODELS} others", len(graph), _MOST_BYTES, "bytes")]
    for what, names in (("number", found.model.outputs), ("ends", found.end_names)):
        session = _session(part_for(graph, names))
        one = _seconds(partial(_run_all, session, [many[at : at + 1] for at in range(_EACH)])) / _EACH * 1e6
        part = MILLION if what == "number" else MILLION // 10
        whole = _seconds(partial(_run_all, session, [many[at : at + BLOCK] for at in range(0, part, BLOCK)]))
        whole *= MILLION / part
        if what == "number":
            million = f"{name}, number, a million"
            usual = len(found.model.design.inputs) <= _USUAL
            rows.append(below(f"{name}, number, one row", one, 50, "us"))
            rows.append(below(million, whole, 3, "s") if usual else Row(million, whole, None, None, None, "s", None))
        else:
            rows += [
                Row(f"{name}, ends, one row", one, None, None, None, "us", None),
                Row(f"{name}, ends, a million", whole, None, None, None, "s", None),
            ]
    return rows


def _session(graph: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(graph, options, ["CPUExecutionProvider"])


def _run_all(session: Any, blocks: Sequence[Float32Array]) -> None:
    for block in blocks:
        session.run(None, {INPUT: block})


def _seconds(work: Any) -> float:
    start = time.process_time()  # of this process alone: other programs do not count
    work()
    return time.process_time() - start
