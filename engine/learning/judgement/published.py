"""A new model against what published packs tell of the same people."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.domain.batch import FloatArray
from engine.domain.recalibration import Estimate
from engine.learning.judgement.benefit import net_benefit
from engine.learning.judgement.figures import Figure
from engine.learning.judgement.intervals import differences, figures
from engine.learning.judgement.people import People, counted, drawn, everybody_once
from engine.packs.manifest import Words

_MOST = 0.5  # of the people must have a number from both
_OF_ORDER = (Figure.AUROC, Figure.C_INDEX)  # what a risk over other years tells as well


@dataclass(frozen=True, slots=True)
class PublishedRisk:
    """What a pack tells of everybody, fractions; NaN where it gives no number. ``horizon_years``: None without one."""

    pack: str
    version: str
    title: Words
    horizon_years: float | None
    risk: FloatArray


@dataclass(frozen=True, slots=True)
class Compared:
    """The new model against one pack, on the people who have a number from both.

    ``ours`` and ``theirs``: figures of each; ``differences``: of the new model less the pack. ``benefit``: the
    difference in net benefit at the threshold, per 100 people; None where the pack tells of other years.
    """

    published: PublishedRisk
    people: int
    events: int
    ours: Mapping[Figure, Estimate]
    theirs: Mapping[Figure, Estimate]
    differences: Mapping[Figure, Estimate]
    benefit: Estimate | None


def compare_published(
    people: People, risk: FloatArray, published: Sequence[PublishedRisk], threshold: float, *, seed: int, times: int
) -> Compared | None:
    """Return the comparison with the best of the packs by AUROC; None where none has a number for at least half."""
    found = [
        each for each in (_compared(people, risk, one, threshold, seed, times) for one in published) if each is not None
    ]
    if not found:
        return None
    return max(found, key=lambda each: each.theirs[Figure.AUROC].value if Figure.AUROC in each.theirs else 0.0)


def _compared(
    people: People, risk: FloatArray, published: PublishedRisk, threshold: float, seed: int, times: int
) -> Compared | None:
    told = np.isfinite(published.risk)
    if told.mean() < _MOST:
        return None
    some, mine, other = people.take(told), risk[told], np.clip(published.risk[told], 0.0, 1.0)
    if min(some.happened.sum(), (~some.happened).sum()) < 2:
        return None
    horizon = people.horizon_years
    same = horizon is None or published.horizon_years is None or math.isclose(horizon, published.horizon_years)

    def kept(found: Mapping[Figure, Estimate]) -> Mapping[Figure, Estimate]:
        return found if same else {name: each for name, each in found.items() if name in _OF_ORDER}

    return Compared(
        published=published,
        people=some.count,
        events=int(some.happened.sum()),
        ours=kept(figures(some, mine, threshold, seed=seed, times=times)),
        theirs=kept(figures(some, other, threshold, seed=seed, times=times)),
        differences=kept(differences(some, mine, other, threshold, seed=seed, times=times)),
        benefit=_benefit(some, mine, other, threshold, seed, times) if same else None,
    )


def _benefit(
    people: People, mine: FloatArray, other: FloatArray, threshold: float, seed: int, times: int
) -> Estimate | None:
    def gained(counts: FloatArray) -> FloatArray:
        return net_benefit(people, mine, threshold, counts) - net_benefit(people, other, threshold, counts)

    draws = gained(counted(drawn(people.count, times, seed)))
    known = draws[np.isfinite(draws)]
    if len(known) < len(draws) / 2:
        return None
    low, high = np.percentile(known, (2.5, 97.5))
    return Estimate(float(gained(everybody_once(people.count))[0]), float(low), float(high))
