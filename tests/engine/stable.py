"""The toy pack with models of other samples beside its risk: four fifths to thirteen tenths of it."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tests.engine.conftest import toy_document, toy_graph

LOW, HIGH = 0.8, 1.3  # of the number
STABILITY = {"low": "risk_10y_low", "high": "risk_10y_high", "share": 0.95, "models": 200, "source": "Tests"}


def stable_document(**changes: object) -> dict[str, Any]:
    """The toy's manifest with the ends declared at its risk; ``changes`` are those of the declaration."""
    document = copy.deepcopy(toy_document())
    document["outputs"][0]["stability"] = {**STABILITY, **changes}
    return document


def stable_graph(low: float = LOW, high: float = HIGH) -> bytes:
    """The toy's graph with two more outputs."""
    model = onnx.load_from_string(toy_graph())
    for name, factor in ((STABILITY["low"], low), (STABILITY["high"], high)):
        model.graph.initializer.append(numpy_helper.from_array(np.array(factor), f"factor_{name}"))
        model.graph.node.append(helper.make_node("Mul", ["risk_10y", f"factor_{name}"], [str(name)]))
        model.graph.output.append(helper.make_tensor_value_info(str(name), TensorProto.DOUBLE, ["rows"]))
    data: bytes = model.SerializeToString()
    return data
