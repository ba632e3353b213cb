"""When something came of which only visits or partly known dates tell, as the first and last day it can have been."""

from __future__ import annotations

import numpy as np

from engine.domain.batch import FloatArray, IntArray
from engine.domain.record import Certainty, Condition

Span = tuple[int, int]  # first and last day on which something can have been


def is_sure(condition: Condition) -> bool:
    """Whether a condition counts: suspected and refuted ones do not."""
    return condition.certainty is Certainty.CONFIRMED


def span_of(condition: Condition) -> Span | None:
    """Return on which days a condition can have begun; None: nobody knows."""
    if condition.onset is None:
        return None
    return condition.onset.earliest.toordinal(), condition.onset.latest.toordinal()


def turned(column: FloatArray, days: IntArray, visits: range, first: int) -> Span | None:
    """Return when a yes/no column turned to yes, if it did: after the visit at which it was still no.

    Args:
        column: 1, 0 or NaN at every visit of everybody.
        days: of every visit.
        visits: of one person.
        first: the visit from which the person is followed; where it was never said to be absent, it may have been
            there all along since that day.
    """
    yes = np.flatnonzero(column[visits.start : visits.stop] == 1)
    if not len(yes):
        return None
    place = visits.start + int(yes[0])
    no = np.flatnonzero(column[visits.start : place] == 0)
    began, day = int(days[first]), int(days[place])
    if not len(no):
        return began, day
    still_no = max(int(days[visits.start + int(no[-1])]), began if place > first else 0)
    return min(still_no + 1, day), day
