"""The clock and the wish to stop."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.domain.ports import CancelToken, Clock, FixedClock, SystemClock
from engine.errors import Cancelled


def test_the_clock_of_the_machine_tells_a_moment_in_utc() -> None:
    clock: Clock = SystemClock()
    moment = clock.now()
    assert moment.utcoffset() == timedelta(0)
    assert timedelta(0) <= clock.now() - moment < timedelta(minutes=1)
    assert abs(clock.today() - moment.date()) <= timedelta(days=1)  # the clinic's day may differ from UTC's


def test_a_fixed_clock_stands_still() -> None:
    moment = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
    clock: Clock = FixedClock(moment)
    assert (clock.now(), clock.today()) == (moment, moment.date())


def test_work_stops_at_the_next_safe_place_once_it_was_asked_to() -> None:
    token = CancelToken()
    token.check()
    token.cancel()
    with pytest.raises(Cancelled):
        token.check()
