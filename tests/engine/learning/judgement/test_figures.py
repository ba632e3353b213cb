from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize
import sklearn.metrics as peers
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from engine.learning.judgement.figures import Figure, measure
from engine.learning.judgement.people import People, counted, drawn, everybody_once
from engine.learning.judgement.ranked import Ranked, auroc, c_index, delong
from tests.engine.learning.judgement.simulated import diagnosed, followed


def test_figures_are_those_of_scikit_learn_for_weights_and_ties() -> None:
    rng = np.random.default_rng(3)
    people, risk = diagnosed(rng, 400)
    risk = np.round(risk, 1).clip(0.05, 0.95)  # many ties
    counts = counted(drawn(400, 5, 7))
    mine = measure(people, risk, counts, 0.35)
    for place, weight in enumerate(counts):
        given_weight = {"sample_weight": weight}
        called = risk >= 0.35
        event = people.event
        theirs = {
            Figure.AUROC: peers.roc_auc_score(event, risk, **given_weight),
            Figure.AVERAGE_PRECISION: peers.average_precision_score(event, risk, **given_weight),
            Figure.BRIER: peers.brier_score_loss(event, risk, **given_weight),
            Figure.LOG_LOSS: peers.log_loss(event, risk, **given_weight),
            Figure.ACCURACY: peers.accuracy_score(event, called, **given_weight),
            Figure.RECALL: peers.recall_score(event, called, **given_weight),
            Figure.PRECISION: peers.precision_score(event, called, **given_weight),
            Figure.F1: peers.f1_score(event, called, **given_weight),
        }
        for figure, value in theirs.items():
            assert mine[figure][place] == pytest.approx(value, rel=1e-10), figure
        share = np.average(event, weights=weight)
        assert mine[Figure.SCALED_BRIER][place] == pytest.approx(1 - theirs[Figure.BRIER] / (share * (1 - share)))


def test_risks_of_each_draw_give_what_one_draw_at_a_time_gives() -> None:
    people, risk = diagnosed(np.random.default_rng(5), 150)
    risks = np.stack([risk, np.round(risk, 1), 1 - risk])
    counts = counted(drawn(150, 3, 1))
    together = measure(people, risks, counts, 0.3)
    for place in range(3):
        alone = measure(people, risks[place], counts[place : place + 1], 0.3)
        assert {figure: values[place] for figure, values in together.items()} == pytest.approx(
            {figure: values[0] for figure, values in alone.items()}, rel=1e-6
        )


def test_slope_and_level_are_those_of_the_greatest_likelihood() -> None:
    people, risk = diagnosed(np.random.default_rng(8), 1500, level=0.4, slope=0.6)
    odds = np.log(risk / (1 - risk))

    def cost(beta: np.ndarray, slope: float | None = None) -> float:
        predictor = beta[0] + (beta[1] if slope is None else slope) * odds
        return float((np.logaddexp(0, predictor) - people.event * predictor).sum())

    both = scipy.optimize.minimize(cost, [0.0, 1.0], method="BFGS").x
    level = scipy.optimize.minimize(lambda beta: cost(beta, 1.0), [0.0], method="BFGS").x
    mine = measure(people, risk, everybody_once(1500), 0.5)
    assert mine[Figure.SLOPE][0] == pytest.approx(both[1], abs=1e-4)
    assert mine[Figure.SLOPE][0] == pytest.approx(0.6, abs=0.12)  # as it was drawn
    assert mine[Figure.IN_THE_LARGE][0] == pytest.approx(level[0], abs=1e-4)
    assert mine[Figure.OBSERVED_EXPECTED][0] == pytest.approx(people.event.sum() / risk.sum())


def test_what_cannot_be_told_is_not_told() -> None:
    everybody = measure(People(np.ones(30, dtype=bool)), np.linspace(0.1, 0.9, 30), everybody_once(30), 0.5)
    assert np.isnan(everybody[Figure.AUROC][0])
    assert np.isnan(everybody[Figure.SLOPE][0])
    assert np.isnan(everybody[Figure.SCALED_BRIER][0])
    assert everybody[Figure.RECALL][0] == pytest.approx(0.5)
    same = measure(People(np.arange(30) < 9), np.full(30, 0.3), everybody_once(30), 0.5)
    assert np.isnan(same[Figure.SLOPE][0])
    assert np.isnan(same[Figure.PRECISION][0])  # nobody is called positive
    assert (same[Figure.AUROC][0], same[Figure.IN_THE_LARGE][0]) == pytest.approx((0.5, 0.0), abs=1e-9)


