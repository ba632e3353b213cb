"""What happened in single steps of a training run, with every number that a reader needs to work it out again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.domain.batch import FloatArray, IntArray
from engine.learning.network import Layer


@dataclass(frozen=True, slots=True)
class Moment:
    """One pass forwards. ``inputs`` [rows, inputs]; ``sums`` of each layer; ``hidden`` values; ``probabilities``."""

    inputs: FloatArray
    sums: tuple[FloatArray, ...]
    hidden: tuple[FloatArray, ...]
    probabilities: FloatArray


@dataclass(frozen=True, slots=True)
class State:
    """A network between two steps: ``weights`` [inputs + 1, units] of each layer, biases in the last row.

    ``moves`` and ``squares``, alike in shape: Adam's running means of the gradients and of their squares; 0 with SGD.
    """

    weights: tuple[FloatArray, ...]
    moves: tuple[FloatArray, ...]
    squares: tuple[FloatArray, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: number and epoch from 0, whose rows and classes, forward values, weights before, gradients, after.

    ``gradients`` are those of the mean loss of the batch (with the penalty, where there is one). With plain steps
    ``after`` is ``before`` minus the rate times ``gradients``; with Adam it is ``before`` minus the rate of this step
    times ``moves`` / (root of ``squares`` + 1e-8), which are the running means after it.
    """

    number: int
    epoch: int
    rows: IntArray
    classes: IntArray
    forward: Moment
    before: tuple[Layer, ...]
    gradients: tuple[Layer, ...]
    after: tuple[Layer, ...]
    moves: tuple[Layer, ...]
    squares: tuple[Layer, ...]

    @property
    def losses(self) -> FloatArray:
        """-log(probability of the true class) of each row of the batch."""
        chosen = np.take_along_axis(self.forward.probabilities, self.classes[:, None], axis=1)
        result: FloatArray = -np.log(chosen[:, 0])
        return result

    @property
    def loss(self) -> float:
        """The mean of -log(probability of the true class) over the batch."""
        return float(self.losses.mean())
