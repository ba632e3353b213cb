from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from engine.domain.recalibration import Scale, Verdict
from engine.risk.recalibration.compare import compare
from engine.risk.recalibration.fit import Parameters, expected_events, fit_both, fit_intercept, recalibrated
from engine.risk.recalibration.follow_up import FollowUp
from engine.risk.recalibration.rules import load_rules
from tests.engine.risk.recalibration.simulated import people_diagnosed, people_followed

RULES = load_rules()


def test_groups_hold_everybody_once_lowest_risk_first() -> None:
    people = people_followed(np.random.default_rng(1), 3000, Parameters(0.4))
    groups = compare(people, Verdict.INTERCEPT, RULES).groups
    assert len(groups) == 10
    assert sum(group.people for group in groups) == people.people
    assert sum(group.events for group in groups) == people.events
    assert all(lower.before <= higher.before for lower, higher in pairwise(groups))
    assert all(group.observed is not None and group.observed.low <= group.observed.high for group in groups)


def test_few_events_make_few_groups() -> None:
    people = people_followed(np.random.default_rng(1), 150, Parameters())
    groups = compare(people, Verdict.REFUSED, RULES).groups
    assert len(groups) == max(people.events, int(expected_events(people))) // 5


def test_observed_risks_are_read_while_a_tenth_is_still_followed() -> None:
    people = people_followed(np.random.default_rng(2), 2000, Parameters(), longest=4.0)
    years = compare(people, Verdict.KEEP, RULES).years
    assert years is not None
    assert years < 4
    assert (people.years >= years).sum() == 200
    whole = FollowUp(people.risk, np.full(2000, 10.0), people.event, 10.0)
    assert compare(whole, Verdict.KEEP, RULES).years == 10


def test_the_picture_after_comes_closer_and_is_no_flattery() -> None:
    truth = Parameters(-0.9, 0.6)
    before, after, flattered, apart = [], [], [], []
    for seed in range(40):
        people = people_followed(np.random.default_rng(seed), 4000, truth)
        picture = compare(people, Verdict.INTERCEPT_AND_SLOPE, RULES)
        assert picture.before.distance is not None
        assert picture.after is not None
        assert picture.after.distance is not None
        assert picture.after.slope is not None
        before.append(picture.before.distance)
        after.append(picture.after.distance)
        fitted = fit_both(people)
        assert fitted is not None
        changed = recalibrated(people.risk, Scale.HAZARD, fitted.parameters)
        again = fit_both(people.with_risk(changed))
        assert again is not None
        assert again.slope is not None
        flattered.append(again.slope.value)
        apart.append(picture.after.slope.value)
    assert np.mean(after) < np.mean(before)
    assert flattered == pytest.approx([1.0] * 40)  # on the people it was fitted to, the slope is 1 whatever happens
    assert np.mean(apart) < 1  # set apart, it is a little short, as it will be for new people
    assert np.mean(apart) == pytest.approx(1, abs=0.05)


def test_where_nothing_is_changed_there_is_no_picture_after() -> None:
    picture = compare(people_followed(np.random.default_rng(1), 2000, Parameters()), Verdict.KEEP, RULES)
    assert picture.after is None
    assert all(group.after is None for group in picture.groups)


def test_on_odds_shares_are_compared() -> None:
    people = people_diagnosed(np.random.default_rng(4), 2000, Parameters(0.6))
    picture = compare(people, Verdict.INTERCEPT, RULES)
    assert picture.years is None
    for group in picture.groups:
        assert group.observed is not None
        assert group.observed.value == pytest.approx(group.events / group.people)
        assert group.observed.low < group.observed.value < group.observed.high


def test_before_and_after_are_risks_for_the_time_at_which_they_are_read() -> None:
    people = FollowUp(np.full(100, 0.19), np.full(100, 5.0), np.arange(100) < 20, 10.0)
    (group,) = compare(people, Verdict.KEEP, RULES).groups[:1]
    assert group.before == pytest.approx(0.1)  # half the hazard of 19 % in ten years


def test_the_same_people_give_the_same_picture() -> None:
    people = people_followed(np.random.default_rng(9), 1500, Parameters(0.5))
    assert compare(people, Verdict.INTERCEPT, RULES) == compare(people, Verdict.INTERCEPT, RULES)
    assert fit_intercept(people) == fit_intercept(people)
