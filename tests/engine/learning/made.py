"""People made for tests: numbers with gaps, a truth, a category and texts, with an outcome that hangs on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnxruntime

from engine.domain.batch import FloatArray
from engine.fields.hashed_text import hash_texts
from engine.learning.graph import INPUT
from engine.learning.model import Trained
from engine.learning.parity import Run
from engine.learning.table import Table

WORDS = ("chest pain", "cough", "胸痛", "", "headache, 3 days")


def people(rows: int, seed: int, *, texts: bool = False, gaps: float = 0.1) -> tuple[Table, FloatArray]:
    random = np.random.default_rng(seed)
    age = random.uniform(18, 90, rows)
    pressure = random.normal(135, 20, rows)
    marker = random.lognormal(0, 0.6, rows)
    year = random.normal(2017, 3, rows)
    smoker = (random.random(rows) < 0.3).astype(np.float64)
    village = random.integers(0, 4, rows).astype(np.float64)
    odds = -1.5 + 0.05 * (age - 50) + 0.02 * (pressure - 135) + 0.8 * smoker + 0.5 * (village == 2) + 0.3 * marker
    outcome = (random.random(rows) < 1 / (1 + np.exp(-odds))).astype(np.float64)
    for column in (pressure, marker, smoker, village):
        column[random.random(rows) < gaps] = np.nan
    numbers = {"age": age, "pressure": pressure, "marker": marker, "year": year, "smoker": smoker}
    notes = {"note": hash_texts([WORDS[each] for each in random.integers(0, len(WORDS), rows)], 16)} if texts else {}
    return Table(rows, numbers, {"village": village}, notes), outcome


def runner(graph: bytes, trained: Trained, names: Sequence[str] | None = None) -> Run:
    """Return what runs an exported file as the program does: one thread, each output (None: each risk) a column."""
    options: Any = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(graph, sess_options=options, providers=["CPUExecutionProvider"])

    def run(raw: Any) -> FloatArray:
        answers = session.run(list(names or trained.outputs), {INPUT: raw})
        joined: FloatArray = np.concatenate(answers, axis=1)
        return joined

    return run
