"""A time of follow-up that cannot be what it is taken for is refused with what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from engine.errors import InputError
from engine.learning.follow_up import check_follow_up, tell_follow_up
from engine.learning.rows import Asked, prepare

COUNT = 200
EVENT = np.arange(COUNT) % 4 == 0
YEARS = np.linspace(0.5, 9.5, COUNT)


def check(years: np.ndarray, horizon: float | None = 5.0, *, said: bool = True) -> None:
    check_follow_up("time", EVENT, years, horizon, np.arange(COUNT) + 10, said=said)


def test_plausible_times_pass_and_are_told_in_years() -> None:
    check(YEARS, said=False)
    told = tell_follow_up("time", YEARS)
    assert dict(told.details) == {"half": "5", "longest": "9.5"}


@pytest.mark.parametrize(
    ("years", "horizon", "said", "code"),
    [
        (YEARS * 365.25, 5.0, False, "learning_time_unit"),  # days, taken as years
        (YEARS * 12, 5.0, False, "learning_time_unit"),  # months
        (YEARS * 365.25, 5.0, True, "learning_time_unit"),
        (YEARS / 365.25, 5.0, True, "learning_nobody_followed"),  # years, taken as days
        (YEARS, 30.0, True, "learning_nobody_followed"),
        (YEARS + 6, 5.0, True, "learning_no_event_by"),
        (np.where(np.arange(COUNT) == 7, 0.0, YEARS), 5.0, True, "learning_follow_up"),
    ],
)
def test_what_cannot_be_is_refused(years: np.ndarray, horizon: float, said: bool, code: str) -> None:
    with pytest.raises(InputError, match=code):
        check(years, horizon, said=said)


def test_the_row_is_that_of_the_table() -> None:
    with pytest.raises(InputError) as caught:
        check(np.where(np.arange(COUNT) == 7, np.nan, YEARS))
    assert caught.value.details["row"] == 7 + 10 + 2


def cells(times: Sequence[str]) -> Mapping[str, Sequence[str]]:
    ages = [f"{30 + at % 50}" for at in range(COUNT)]
    return {"age": ages, "ill": [str(int(each)) for each in EVENT], "time": times}


@pytest.mark.parametrize(
    "times",
    [
        [f"200{at % 10}-03-0{1 + at % 9}" for at in range(COUNT)],
        [("5 years", "short", "long")[at % 3] for at in range(COUNT)],
    ],
)
def test_dates_and_words_are_no_time_followed(times: Sequence[str]) -> None:
    with pytest.raises(InputError, match="learning_time_no_numbers"):
        prepare(cells(times), Asked("ill", time="time"))
