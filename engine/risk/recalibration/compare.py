"""Told and observed risk before and after a change, by groups of similar risk.

The picture after is cross-validated: everybody's changed risk comes from a fit without the tenth that they are in, so
it does not flatter the change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.domain.batch import FloatArray, IntArray
from engine.domain.recalibration import CalibrationGroup, Fit, Scale, Verdict
from engine.risk.recalibration.fit import (
    Parameters,
    expected_events,
    fit_both,
    fit_intercept,
    observed_to_expected,
    on_scale,
    recalibrated,
)
from engine.risk.recalibration.follow_up import FollowUp
from engine.risk.recalibration.rules import Rules
from engine.statistics.shares import share
from engine.statistics.survival import kaplan_meier

_EXPECTED_IN_A_GROUP = 5


@dataclass(frozen=True, slots=True)
class Comparison:
    """The picture: how risks fit before and after, read at ``years`` (None: no time counts)."""

    years: float | None
    before: Fit
    after: Fit | None
    groups: tuple[CalibrationGroup, ...]


def compare(follow_up: FollowUp, verdict: Verdict, rules: Rules) -> Comparison:
    """Return the picture of a change; ``after`` is None where nothing was changed. There must be people."""
    years = _read_at(follow_up, rules.still_followed)
    after = _cross_validated(follow_up, verdict, rules.folds)
    groups = tuple(_group(follow_up, after, members, years) for members in _groups(follow_up, rules.groups))
    return Comparison(
        years,
        _fit(follow_up, groups, [group.before for group in groups]),
        None if after is None else _fit(follow_up.with_risk(after), groups, [group.after for group in groups]),
        groups,
    )


def _read_at(follow_up: FollowUp, still_followed: float) -> float | None:
    """Return at how many years observed risks are read: the horizon, or while enough people are still followed."""
    if follow_up.horizon_years is None:
        return None
    longest = np.sort(follow_up.years)[::-1]
    wanted = max(1, int(np.ceil(still_followed * len(longest))))
    return float(min(follow_up.horizon_years, longest[wanted - 1]))


def _cross_validated(follow_up: FollowUp, verdict: Verdict, folds: int) -> FloatArray | None:
    if verdict not in (Verdict.INTERCEPT, Verdict.INTERCEPT_AND_SLOPE):
        return None
    order = np.lexsort((follow_up.risk, follow_up.event))  # each fold gets its share of events and of every risk
    fold = np.empty(follow_up.people, dtype=np.int64)
    fold[order] = np.arange(follow_up.people) % folds
    changed = follow_up.risk.copy()
    for each in range(folds):
        mine = fold == each
        parameters = _fitted(follow_up.take(~mine), verdict)
        changed[mine] = recalibrated(follow_up.risk[mine], follow_up.scale, parameters)
    return changed


def _fitted(follow_up: FollowUp, verdict: Verdict) -> Parameters:
    both = fit_both(follow_up) if verdict is Verdict.INTERCEPT_AND_SLOPE else None
    return fit_intercept(follow_up).parameters if both is None else both.parameters


def _groups(follow_up: FollowUp, most: int) -> Sequence[IntArray]:
    """Return the people of each group, lowest risks first, as many alike as can be."""
    expected = max(follow_up.events, expected_events(follow_up))
    count = max(1, min(most, int(expected // _EXPECTED_IN_A_GROUP), follow_up.people))
    order = np.argsort(follow_up.risk, kind="stable")
    return np.array_split(order, count)


def _group(follow_up: FollowUp, after: FloatArray | None, members: IntArray, years: float | None) -> CalibrationGroup:
    people = follow_up.take(members)
    observed = share(people.events, people.people) if years is None else kaplan_meier(people.years, people.event, years)
    return CalibrationGroup(
        people=people.people,
        events=people.events,
        observed=observed,
        before=_mean_risk(people, years),
        after=None if after is None else _mean_risk(people.with_risk(after[members]), years),
    )


def _mean_risk(people: FollowUp, years: float | None) -> float:
    """Return the mean risk by ``years``, accrued evenly over the horizon."""
    if years is None or people.horizon_years is None or years == people.horizon_years:
        return float(people.risk.mean())
    hazard = np.exp(on_scale(people.risk, Scale.HAZARD)) * years / people.horizon_years
    return float(-np.expm1(-hazard).mean())


def _fit(follow_up: FollowUp, groups: Sequence[CalibrationGroup], told: Sequence[float | None]) -> Fit:
    both = fit_both(follow_up) if follow_up.events else None
    known = [
        (group.people, abs(group.observed.value - risk))
        for group, risk in zip(groups, told, strict=True)
        if group.observed is not None and risk is not None
    ]
    people = sum(count for count, _ in known)
    return Fit(
        observed_to_expected=observed_to_expected(follow_up),
        slope=None if both is None else both.slope,
        distance=sum(count * distance for count, distance in known) / people if people else None,
    )
