"""Several readings of one visit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.readings import (
    LAST,
    MEAN_OF_ALL,
    Reading,
    mean_by_position,
    rule_for,
    visit_value,
    visit_values,
)
from engine.domain.record import Value

numbers = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("readings", "value", "rule"),
    [
        ([140.0], 140.0, MEAN_OF_ALL),
        ([140.0, 141.0], 140.5, MEAN_OF_ALL),
        ([150, 130.0, 131.0], 137.0, MEAN_OF_ALL),
        ([True, False], False, LAST),
        (["never", "current"], "current", LAST),
        ([120.0, "high"], "high", LAST),
    ],
)
def test_numbers_are_averaged_and_everything_else_is_the_last_word(
    readings: list[Value], value: Value, rule: str
) -> None:
    assert (visit_value(readings), rule_for(readings)) == (value, rule)


def test_a_single_reading_stays_what_it_is() -> None:
    assert type(visit_value([140])) is int


@given(numbers)
def test_the_mean_lies_between_the_readings(readings: list[float]) -> None:
    mean = visit_value(list(readings))
    assert isinstance(mean, float)
    assert min(readings) - 1e-9 <= mean <= max(readings) + 1e-9


@given(st.lists(st.tuples(st.integers(0, 4), st.floats(-1e6, 1e6))))
def test_columns_give_bit_for_bit_the_same_mean(readings: list[tuple[int, float]]) -> None:
    positions = np.array([place for place, _ in readings], dtype=np.int64)
    column = mean_by_position(positions, np.array([number for _, number in readings], dtype=np.float64), 5)
    for place in range(5):
        own = [number for other, number in readings if other == place]
        np.testing.assert_array_equal(column[place], visit_value(list(own)) if own else np.nan)


@pytest.mark.parametrize(
    ("rule", "value"), [("mean", 130.0), ("first", 120.0), ("last", 140.0), ("any_of", 130.0), (None, 130.0)]
)
def test_each_rule_gives_its_value(rule: str | None, value: float) -> None:
    readings = [Reading("sbp_mmhg", 2, 140.0, rule), Reading("sbp_mmhg", 1, 120.0, rule)]
    assert visit_values(readings) == {"sbp_mmhg": value}


def test_arms_without_systolic_readings_of_their_own_are_averaged() -> None:
    readings = [
        Reading("sbp_mmhg", 1, 150.0),
        Reading("dbp_mmhg", 1, 80.0, "higher_arm"),
        Reading("dbp_mmhg", 2, 90.0, "higher_arm"),
    ]
    assert visit_values(readings) == {"sbp_mmhg": 150.0, "dbp_mmhg": 85.0}


def test_dates_and_words_follow_the_rule_as_well() -> None:
    readings = [Reading("f", 1, "2024-01-02", "first", 7), Reading("f", 2, "2024-01-03", "last", 6)]
    assert visit_values(readings) == {"f": "2024-01-02"}
