"""How far the people of a month lie from those before: inputs by the population stability index, alerts by their share.

The index is the sum over bins of (now - then) * ln(now / then). Two samples of one population give, by chance, about
chi-squared with bins - 1 degrees of freedom times (1 / now + 1 / then) people: Yurdakul B, Naranjo J. J Risk Model
Validation 2020;14(4):89-100, doi:10.21314/JRMV.2020.227. So it takes both a large index and more than chance gives.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from engine.domain.batch import BoolArray, FloatArray
from engine.domain.models import InputShift
from engine.domain.recalibration import Estimate
from engine.packs.input_summary import InputSummary
from engine.risk.watch.rules import WatchRules
from engine.statistics.normal import NORMAL_95

_HALF = 0.5  # added to every count: an empty bin has no logarithm
_MOST_CODES = 64


def summarise(field: str, values: FloatArray, bins: int, *, codes: bool) -> InputSummary | None:
    """Return how values lie; None where there is nobody.

    Args:
        field: whose values they are.
        values: float64[people], NaN where there is none.
        bins: into how many parts of equal size numbers are sorted; fewer where many are alike.
        codes: they are codes of a category or yes and no: each is a bin of its own.
    """
    known = values[~np.isnan(values)]
    if not len(values):
        return None
    cuts = _cuts(known, bins, codes=codes)
    counts = _counted(known, cuts)
    shares = counts / max(len(known), 1)
    missing = 1 - len(known) / len(values)
    return InputSummary(field, tuple(cuts.tolist()), tuple(shares.tolist()), missing, len(values))


def shift(then: InputSummary, values: FloatArray, rules: WatchRules, inputs: int) -> InputShift:
    """Return how far an input moved. ``values``: float64[people] of the month; ``inputs``: how many are looked at."""
    known = values[~np.isnan(values)]
    now = np.append(_counted(known, np.array(then.cuts)), len(values) - len(known))
    before = np.append(np.array(then.shares) * (1 - then.missing), then.missing) * then.people
    seen = (now > 0) | (before > 0)
    now, before = now[seen] + _HALF, before[seen] + _HALF
    share_now, share_then = now / now.sum(), before / before.sum()
    index = float(((share_now - share_then) * np.log(share_now / share_then)).sum())
    people = max(len(values), 1)
    chance = _chi_squared(int(seen.sum()) - 1, rules.chance / max(inputs, 1)) * (1 / people + 1 / then.people)
    return InputShift(
        field=then.field,
        index=index,
        by_chance=chance,
        missing_then=then.missing,
        missing_now=1 - len(known) / people,
        shifted=index >= rules.stability_index and index > chance,
    )


def alert_share(alerted: BoolArray) -> Estimate | None:
    """Return the share of people with an alert with Wilson's interval; None where there is nobody."""
    people = len(alerted)
    if not people:
        return None
    share, squared = float(alerted.mean()), NORMAL_95**2 / people
    middle = (share + squared / 2) / (1 + squared)
    half = NORMAL_95 * math.sqrt(share * (1 - share) / people + squared / (4 * people)) / (1 + squared)
    return Estimate(share, max(0.0, middle - half), min(1.0, middle + half))


def alerts_moved(now: Estimate, before: float, rules: WatchRules) -> bool:
    """Whether alerts are more or fewer than before, beyond chance and by the declared factor."""
    if now.low <= before <= now.high:
        return False
    return max(now.value, before) >= rules.alert_factor * min(now.value, before)


def _cuts(known: FloatArray, bins: int, *, codes: bool) -> FloatArray:
    if not len(known):
        return np.empty(0)
    if codes:
        found: FloatArray = np.arange(min(int(known.max()), _MOST_CODES)).astype(np.float64) + 0.5
        return found
    inner = np.quantile(known, np.arange(1, bins) / bins)
    return np.unique(inner[inner > known.min()]).astype(np.float64)


def _counted(known: FloatArray, cuts: FloatArray) -> FloatArray:
    places = np.searchsorted(cuts, known, side="right")
    counts: FloatArray = np.bincount(places, minlength=len(cuts) + 1).astype(np.float64)
    return counts


def _chi_squared(freedom: int, level: float) -> float:
    """Return the value that chi-squared exceeds with this probability (Wilson and Hilferty 1931); 0 for no freedom."""
    if freedom < 1:
        return 0.0
    part = 2 / (9 * freedom)
    return freedom * (1 - part + NormalDist().inv_cdf(1 - level) * math.sqrt(part)) ** 3
