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
from engine.packs.input_summary import InputSummary, counted
from engine.risk.watch.rules import WatchRules
from engine.statistics.shares import share

_HALF = 0.5  # added to every count: an empty bin has no logarithm


def shift(then: InputSummary, values: FloatArray, rules: WatchRules, inputs: int) -> InputShift:
    """Return how far an input moved. ``values``: float64[people] of the month; ``inputs``: how many are looked at."""
    known = values[~np.isnan(values)]
    now = np.append(counted(known, np.array(then.cuts)), len(values) - len(known))
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
    return share(int(alerted.sum()), len(alerted)) if len(alerted) else None


def alerts_moved(now: Estimate, before: float, rules: WatchRules) -> bool:
    """Whether alerts are more or fewer than before, beyond chance and by the declared factor."""
    if now.low <= before <= now.high:
        return False
    return max(now.value, before) >= rules.alert_factor * min(now.value, before)


def _chi_squared(freedom: int, level: float) -> float:
    """Return the value that chi-squared exceeds with this probability (Wilson and Hilferty 1931); 0 for no freedom."""
    if freedom < 1:
        return 0.0
    part = 2 / (9 * freedom)
    return freedom * (1 - part + NormalDist().inv_cdf(1 - level) * math.sqrt(part)) ** 3
