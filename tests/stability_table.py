"""How many people the ends of models of other samples hold: ``python -m tests.stability_table`` prints it.

People are made up, so that any number of other samples can be drawn. Of each person, is within the ends: the risk of
the model that 40 times as many people give; the risk of one more model of as many other people? The ends lie around a
number that has a chance of its own, so they hold the second less often: of normal errors of one size in 83 of 100.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

import numpy as np

from engine.domain.batch import FloatArray
from engine.learning.calibration import PLAIN
from engine.learning.network import NetworkSettings
from engine.learning.stability import Resampled
from engine.learning.table import Table
from engine.learning.train import CoxRecipe, LogisticRecipe, NetworkRecipe, Outcome, Recipe, train_many

RECIPES: dict[str, Recipe] = {
    "logistic": LogisticRecipe(penalties=(3.0,)),
    "logistic, straight": LogisticRecipe(penalties=(3.0,), splines=False),
    "cox": CoxRecipe((10.0,)),
    "network": NetworkRecipe(NetworkSettings(hidden=(6,)), PLAIN),
}
_JUDGED, _LARGE = 2000, 40


@dataclass(frozen=True, slots=True)
class Held:
    """Shares of people, 0-1, and the mean distance between the ends; each a mean over samples."""

    large: float
    other: float
    width: float


def sample(rows: int, random: np.random.Generator, recipe: Recipe) -> tuple[Table, Outcome]:
    """Draw people with gaps and what became of them."""
    age, pressure = random.uniform(40, 80, rows), random.normal(138, 20, rows)
    bmi, marker = random.lognormal(3.3, 0.18, rows), random.normal(0, 1, rows)
    smoker, male = ((random.random(rows) < share).astype(np.float64) for share in (0.25, 0.5))
    bent = 0.0025 * (bmi - 27) ** 2
    odds = -2.2 + 0.07 * (age - 60) + 0.018 * (pressure - 138) + bent + 0.7 * smoker + 0.5 * male
    bmi[random.random(rows) < 0.1] = np.nan
    columns = {"age": age, "pressure": pressure, "bmi": bmi, "smoker": smoker, "male": male, "marker": marker}
    return Table(rows, columns), _outcome(odds, random, recipe)


def _outcome(odds: FloatArray, random: np.random.Generator, recipe: Recipe) -> Outcome:
    if not isinstance(recipe, CoxRecipe):
        return Outcome((random.random(len(odds)) < 1 / (1 + np.exp(-odds))).astype(np.float64))
    until, left = random.exponential(10 / np.exp(odds + 0.5)), np.minimum(random.uniform(2, 12, len(odds)), 10)
    return Outcome((until <= left).astype(np.float64), np.minimum(until, left) + 1e-3)


def held(recipe: Recipe, rows: int, models: int, samples: int, others: int, seed: int = 100) -> Held:
    """Train on ``samples`` samples of ``rows`` people, each with its ends, and look how many people these hold."""
    found = [_held(recipe, rows, models, others, np.random.default_rng(seed + at)) for at in range(samples)]
    return Held(*(float(np.mean(column)) for column in zip(*found, strict=True)))


def _held(
    recipe: Recipe, rows: int, models: int, others: int, random: np.random.Generator
) -> tuple[float, float, float]:
    table, outcome = sample(rows, random, recipe)
    model = train_many([(table, outcome, 1)], recipe)[0]
    drawn = random.integers(0, rows, (models, rows))
    parts = ((table.take(each), outcome.take(each), at) for at, each in enumerate(drawn))
    raw = sample(_JUDGED, random, recipe)[0].raw()
    low, high = Resampled(model, tuple(train_many(parts, recipe, design=model.design))).ends(raw)[:, :2].T

    def share(risk: FloatArray) -> float:
        return float(np.mean((low <= risk) & (risk <= high)))

    large = train_many([(*sample(_LARGE * rows, random, recipe), 1)], recipe)[0].risks(raw)[:, 0]
    more = train_many(((*sample(rows, random, recipe), at) for at in range(others)), recipe)
    return share(large), float(np.mean([share(each.risks(raw)[:, 0]) for each in more])), float((high - low).mean())


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--samples", type=int, default=20)
    options = parser.parse_args()
    sys.stdout.write(
        "| Model | Of 40 times as many people | Of as many others | Mean width |\n| --- | --- | --- | --- |\n"
    )
    for name, recipe in RECIPES.items():
        found = held(recipe, options.rows, 200, options.samples, 8)
        sys.stdout.write(f"| {name} | {found.large:.3f} | {found.other:.3f} | {found.width:.3f} |\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
