"""What may be changed: nothing yet, nothing at all, the intercept, or intercept and slope.

Closed testing (Vergouwe 2017, doi:10.1002/sim.7179) with intercept and slope as the widest change: the risk is kept
unless the widest change that the events allow fits significantly better; the slope is held at 1 unless it is needed as
well. How many events each change takes is declared in ``resources/recalibration/rules.json``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.domain.recalibration import Reason, Scale, Verdict
from engine.risk.recalibration.fit import (
    Parameters,
    expected_events,
    fit_both,
    fit_intercept,
    log_likelihood,
)
from engine.risk.recalibration.follow_up import FollowUp
from engine.risk.recalibration.rules import CHI_SQUARED_95, Rules

_MONTHS = 12
_DECIMALS = 6  # of what goes into the graph: enough for any risk, and the same on every machine


@dataclass(frozen=True, slots=True)
class Decision:
    """What is changed and why. ``events_needed``: for this; where something was refused or put off, for that."""

    verdict: Verdict
    reason: Reason
    parameters: Parameters
    events_needed: int


def decide(follow_up: FollowUp, rules: Rules) -> Decision:
    """Return what the outcomes allow and ask for."""
    enough = _rarer(follow_up)
    if enough < rules.intercept_events:
        return Decision(Verdict.REFUSED, Reason.FEW_EVENTS, Parameters(), rules.intercept_events)
    if enough < rules.slope_events:
        return _ratio_alone(follow_up, rules)
    return _with_slope(follow_up, rules.slope_events)


def _ratio_alone(follow_up: FollowUp, rules: Rules) -> Decision:
    ratio = fit_intercept(follow_up)
    if not _better(ratio.log_likelihood, log_likelihood(follow_up, Parameters()), 1):
        return Decision(Verdict.KEEP, Reason.FITS, Parameters(), rules.intercept_events)
    return Decision(Verdict.INTERCEPT, Reason.RATIO_SLOPE_LATER, _written(ratio.parameters), rules.slope_events)


def _with_slope(follow_up: FollowUp, needed: int) -> Decision:
    ratio, both = fit_intercept(follow_up), fit_both(follow_up)
    if both is None or both.slope is None or both.slope.low <= 0:
        return Decision(Verdict.REFUSED, Reason.NO_ORDER, Parameters(), needed)
    if not _better(both.log_likelihood, log_likelihood(follow_up, Parameters()), 2):
        return Decision(Verdict.KEEP, Reason.FITS, Parameters(), needed)
    if not _better(both.log_likelihood, ratio.log_likelihood, 1):
        return Decision(Verdict.INTERCEPT, Reason.RATIO, _written(ratio.parameters), needed)
    return Decision(Verdict.INTERCEPT_AND_SLOPE, Reason.SPREAD, _written(both.parameters), needed)


def months_until(events_needed: int, follow_up: FollowUp, still_followed: int) -> int | None:
    """Return about how many months it takes until there are so many events; None where nothing tells.

    Events come to the people still followed at the rate seen so far, events per person-year; where none was seen, at
    the rate that the risks promise.
    """
    lacking = events_needed - _rarer(follow_up)
    person_years = float(follow_up.years.sum())
    if lacking <= 0 or follow_up.scale is Scale.ODDS or not still_followed or not person_years:
        return None
    rate = (follow_up.events or expected_events(follow_up)) / person_years
    return math.ceil(_MONTHS * lacking / (rate * still_followed)) if rate > 0 else None


def _rarer(follow_up: FollowUp) -> int:
    """Return what limits precision: the events, and on odds whichever of the two outcomes is rarer."""
    if follow_up.scale is Scale.HAZARD:
        return follow_up.events
    return min(follow_up.events, follow_up.people - follow_up.events)


def _better(wider: float, narrower: float, freedom: int) -> bool:
    return 2 * (wider - narrower) > CHI_SQUARED_95[freedom]


def _written(parameters: Parameters) -> Parameters:
    return Parameters(round(parameters.intercept, _DECIMALS), round(parameters.slope, _DECIMALS))
