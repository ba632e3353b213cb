"""Moments as devices write them."""

from __future__ import annotations

import calendar
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.intake.devices.stamps import (
    Moment,
    Placed,
    month_words,
    place,
    proven_order,
    read_moment,
    read_offset,
)
from engine.intake.devices.times import zone_offset
from engine.intake.lexicon import load_months

EPOCH = datetime(1970, 1, 1)


def read(day: str, clock: str | None = None, order: str = "DMY") -> Placed:
    return place(read_moment(day, clock, load_months().of(month_words([day]))), order)


def seconds(text: str) -> int:
    return int((datetime.fromisoformat(text) - EPOCH).total_seconds())


@pytest.mark.parametrize(
    ("day", "clock", "order", "expected"),
    [
        ("2025-05-03T09:01:40", None, "DMY", "2025-05-03T09:01:40"),
        ("2025/4/2", "6:23", "DMY", "2025-04-02T06:23"),
        ("2025年4月2日", "下午6:23", "DMY", "2025-04-02T18:23"),
        ("2025年4月2日 上午12:05", None, "DMY", "2025-04-02T00:05"),
        ("25.06.2015 - 19:14", None, "DMY", "2015-06-25T19:14"),
        ("05-08-2025 12:03 PM", None, "MDY", "2025-05-08T12:03"),
        ("05-08-2025 12:03 AM", None, "MDY", "2025-05-08T00:03"),
        ("05-08-2025 07:41 pm", None, "DMY", "2025-08-05T19:41"),
        ("Jan 6 2025", "08:05", "DMY", "2025-01-06T08:05"),
        ("6 janv. 2025", "08:05", "DMY", "2025-01-06T08:05"),
        ("12 févr. 2025 08:05", None, "DMY", "2025-02-12T08:05"),
        ("1月 6 2025", "08:05", "DMY", "2025-01-06T08:05"),
        ("２０２５/０４/０２", "０６：２３", "DMY", "2025-04-02T06:23"),
        ("3.4.25 7:05", None, "DMY", "2025-04-03T07:05"),
        ("2025-04-02", None, "DMY", "2025-04-02"),
        ("2025-04-02 06:23:10.500", None, "DMY", "2025-04-02T06:23:10"),
        ("17.02.2025", "7.05", "DMY", "2025-02-17T07:05"),
    ],
)
def test_a_moment_is_read_in_every_form(day: str, clock: str | None, order: str, expected: str) -> None:
    assert read(day, clock, order)[::2] == (seconds(expected), None)


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("21-05-2025 17:45 GMT+8", 480),
        ("21-05-2025 17:45 UTC-03:30", -210),
        ("2025-04-01 07:46:07 +0800", 480),
        ("2025-04-01T07:46:07Z", 0),
        ("2025-04-01T07:46:07+05:45", 345),
        ("2025-04-01 07:46", None),
    ],
)
def test_an_offset_is_kept_beside_the_wall_clock(text: str, offset: int | None) -> None:
    found = read(text)
    assert (found.fault, found.offset) == (None, offset)
    assert found.wall % 3600 // 60 in {45, 46}


@pytest.mark.parametrize(
    ("day", "clock", "fault"),
    [
        ("1970/01/01", "01:07", "impossible_time"),
        ("2004-12-31", "23:59", "impossible_time"),
        ("2005-01-01", "00:00", None),
        ("2025/02/17", "25:10", "impossible_time"),
        ("2025/02/19", "07:75", "impossible_time"),
        ("2025/02/30", "07:40", "unreadable_value"),
        ("2025/13/01", "07:40", "unreadable_value"),
        ("yesterday", "07:40", "unreadable_value"),
        ("", "", "unreadable_value"),
        ("2025/02/17", "noon", "unreadable_value"),
        ("9999999/02/17", "07:00", "unreadable_value"),
    ],
)
def test_what_is_no_moment_says_why(day: str, clock: str, fault: str | None) -> None:
    assert read(day, clock).fault == fault


def test_a_day_above_twelve_proves_the_order() -> None:
    days = [read_moment(text, None, {}) for text in ("03-04-2025", "13-04-2025")]
    assert proven_order(days) == "DMY"
    assert proven_order(days[:1]) is None
    assert proven_order([*days, read_moment("04-13-2025", None, {})]) == "?"


def test_where_orders_contradict_only_clear_days_count() -> None:
    assert place(read_moment("13-04-2025", None, {}), "?").fault is None
    assert place(read_moment("04-13-2025", None, {}), "?").wall == seconds("2025-04-13")
    assert place(read_moment("03-04-2025", None, {}), "?").fault == "ambiguous_date"
    assert place(read_moment("04-04-2025", None, {}), "?").wall == seconds("2025-04-04")


@pytest.mark.parametrize("language", range(len(load_months().languages)))
def test_all_months_of_a_language_are_read_together(language: int) -> None:
    known = load_months().languages[language]
    shortest: dict[int, str] = {}
    for word, number in known.items():
        if number not in shortest or len(word) < len(shortest[number]):
            shortest[number] = word
    assert set(shortest) == set(range(1, 13))
    found = load_months().of(shortest.values())
    # Another language may know all of these words too, and mean another month: such words are left out, never guessed.
    assert all(shortest[number] == word for word, number in found.items())
    assert len(found) >= 6


def test_a_word_that_two_languages_read_differently_is_not_guessed() -> None:
    assert "lip" not in load_months().of(["lip"])  # July in Polish, June in Croatian
    assert load_months().of(["lip", "sty"]) == {"lip": 7, "sty": 1}


@given(st.datetimes(datetime(2005, 1, 1), datetime(2098, 12, 31)), st.sampled_from(["DMY", "MDY"]))
def test_what_was_written_is_read_back(moment: datetime, order: str) -> None:
    moment = moment.replace(microsecond=0)
    day = "%d-%m-%Y" if order == "DMY" else "%m-%d-%Y"
    found = read(moment.strftime(f"{day} %I:%M:%S %p"), None, order)
    assert found == Placed(int((moment - EPOCH).total_seconds()), None, None)


@given(st.text(max_size=40), st.one_of(st.none(), st.text(max_size=12)))
def test_any_text_ends_in_a_moment_or_a_reason(day: str, clock: str | None) -> None:
    found = read(day, clock)
    assert found.fault in {None, "impossible_time", "unreadable_value", "ambiguous_date"}


def test_a_moment_out_of_the_calendar_is_no_day() -> None:
    assert calendar.monthrange(2024, 2)[1] == 29
    assert place(Moment(2024, 29, 2, "DMY", 0, 0, 0, None), "DMY").fault is None
    assert place(Moment(2023, 29, 2, "DMY", 0, 0, 0, None), "DMY").fault == "unreadable_value"


def test_zones_are_looked_up_and_never_opened_as_files() -> None:
    summer = seconds("2025-07-01T12:00")
    assert (zone_offset("Europe/London", summer), zone_offset("Asia/Kathmandu", summer)) == (60, 345)
    assert zone_offset("Europe/London", summer - int(timedelta(days=180).total_seconds())) == 0
    assert zone_offset("GMT+8", summer) == read_offset("+08:00") == 480
    for name in ("../../etc/passwd", "/etc/localtime", "Nowhere/City", "a" * 5000, "", "Asia/Shang\0hai"):
        assert zone_offset(name, summer) is None
