from __future__ import annotations

import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.statistics.shares import share


@settings(deadline=None)
@given(st.integers(1, 5000).flatmap(lambda people: st.tuples(st.integers(0, people), st.just(people))))
def test_the_interval_is_wilsons(counted: tuple[int, int]) -> None:
    count, people = counted
    peer = scipy.stats.binomtest(count, people).proportion_ci(method="wilson")
    mine = share(count, people)
    assert mine.value == count / people
    assert (mine.low, mine.high) == pytest.approx((peer.low, peer.high), abs=1e-12)
