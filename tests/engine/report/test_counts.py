"""Risks as counts of people."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.report import Bound
from engine.report.counts import HUNDRED, THOUSAND, complement, count, denominator, rounded
from engine.wording import load_wording

EN = load_wording("en")


@pytest.mark.parametrize(
    ("risk", "out_of", "text", "drawn", "rest"),
    [
        (0.147, 100, "15", 15, "85"),
        (0.145, 100, "15", 15, "85"),  # half up, though 0.145 * 100 is a little below 14.5 in binary
        (0.144, 100, "14", 14, "86"),
        (0.01, 100, "1", 1, "99"),
        (0.99, 100, "99", 99, "1"),
        (0.9901, 100, "more than 99", 99, "fewer than 1"),
        (1.0, 100, "more than 99", 99, "fewer than 1"),
        (0.0083, 1000, "8", 8, "992"),
        (0.00999, 1000, "10", 10, "990"),
        (0.001, 1000, "1", 1, "999"),
        (0.00099, 1000, "fewer than 1", 0, "more than 999"),
        (0.0, 1000, "fewer than 1", 0, "more than 999"),
    ],
)
def test_a_risk_is_counted_in_people(risk: float, out_of: int, text: str, drawn: int, rest: str) -> None:
    assert denominator(risk) == out_of
    counted = count(risk, out_of, EN)
    assert (counted.text, counted.drawn, complement(counted, EN)) == (text, drawn, rest)


def test_a_small_what_if_on_a_page_of_100_is_fewer_than_one() -> None:
    counted = count(0.004, HUNDRED, EN)
    assert counted.bound is Bound.BELOW
    assert counted.drawn == 0
    assert count(0.006, HUNDRED, EN).text == "1"


@given(st.floats(0, 1))
def test_shown_number_and_complement_make_the_whole(risk: float) -> None:
    counted = count(risk, denominator(risk), EN)
    assert 0 <= counted.drawn < counted.out_of
    if counted.bound is Bound.EXACT:
        assert int(counted.text) + int(complement(counted, EN)) == counted.out_of
        assert abs(Decimal(repr(risk)) * counted.out_of - counted.shown) <= Decimal("0.5")


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_higher_risk_never_draws_fewer_people(one: float, other: float) -> None:
    low, high = sorted((one, other))
    for out_of in (HUNDRED, THOUSAND):
        assert count(low, out_of, EN).drawn <= count(high, out_of, EN).drawn


@pytest.mark.parametrize(("value", "decimals", "text"), [(2.5, 0, "3"), (0.125, 2, "0.13"), (1.005, 2, "1.01")])
def test_rounding_is_half_up_on_the_written_number(value: float, decimals: int, text: str) -> None:
    assert str(rounded(value, decimals)) == text
