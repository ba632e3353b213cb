"""One look at a pack against outcomes, from the people followed to the verdict with everything that is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from engine.domain.recalibration import LeftOut, Reason, Recalibration, Scale
from engine.domain.results import PackRef
from engine.risk.recalibration.compare import compare
from engine.risk.recalibration.decide import decide, months_until
from engine.risk.recalibration.follow_up import FollowUp
from engine.risk.recalibration.rules import Rules


@dataclass(frozen=True, slots=True)
class Followed:
    """Risks with outcomes, who was left out, and between which days, where days are known.

    ``still_followed``: the people who may yet add events.
    """

    follow_up: FollowUp
    left_out: Mapping[LeftOut, int] = field(default_factory=dict)
    first_day: date | None = None
    last_day: date | None = None
    still_followed: int = 0


def judge(followed: Followed, parent: PackRef, output: str, rules: Rules) -> Recalibration:
    """Return the verdict on an output of a pack, with the picture before and, cross-validated, after the change."""
    people = followed.follow_up
    decision = decide(people, rules)
    lacking = decision.reason in (Reason.FEW_EVENTS, Reason.RATIO_SLOPE_LATER)
    months = months_until(decision.events_needed, people, followed.still_followed) if lacking else None
    picture = compare(people, decision.verdict, rules) if people.people else None
    over_time = people.people > 0 and people.scale is Scale.HAZARD
    return Recalibration(
        parent=parent,
        output=output,
        scale=people.scale,
        horizon_years=people.horizon_years,
        verdict=decision.verdict,
        reason=_reason(people, decision.reason, months),
        people=people.people,
        events=people.events,
        person_years=float(people.years.sum()) if over_time else None,
        median_followed_years=float(np.median(people.years)) if over_time else None,
        first_day=followed.first_day,
        last_day=followed.last_day,
        left_out=followed.left_out,
        events_needed=decision.events_needed,
        months_more=months,
        intercept=decision.parameters.intercept,
        slope=decision.parameters.slope,
        before=None if picture is None else picture.before,
        after=None if picture is None else picture.after,
        compared_at_years=None if picture is None else picture.years,
        groups=() if picture is None else picture.groups,
    )


def _reason(people: FollowUp, reason: Reason, months: int | None) -> Reason:
    if not people.people:
        return Reason.NOBODY
    return Reason.FEW_EVENTS_NO_RATE if reason is Reason.FEW_EVENTS and months is None else reason
