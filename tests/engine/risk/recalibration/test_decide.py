from __future__ import annotations

import math

import numpy as np
import pytest

from engine.domain.recalibration import Reason, Verdict
from engine.domain.results import PackRef
from engine.risk.recalibration.decide import decide, months_until
from engine.risk.recalibration.fit import Parameters, expected_events
from engine.risk.recalibration.follow_up import FollowUp
from engine.risk.recalibration.judge import Followed, judge
from engine.risk.recalibration.rules import CHI_SQUARED_95, events_for_factor, load_rules
from engine.statistics.normal import NORMAL_95
from tests.engine.risk.recalibration.simulated import people_diagnosed, people_followed

RULES = load_rules()
PARENT = PackRef("parent", "1.0.0", "ab")


def with_events(events: int, people: int = 1000, risk: float = 0.1, years: float = 2.0) -> FollowUp:
    """People of one risk, everybody followed for the same time."""
    event = np.arange(people) < events
    return FollowUp(np.linspace(risk / 2, risk * 1.5, people), np.full(people, years), event, 10.0)


def test_the_declared_rules_are_those_of_their_sources() -> None:
    assert (RULES.intercept_events, RULES.slope_events) == (47, 100)
    # An interval of the ratio no wider than 4/3 either way, from the standard error 1 / sqrt(events).
    assert math.exp(NORMAL_95 / math.sqrt(47)) <= 4 / 3 < math.exp(NORMAL_95 / math.sqrt(46))
    assert events_for_factor(2.0) == 8


def test_the_percentiles_are_those_of_the_distributions() -> None:
    import scipy.stats

    assert pytest.approx(scipy.stats.norm.ppf(0.975), rel=1e-12) == NORMAL_95
    for freedom, value in CHI_SQUARED_95.items():
        assert value == pytest.approx(scipy.stats.chi2.ppf(0.95, freedom), rel=1e-12)


@pytest.mark.parametrize(("events", "verdict"), [(46, Verdict.REFUSED), (47, Verdict.INTERCEPT)])
def test_one_event_decides_whether_the_level_may_be_changed(events: int, verdict: Verdict) -> None:
    people = with_events(events)
    assert people.events / expected_events(people) > 2
    assert decide(people, RULES).verdict is verdict


def test_the_spread_waits_until_there_are_a_hundred_events() -> None:
    decision = decide(with_events(99), RULES)
    assert (decision.verdict, decision.reason) == (Verdict.INTERCEPT, Reason.RATIO_SLOPE_LATER)
    assert (decision.parameters.slope, decision.events_needed) == (1.0, 100)


def test_on_odds_the_rarer_outcome_counts() -> None:
    risk = np.full(1000, 0.5)
    assert decide(FollowUp(risk, np.ones(1000), np.arange(1000) >= 46, None), RULES).reason is Reason.FEW_EVENTS
    assert decide(FollowUp(risk, np.ones(1000), np.arange(1000) >= 47, None), RULES).verdict is Verdict.INTERCEPT


def test_a_risk_that_fits_is_nearly_always_kept() -> None:
    # The test is at 5 %: of 200 clinics whose risk is right, about ten are changed by chance.
    decisions = [decide(people_followed(np.random.default_rng(seed), 4000, Parameters()), RULES) for seed in range(200)]
    assert all(decision.events_needed == 100 for decision in decisions)
    kept = [decision for decision in decisions if decision.verdict is Verdict.KEEP]
    assert 180 <= len(kept) < 200
    assert all(decision.parameters == Parameters() and decision.reason is Reason.FITS for decision in kept)


def test_a_wrong_level_is_found_and_the_slope_left_alone() -> None:
    found = [decide(people_followed(np.random.default_rng(seed), 4000, Parameters(0.5)), RULES) for seed in range(100)]
    level = [decision for decision in found if decision.verdict is Verdict.INTERCEPT]
    assert len(level) >= 90
    assert all(decision.parameters.slope == 1 for decision in level)
    assert np.mean([decision.parameters.intercept for decision in level]) == pytest.approx(0.5, abs=0.03)


