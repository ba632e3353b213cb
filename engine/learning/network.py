"""Small networks in NumPy: what they are, and what they answer. ``network_fit`` trains them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from engine.domain.batch import FloatArray


class Activation(StrEnum):
    """What a hidden unit makes of its sum."""

    RELU = "relu"
    TANH = "tanh"
    SIGMOID = "sigmoid"


class Optimiser(StrEnum):
    """How weights move: plain steps, or Adam (Kingma DP, Ba J. 2014, arXiv:1412.6980)."""

    SGD = "sgd"
    ADAM = "adam"


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """How a network is built and trained.

    ``classes``: softmax outputs, one a class. ``validation``: the share of the training people that only watches.
    ``patience``: epochs without a smaller validation loss after which training stops and the best weights are taken;
    None: all epochs are run and the last weights are taken. ``penalty``: added to the mean loss is this times half the
    sum of the squared weights, biases left out.
    """

    hidden: tuple[int, ...] = (8,)
    activation: Activation = Activation.RELU
    classes: int = 2
    optimiser: Optimiser = Optimiser.ADAM
    rate: float = 0.01
    epochs: int = 200
    batch: int = 32
    validation: float = 0.2
    patience: int | None = 20
    penalty: float = 0.0

    def __post_init__(self) -> None:
        sizes = (*self.hidden, self.epochs, self.batch, self.classes - 1)
        if min(sizes) < 1 or not 0 <= self.validation < 1 or self.rate <= 0 or self.penalty < 0:
            raise ValueError("sizes from 1, two classes, validation below 1, rate above 0")
        if self.patience is not None and (self.patience < 1 or self.validation == 0):
            raise ValueError("patience needs people to watch")


# Three inputs, four hidden ReLU units, two softmax outputs; the numbers are those of the textbook, and none is tuned.
TEXTBOOK_INPUTS = 3
TEXTBOOK = NetworkSettings(
    hidden=(4,),
    activation=Activation.RELU,
    classes=2,
    optimiser=Optimiser.SGD,
    rate=0.01,
    epochs=1000,
    batch=32,
    validation=0.2,
    patience=None,
)


@dataclass(frozen=True, slots=True)
class Layer:
    """``weights`` [inputs, units] and ``bias`` [units]."""

    weights: FloatArray
    bias: FloatArray


@dataclass(frozen=True, slots=True)
class Network:
    """Layers from the first hidden one to the outputs, which are softmax."""

    layers: tuple[Layer, ...]
    activation: Activation

    def sums(self, design: FloatArray) -> FloatArray:
        """Return what goes into the softmax, float64[rows, classes]."""
        value = design
        for layer in self.layers[:-1]:
            value = activate(value @ layer.weights + layer.bias, self.activation)
        last = self.layers[-1]
        result: FloatArray = value @ last.weights + last.bias
        return result

    def probabilities(self, design: FloatArray) -> FloatArray:
        """Return float64[rows, classes]; each row sums to 1."""
        return softmax(self.sums(design))

    def score(self, design: FloatArray) -> FloatArray:
        """Return the log odds of the second of two classes, float64[rows]."""
        sums = self.sums(design)
        if sums.shape[1] != 2:
            raise ValueError("two classes")
        odds: FloatArray = sums[:, 1] - sums[:, 0]
        return odds


def activate(sums: FloatArray, activation: Activation) -> FloatArray:
    """Return what hidden units make of their sums."""
    if activation is Activation.RELU:
        result: FloatArray = np.maximum(sums, 0.0)
    elif activation is Activation.TANH:
        result = np.tanh(sums)
    else:
        result = 0.5 + 0.5 * np.tanh(0.5 * sums)  # the sigmoid, without overflow
    return result


def slope_of(values: FloatArray, activation: Activation) -> FloatArray:
    """Return the derivative of the activation, from the activated values."""
    if activation is Activation.RELU:
        result: FloatArray = (values > 0).astype(np.float64)
    elif activation is Activation.TANH:
        result = 1 - values * values
    else:
        result = values * (1 - values)
    return result


def softmax(sums: FloatArray) -> FloatArray:
    """Return e^sum / sum of e^sum along the last axis, without overflow."""
    raised = np.exp(sums - sums.max(axis=-1, keepdims=True))
    result: FloatArray = raised / raised.sum(axis=-1, keepdims=True)
    return result


def cross_entropy(network: Network, design: FloatArray, classes: FloatArray) -> float:
    """Return the mean loss of class indices [rows], without the penalty."""
    sums = network.sums(design)
    sums = sums - sums.max(axis=1, keepdims=True)
    taken = np.take_along_axis(sums, classes.astype(np.int64)[:, None], axis=1)[:, 0]
    return float(np.mean(np.log(np.exp(sums).sum(axis=1)) - taken))
