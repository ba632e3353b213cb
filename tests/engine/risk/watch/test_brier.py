"""The Brier score by hand, and against people whose outcome nobody missed."""

from __future__ import annotations

import numpy as np
import pytest

from engine.risk.recalibration.fit import Parameters
from engine.risk.recalibration.follow_up import FollowUp
from engine.risk.watch.brier import brier
from tests.engine.risk.recalibration.simulated import HORIZON, people_diagnosed


def test_without_a_time_it_is_the_mean_squared_distance() -> None:
    people = FollowUp(np.array([0.1, 0.4, 0.9]), np.ones(3), np.array([False, True, True]), None)
    found = brier(people, None)
    assert found is not None
    assert found.model == pytest.approx((0.01 + 0.36 + 0.01) / 3)
    assert found.base == pytest.approx(2 / 9)
    assert found.gain.value == pytest.approx(found.base - found.model)
    assert found.gain.low < found.gain.value < found.gain.high


def test_who_stayed_stands_for_who_left_worked_by_hand() -> None:
    # Four people, ten years: an event at 2, one who leaves at 4, two who stay. Of the three left at 4, one leaves.
    people = FollowUp(np.full(4, 0.2), np.array([2.0, 4.0, 10.0, 10.0]), np.array([True, False, False, False]), HORIZON)
    found = brier(people, 10.0)
    assert found is not None
    weight = 1 / (2 / 3)
    assert found.model == pytest.approx((0.8**2 + 0 + 2 * weight * 0.2**2) / 4)
    share = 1 - 3 / 4
    assert found.base == pytest.approx(((1 - share) ** 2 + 2 * weight * share**2) / 4)


def test_who_leaves_early_moves_the_score_by_no_more_than_chance() -> None:
    random = np.random.default_rng(8)
    count = 40_000
    risk = random.uniform(0.05, 0.5, count)
    until = random.exponential(HORIZON / -np.log1p(-risk))
    leaves = random.uniform(2, 14, count)
    whole = FollowUp(risk, np.minimum(until, HORIZON), until <= HORIZON, HORIZON)
    seen = np.minimum(np.minimum(until, leaves), HORIZON)
    cut = FollowUp(risk, seen, (until <= leaves) & (until <= HORIZON), HORIZON)
    known, guessed = brier(whole, HORIZON), brier(cut, HORIZON)
    assert known is not None
    assert guessed is not None
    assert guessed.model == pytest.approx(known.model, abs=0.004)
    assert guessed.base == pytest.approx(known.base, abs=0.004)
    assert np.mean(cut.event) < np.mean(whole.event) - 0.05  # people did leave


def test_one_number_for_everybody_gains_nothing() -> None:
    people = people_diagnosed(np.random.default_rng(2), 500, Parameters())
    found = brier(people.with_risk(np.full(500, people.event.mean())), None)
    assert found is not None
    assert found.gain.value == pytest.approx(0)


def test_one_person_tells_nothing() -> None:
    assert brier(FollowUp(np.array([0.1]), np.ones(1), np.array([True]), None), None) is None