def test_a_wrong_spread_is_found() -> None:
    truth = Parameters(-1.0, 0.5)
    found = [decide(people_followed(np.random.default_rng(seed), 8000, truth), RULES) for seed in range(50)]
    both = [decision for decision in found if decision.verdict is Verdict.INTERCEPT_AND_SLOPE]
    assert len(both) >= 48
    assert np.mean([decision.parameters.slope for decision in both]) == pytest.approx(0.5, abs=0.03)


def test_a_risk_that_puts_people_in_no_order_is_not_mended() -> None:
    random = np.random.default_rng(3)
    told = people_followed(random, 6000, Parameters(0.3))
    shuffled = told.with_risk(random.permutation(told.risk))
    assert decide(shuffled, RULES).reason is Reason.NO_ORDER
    assert decide(shuffled.with_risk(np.full(6000, 0.1)), RULES).reason is Reason.NO_ORDER


def test_what_is_written_into_the_graph_has_six_decimals() -> None:
    parameters = decide(people_diagnosed(np.random.default_rng(1), 3000, Parameters(0.5, 0.6)), RULES).parameters
    assert parameters != Parameters()
    assert (parameters.intercept, parameters.slope) == (round(parameters.intercept, 6), round(parameters.slope, 6))


def test_the_months_to_wait_are_plain_arithmetic() -> None:
    people = with_events(20, people=500, years=4.0)  # 20 events in 2000 person-years
    # 27 more at 0.01 a person-year among 300 people: 3 a year, so nine years.
    assert months_until(47, people, 300) == 108
    assert months_until(47, people, 301) == 108
    assert months_until(47, people, 299) == 109


def test_where_no_event_was_seen_the_told_rate_stands_in() -> None:
    people = with_events(0, people=500, years=4.0)
    a_year = expected_events(people) / 2000 * 400
    assert months_until(47, people, 400) == math.ceil(12 * 47 / a_year)


def test_nothing_is_told_of_waiting_where_nobody_is_followed_or_time_does_not_count() -> None:
    assert months_until(47, with_events(20), 0) is None
    assert months_until(47, people_diagnosed(np.random.default_rng(1), 30, Parameters()), 30) is None
    assert months_until(47, with_events(47), 100) is None


def test_a_refusal_says_what_is_lacking_and_how_long_that_takes() -> None:
    found = judge(Followed(with_events(20, people=500, years=4.0), still_followed=300), PARENT, "risk", RULES)
    assert (found.verdict, found.reason) == (Verdict.REFUSED, Reason.FEW_EVENTS)
    assert (found.events, found.events_needed, found.months_more) == (20, 47, 108)
    assert (found.intercept, found.slope, found.after, found.made, found.changed) == (0.0, 1.0, None, None, False)
    assert found.before is not None  # the picture before the change is shown all the same
    assert len(found.groups) >= 1
    nobody_left = judge(Followed(with_events(20), still_followed=0), PARENT, "risk", RULES)
    assert (nobody_left.reason, nobody_left.months_more) == (Reason.FEW_EVENTS_NO_RATE, None)


def test_nobody_followed_is_a_refusal_of_its_own() -> None:
    nothing = np.empty(0)
    found = judge(Followed(FollowUp(nothing, nothing, nothing > 0, 10.0)), PARENT, "risk", RULES)
    assert (found.reason, found.people, found.before, found.groups) == (Reason.NOBODY, 0, None, ())


def test_the_wait_for_the_spread_is_told_where_only_the_level_is_changed() -> None:
    found = judge(Followed(with_events(60, people=500, years=2.0), still_followed=500), PARENT, "risk", RULES)
    assert found.reason is Reason.RATIO_SLOPE_LATER
    # 60 events in 1000 person-years, 500 people: 30 a year; 40 more take a year and a third.
    assert found.months_more == 16
    assert found.after is not None
    assert found.after.observed_to_expected.value == pytest.approx(1, abs=0.05)
