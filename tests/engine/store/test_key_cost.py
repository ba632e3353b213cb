"""The price of a derivation: about a second here, never below the floor, at most a quarter of the memory."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from engine.store.key_cost import _memory_bytes, dearer
from engine.store.slots import FLOOR, Cost

GIB = 1 << 30
costs = st.builds(Cost, st.integers(64, 1024).map(lambda each: each * 1024), st.integers(3, 12), st.integers(4, 8))


@given(costs, st.floats(0.0001, 20), st.sampled_from([None, GIB, 4 * GIB, 64 * GIB]))
def test_it_never_becomes_cheaper_nor_takes_more_than_a_quarter_of_the_memory(
    cost: Cost, seconds: float, memory: int | None
) -> None:
    new = dearer(cost, seconds, memory)
    assert new.reaches(cost)
    assert new.reaches(FLOOR)
    if memory is not None:
        assert new.memory_kib * 1024 <= max(memory // 4, cost.memory_kib * 1024)
    if seconds > 0.5:
        assert new == cost


def test_a_fast_machine_gets_about_a_second() -> None:
    for seconds in (0.02, 0.05, 0.1, 0.2, 0.4):
        new = dearer(FLOOR, seconds, 8 * GIB)
        work = new.memory_kib * new.passes / (FLOOR.memory_kib * FLOOR.passes)
        assert 0.6 < seconds * work < 1.4, seconds


def test_an_old_laptop_keeps_three_quarters_of_its_memory() -> None:
    assert dearer(FLOOR, 0.2, GIB // 2).memory_kib == 128 * 1024
    assert dearer(FLOOR, 0.2, GIB // 4).memory_kib == FLOOR.memory_kib


def test_it_settles() -> None:
    """What was raised once is not raised at every sign-in, where a derivation takes as long as its work."""
    cost, taken = FLOOR, [FLOOR]
    for _ in range(5):
        cost = dearer(cost, 0.2 * cost.memory_kib * cost.passes / (FLOOR.memory_kib * FLOOR.passes), 8 * GIB)
        taken.append(cost)
    assert taken[1] != FLOOR
    assert all(one == other for one, other in pairwise(taken[1:]))


def test_the_memory_of_this_machine_is_known() -> None:
    assert (_memory_bytes() or 0) > GIB // 4
