"""Writes models of other samples beside a model, in the same file: all of them are one more product.

An end lies between two of the ordered risks. Risks rise with scores, so scores are ordered and only the two are made
risks; what lies between them is as NumPy's ``percentile`` has it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.learning.cox import Cox
from engine.learning.design import Design
from engine.learning.graph import ACTIVATIONS, INPUT, write_columns, write_outputs, write_risk
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
        ordered = scores
        if trained.horizons:
            hazards = [_log_hazard(each, trained.horizons[place]) for each in found.others]
            ordered = graph.node("Add", [scores, graph.numbers(hazards)])
        for end, largest in zip(end_names(output), (False, True), strict=True):
            risk = _end(graph, ordered, found, largest=largest)
            graph.node("Max" if largest else "Min", [risk, output], end)
    outputs = (*trained.outputs, *found.end_names)
    return graph.model(name, description, INPUT, len(trained.design.inputs), outputs)


def _end(graph: GraphParts, scores: str, found: Resampled, *, largest: bool) -> str:
    """Write one end, [rows, 1]."""
    place = (1 - SHARE) / 2 * (len(found.others) - 1)
    before = int(place)
    inward = place - before
    outermost = graph.outermost(scores, before + 2, largest=largest)
    shares = []
    for at, weight in ((before, 1 - inward), (before + 1, inward)):
        score = graph.node("Gather", [outermost, graph.whole([at])], axis=1)
        shares.append(graph.node("Mul", [_risk(graph, score, found.model), graph.number(weight)]))
    return graph.node("Add", shares)


def _risk(graph: GraphParts, score: str, model: Trained) -> str:
    """Write what a score stands for: log odds, or the log of the hazard."""
    if not model.horizons:
        return write_risk(graph, score, model.calibration)
    survives = graph.node("Exp", [graph.node("Neg", [graph.node("Exp", [score])])])
    return graph.node("Sub", [graph.number(1.0), survives])


def _scores(graph: GraphParts, models: Sequence[Trained]) -> str:
    """Write the score of each model, [rows, models]."""
    design = models[0].design
    columns = write_columns(graph, design, terms=True)
    networks = [each.fitted for each in models if isinstance(each.fitted, Network)]
    if networks:
        return _network_scores(graph, columns, design, networks)
    fitted = [each.fitted for each in models if isinstance(each.fitted, Linear | Cox)]
    scaled = np.stack([each.coefficients for each in fitted], axis=1) * design.factor[:, None]
    bias = np.array([each.intercept if isinstance(each, Linear) else 0.0 for each in fitted])
    return graph.node("Gemm", [columns, graph.numbers(scaled), graph.numbers(bias - design.centre @ scaled)])


def _network_scores(graph: GraphParts, columns: str, design: Design, networks: Sequence[Network]) -> str:
    """Write networks of one shape side by side: [models, rows, units] from layer to layer."""
    stacks = [list(layers) for layers in zip(*(each.layers for each in networks), strict=True)]
    stacks[0] = [_unscaled(each, design) for each in stacks[0]]
    # Of two classes only how far the second is ahead matters: the last layer then has one unit.
    stacks[-1] = [
        Layer(each.weights[:, 1:] - each.weights[:, :1], each.bias[1:] - each.bias[:1]) for each in stacks[-1]
    ]
    value = columns
    for place, layers in enumerate(stacks):
        if place:
            value = graph.node(ACTIVATIONS[networks[0].activation], [value])
        value = graph.node("MatMul", [value, graph.numbers(np.stack([each.weights for each in layers]))])
        value = graph.node("Add", [value, graph.numbers(np.stack([each.bias[None, :] for each in layers]))])
    return graph.node("Transpose", [graph.node("Squeeze", [value, graph.whole([2])])], perm=np.array([1, 0]))


def _unscaled(layer: Layer, design: Design) -> Layer:
    """Return the layer that does the same to columns that are not scaled yet."""
    scaled = layer.weights * design.factor[:, None]
    return Layer(scaled, layer.bias - design.centre @ scaled)


def _log_hazard(model: Trained, years: float) -> float:
    if not isinstance(model.fitted, Cox):
        raise TypeError("a hazard is that of a Cox model")
    hazard = model.fitted.baseline(years)
    return float(np.log(hazard)) if hazard > 0 else _SMALLEST_LOG
