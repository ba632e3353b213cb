"""People with what became of them, and what each of them weighs.

Where some were lost before the horizon, those whose outcome is known stand for them: each weighs the inverse of the
chance of not having been lost by then (Graf E, Schmoor C, Sauerbrei W, Schumacher M. Stat Med 1999;18:2529-2545,
doi:10.1002/(SICI)1097-0258(19990915/30)18:17/18<2529::AID-SIM274>3.0.CO;2-5; Uno H, Cai T, Tian L, Wei LJ. J Am Stat
Assoc 2007;102:527-537, doi:10.1198/016214507000000149). Whether somebody is lost must not depend on their risk.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.domain.batch import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class People:
    """Outcomes, one value a person.

    ``event``: had the outcome. With ``years`` and ``horizon_years`` it ended the follow-up of so many years, else the
    person was lost or left then; without them the outcome is known of everybody.
    """

    event: BoolArray
    years: FloatArray | None = None
    horizon_years: float | None = None

    def __post_init__(self) -> None:
        if (self.years is None) != (self.horizon_years is None):
            raise ValueError("follow-up has years and a horizon")
        if self.years is not None and not (len(self.years) == len(self.event) and (self.years > 0).all()):
            raise ValueError("everybody was followed for some time")

    @property
    def count(self) -> int:
        """How many people."""
        return len(self.event)

    @property
    def happened(self) -> BoolArray:
        """Who had the outcome by the horizon, as far as was seen."""
        if self.years is None or self.horizon_years is None:
            return self.event
        return self.event & (self.years <= self.horizon_years)

    @property
    def censored(self) -> bool:
        """Whether the outcome at the horizon is unknown of somebody."""
        if self.years is None or self.horizon_years is None:
            return False
        return bool((~self.event & (self.years < self.horizon_years)).any())

    def take(self, rows: IntArray | BoolArray) -> People:
        """Return these people."""
        return People(self.event[rows], None if self.years is None else self.years[rows], self.horizon_years)

    def weights(self, counts: FloatArray) -> FloatArray:
        """Return what each person weighs when drawn ``counts`` times; draws x people, and so is the answer."""
        if self.years is None or self.horizon_years is None:
            return counts
        known = self.happened | (self.years >= self.horizon_years)
        chance = _stayed(self.years, self.event, self.horizon_years, counts)
        with np.errstate(divide="ignore", invalid="ignore"):
            weight: FloatArray = np.where(known & (chance > 0), counts / chance, 0.0)
        return weight


def everybody_once(count: int) -> FloatArray:
    """Return the counts of one draw that holds everybody once; 1 x people."""
    return np.ones((1, count))


def drawn(count: int, times: int, seed: int) -> IntArray:
    """Return who is drawn in each bootstrap sample, with replacement; times x people."""
    return np.random.default_rng(seed).integers(0, count, size=(times, count))


def counted(rows: IntArray) -> FloatArray:
    """Return how often everybody was drawn; same shape as ``rows``."""
    times, count = rows.shape
    flat = (rows + count * np.arange(times)[:, None]).ravel()
    return np.bincount(flat, minlength=times * count).reshape(times, count).astype(np.float64)


def _stayed(years: FloatArray, event: BoolArray, horizon: float, counts: FloatArray) -> FloatArray:
    """Return the chance of not being lost before the own event or the horizon, by Kaplan-Meier; draws x people."""
    order = np.argsort(years, kind="stable")
    moments, first = np.unique(years[order], return_index=True)
    weight = counts[:, order]
    at_risk = np.add.reduceat(weight, first, axis=1)[:, ::-1].cumsum(axis=1)[:, ::-1]
    lost = np.add.reduceat(weight * ~event[order], first, axis=1)
    ended = np.add.reduceat(weight * event[order], first, axis=1)  # at the same moment an outcome comes before a loss
    share = np.divide(lost, at_risk - ended, out=np.zeros_like(lost), where=lost > 0)
    stayed = np.concatenate([np.ones((len(counts), 1)), np.cumprod(1 - share, axis=1)], axis=1)
    before: FloatArray = stayed[:, np.searchsorted(moments, np.minimum(years, horizon), side="left")]
    return before
