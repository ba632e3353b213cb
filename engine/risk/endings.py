"""When something came of which only visits or partly known dates tell, as the first and last day it can have been."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum

import numpy as np

from engine.domain.batch import FloatArray, IntArray
from engine.domain.record import Certainty, Condition

Span = tuple[int, int]  # first and last day on which something can have been
Told = tuple[tuple[bool, Span | None], ...]  # whether it counts as the event, and when it was


class TooEarly(StrEnum):
    """Why a person cannot be followed from a day on; the values are those of ``LeftOut`` and ``RowLeftOut``."""

    OUTCOME_BEFORE = "outcome_before"
    OUTCOME_UNDATED = "outcome_undated"


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


def spans_of(telling: Sequence[Condition], counting: Collection[str], columns: Sequence[Span | None]) -> Told:
    """Return what tells of an outcome: the conditions that do, else the yes/no columns that turned.

    Args:
        telling: conditions of one person that are the outcome, or show that the person was ill already.
        counting: the codes that are the outcome.
        columns: when each column turned (``turned``).
    """
    if telling:
        return tuple((each.code in counting, span_of(each)) for each in telling)
    return tuple((True, span) for span in columns if span is not None)


def first_event(told: Told, began: int) -> float | TooEarly | None:
    """Return the day of the first event after a day, in the middle of when it can have been; None: there was none."""
    if any(span is not None and span[1] <= began for _, span in told):
        return TooEarly.OUTCOME_BEFORE
    if any(span is None or span[0] <= began for _, span in told):
        return TooEarly.OUTCOME_UNDATED
    return min((sum(span) / 2 for counts, span in told if counts and span is not None), default=None)
