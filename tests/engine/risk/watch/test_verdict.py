"""Simulated people whose true risk is known: each of the three verdicts is reached, and never for the wrong model."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from engine.domain.models import ModelLook, ModelVerdict, VerdictReason
from engine.domain.recalibration import Estimate
from engine.domain.results import PackRef
from engine.risk.recalibration.fit import Parameters
from engine.risk.recalibration.follow_up import FollowUp
from engine.risk.recalibration.judge import Followed
from engine.risk.recalibration.rules import load_rules
from engine.risk.watch.rules import load_watch_rules
from engine.risk.watch.verdict import level_is_off, look
from tests.engine.risk.recalibration.simulated import HORIZON, people_diagnosed, people_followed

MODEL = PackRef("model", "1.0.0", "ab" * 32)
HALF, DOUBLE, NO_SLOPE = Parameters(float(np.log(0.5))), Parameters(float(np.log(2))), Parameters(-2.0, 0.0)


def looked(people: FollowUp) -> ModelLook:
    rules, watch = load_rules(), load_watch_rules()
    return look(Followed(people), MODEL, "risk", rules, watch, predicted=people.people, refused=0)


def verdicts(truth: Parameters, count: int, times: int = 20) -> Counter[ModelVerdict]:
    return Counter(looked(people_followed(np.random.default_rng(seed), count, truth)).verdict for seed in range(times))


def test_a_model_that_is_right_is_calibrated_once_there_are_enough_events() -> None:
    found = looked(people_followed(np.random.default_rng(1), 4000, Parameters()))
    assert (found.verdict, found.reasons) == (ModelVerdict.CALIBRATED, (VerdictReason.FITS,))
    assert found.figures is not None
    assert found.figures.before is not None
    ratio, slope = found.figures.before.observed_to_expected, found.figures.before.slope
    assert ratio.low < 1 < ratio.high
    assert slope is not None
    assert slope.low < 1 < slope.high
    assert found.brier is not None
    assert found.brier.gain.low > 0
    assert found.brier.gain.value == pytest.approx(found.brier.base - found.brier.model)


def test_a_right_model_is_never_told_not_to_be_used_and_mostly_calibrated() -> None:
    found = verdicts(Parameters(), 4000)
    assert found[ModelVerdict.DO_NOT_USE] == 0
    assert found[ModelVerdict.CALIBRATED] >= 14


@pytest.mark.parametrize(("truth", "reason"), [(DOUBLE, VerdictReason.LEVEL), (HALF, VerdictReason.LEVEL)])
def test_a_level_that_is_off_by_half_is_not_to_be_used(truth: Parameters, reason: VerdictReason) -> None:
    found = looked(people_followed(np.random.default_rng(5), 3000, truth))
    assert found.verdict is ModelVerdict.DO_NOT_USE
    assert reason in found.reasons
    assert verdicts(truth, 1500)[ModelVerdict.CALIBRATED] == 0


def test_a_model_that_puts_nobody_in_order_is_not_to_be_used() -> None:
    found = looked(people_diagnosed(np.random.default_rng(1), 2000, NO_SLOPE))
    assert found.verdict is ModelVerdict.DO_NOT_USE
    assert VerdictReason.NO_ORDER in found.reasons
    assert VerdictReason.WORSE_THAN_RATE in found.reasons


def test_few_events_are_unclear_and_say_how_many_it_takes() -> None:
    found = looked(people_followed(np.random.default_rng(2), 200, Parameters()))
    assert (found.verdict, found.reasons) == (ModelVerdict.UNCLEAR, (VerdictReason.FEW_EVENTS,))
    assert found.figures is not None
    assert found.figures.events < 47 == found.figures.events_needed


def test_nobody_is_unclear() -> None:
    nobody = FollowUp(np.empty(0), np.empty(0), np.empty(0, dtype=np.bool_), HORIZON)
    found = looked(nobody)
    assert (found.verdict, found.reasons, found.brier) == (ModelVerdict.UNCLEAR, (VerdictReason.NOBODY,), None)


def test_a_moderate_misfit_is_unclear_rather_than_forbidden_or_calibrated() -> None:
    found = looked(people_diagnosed(np.random.default_rng(4), 1500, Parameters(-0.4, 0.8)))
    assert found.verdict is ModelVerdict.UNCLEAR
    assert VerdictReason.MISFIT in found.reasons


def test_a_great_harm_is_told_before_there_are_enough_events_to_praise() -> None:
    people = people_followed(np.random.default_rng(6), 400, Parameters(float(np.log(0.1))))
    found = looked(people)
    assert people.events < load_rules().intercept_events
    assert (found.verdict, found.reasons) == (ModelVerdict.DO_NOT_USE, (VerdictReason.LEVEL,))


def test_the_level_takes_the_whole_interval_beyond_the_factor_and_some_events() -> None:
    watch = load_watch_rules()
    assert level_is_off(Estimate(2, 1.4, 3), 12, 6.0, watch)
    assert level_is_off(Estimate(0.3, 0.1, 0.7), 3, 10.0, watch)
    assert not level_is_off(Estimate(2, 1.3, 3), 12, 6.0, watch)
    assert not level_is_off(Estimate(0.9, 0.76, 1.1), 100, 111.0, watch)
    assert not level_is_off(Estimate(30, 4, 200), 1, 0.03, watch)
