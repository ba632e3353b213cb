"""Whether a time of follow-up can be what somebody says it is: a wrong unit would give a model of nothing."""

from __future__ import annotations

import numpy as np

from engine.domain.batch import BoolArray, FloatArray, IntArray
from engine.errors import InputError
from engine.learning.leaks import Code, Finding, Weight

LONGEST_YEARS = 60.0  # where the unit was not said; few cohorts are followed for longer
_LONGEST_SAID = 120.0
_FEWEST_AT_HORIZON = 10


def check_follow_up(
    column: str, event: BoolArray, years: FloatArray, horizon_years: float | None, row: IntArray, *, said: bool
) -> None:
    """Refuse times that cannot be years, or with which nothing can be learned up to the horizon.

    Args:
        column: what the column is called.
        event: who had the outcome.
        years: followed, in years.
        horizon_years: within how many years the outcome counts; None: that is asked for elsewhere.
        row: the place of each person in the table, from 0.
        said: whether the unit was said, by a person or by the name of the column.

    Raises:
        InputError: ``learning_follow_up`` for a time that is none; ``learning_time_unit`` where people would have been
            followed for longer than anybody can be; ``learning_no_event_by`` and ``learning_nobody_followed`` where
            nobody had the outcome within the horizon, or hardly anybody was followed that long without it.
    """
    wrong = ~(np.isfinite(years) & (years > 0))
    if wrong.any():
        raise InputError("learning_follow_up", row=int(row[int(np.argmax(wrong))]) + 2)  # the head is row 1
    longest = float(years.max())
    if longest > (_LONGEST_SAID if said else LONGEST_YEARS):
        raise InputError("learning_time_unit", column=column, longest=round(longest))
    if horizon_years is None:
        return
    details = {"column": column, "horizon": f"{horizon_years:g}", "longest": _told(longest)}
    if not event[years <= horizon_years].any():
        raise InputError("learning_no_event_by", **details, shortest=_told(float(years[event].min(initial=longest))))
    beyond = int((years >= horizon_years).sum())
    if beyond < min(_FEWEST_AT_HORIZON, len(years) // 10 + 1):
        raise InputError("learning_nobody_followed", **details, people=beyond, half=_told(float(np.median(years))))


def tell_follow_up(column: str, years: FloatArray) -> Finding:
    """Return how the times were understood, so that a wrong unit can be seen."""
    half, longest = _told(float(np.median(years))), _told(float(years.max()))
    return Finding(Code.FOLLOW_UP, column, Weight.KNOW, {"half": half, "longest": longest})


def _told(years: float) -> str:
    return f"{years:.3g}"
