"""The stand-in for a game of chances: exact where log odds add up, and out of the way where they do not."""

from __future__ import annotations

import numpy as np
import pytest

from engine.domain.batch import BoolArray, FloatArray, IntArray
from engine.risk.explain_games import solve_by_orders, solve_exactly
from engine.risk.explain_stand_in import StandIn

PULLS = np.array([0.8, -0.5, 0.3, 1.1, -0.2, 0.6])


def logistic(asked: BoolArray, _: IntArray) -> FloatArray:
    chances: FloatArray = 1 / (1 + np.exp(2.0 - asked @ PULLS))
    return chances[None]


def test_log_odds_that_add_up_leave_nothing_to_the_orders_of_the_game() -> None:
    alone = np.eye(6, dtype=np.bool_)
    ends = np.stack([logistic(alone, np.zeros(6, dtype=np.int64))[0], logistic(~alone, np.zeros(6, dtype=np.int64))[0]])
    nobody, everybody = (logistic(np.full((1, 6), side), np.zeros(1, dtype=np.int64)) for side in (False, True))
    stand_in = StandIn.near(nobody, everybody, ends[None, None])
    np.testing.assert_allclose(stand_in.pull[0, 0], PULLS, atol=1e-12)
    assert stand_in.base[0, 0] == pytest.approx(-2.0)
    exact = solve_exactly(logistic, 6, 1).amounts[0]
    drawn = solve_by_orders(logistic, 6, 1, 2, np.random.default_rng(0))
    with_more = stand_in.solve(4000, np.random.default_rng(1))
    np.testing.assert_allclose(with_more[0][0, 0], exact, atol=5 * with_more[1].max())
    np.testing.assert_allclose(drawn.amounts[0], exact, atol=5 * drawn.errors.max())
    assert drawn.errors.max() < 2e-3  # of the orders of the stand-in alone


@pytest.mark.parametrize("outside", [0.0, 1.0, 7.5, np.nan])
def test_values_that_are_no_chances_have_no_stand_in(outside: float) -> None:
    stand_in = StandIn.near(np.array([[outside]]), np.array([[0.5]]), np.full((1, 1, 2, 3), 0.4))
    assert np.isnan(stand_in.base).all()
    amounts, errors = stand_in.solve(4, np.random.default_rng(0))
    assert not amounts.any()
    assert not errors.any()
