"""A network whose weights need 16 bits each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.domain.batch import FloatArray
from engine.errors import InputError
from engine.learning.model import Trained
from engine.learning.network import Layer, Network


def halved(trained: Trained) -> Trained:
    """Return the network with weights rounded to 16 bits; biases and the numbers of its design are rounded to 32.

    Raises:
        InputError: ``learning_half_network`` for another model: only a network has more weights than other numbers;
            ``learning_half_range`` when a weight is too large for 16 bits.
    """
    network = trained.fitted
    if not isinstance(network, Network):
        raise InputError("learning_half_network")
    layers = tuple(Layer(_half(layer.weights), _single(layer.bias)) for layer in network.layers)
    design = trained.design
    rounded = replace(
        design,
        fill=_single(design.fill),
        low=_single(design.low),
        high=_single(design.high),
        centre=_single(design.centre),
        factor=_single(design.factor),
    )
    return replace(trained, design=rounded, fitted=Network(layers, network.activation), half=True)


def _half(values: FloatArray) -> FloatArray:
    with np.errstate(over="ignore"):
        narrow = values.astype(np.float16).astype(np.float64)
    if not np.isfinite(narrow).all():
        raise InputError("learning_half_range")
    return narrow


def _single(values: FloatArray) -> FloatArray:
    with np.errstate(over="ignore"):
        narrow = values.astype(np.float32).astype(np.float64)
    if not np.isfinite(narrow).all():
        raise InputError("learning_half_range")
    return narrow
