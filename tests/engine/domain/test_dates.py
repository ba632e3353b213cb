"""Dates known to the day, the month or the year."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.dates import PartialDate, Precision, completed_years

days = st.dates()


@given(days, st.sampled_from(Precision))
def test_the_text_form_reads_back_and_shows_only_what_is_known(day: date, precision: Precision) -> None:
    parts = {Precision.DAY: (day.year, day.month, day.day), Precision.MONTH: (day.year, day.month)}
    partial = PartialDate(*parts.get(precision, (day.year,)))
    assert partial.precision is precision
    assert PartialDate.parse(str(partial)) == partial
    assert day.isoformat().startswith(str(partial))
    assert partial.earliest <= day <= partial.latest
    assert PartialDate.parse(str(partial.latest)[: len(str(partial))]) == partial


@pytest.mark.parametrize(
    "text",
    [
        "",
        "85",
        "1985-",
        "1985-2",
        "1985-13",
        "1985-02-30",
        "1985-02-03-04",
        "1985/02/03",
        "１９８５",
        "+985",
        "0000",
        "1985-2-03",
    ],
)
def test_anything_else_is_no_date(text: str) -> None:
    with pytest.raises(ValueError, match=r"date|day|month|year"):
        PartialDate.parse(text)


def test_a_day_without_a_month_cannot_be() -> None:
    with pytest.raises(ValueError, match="month"):
        PartialDate(1985, None, 3)


@pytest.mark.parametrize(
    ("birth", "on", "years"),
    [
        (date(1980, 5, 10), date(2020, 5, 9), 39),
        (date(1980, 5, 10), date(2020, 5, 10), 40),
        (date(1980, 2, 29), date(2021, 2, 28), 40),  # the birthday is 1 March in other years
        (date(1980, 2, 29), date(2021, 3, 1), 41),
        (date(1980, 2, 29), date(2020, 2, 29), 40),
        (date(2020, 1, 1), date(2020, 1, 1), 0),
    ],
)
def test_an_age_is_in_completed_years(birth: date, on: date, years: int) -> None:
    assert completed_years(birth, on) == years


@given(days, days)
def test_a_year_older_never_means_younger(birth: date, on: date) -> None:
    later = on.replace(year=on.year + 1, day=min(on.day, 28)) if on.year < 9999 else on
    assert completed_years(birth, later) >= completed_years(birth, on)
