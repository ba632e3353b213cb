"""The same figures by sex, age band and whatever else a clinic asks for; too few events are told as too few."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from engine.domain.batch import FloatArray
from engine.domain.recalibration import Estimate
from engine.learning.judgement.figures import Figure
from engine.learning.judgement.intervals import figures
from engine.learning.judgement.people import People
from engine.statistics.shares import share
from engine.statistics.survival import kaplan_meier

FEWEST_EVENTS = 20
AGE_EDGES = (40, 50, 60, 70, 80)


@dataclass(frozen=True, slots=True)
class Subgroup:
    """One group. ``grey``: fewer than 20 with, or without, the outcome - too few to tell.

    ``observed``: the share with the outcome by the horizon (Kaplan-Meier where some were lost); None: nobody was
    followed so far. ``told``: the mean risk. ``figures``: those these people tell.
    """

    column: str
    level: str
    people: int
    events: int
    grey: bool
    observed: Estimate | None
    told: float
    figures: Mapping[Figure, Estimate]


def subgroups(
    people: People,
    risk: FloatArray,
    columns: Mapping[str, Sequence[str]],
    threshold: float,
    *,
    seed: int,
    times: int,
) -> tuple[Subgroup, ...]:
    """Return the figures of each level of each column, in the order of columns and of the levels' names.

    ``columns``: a label for each person; an empty one is a group of its own, told last.
    """
    found = []
    for name, labels in columns.items():
        held = np.asarray(labels, dtype=np.str_)
        for level in sorted(set(held.tolist()), key=lambda each: (not each, each)):
            rows = np.flatnonzero(held == level)
            mine = people.take(rows)
            events = int(mine.happened.sum())
            fewer = min(events, int((~mine.happened).sum()))
            found.append(
                Subgroup(
                    column=name,
                    level=level,
                    people=mine.count,
                    events=events,
                    grey=fewer < FEWEST_EVENTS,
                    observed=observed(mine),
                    told=float(risk[rows].mean()),
                    figures=figures(mine, risk[rows], threshold, seed=seed, times=times),
                )
            )
    return tuple(found)


def observed(people: People) -> Estimate | None:
    """Return the share with the outcome by the horizon with its interval; None where it cannot be told."""
    if people.years is None or people.horizon_years is None or not people.censored:
        return share(int(people.happened.sum()), people.count)
    return kaplan_meier(people.years, people.event, people.horizon_years)


def age_bands(age: FloatArray, edges: Sequence[float] = AGE_EDGES) -> list[str]:
    """Return everybody's age band: from one edge up to, not with, the next; empty where the age is missing."""
    names = [f"0–<{edges[0]:g}", *(f"{low:g}–<{high:g}" for low, high in pairwise(edges))]
    names.append(f"{edges[-1]:g}+")
    places = np.searchsorted(np.asarray(edges, dtype=np.float64), age, side="right")
    return ["" if np.isnan(years) else names[place] for years, place in zip(age, places, strict=True)]
