"""Dates, numbers and units on the page."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.record import Value
from engine.fields import load_dictionary
from engine.report.formats import Formats, within_sentence
from engine.report.places import load_places
from engine.report.values import Values
from engine.wording import load_wording

DAY = date(2026, 12, 21)


def formats(language: str, month_first: bool = False) -> Formats:
    return Formats(load_wording(language), month_first)


def values(language: str, country: str) -> Values:
    return Values(load_wording(language), formats(language), load_dictionary(), load_places(), country)


def test_dates_follow_language_and_country() -> None:
    assert formats("en").weekday(DAY) == "Monday 21 December 2026"
    assert formats("en", month_first=True).weekday(DAY) == "Monday, December 21, 2026"
    assert formats("en", month_first=True).day(DAY) == "December 21, 2026"
    assert formats("zh").weekday(DAY) == "2026 年 12 月 21 日（周一）"


def test_short_dates_show_the_year_only_when_it_differs() -> None:
    assert formats("en").short_day(date(2026, 1, 9), DAY) == "01-09"
    assert formats("en").short_day(date(2025, 9, 12), DAY) == "2025-09-12"


@pytest.mark.parametrize(
    ("fraction", "text"), [(0.054, "+5.4"), (-0.0123, "\u22121.2"), (0.0, "0.0"), (0.0004, "0.0"), (-0.0004, "0.0")]
)
def test_points_carry_their_sign(fraction: float, text: str) -> None:
    assert formats("en").points(fraction) == text


def test_lists_read_as_lists() -> None:
    assert formats("en").listed(("a", "b", "c")) == "a, b and c"
    assert formats("zh").listed(("甲", "乙")) == "甲和乙"
    assert formats("en").listed(("a",)) == "a"
    assert formats("en").listed(()) == ""


@pytest.mark.parametrize(
    ("country", "field", "value", "exact", "everyday"),
    [
        ("CHN", "total_cholesterol_mmol_l", 224 / 38.67, "5.79 mmol/L", "5.8 mmol/L"),
        ("USA", "total_cholesterol_mmol_l", 224 / 38.67, "224 mg/dL", "224 mg/dL"),
        ("USA", "fasting_glucose_mmol_l", 88 / 18.016, "88 mg/dL", "88 mg/dL"),
        ("GBR", "hba1c_percent", 7.0, "53 mmol/mol", "53 mmol/mol"),
        ("CHN", "sbp_mmhg", 148.0, "148 mmHg", "148 mmHg"),
        ("CHN", "egfr_ml_min_173", 94.2, "94 mL/min/1.73 m²", "94 mL/min/1.73 m²"),
        ("CHN", "diabetes", False, "no", "no"),
        ("CHN", "smoker", "current", "Smokes now", "Smokes now"),
    ],
)
def test_values_are_shown_in_the_units_of_the_country(
    country: str, field: str, value: Value, exact: str, everyday: str
) -> None:
    shown = values("en", country)
    assert str(shown.exact(field, value)) == exact
    assert str(shown.everyday(field, value)) == everyday


@given(st.floats(0.5, 30))
def test_a_shown_unit_goes_back_to_the_canonical_value(value: float) -> None:
    unit = load_dictionary()["total_cholesterol_mmol_l"].unit_named("mg/dL")
    assert unit is not None
    shown = values("en", "USA").converted("total_cholesterol_mmol_l", value)
    assert shown * unit.factor + unit.offset == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_unit_of_the_dictionary_has_a_printed_form_or_prints_as_it_is(language: str) -> None:
    for field in load_dictionary().fields.values():
        printed = formats(language).unit(field.unit)
        assert "[" not in printed, field.name
        assert "{" not in printed, field.name


def test_a_field_unknown_to_the_dictionary_is_shown_by_its_name() -> None:
    assert values("en", "CHN").label("clinic.own_field") == "clinic.own_field"
    assert str(values("en", "CHN").exact("clinic.own_field", 3.14159)) == "3.1416"


def test_labels_lose_their_capital_inside_a_sentence_unless_abbreviated() -> None:
    assert within_sentence("Fasting sugar") == "fasting sugar"
    assert within_sentence("HDL cholesterol") == "HDL cholesterol"
    assert within_sentence("HbA1c 7") == "HbA1c 7"
    assert within_sentence("European risk region") == "European risk region"
    assert within_sentence("总胆固醇") == "总胆固醇"


def test_emergency_numbers_are_known_or_left_blank() -> None:
    numbers = load_places().emergency
    assert (numbers["CHN"], numbers["GBR"], numbers["USA"], numbers["DEU"]) == ("120", "999", "911", "112")
    assert "KEN" not in numbers
