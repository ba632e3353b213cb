"""Inputs and alerts that move are told, and those of the same people hardly ever."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.recalibration import Estimate
from engine.packs.input_summary import InputSummary, summaries_fit, summarise
from engine.risk.watch.rules import load_watch_rules
from engine.risk.watch.shift import alert_share, alerts_moved, shift

RULES = load_watch_rules()


def summary(values: list[float] | np.ndarray[tuple[int], np.dtype[np.float64]], *, codes: bool = False) -> InputSummary:
    found = summarise("sbp_mmhg", np.asarray(values, dtype=np.float64), RULES.bins, codes=codes)
    assert found is not None
    return found


def test_the_index_is_the_textbook_sum() -> None:
    then = InputSummary("smoker", (0.5,), (0.5, 0.5), 0.0, 1_000_000)
    found = shift(then, np.repeat([0.0, 1.0], [200_000, 800_000]), RULES, 1)
    expected = (0.2 - 0.5) * np.log(0.2 / 0.5) + (0.8 - 0.5) * np.log(0.8 / 0.5)
    assert found.index == pytest.approx(expected, rel=1e-4)
    assert found.shifted


def test_chance_is_that_of_chi_squared() -> None:
    then = InputSummary("x", (1.0, 2.0, 3.0), (0.25,) * 4, 0.0, 100)
    found = shift(then, np.repeat([0.5, 1.5, 2.5, 3.5], 25), RULES, 1)
    assert found.by_chance == pytest.approx(11.345 * (1 / 100 + 1 / 100), rel=0.01)  # 99th percentile of chi2(3)
    assert (found.index, found.shifted) == (0.0, False)


def test_people_of_the_same_kind_hardly_ever_warn_in_a_small_month() -> None:
    random = np.random.default_rng(1)
    warned = 0
    for _ in range(400):
        then = summary(random.normal(130, 15, 300))
        warned += shift(then, random.normal(130, 15, 30), RULES, 1).shifted
    assert warned <= 12  # one in a hundred is declared; three times that is let pass


def test_a_cuff_that_reads_twenty_too_high_is_told() -> None:
    random = np.random.default_rng(2)
    found = shift(summary(random.normal(130, 15, 500)), random.normal(150, 15, 60), RULES, 8)
    assert found.shifted


def test_values_that_are_no_longer_taken_are_a_shift_of_their_own() -> None:
    random = np.random.default_rng(3)
    now = random.normal(5, 1, 100)
    now[:70] = np.nan
    found = shift(summary(random.normal(5, 1, 400)), now, RULES, 8)
    assert (found.missing_then, found.missing_now) == (0.0, 0.7)
    assert found.shifted


def test_codes_are_bins_of_their_own_and_a_new_one_falls_into_the_last() -> None:
    found = summary([0, 0, 1, 2], codes=True)
    assert (found.cuts, found.shares) == ((0.5, 1.5), (0.5, 0.25, 0.25))
    assert shift(found, np.array([3.0, 3.0]), RULES, 1).index > 0


def test_nobody_has_no_summary_and_no_value_is_a_summary() -> None:
    assert summarise("x", np.empty(0), RULES.bins, codes=False) is None
    nothing = summary([np.nan, np.nan])
    assert (nothing.missing, nothing.shares, nothing.people) == (1.0, (0.0,), 2)
    assert summaries_fit([nothing], ["sbp_mmhg"])
    assert shift(nothing, np.array([np.nan]), RULES, 1).index == 0


@given(st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), min_size=1, max_size=80), st.booleans())
def test_every_summary_adds_up_and_is_no_shift_from_itself(values: list[float], codes: bool) -> None:
    given_values = np.abs(np.round(values)) % 9 if codes else np.array(values)
    found = summary(given_values, codes=codes)
    assert summaries_fit([found], ["sbp_mmhg"])
    moved = shift(found, given_values, RULES, 1)
    assert moved.index == pytest.approx(0, abs=1e-9)
    assert not moved.shifted


def test_a_summary_of_no_input_or_that_does_not_add_up_does_not_fit() -> None:
    good = InputSummary("age", (50.0,), (0.5, 0.5), 0.0, 10)
    assert summaries_fit([good], ["age"])
    for bad in (
        InputSummary("age", (50.0,), (0.5, 0.4), 0.0, 10),
        InputSummary("age", (50.0, 40.0), (0.5, 0.25, 0.25), 0.0, 10),
        InputSummary("age", (50.0,), (1.0,), 0.0, 10),
        InputSummary("age", (50.0,), (0.5, 0.5), 1.5, 10),
        InputSummary("age", (50.0,), (0.5, 0.5), 0.0, 0),
    ):
        assert not summaries_fit([bad], ["age"])
    assert not summaries_fit([good], ["sex"])
    assert not summaries_fit([good, good], ["age"])


def test_alerts_warn_beyond_chance_and_by_the_factor() -> None:
    assert alert_share(np.empty(0, dtype=np.bool_)) is None
    share = alert_share(np.repeat([True, False], [20, 80]))
    assert share is not None
    assert (share.value, share.low, share.high) == pytest.approx((0.2, 0.1334, 0.2888), abs=1e-3)
    assert alerts_moved(share, 0.1, RULES)
    assert not alerts_moved(share, 0.15, RULES)  # within chance
    assert not alerts_moved(Estimate(0.2, 0.19, 0.21), 0.15, RULES)  # beyond chance, and small
    assert alerts_moved(Estimate(0.02, 0.01, 0.04), 0.1, RULES)
