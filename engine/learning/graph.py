"""Writes a trained model as an ONNX file: float32 goes in, everything but the trees is computed in 64 bits.

The input is one tensor of all raw columns, ``inputs`` float32[rows, k]; each output is a risk, float64[rows, 1]. The
same model gives the same bytes. ``onnx_parts`` writes the file, so no ONNX library is needed beside the program.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.domain.batch import FloatArray
from engine.learning.calibration import PLAIN, Calibration, Line
from engine.learning.cox import Cox
from engine.learning.design import Design
from engine.learning.forest import Forest
from engine.learning.logistic import Linear
from engine.learning.model import Trained
from engine.learning.network import Activation, Layer, Network
from engine.learning.onnx_parts import FLOAT32, FLOAT64, INT64, GraphParts
from engine.learning.points import Points

INPUT = "inputs"
ACTIVATIONS = {Activation.RELU: "Relu", Activation.TANH: "Tanh", Activation.SIGMOID: "Sigmoid"}


def write_graph(trained: Trained, name: str, description: str) -> bytes:
    """Return the bytes of the ONNX file.

    Args:
        trained: the model.
        name: of the graph; the id of the pack.
        description: the documentation string of the file.
    """
    graph = GraphParts()
    write_outputs(graph, trained)
    return graph.model(name, description, INPUT, len(trained.design.inputs), trained.outputs)


def write_outputs(graph: GraphParts, trained: Trained) -> None:
    """Write all that gives the risks, each under the name of its output."""
    fitted = trained.fitted
    if isinstance(fitted, Points):
        _write_points(graph, fitted, trained.outputs)
    elif isinstance(fitted, Cox):
        _write_survival(graph, trained, fitted)
    elif isinstance(fitted, Network) and trained.calibration == PLAIN:
        sums = _network(graph, trained.design, fitted, half=trained.half)
        shares = graph.node("Softmax", [sums], axis=1)
        graph.node("Gather", [shares, graph.whole([1])], trained.outputs[0], axis=1)
    else:
        write_risk(graph, _score(graph, trained), trained.calibration, trained.outputs[0])


def _score(graph: GraphParts, trained: Trained) -> str:
    """Write the log odds, [rows, 1]."""
    design, fitted = trained.design, trained.fitted
    if isinstance(fitted, Forest):
        return _forest(graph, design, fitted)
    if isinstance(fitted, Network):
        sums = _network(graph, design, fitted, half=trained.half)
        ends = [graph.node("Gather", [sums, graph.whole([place])], axis=1) for place in (1, 0)]
        return graph.node("Sub", ends)
    if isinstance(fitted, Points):
        raise ValueError("points are written whole")
    intercept = fitted.intercept if isinstance(fitted, Linear) else 0.0
    return _first(graph, design, fitted.coefficients[:, None], np.array([intercept]))


def _write_points(graph: GraphParts, points: Points, outputs: Sequence[str]) -> None:
    """Write the points of each item, their sum, and the risk at that total: whole numbers, and so exact."""
    base, steps = 0, []
    parts: dict[str, list[tuple[int, float, int]]] = {"GreaterOrEqual": [], "Equal": [], "IsNaN": []}
    for item in points.items:
        if item.levels:
            start = item.points[-1]
            pairs = zip(item.levels, item.points, strict=False)
            parts["Equal"] += [(item.column, level, each - start) for level, each in pairs]
        else:
            start = item.points[0]
            rises = np.diff(item.points).tolist()
            parts["GreaterOrEqual"] += [(item.column, cut, rise) for cut, rise in zip(item.cuts, rises, strict=True)]
        base += start
        parts["IsNaN"].append((item.column, 0.0, item.missing - start))
    joined = []
    for operator, rows in parts.items():
        if not rows:
            continue
        seen = graph.node("Gather", [INPUT, graph.whole([column for column, _, _ in rows])], axis=1)
        held = [] if operator == "IsNaN" else [graph.floats([value for _, value, _ in rows])]
        joined.append(graph.node("Cast", [graph.node(operator, [seen, *held])], to=FLOAT64))
        steps += [float(step) for _, _, step in rows]
    told = graph.node("Concat", joined, axis=1) if len(joined) > 1 else joined[0]
    weights = graph.numbers(np.array(steps)[:, None])
    *risks, total = outputs
    graph.node("Gemm", [told, weights, graph.numbers([float(base)])], total)
    place = graph.node("Cast", [graph.node("Round", [total])], to=INT64)
    for horizon, output in enumerate(risks):
        graph.node("Gather", [graph.numbers(points.risks[:, horizon]), place], output, axis=0)


def _write_survival(graph: GraphParts, trained: Trained, cox: Cox) -> None:
    ratio = graph.node("Exp", [_score(graph, trained)])
    for output, years in zip(trained.outputs, trained.horizons, strict=True):
        passed = graph.node("Mul", [ratio, graph.number(-cox.baseline(years))])
        graph.node("Sub", [graph.number(1.0), graph.node("Exp", [passed])], output)


def write_risk(graph: GraphParts, score: str, calibration: Calibration, output: str | None = None) -> str:
    """Write the risk that scores (log odds, [rows, 1]) stand for; return its name."""
    if isinstance(calibration, Line):
        if calibration != PLAIN:
            score = graph.node("Mul", [score, graph.number(calibration.slope)])
            score = graph.node("Add", [score, graph.number(calibration.intercept)])
        return graph.node("Sigmoid", [score], output)
    low, high, slopes = calibration.scores[:1], calibration.scores[:1], np.zeros(1)
    if len(calibration.scores) > 1:
        low, high = calibration.scores[:-1], calibration.scores[1:]
        slopes = np.diff(calibration.risks) / (high - low)
    within = graph.node("Min", [graph.node("Max", [score, graph.numbers(low)]), graph.numbers(high)])
    gone = graph.node("Sub", [within, graph.numbers(low)])  # how far the score got through each piece
    return graph.node("Gemm", [gone, graph.numbers(slopes[:, None]), graph.numbers(calibration.risks[:1])], output)


def _network(graph: GraphParts, design: Design, network: Network, *, half: bool) -> str:
    first, *others = network.layers
    value = _first_of_half(graph, design, first) if half else _first(graph, design, first.weights, first.bias)
    for layer in others:
        value = graph.node(ACTIVATIONS[network.activation], [value])
        weights = graph.halves(layer.weights) if half else graph.numbers(layer.weights)
        value = graph.node("Gemm", [value, weights, graph.singles(layer.bias) if half else graph.numbers(layer.bias)])
    return value


def _first_of_half(graph: GraphParts, design: Design, layer: Layer) -> str:
    """Write the design and the product with weights of 16 bits.

    Columns are brought to mean 0 and deviation 1 before, since what the first layer is elsewhere multiplied with (the
    weights over the deviation) would lose its digits against a large mean.
    """
    joined = write_columns(graph, design, _within(graph, design, half=True))
    centred = graph.node("Sub", [joined, graph.singles(design.centre)])
    scaled = graph.node("Mul", [centred, graph.singles(design.factor)])
    return graph.node("Gemm", [scaled, graph.halves(layer.weights), graph.singles(layer.bias)])


def _within(graph: GraphParts, design: Design, *, half: bool = False) -> str:
    """Write all raw columns filled and held within the training range, in 64 bits."""
    write = graph.singles if half else graph.numbers
    missing = graph.node("IsNaN", [INPUT])
    filled = graph.node("Where", [missing, write(design.fill), graph.node("Cast", [INPUT], to=FLOAT64)])
    above = graph.node("Max", [filled, write(design.low)])
    return graph.node("Min", [above, write(design.high)])


def _levels(graph: GraphParts, design: Design, within: str, kind: int) -> str:
    seen = graph.node("Gather", [within, graph.whole(design.level_of)], axis=1)
    return graph.node("Cast", [graph.node("Equal", [seen, graph.numbers(design.level_is)])], to=kind)


def _first(graph: GraphParts, design: Design, weights: FloatArray, bias: FloatArray) -> str:
    """Write the design and the product with the first weights; the last steps of the design are in them."""
    joined = write_columns(graph, design, _within(graph, design))
    folded, constant = design.fold(weights, bias)
    return graph.node("Gemm", [joined, graph.numbers(folded), graph.numbers(constant)])


def write_columns(graph: GraphParts, design: Design, within: str | None = None, *, terms: bool = False) -> str:
    """Write the columns of the design before they are scaled; of a curve the cubes behind its knots, or its terms.

    ``within``: the raw columns filled and held within their range, where they are written already.
    """
    within = within or _within(graph, design)
    parts = []
    if len(design.straight) == len(design.inputs):
        parts.append(within)
    elif len(design.straight):
        parts.append(graph.node("Gather", [within, graph.whole(design.straight)], axis=1))
    if len(design.bend_of):
        seen = graph.node("Gather", [within, graph.whole(design.bend_of)], axis=1)
        # factor * (x - at) as one product and one sum would round otherwise where a knot is far from 0
        behind = graph.node("Sub", [seen, graph.numbers(design.bend_at)])
        behind = graph.node("Relu", [graph.node("Mul", [behind, graph.numbers(design.bend_factor)])])
        cubes = graph.node("Mul", [graph.node("Mul", [behind, behind]), behind])
        parts.append(graph.node("MatMul", [cubes, graph.numbers(design.bend_weights)]) if terms else cubes)
    if len(design.level_of):
        parts.append(_levels(graph, design, within, FLOAT64))
    if len(design.flag_of):
        flagged = graph.node("IsNaN", [graph.node("Gather", [INPUT, graph.whole(design.flag_of)], axis=1)])
        parts.append(graph.node("Cast", [flagged], to=FLOAT64))
    return graph.node("Concat", parts, axis=1) if len(parts) > 1 else parts[0]


def _forest(graph: GraphParts, design: Design, forest: Forest) -> str:
    parts = [INPUT]
    if len(design.straight) != len(design.inputs):
        parts = [graph.node("Gather", [INPUT, graph.whole(design.straight)], axis=1)]
    if len(design.level_of):
        parts.append(_levels(graph, design, _within(graph, design), FLOAT32))
    joined = graph.node("Concat", parts, axis=1) if len(parts) > 1 else parts[0]
    summed = graph.trees(joined, **_tree_attributes(forest))
    wide = graph.node("Cast", [summed], to=FLOAT64)
    return graph.node("Add", [wide, graph.number(forest.base)])


def _tree_attributes(forest: Forest) -> dict[str, object]:
    count = len(forest.column)
    trees = np.searchsorted(forest.roots, np.arange(count), side="right") - 1
    nodes = np.arange(count) - forest.roots[trees]
    inner = forest.column >= 0
    leaves = np.flatnonzero(~inner)
    return {
        "n_targets": 1,
        "nodes_treeids": trees,
        "nodes_nodeids": nodes,
        "nodes_featureids": np.maximum(forest.column, 0),
        "nodes_modes": ["BRANCH_LEQ" if each else "LEAF" for each in inner],
        "nodes_values": forest.cut.astype(np.float32),
        "nodes_truenodeids": np.where(inner, forest.left - forest.roots[trees], 0),
        "nodes_falsenodeids": np.where(inner, forest.right - forest.roots[trees], 0),
        "nodes_missing_value_tracks_true": forest.missing_left.astype(np.int64),
        "target_treeids": trees[leaves],
        "target_nodeids": nodes[leaves],
        "target_ids": np.zeros(len(leaves), dtype=np.int64),
        "target_weights": forest.value[leaves].astype(np.float32),
        "post_transform": "NONE",
    }
