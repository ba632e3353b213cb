"""A straight line in place of a pack near one person, in the manner of LIME, with how well it fits.

People like this one are made up within the inputs that have a reference, scored, and weighed by how near they are; a
ridge regression through them says how the number moves here. ``explain_shapley`` says what the whole way to the
reference adds: the two part where inputs meet or a limit lies on the way.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.domain.attribution import LocalEffect, LocalSurrogate
from engine.domain.batch import Batch, FloatArray
from engine.fields import Dictionary, Field, Kind
from engine.packs.manifest import OutputKind
from engine.risk.explain_board import frozen
from engine.risk.explain_players import headline, reference_columns, reference_players
from engine.risk.predictor import Predictor

SAMPLES = 2000
# Of the plausible range of a field: about what a population varies by.
_SPREAD = 1 / 8
# As LIME has them: how fast weights fall with the distance, and how strongly slopes are held back.
_KERNEL_WIDTH, _RIDGE = 0.75, 1.0
_FEWEST_PER_FIELD = 20


def local_surrogate(
    predictor: Predictor, batch: Batch, dictionary: Dictionary, output: str | None = None, seed: int = 0
) -> tuple[LocalSurrogate | None, ...]:
    """Return the line near each person; None where the pack gives no number, or too few numbers nearby.

    Args:
        predictor: any pack.
        batch: people as they were scored.
        dictionary: the fields of the clinic.
        output: a numeric output; None: the headline of the pack.
        seed: of the people that are made up.

    Raises:
        KeyError: the pack has no such output.
        PackError: the graph breaks.
    """
    manifest = predictor.pack.manifest
    name = output if output is not None else headline(manifest)
    if name is None or manifest.output(name).kind is OutputKind.CATEGORY:
        return (None,) * batch.rows
    people = frozen(predictor, batch)
    references = reference_columns(manifest, dictionary, reference_players(manifest))
    near = _Near(predictor, dictionary, references, name, seed)
    return tuple(near.line(people.slice(row, row + 1)) for row in range(people.rows))


@dataclass(frozen=True, slots=True)
class _Near:
    predictor: Predictor
    dictionary: Dictionary
    references: Mapping[str, float]
    output: str
    seed: int

    def line(self, person: Batch) -> LocalSurrogate | None:
        value = float(self.predictor.predict(person).outputs[self.output][0])
        own = {field: float(person.column(field)[0]) for field in self.references}
        moving = [field for field, number in own.items() if math.isfinite(number) and number != self.references[field]]
        if math.isnan(value):
            return None
        steps, numbers = self._scored(person, moving)
        usable = np.isfinite(numbers)
        if usable.sum() < _FEWEST_PER_FIELD * (len(moving) + 1):
            return None
        slopes, fit = _ridge(steps[usable], numbers[usable])
        effects = [self._effect(field, own[field], slope) for field, slope in zip(moving, slopes.tolist(), strict=True)]
        effects.sort(key=lambda effect: -abs(effect.amount))
        return LocalSurrogate(
            self.predictor.pack.manifest.id, self.output, value, fit, int(usable.sum()), tuple(effects)
        )

    def _scored(self, person: Batch, moving: Sequence[str]) -> tuple[FloatArray, FloatArray]:
        """Return how far made-up people are from this one, float64[samples, fields] in spreads, and their numbers."""
        random = np.random.default_rng(self.seed)
        columns = {name: np.repeat(column, SAMPLES) for name, column in person.columns.items()}
        steps = np.empty((SAMPLES, len(moving)))
        for place, field in enumerate(moving):
            spread = self._spread(field)
            if spread is None:
                steps[:, place] = -random.integers(0, 2, SAMPLES)
                columns[field] = np.where(steps[:, place] == 0, columns[field], self.references[field])
            else:
                steps[:, place] = random.normal(size=SAMPLES)
                columns[field] = columns[field] + spread * steps[:, place]
        return steps, self.predictor.predict(Batch(SAMPLES, columns), supposed=True).outputs[self.output]

    def _effect(self, field: str, own: float, slope: float) -> LocalEffect:
        spread = self._spread(field)
        per_unit = slope if spread is None else slope / spread
        way = 1.0 if spread is None else own - self.references[field]
        decoded = self.dictionary[field].decode
        value, reference = decoded(own), decoded(self.references[field])
        if value is None or reference is None:
            raise ValueError("a field that moves has a value and a reference")
        return LocalEffect(field, value, reference, per_unit, per_unit * way)

    def _spread(self, field: str) -> float | None:
        """Return how far a number is varied; None for what is not a number."""
        found = self.dictionary[field]
        return _range(found) * _SPREAD if found.kind is Kind.NUMBER else None


def _range(field: Field) -> float:
    low = field.plausible_min if field.plausible_min is not None else field.hard_min
    high = field.plausible_max if field.plausible_max is not None else field.hard_max
    return high - low if low is not None and high is not None else 1.0


def _ridge(steps: FloatArray, numbers: FloatArray) -> tuple[FloatArray, float]:
    """Return the slopes of a weighted ridge regression, and its weighted R²."""
    fields = steps.shape[1]
    width = _KERNEL_WIDTH * math.sqrt(max(fields, 1))
    weights = np.sqrt(np.exp(-np.square(steps).sum(axis=1) / width**2))
    weights /= weights.sum()
    centred, risen = steps - weights @ steps, numbers - weights @ numbers
    weighed = centred * (weights * len(numbers))[:, None]
    slopes: FloatArray = np.linalg.solve(weighed.T @ centred + _RIDGE * np.eye(fields), weighed.T @ risen)
    spread = float(weights @ np.square(risen))
    left = float(weights @ np.square(risen - centred @ slopes))
    return slopes, 1.0 if spread == 0 else 1 - left / spread
