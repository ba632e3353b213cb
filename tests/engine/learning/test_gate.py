from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.learning.gate import (
    Answer,
    Criterion,
    Planned,
    expected_shrinkage,
    judge_size,
    largest_r2,
    people_needed,
    r2_of_auroc,
)

# Chagas disease in the paper of 2019: 24 parameters, prevalence 0.174, R2 0.288.
CHAGAS = Planned(people=100_000, events=17_400, parameters=24, r2=0.288)
# A second venous thrombosis in the papers of 2019 and 2020: 0.065 events a year, followed 2.07 years, risk by 2 years.
THROMBOSIS = Planned(100_000, 13_455, 30, person_years=207_000, horizon_years=2, r2=0.051)


def test_the_diagnostic_example_of_the_paper() -> None:
    needed = people_needed(CHAGAS, 0.288)
    assert list(needed.values()) == [623, 662, 221]
    gate = judge_size(replace(CHAGAS, people=662, events=115))
    assert gate.answer is Answer.TRAIN
    assert gate.deciding is Criterion.R2_OPTIMISM
    assert gate.events_per_parameter == pytest.approx(4.8, abs=0.02)


def test_the_prognostic_example_of_the_paper() -> None:
    needed = people_needed(THROMBOSIS, 0.051)
    # pmsampsize gives 1039 for the second: it rounds the largest R2 to two and the shrinkage to three places.
    assert needed[Criterion.SHRINKAGE] == 5143
    assert needed[Criterion.R2_OPTIMISM] == pytest.approx(1039, rel=0.01)
    assert people_needed(replace(THROMBOSIS, parameters=25), 0.051)[Criterion.SHRINKAGE] == 4286
    gate = judge_size(replace(THROMBOSIS, people=5143, events=692, person_years=5143 * 2.07))
    assert gate.answer is Answer.TRAIN
    assert gate.events_per_parameter == pytest.approx(23.07, abs=0.01)
    assert largest_r2(THROMBOSIS) == pytest.approx(0.55, abs=0.005)


def test_an_auroc_gives_the_published_example() -> None:
    # The documentation of pmsampsize: AUROC 0.89 at a prevalence of 0.174 asks for 615, 660 and 221 people.
    r2 = r2_of_auroc(0.89, 0.174)
    needed = list(people_needed(CHAGAS, r2).values())
    assert needed == pytest.approx([615, 660, 221], abs=3)  # theirs is drawn at random


def test_an_auroc_gives_the_r2_of_a_million_people() -> None:
    rng = np.random.default_rng(1)
    event = rng.random(1_000_000) < 0.3
    distance = np.sqrt(2) * 0.8416212335729143  # AUROC 0.8
    predictor = np.log(0.3 / 0.7) + distance * (rng.normal(size=event.size) + distance * event) - distance**2 / 2
    gained = np.where(event, -np.logaddexp(0, -predictor), -np.logaddexp(0, predictor)).mean()
    null = 0.3 * np.log(0.3) + 0.7 * np.log(0.7)
    assert r2_of_auroc(0.8, 0.3) == pytest.approx(1 - np.exp(-2 * (gained - null)), abs=2e-3)


def test_the_precision_of_a_risk_by_the_horizon_is_as_asked() -> None:
    wanted = people_needed(THROMBOSIS, 0.051)[Criterion.OVERALL_RISK]
    for people, inside in ((wanted, True), (wanted - 1, False)):
        error = 1.959963984540054 * np.sqrt(0.065 / (people * 2.07))
        lowest, risk = (1 - np.exp(-(0.065 - each) * 2) for each in (error, 0.0))
        assert (risk - lowest <= 0.05) is np.bool_(inside)


def test_too_few_are_told_how_many_more_and_when() -> None:
    gate = judge_size(replace(CHAGAS, people=400, events=70), people_a_month=20)
    assert (gate.answer, gate.people_more) == (Answer.NOT_YET, gate.people_needed - 400 if gate.people_needed else 0)
    assert gate.people_more is not None
    assert gate.months_more == -(-gate.people_more // 20)
    assert gate.most_parameters < 24
    assert judge_size(replace(CHAGAS, people=400, events=70, parameters=gate.most_parameters)).answer is Answer.TRAIN
    assert judge_size(replace(CHAGAS, people=400, events=70)).months_more is None


def test_where_a_pack_exists_it_is_recalibrated() -> None:
    few = replace(CHAGAS, people=400, events=70)
    assert judge_size(few, recalibration_events=47).answer is Answer.RECALIBRATE
    assert judge_size(few, recalibration_events=71).answer is Answer.NOT_YET
    # Where nearly everybody has the outcome, it is those without it who are too few.
    assert judge_size(replace(CHAGAS, people=100, events=90), recalibration_events=47).answer is Answer.NOT_YET


@pytest.mark.parametrize("events", [0, 50])
def test_one_outcome_alone_tells_nothing(events: int) -> None:
    gate = judge_size(Planned(50, events, 3))
    assert (gate.answer, gate.needed, gate.people_more, gate.most_parameters) == (Answer.NOT_YET, None, None, 0)


def test_nothing_known_means_fifteen_percent_of_the_largest_r2() -> None:
    gate = judge_size(Planned(1000, 300, 5))
    assert gate.r2 is not None
    assert gate.largest_r2 is not None
    assert gate.r2 == pytest.approx(0.15 * gate.largest_r2)


def test_promises_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="larger R2"):
        judge_size(replace(CHAGAS, r2=0.9))
    with pytest.raises(ValueError, match="horizon"):
        Planned(10, 5, 1, person_years=3.0)


@settings(deadline=None)
@given(st.integers(50, 50_000), st.floats(0.02, 0.98), st.integers(1, 60))
def test_more_people_never_shut_the_gate_and_shrinkage_agrees_with_it(people: int, share: float, count: int) -> None:
    events = min(people - 1, max(1, round(share * people)))
    gate = judge_size(Planned(people, events, count))
    assert gate.needed is not None
    assert gate.r2 is not None
    assert (gate.people_more == 0) is (people >= max(gate.needed.values()))
    shrinkage = expected_shrinkage(people, count, gate.r2)
    assert (shrinkage >= 0.9 - 1e-6) is (people >= gate.needed[Criterion.SHRINKAGE] - 1) or abs(shrinkage - 0.9) < 1e-2
    twice = judge_size(Planned(2 * people, 2 * events, count))
    assert not (gate.answer is Answer.TRAIN and twice.answer is not Answer.TRAIN)
