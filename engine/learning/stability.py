"""How far one person's risk depends on who happened to be in the data: models of other samples, kept beside the model.

The model is trained again on people drawn with replacement from the same ones; what most of these models say of a
person is that person's interval (Riley RD, Collins GS. Stability of clinical prediction models developed using
statistical or machine learning methods. Biom J 2023;65:2200302, doi:10.1002/bimj.202200302). It tells how much the
answer is owed to chance in the data. It does not tell what the answer is worth: a stable model can be wrong.

These models share the design of the model: medians, limits, knots and levels look at no outcome, and what is shared is
kept once. So 200 of them are one matrix. Trees are not kept: a hundred trees, 200 times over, would be megabytes and
milliseconds a person. Nor are networks of which 200 would be more than 4 MB.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.domain.batch import FloatArray
from engine.learning.cox import Cox
from engine.learning.forest import Forest
from engine.learning.logistic import Linear
from engine.learning.model import Trained
from engine.learning.network import Network
from engine.learning.points import Points
from engine.learning.table import Float32Array

SHARE = 0.95
SOURCE = "Riley RD, Collins GS. Biom J 2023;65:2200302, doi:10.1002/bimj.202200302"
FEWEST_MODELS = 40  # beyond each end lies one of them
_MOST_NUMBERS = 500_000  # of all models: 4 MB of the file


@dataclass(frozen=True, slots=True)
class Resampled:
    """A model with those of other samples, all on its design."""

    model: Trained
    others: tuple[Trained, ...]

    def __post_init__(self) -> None:
        if not can_be_kept(self.model, self.others):
            raise ValueError("models that can be kept, on one design")

    @property
    def end_names(self) -> tuple[str, ...]:
        """The names of the ends, low and high of each risk."""
        return tuple(name for output in self.model.outputs for name in end_names(output))

    def ends(self, raw: Float32Array) -> FloatArray:
        """Return fractions, float64[rows, 2 * outputs]: between low and high lie ``SHARE`` of the models.

        The model itself is one of them, so its own risk is never outside.
        """
        risks, own = risks_together(self.others, raw), self.model.risks(raw)
        low, high = np.percentile(risks, ((50 - 50 * SHARE), (50 + 50 * SHARE)), axis=0)
        pairs = np.stack([np.minimum(low, own), np.maximum(high, own)], axis=2)
        return pairs.reshape(len(raw), -1)


def risks_together(models: Sequence[Trained], raw: Float32Array) -> FloatArray:
    """Return what models say of everybody, float64[models, rows, outputs]; a design that they share is made once."""
    shared = all(each.design is models[0].design for each in models)
    if not shared or isinstance(models[0].fitted, Forest | Points):
        return np.stack([each.risks(raw) for each in models])
    columns = models[0].design.transform(raw)
    return np.stack([each.risks_of(_score(each, columns)) for each in models])


def end_names(output: str) -> tuple[str, str]:
    """Return what the ends of an output are called."""
    return f"{output}_low", f"{output}_high"


def can_be_kept(model: Trained, others: Sequence[Trained]) -> bool:
    """Whether models of other samples are enough, of a kind that fits beside the model, and on its design.

    Their scores are bent as those of the model are: what bends them was found once and is kept, as the penalty is.
    """
    shared = all(each.design is model.design and each.calibration is model.calibration for each in others)
    return len(others) >= FEWEST_MODELS and shared and 0 < len(others) * _numbers(model) <= _MOST_NUMBERS


def _numbers(model: Trained) -> int:
    """Return how many numbers a model is beside its design; 0 of one that is not a few products."""
    fitted = model.fitted
    if isinstance(fitted, Network):
        return sum(layer.weights.size + layer.bias.size for layer in fitted.layers)
    return 1 + len(fitted.coefficients) if isinstance(fitted, Linear | Cox) else 0


def _score(model: Trained, columns: FloatArray) -> FloatArray:
    if isinstance(model.fitted, Forest | Points):
        raise TypeError("trees and points take other columns")
    return model.fitted.score(columns)
