"""Takes off a trained model what hardly matters, until the rest explains 95 % of the variance of its score.

That share is Harrell's limit for approximating a model (Regression Modeling Strategies. 2nd ed. Springer 2015, section
5.5.2, doi:10.1007/978-3-319-19425-7; Ambler G, Brady AR, Royston P. Stat Med 2002;21:3803-3822,
doi:10.1002/sim.1422). Of a sum curves go first, then whole inputs, the others taking over by least squares; of trees
the splits that part people least; of a network hidden units, then inputs. The outcome takes no part but for the
baseline of a Cox model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from engine.domain.batch import BoolArray, FloatArray, IntArray
from engine.learning.cox import Cox, breslow
from engine.learning.design import Design
from engine.learning.forest import Forest, on_grid
from engine.learning.logistic import Linear
from engine.learning.model import Trained
from engine.learning.network import Layer, Network, activate
from engine.learning.points import Points
from engine.learning.table import Float32Array

EXPLAINED = 0.95
_OF_UNITS = 0.975  # hidden units may cost half of what is given up, inputs the rest
_RIDGE = 1e-9
_EDGE = 1e-4


def prune(trained: Trained, raw: Float32Array, event: FloatArray, years: FloatArray | None) -> Trained:
    """Return the model with less in it; ``raw``: the training people with their outcomes."""
    fitted = trained.fitted
    risk = np.clip(trained.risks(raw)[:, 0], _EDGE, 1 - _EDGE)
    weight = risk * (1 - risk)
    if isinstance(fitted, Points):
        raise TypeError("points are small")
    if isinstance(fitted, Forest):
        return replace(trained, fitted=_trees(fitted, trained.design.for_trees(raw), weight))
    matrix = trained.design.transform(raw)
    if isinstance(fitted, Network):
        return replace(trained, fitted=_network(fitted, trained.design, matrix, weight))
    found = _sum(trained.design, matrix, fitted.coefficients, weight)
    if isinstance(fitted, Linear):
        level = fitted.intercept + float(np.average(matrix @ (fitted.coefficients - found), weights=weight))
        return replace(trained, fitted=Linear(found, level))
    if years is None:
        raise ValueError("a Cox model needs years")
    return replace(trained, fitted=Cox(found, *breslow(matrix, years, event == 1, found)))


def explained(aim: FloatArray, score: FloatArray, weight: FloatArray) -> float:
    """Return the share of a score's variance over people that another one explains, its level left free."""
    rest = aim - score
    rest = rest - np.average(rest, weights=weight)
    spread = aim - np.average(aim, weights=weight)
    whole = float(weight @ (spread * spread))
    return 1 - float(weight @ (rest * rest)) / whole if whole > 0 else 1.0


def _sum(design: Design, matrix: FloatArray, coefficients: FloatArray, weight: FloatArray) -> FloatArray:
    """Return coefficients with zeros: at each step what is missed least goes, and the others take over."""
    aim = matrix @ coefficients
    centred = matrix - np.average(matrix, axis=0, weights=weight)
    inner = (centred.T * weight) @ centred
    outer = centred.T @ (weight * aim)
    spread = aim - np.average(aim, weights=weight)
    whole = float(weight @ (spread * spread))
    if whole <= 0:
        return coefficients
    kept: BoolArray = (coefficients != 0) & (design.factor != 0)
    found = coefficients
    while True:
        steps = [kept & ~group for group in _groups(design, kept)]
        tried = [_solved(inner, outer, step) for step in steps]
        shares = [float(outer @ each) / whole for each in tried]  # of a least-squares fit
        if not shares or max(shares) < EXPLAINED:
            return found
        best = int(np.argmax(shares))
        kept, found = steps[best], tried[best]


