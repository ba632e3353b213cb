"""Rules of retention: each with a source, and the day it gives."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.dates import PartialDate
from engine.domain.retention import Keep
from engine.fields.countries import load_countries
from engine.report.notice import _laws
from engine.resources import resources_folder
from engine.wording import LANGUAGES, load_wording
from engine.workflows.retention import rules

COUNTRIES = load_countries(resources_folder() / "fields" / "countries.csv")


@pytest.mark.parametrize("country", sorted(rules()))
def test_each_rule_names_its_source_in_every_language(country: str) -> None:
    rule = rules()[country]
    assert country in COUNTRIES
    assert rule.source is not None
    assert all(rule.source[language].strip() for language in LANGUAGES)
    assert 1 <= rule.years <= 50


def test_each_law_has_its_words_and_real_countries() -> None:
    for country, law in _laws().items():
        assert country in COUNTRIES
        for language in LANGUAGES:
            assert {f"persons.notice.law.{law}", f"persons.notice.authority.{law}"} <= load_wording(language).keys()


@given(day=st.dates(date(1900, 1, 1), date(2100, 1, 1)), years=st.integers(1, 60))
def test_a_record_is_kept_whole_years_and_not_a_day_less(day: date, years: int) -> None:
    until = Keep(years).until(day, None)
    assert until is not None
    assert until.year == day.year + years
    assert (until.month, until.day) == (day.month, day.day) or (day.month, day.day, until) == (
        2, 29, date(day.year + years, 3, 1)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("birth", "until"),
    [
        ("2020-05-06", date(2041, 5, 6)),
        ("2020", date(2041, 12, 31)),
        ("1950-01-01", date(2031, 2, 3)),
        (None, date(2031, 2, 3)),
    ],
)
def test_that_of_a_child_at_least_until_an_age(birth: str | None, until: date) -> None:
    rule = Keep(6, minor_until=21)
    assert rule.until(date(2025, 2, 3), None if birth is None else PartialDate.parse(birth)) == until


def test_somebody_never_seen_is_not_kept_and_after_death_nobody_knows() -> None:
    assert Keep(15).until(None, None) == date.min
    assert Keep(10, from_death=True).until(date(1990, 1, 1), None) is None
