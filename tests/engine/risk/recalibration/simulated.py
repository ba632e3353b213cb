"""People of a made-up clinic whose true risk is known."""

from __future__ import annotations

import numpy as np

from engine.domain.recalibration import Scale
from engine.risk.recalibration.fit import Parameters, recalibrated
from engine.risk.recalibration.follow_up import FollowUp, within

HORIZON = 10.0


def people_followed(
    random: np.random.Generator, count: int, truth: Parameters, longest: float = 8.0, spread: float = 0.8
) -> FollowUp:
    """Return people whose true risk is the told one changed by ``truth``, followed for up to ``longest`` years."""
    told = -np.expm1(-np.exp(random.normal(-2.2, spread, count)))
    true = recalibrated(told, Scale.HAZARD, truth)
    until_event = random.exponential(HORIZON / -np.log1p(-true))
    until_last_visit = random.uniform(0.2, longest, count)
    years, event = within(
        np.minimum(until_event, until_last_visit), np.asarray(until_event <= until_last_visit), HORIZON
    )
    return FollowUp(told, years, event, HORIZON)


def people_diagnosed(random: np.random.Generator, count: int, truth: Parameters) -> FollowUp:
    """Return people with a probability of today and what they turned out to have."""
    told = 1 / (1 + np.exp(-random.normal(-1.0, 1.2, count)))
    true = recalibrated(told, Scale.ODDS, truth)
    return FollowUp(told, np.ones(count), random.uniform(size=count) < true, None)