def _groups(design: Design, kept: BoolArray) -> list[BoolArray]:
    """Return what may go next: of each input its curve, or all of it where it has none left."""
    sizes = len(design.straight), design.bend_weights.shape[1]
    curves = np.zeros(len(kept), dtype=np.bool_)
    curves[sizes[0] : sum(sizes)] = True
    groups = []
    for mine in _inputs(design):
        if not (mine & kept).any():
            continue
        curve = mine & curves & kept
        groups.append(curve if curve.any() else mine & kept)
    return groups


def _inputs(design: Design) -> list[BoolArray]:
    """Return the columns of the matrix of each input; the places of a text are one input."""
    found: dict[str, BoolArray] = {}
    for column, name in enumerate(design.inputs):
        whole = name.rsplit(".", 1)[0] if _is_place(name) else name
        found[whole] = found.get(whole, np.zeros(len(design.names), dtype=np.bool_)) | design.uses(column)
    return list(found.values())


def _is_place(name: str) -> bool:
    return name.rpartition(".")[2].isdigit() and "." in name


def _solved(inner: FloatArray, outer: FloatArray, kept: BoolArray) -> FloatArray:
    found = np.zeros(len(outer))
    if kept.any():
        part = inner[np.ix_(kept, kept)]
        part[np.diag_indices_from(part)] += _RIDGE * float(np.trace(part)) / len(part)
        found[kept] = np.linalg.solve(part, outer[kept])
    return found


def _most(count: int, enough: Callable[[int], bool]) -> int:
    """Return the largest number of parts from 0 to ``count`` that may go; what is enough with more is so with fewer."""
    low, high = 0, count
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if enough(middle) else (low, middle - 1)
    return low


def _trees(forest: Forest, values: Float32Array, weight: FloatArray) -> Forest:
    aim = forest.score(values)
    mean, lost = _splits(forest, values, weight)
    inner = np.flatnonzero(forest.column >= 0)
    order = inner[np.argsort(lost[inner], kind="stable")]

    def collapsed(count: int) -> Forest:
        return _collapsed(forest, order[:count], mean)

    gone = _most(len(order), lambda count: explained(aim, collapsed(count).score(values), weight) >= EXPLAINED)
    return collapsed(gone)


