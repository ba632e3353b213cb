"""What a smaller model loses on people that neither it nor the full one had seen, and whether that is too much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.domain.batch import FloatArray
from engine.domain.recalibration import Estimate
from engine.errors import InputError
from engine.learning.judgement.figures import Figure
from engine.learning.model import Trained
from engine.learning.smaller import TOLERANCES, Smaller


@dataclass(frozen=True, slots=True)
class Full:
    """The model of full size: ``trained``, its figures on people left out, and how far a smaller one moves a risk.

    ``mean_change`` and ``largest_change``: over people and repeats, of risks told by models that never saw them.
    """

    how: Smaller
    trained: Trained
    figures: Mapping[Figure, Estimate]
    mean_change: float
    largest_change: float


def changes(small: FloatArray, full: FloatArray) -> tuple[float, float]:
    """Return the mean and the largest change of a risk."""
    moved = np.abs(small - full)
    return float(moved.mean()), float(moved.max())


def check_tolerance(how: Smaller, full: Mapping[Figure, Estimate], small: Mapping[Figure, Estimate]) -> None:
    """Raise InputError ``learning_smaller_worse`` where a smaller model loses more than was declared."""
    allowed = TOLERANCES[how]
    order = Figure.C_INDEX if Figure.C_INDEX in full else Figure.AUROC
    lost = {
        order: (_value(full, order) - _value(small, order), allowed.auroc),
        Figure.BRIER: (_value(small, Figure.BRIER) / max(_value(full, Figure.BRIER), 1e-9) - 1, allowed.brier),
        Figure.SLOPE: (abs(_value(small, Figure.SLOPE) - 1) - abs(_value(full, Figure.SLOPE) - 1), allowed.slope),
    }
    for figure, (loss, most) in lost.items():
        if not loss <= most:
            raise InputError(
                "learning_smaller_worse",
                figure=str(figure),
                before=f"{_value(full, figure):.3f}",
                after=f"{_value(small, figure):.3f}",
            )


def _value(figures: Mapping[Figure, Estimate], figure: Figure) -> float:
    return figures[figure].value if figure in figures else 1.0
