"""Risks with what became of the people: what the statistics of recalibration work on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.domain.batch import BoolArray, FloatArray, IntArray
from engine.domain.recalibration import Scale


@dataclass(frozen=True, slots=True)
class FollowUp:
    """People with a risk, how long they were followed, and whether the event came.

    Arrays have one value a person. ``risk``: as the pack told it, a fraction over ``horizon_years``. ``years``:
    followed, above 0 and never beyond the horizon. ``event``: whether it ended with the event. Without a horizon the
    outcome is known of everybody and ``years`` is 1.
    """

    risk: FloatArray
    years: FloatArray
    event: BoolArray
    horizon_years: float | None

    def __post_init__(self) -> None:
        if not len(self.risk) == len(self.years) == len(self.event):
            raise ValueError("one value a person")
        if not (np.isfinite(self.risk).all() and (self.years > 0).all() and np.isfinite(self.years).all()):
            raise ValueError("everybody has a risk and a time")

    @property
    def people(self) -> int:
        """How many people."""
        return len(self.risk)

    @property
    def events(self) -> int:
        """How many had the event."""
        return int(self.event.sum())

    @property
    def scale(self) -> Scale:
        """The scale that suits: hazards where time counts, odds where it does not."""
        return Scale.ODDS if self.horizon_years is None else Scale.HAZARD

    @property
    def exposure(self) -> FloatArray:
        """Share of the cumulative hazard of the whole time span that fell into the time each person was followed.

        Even accrual is assumed: a pack tells one risk over its time span and not how it grows within.
        """
        return self.years if self.horizon_years is None else self.years / self.horizon_years

    def take(self, rows: IntArray | BoolArray) -> FollowUp:
        """Return these people."""
        return FollowUp(self.risk[rows], self.years[rows], self.event[rows], self.horizon_years)

    def with_risk(self, risk: FloatArray) -> FollowUp:
        """Return the same people with other risks."""
        return FollowUp(risk, self.years, self.event, self.horizon_years)


def within(years: FloatArray, event: BoolArray, horizon_years: float) -> tuple[FloatArray, BoolArray]:
    """Return times and events cut off at the horizon: what came later is none of its business."""
    return np.minimum(years, horizon_years), event & (years <= horizon_years)
