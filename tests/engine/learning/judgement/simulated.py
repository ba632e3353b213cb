"""People whose true risks are known."""

from __future__ import annotations

import numpy as np

from engine.domain.batch import FloatArray
from engine.learning.judgement.logistic import probability
from engine.learning.judgement.people import People


def diagnosed(
    rng: np.random.Generator, count: int, *, level: float = 0.0, slope: float = 1.0
) -> tuple[People, FloatArray]:
    """People and told risks; the true log odds are ``level + slope *`` the told ones."""
    told = rng.normal(-0.8, 1.2, size=count)
    return People(rng.random(count) < probability(level + slope * told)), probability(told)


def followed(rng: np.random.Generator, count: int, *, lost: float = 0.08) -> tuple[People, FloatArray, People]:
    """People lost at a yearly rate, their true risks by 5 years, and the same people had nobody been lost."""
    rate = np.exp(rng.normal(-2.2, 0.8, size=count))
    event_at = rng.exponential(1 / rate)
    lost_at = rng.exponential(1 / lost, size=count) if lost else np.full(count, np.inf)
    years = np.minimum(np.minimum(event_at, lost_at), 9.0)
    seen = People(event_at <= np.minimum(lost_at, 9.0), years, 5.0)
    return seen, -np.expm1(-5 * rate), People(event_at <= 5)