def _splits(forest: Forest, values: Float32Array, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return of each node the mean of the leaves below it over people, and the variance that goes with its splits.

    The variance below a node is never less than that below its children, so whatever goes first leaves leaves.
    """
    leaves = forest.leaves(values)
    count = len(forest.column)
    mass = np.zeros(count)
    for tree in range(leaves.shape[1]):
        mass += np.bincount(leaves[:, tree], weights=weight, minlength=count)
    total, square = mass * forest.value, mass * forest.value**2
    for node in range(count - 1, -1, -1):  # children stand behind their parents
        if forest.column[node] >= 0:
            for part in (mass, total, square):
                part[node] = part[forest.left[node]] + part[forest.right[node]]
    mean = np.divide(total, mass, out=np.zeros(count), where=mass > 0)
    return mean, np.maximum(square - mass * mean**2, 0.0)


def _collapsed(forest: Forest, gone: IntArray, mean: FloatArray) -> Forest:
    """Return the trees with some splits made leaves; a tree of one leaf becomes part of the base."""
    column, value = forest.column.copy(), forest.value.copy()
    column[gone], value[gone] = -1, on_grid(mean[gone])
    reached = np.zeros(len(column), dtype=np.bool_)
    reached[forest.roots] = True
    for node in range(len(column)):
        if reached[node] and column[node] >= 0:
            reached[forest.left[node]] = reached[forest.right[node]] = True
    stumps = forest.roots[column[forest.roots] < 0]
    if len(stumps) == len(forest.roots):
        stumps = stumps[1:]  # a graph needs a tree
    reached[stumps] = False
    place = np.cumsum(reached) - 1
    inner = column >= 0
    return Forest(
        roots=place[np.setdiff1d(forest.roots, stumps)],
        column=column[reached],
        cut=np.where(inner, forest.cut, np.float32(0))[reached],
        left=np.where(inner, place[forest.left], 0)[reached],
        right=np.where(inner, place[forest.right], 0)[reached],
        missing_left=(forest.missing_left & inner)[reached],
        value=np.where(inner, 0.0, value)[reached],
        base=forest.base + float(value[stumps].sum()),
    )


def _network(network: Network, design: Design, matrix: FloatArray, weight: FloatArray) -> Network:
    aim = network.score(matrix)
    units = _units(network, matrix, weight)

    def narrower(count: int) -> Network:
        return _fitted_again(_without_units(network, units[:count], matrix, weight), matrix, aim, weight)

    gone = _most(len(units), lambda count: explained(aim, narrower(count).score(matrix), weight) >= _OF_UNITS)
    found = narrower(gone) if gone else network
    first = found.layers[0].weights
    inputs = sorted(_inputs(design), key=lambda mine: float((first[mine] ** 2).sum()))

    def shorter(count: int) -> Network:
        cut = np.logical_or.reduce(inputs[:count]) if count else np.zeros(len(first), dtype=np.bool_)
        weights = np.where(cut[:, None], 0.0, first)
        layers = (Layer(weights, found.layers[0].bias), *found.layers[1:])
        return _fitted_again(Network(layers, found.activation), matrix, aim, weight)

    gone = _most(len(inputs) - 1, lambda count: explained(aim, shorter(count).score(matrix), weight) >= EXPLAINED)
    return shorter(gone) if gone else found


def _units(network: Network, matrix: FloatArray, weight: FloatArray) -> list[tuple[int, int]]:
    """Return the hidden units as (layer, unit), what matters least first; the strongest of each layer is not there."""
    found: list[tuple[float, int, int]] = []
    value = matrix
    for place, layer in enumerate(network.layers[:-1]):
        value = activate(value @ layer.weights + layer.bias, network.activation)
        spread = value - np.average(value, axis=0, weights=weight)
        worth = np.average(spread**2, axis=0, weights=weight) * (network.layers[place + 1].weights ** 2).sum(axis=1)
        order = np.argsort(worth, kind="stable")[:-1]
        found += [(float(worth[unit]), place, int(unit)) for unit in order]
    return [(place, unit) for _, place, unit in sorted(found)]


def _without_units(
    network: Network, gone: Sequence[tuple[int, int]], matrix: FloatArray, weight: FloatArray
) -> Network:
    """Return the network without some hidden units; what they gave on average goes into the next biases."""
    layers: list[Layer] = []
    value = matrix
    before = np.ones(matrix.shape[1], dtype=np.bool_)
    extra = np.zeros(network.layers[0].weights.shape[1])
    for place, layer in enumerate(network.layers):
        kept = np.ones(layer.weights.shape[1], dtype=np.bool_)
        kept[[unit for at, unit in gone if at == place]] = False
        layers.append(Layer(layer.weights[np.ix_(before, kept)], (layer.bias + extra)[kept]))
        if place + 1 < len(network.layers):
            value = activate(value @ layer.weights + layer.bias, network.activation)
            usual = np.average(value, axis=0, weights=weight)
            extra = np.where(kept, 0.0, usual) @ network.layers[place + 1].weights
            before = kept
    return Network(tuple(layers), network.activation)


def _fitted_again(network: Network, matrix: FloatArray, aim: FloatArray, weight: FloatArray) -> Network:
    """Return the network with a last layer that comes nearest to a score."""
    value = matrix
    for layer in network.layers[:-1]:
        value = activate(value @ layer.weights + layer.bias, network.activation)
    mean = np.average(value, axis=0, weights=weight)
    centred, level = value - mean, float(np.average(aim, weights=weight))
    inner = (centred.T * weight) @ centred
    found = _solved(inner, centred.T @ (weight * (aim - level)), np.ones(len(inner), dtype=np.bool_))
    half = np.stack([-found, found], axis=1) / 2
    start = level - float(mean @ found)
    last = Layer(half, np.array([-start, start]) / 2)
    return Network((*network.layers[:-1], last), network.activation)
