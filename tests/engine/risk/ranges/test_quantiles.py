"""Percentiles of weighted points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.risk.ranges.quantiles import weighted_quantiles


def test_the_ends_are_the_lowest_and_highest_point() -> None:
    values, weights = np.array([[3.0, 1.0, 2.0]]), np.array([0.2, 0.5, 0.3])
    assert weighted_quantiles(values, weights, [0.0])[0][0] == 1
    assert weighted_quantiles(values, weights, [1.0])[0][0] == 3


def test_between_the_points_it_is_linear_in_their_shares() -> None:
    values, weights = np.array([[1.0, 2.0]]), np.array([0.5, 0.5])
    assert weighted_quantiles(values, weights, [0.5])[0][0] == pytest.approx(1.5)
    assert weighted_quantiles(values, weights, [0.375])[0][0] == pytest.approx(1.25)


def test_points_that_are_not_there_do_not_count() -> None:
    values, weights = np.array([[np.nan, 4.0, np.nan], [np.nan] * 3]), np.ones(3)
    found = weighted_quantiles(values, weights, [0.5])[0]
    assert found[0] == 4
    assert np.isnan(found[1])


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8),
    st.lists(st.floats(0.01, 10), min_size=8, max_size=8),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_it_stays_among_the_points_and_never_falls(
    points: list[float], weights: list[float], one: float, other: float
) -> None:
    values, shares = np.array([points]), np.array(weights[: len(points)])
    low, high = (found[0] for found in weighted_quantiles(values, shares, sorted((one, other))))
    assert min(points) <= min(low, high)
    assert max(low, high) <= max(points)
    assert low <= high + 1e-9 * (abs(low) + abs(high))
