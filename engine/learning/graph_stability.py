"""Writes models of other samples beside a model, in the same file: all of them are one more product.

An end lies between two of the ordered risks. Risks rise with scores, so scores are ordered and only the two are made
risks; what lies between them is as NumPy's ``percentile`` has it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.domain.batch import FloatArray
from engine.learning.calibration import Line
from engine.learning.cox import Cox
from engine.learning.design import Design
from engine.learning.graph import ACTIVATIONS, INPUT, write_columns, write_outputs
from engine.learning.logistic import Linear
from engine.learning.model import Trained
from engine.learning.network import Layer, Network
from engine.learning.onnx_parts import GraphParts
from engine.learning.stability import SHARE, Resampled, end_names

_SMALLEST_LOG = -700.0  # of a hazard of 0; its risk is 0 either way


def write_stable_graph(found: Resampled, name: str, description: str) -> bytes:
    """Return the bytes of the ONNX file: that of ``write_graph``, with the ends of each risk as further outputs."""
    graph, trained = GraphParts(), found.model
    write_outputs(graph, trained)
    scores = _scores(graph, found.others)
    for place, output in enumerate(trained.outputs):
        shifted = scores
        if trained.horizons:
            hazards = [_log_hazard(each, trained.horizons[place]) for each in found.others]
            shifted = graph.node("Add", [scores, graph.numbers(hazards)])
        for end, largest in zip(end_names(output), (False, True), strict=True):
            risk = _end(graph, shifted, len(found.others), largest=largest, hazard=bool(trained.horizons))
            graph.node("Max" if largest else "Min", [risk, output], end)
    outputs = (*trained.outputs, *found.end_names)
    return graph.model(name, description, INPUT, len(trained.design.inputs), outputs)


def _end(graph: GraphParts, scores: str, models: int, *, largest: bool, hazard: bool) -> str:
    """Write one end, [rows, 1]."""
    place = (1 - SHARE) / 2 * (models - 1)
    before = int(place)
    inward = place - before
    outermost = graph.outermost(scores, before + 2, largest=largest)
    two = graph.node("Gather", [outermost, graph.whole([before, before + 1])], axis=1)
    if hazard:
        survives = graph.node("Exp", [graph.node("Neg", [graph.node("Exp", [two])])])
        risks = graph.node("Sub", [graph.number(1.0), survives])
    else:
        risks = graph.node("Sigmoid", [two])
    return graph.node("MatMul", [risks, graph.numbers([[1 - inward], [inward]])])


def _scores(graph: GraphParts, models: Sequence[Trained]) -> str:
    """Write the score of each model, [rows, models]."""
    design = models[0].design
    columns = write_columns(graph, design, terms=True)
    networks = [each.fitted for each in models if isinstance(each.fitted, Network)]
    if networks:
        return _network_scores(graph, columns, design, networks, [_line(each) for each in models])
    weights = np.stack([_weights(each) for each in models], axis=1)
    bias = np.array([_line(each).slope * _intercept(each) + _line(each).intercept for each in models])
    scaled = weights * design.factor[:, None]
    return graph.node("Gemm", [columns, graph.numbers(scaled), graph.numbers(bias - design.centre @ scaled)])


def _network_scores(
    graph: GraphParts, columns: str, design: Design, networks: Sequence[Network], lines: Sequence[Line]
) -> str:
    """Write networks of one shape side by side: [models, rows, units] from layer to layer."""
    first, *others = (list(layers) for layers in zip(*(each.layers for each in networks), strict=True))
    scaled = [Layer(*_unscaled(each, design)) for each in first]
    stacks = [scaled, *others]
    # Of two classes only how far the second is ahead matters: the last layer then has one unit.
    stacks[-1] = [
        Layer(
            line.slope * (each.weights[:, 1:] - each.weights[:, :1]),
            line.slope * (each.bias[1:] - each.bias[:1]) + line.intercept,
        )
        for each, line in zip(stacks[-1], lines, strict=True)
    ]
    value = columns
    for place, layers in enumerate(stacks):
        if place:
            value = graph.node(ACTIVATIONS[networks[0].activation], [value])
        value = graph.node("MatMul", [value, graph.numbers(np.stack([each.weights for each in layers]))])
        value = graph.node("Add", [value, graph.numbers(np.stack([each.bias[None, :] for each in layers]))])
    return graph.node("Transpose", [graph.node("Squeeze", [value, graph.whole([2])])], perm=np.array([1, 0]))


def _unscaled(layer: Layer, design: Design) -> tuple[FloatArray, FloatArray]:
    """Return weights and bias that do the same to columns that are not scaled yet."""
    scaled = layer.weights * design.factor[:, None]
    return scaled, layer.bias - design.centre @ scaled


def _line(model: Trained) -> Line:
    if not isinstance(model.calibration, Line):
        raise TypeError("a curve cannot be folded into weights")
    return model.calibration


def _weights(model: Trained) -> FloatArray:
    if not isinstance(model.fitted, Linear | Cox):
        raise TypeError("weights on the columns of a design")
    return _line(model).slope * model.fitted.coefficients


def _intercept(model: Trained) -> float:
    return model.fitted.intercept if isinstance(model.fitted, Linear) else 0.0


def _log_hazard(model: Trained, years: float) -> float:
    if not isinstance(model.fitted, Cox):
        raise TypeError("a hazard is that of a Cox model")
    hazard = model.fitted.baseline(years)
    return float(np.log(hazard)) if hazard > 0 else _SMALLEST_LOG
