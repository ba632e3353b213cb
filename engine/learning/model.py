"""A trained model: the design, what was fitted on it, and how its score becomes a risk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.domain.batch import FloatArray
from engine.learning.calibration import PLAIN, Calibration
from engine.learning.cox import Cox
from engine.learning.design import Design
from engine.learning.forest import Forest
from engine.learning.logistic import Linear
from engine.learning.network import Network
from engine.learning.points import POINTS, Points
from engine.learning.table import Float32Array

Fitted = Linear | Network | Forest | Cox | Points
RISK = "risk"
_LARGEST_LOG = 700.0  # a hazard ratio beyond it has no number, and its risk is 1 either way


@dataclass(frozen=True, slots=True)
class Trained:
    """A model from raw columns to risks. ``horizons``: years at which a Cox model tells the risk; else empty.

    ``half``: the weights are such as 16 bits hold, and all other numbers of the design such as 32 bits hold.
    """

    design: Design
    fitted: Fitted
    calibration: Calibration = PLAIN
    horizons: tuple[float, ...] = ()
    half: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.fitted, Cox) != bool(self.horizons) and not isinstance(self.fitted, Points):
            raise ValueError("horizons are those of a Cox model")
        if self.calibration != PLAIN and (self.horizons or isinstance(self.fitted, Points)):
            raise ValueError("a Cox model is calibrated by its baseline, points by the risk of each total")

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the risks; behind those of a point score the points."""
        risks = tuple(f"risk_{years:g}y".replace(".", "_") for years in self.horizons) or (RISK,)
        return (*risks, POINTS) if isinstance(self.fitted, Points) else risks

    def score(self, raw: Float32Array) -> FloatArray:
        """Return float64[rows]: log odds, the log of the hazard ratio, or points."""
        if isinstance(self.fitted, Points):
            return self.fitted.total(raw).astype(np.float64)
        if isinstance(self.fitted, Forest):
            return self.fitted.score(self.design.for_trees(raw))
        return self.fitted.score(self.design.transform(raw))

    def risks(self, raw: Float32Array) -> FloatArray:
        """Return what the outputs tell, float64[rows, outputs]: fractions, and points."""
        if isinstance(self.fitted, Points):
            total = self.fitted.total(raw)
            return np.concatenate([self.fitted.risks[total], total[:, None]], axis=1)
        return self.risks_of(self.score(raw))

    def risks_of(self, score: FloatArray) -> FloatArray:
        """Return the fractions that scores stand for, float64[rows, outputs]; not of points."""
        if isinstance(self.fitted, Cox):
            baseline = np.array([self.fitted.baseline(years) for years in self.horizons])
            ratio = np.exp(np.minimum(score, _LARGEST_LOG))
            risks: FloatArray = -np.expm1(-baseline * ratio[:, None])
            return risks
        return self.calibration.risk(score)[:, None]