@settings(deadline=None)
@given(arrays.arrays(np.int64, st.tuples(st.just(3), st.integers(2, 40)), elements=st.integers(0, 6)))
def test_c_is_that_of_all_pairs(drawn_people: np.ndarray) -> None:
    years, event, risk = drawn_people[0] + 1.0, drawn_people[1] > 2, drawn_people[2] / 6
    counts = np.random.default_rng(0).integers(0, 3, size=len(years)).astype(float)
    pairs = won = 0.0
    for one in range(len(years)):
        for other in range(len(years)):
            first = years[one] < years[other] or (years[one] == years[other] and not event[other])
            if event[one] and first and one != other:
                weight = counts[one] * counts[other]
                pairs += weight
                won += weight * (1.0 if risk[one] > risk[other] else 0.5 if risk[one] == risk[other] else 0.0)
    expected = won / pairs if pairs else float("nan")
    assert c_index(years, event, risk, counts) == pytest.approx(expected, nan_ok=True)


def test_without_loss_c_before_one_common_end_is_the_auroc() -> None:
    people, risk = diagnosed(np.random.default_rng(2), 300)
    counts = everybody_once(300)
    years = np.where(people.event, 1.0, 2.0)
    assert c_index(years, people.event, risk, counts[0]) == pytest.approx(
        float(auroc(Ranked(risk), people.event, counts)[0])
    )


def test_delongs_variance_is_that_of_its_definition() -> None:
    rng = np.random.default_rng(4)
    people, risk = diagnosed(rng, 90)
    risks = np.stack([np.round(risk, 1), rng.random(90)])
    areas, covariance = delong(people.event, risks)
    kernel = [
        (mine[people.event][:, None] > mine[~people.event]) + 0.5 * (mine[people.event][:, None] == mine[~people.event])
        for mine in risks
    ]
    assert areas == pytest.approx([each.mean() for each in kernel])
    over = [np.cov([each.mean(axis=axis) for each in kernel]) / kernel[0].shape[1 - axis] for axis in (1, 0)]
    assert covariance == pytest.approx(over[0] + over[1])


def test_weights_of_those_known_give_the_kaplan_meier_risk() -> None:
    # The weighted share with the outcome is one less the product-limit estimate, ties and all (Satten 2001).
    from engine.statistics.survival import kaplan_meier

    people, _, _ = followed(np.random.default_rng(6), 800, lost=0.3)
    assert people.years is not None
    rounded = People(people.event, np.ceil(people.years * 4) / 4, 5.0)
    for each in (people, rounded):
        assert each.years is not None
        weight = each.weights(everybody_once(800))[0]
        peer = kaplan_meier(each.years, each.event, 5.0)
        assert peer is not None
        assert float((weight * each.happened).sum()) / 800 == pytest.approx(peer.value, rel=1e-9)


def test_figures_of_people_partly_lost_are_near_those_had_nobody_been_lost() -> None:
    seen, risk, whole = followed(np.random.default_rng(9), 8000, lost=0.15)
    assert seen.censored
    once = everybody_once(8000)
    mine, truth = measure(seen, risk, once, 0.4), measure(whole, risk, once, 0.4)
    naive = measure(People(seen.happened), risk, once, 0.4)
    for figure in (Figure.AUROC, Figure.BRIER, Figure.SLOPE, Figure.OBSERVED_EXPECTED, Figure.RECALL):
        assert mine[figure][0] == pytest.approx(truth[figure][0], abs=0.05), figure
    assert naive[Figure.OBSERVED_EXPECTED][0] < 0.9 < mine[Figure.OBSERVED_EXPECTED][0]


def test_figures_of_people_none_of_whom_was_lost_are_the_plain_ones() -> None:
    seen, risk, whole = followed(np.random.default_rng(9), 500, lost=0.0)
    once = everybody_once(500)
    mine, plain = dict(measure(seen, risk, once, 0.4)), measure(whole, risk, once, 0.4)
    assert mine.pop(Figure.C_INDEX)[0] > 0.5
    assert {figure: value[0] for figure, value in mine.items()} == pytest.approx(
        {figure: value[0] for figure, value in plain.items()}
    )
