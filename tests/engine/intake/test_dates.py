"""Written dates: one reading, or a proof, or none."""

from __future__ import annotations

import time
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.intake.dates import (
    DAY_FIRST,
    MIXED,
    MONTH_FIRST,
    DateKind,
    full_year,
    possible_orders,
    prove_order,
    read_date,
    settle,
    short_years_first,
)
from engine.intake.lexicon import load_lexicon
from engine.intake.tables import CellKind
from tests.engine.intake.variations import DATES

LEXICON = load_lexicon()
TODAY = date(2026, 11, 22)
# fmt: off
ONE_READING = (
    "2024-03-05", "2024/3/5", "2024.3.5", "2024.03.05", "20240305", "2024年3月5日", "２０２４－０３－０５",
    "2024-03-05T09:30:00",
    "2024-03-05 08:30", "2024-03-05T08:30:00Z", "2024-03-05 08:30:00 +0800", "20240305083000", "2024年3月5日 下午3:20",
    "5 Mar 2024", "05-Mar-2024", "March 5, 2024", "Mar 05 2024", "Tue, 5 Mar 2024", "5 de marzo de 2024",
    "5. März 2024",
    "5 mars 2024", "5-Mar-24", "5 MAR 2024 01:08 PM", "民國113年3月5日", "113/03/05",
    "二〇二四年三月五日", "二〇二四年三月五日 上午9时30分", "'2024-03-05",
)
UNREADABLE = ("yesterday", "next week", "2024-02-30", "2024-13-01", "32/13/2024", "5", "abc", "2024-3", "12/2024/05",
              "0000-00-00", "99999999", "Mar 2024 5 6", "5 Foo 2024", "民國", "民國113年2月30日")
# fmt: on


@pytest.mark.parametrize("text", ONE_READING)
def test_a_date_with_one_reading_is_read(text: str) -> None:
    cell = read_date(text, CellKind.TEXT, LEXICON)
    assert settle(cell, None, birth=False, today=TODAY) == date(2024, 3, 5)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("二〇二四年十二月三十日", date(2024, 12, 30)),
        ("一九五八年十月二十一日", date(1958, 10, 21)),
        ("民國113年2月29日", date(2024, 2, 29)),
    ],
)
def test_dates_in_chinese_numerals_are_read(text: str, day: date) -> None:
    assert settle(read_date(text, CellKind.TEXT, LEXICON), None, birth=True, today=TODAY) == day


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_is_no_date_is_not_read(text: str) -> None:
    cell = read_date(text, CellKind.TEXT, LEXICON)
    settled = settle(cell, None, birth=False, today=TODAY) if cell.kind is DateKind.EITHER else None
    assert cell.kind in {DateKind.FAULT, DateKind.MONTH, DateKind.EITHER}
    assert settled is None


@pytest.mark.parametrize("text", ["", "-", "NA", "未查", "unknown"])
def test_missing_words_are_no_dates(text: str) -> None:
    assert read_date(text, CellKind.TEXT, LEXICON).kind is DateKind.EMPTY


@given(st.dates(date(1900, 1, 1), date(2026, 11, 22)), st.sampled_from(sorted(DATES)))
def test_every_way_to_write_a_date_comes_back_under_its_order(day: date, way: str) -> None:
    birth = day.year < 2000
    if "short" in way and not (1927 <= day.year <= 1999 or (not birth and day.year >= 2000)):
        return  # a year of two digits means another century here
    if way == "republic" and day.year < 1912:
        return
    cell = read_date(DATES[way](day), CellKind.TEXT, LEXICON)
    order = MONTH_FIRST if way.startswith("month first") else DAY_FIRST
    assert settle(cell, order, birth, TODAY) == day


@given(st.dates(date(1900, 1, 1), date(2026, 11, 22)), st.sampled_from(["/", "-", ".", " "]))
def test_a_date_in_either_order_is_never_guessed(day: date, mark: str) -> None:
    cell = read_date(f"{day.day:02d}{mark}{day.month:02d}{mark}{day.year}", CellKind.TEXT, LEXICON)
    both = day.day <= 12 and day.day != day.month
    assert (settle(cell, None, birth=False, today=TODAY) is None) == both
    assert settle(cell, DAY_FIRST, birth=False, today=TODAY) == day


def cells(*texts: str) -> list:  # type: ignore[type-arg]  # cells of one column
    return [read_date(text, CellKind.TEXT, LEXICON) for text in texts]


@pytest.mark.parametrize(
    ("texts", "by_mark", "settled"),
    [
        (("03/04/2024", "25/04/2024"), {"/": DAY_FIRST}, True),
        (("03/04/2024", "04/25/2024"), {"/": MONTH_FIRST}, True),
        (("03/04/2024", "05/06/2024"), {}, False),
        (("03/03/2024", "05/05/2024", "2024-01-02"), {}, True),
        (("02/30/2024", "03/04/2024"), {}, False),
        (("03/04/2024", "25.04.2024"), {".": DAY_FIRST, "/": DAY_FIRST}, True),
        (("04/25/2024", "25.04.2024", "03/04/2024"), {"/": MONTH_FIRST, ".": DAY_FIRST}, True),
        (("04/25/2024", "25.04.2024", "03-04-2024"), {"/": MONTH_FIRST, ".": DAY_FIRST}, False),
    ],
)
def test_a_day_above_twelve_proves_the_order_of_its_separator(
    texts: tuple[str, ...], by_mark: dict[str, str], settled: bool
) -> None:
    order = prove_order(cells(*texts), birth=False, today=TODAY)
    assert (dict(order.by_mark), order.settled, order.mixed) == (by_mark, settled, False)


def test_both_orders_in_one_column_are_told() -> None:
    order = prove_order(cells("25/04/2024", "04/25/2024", "03/04/2024"), birth=False, today=TODAY)
    assert order.mixed
    assert not order.settled
    assert order.shown == MIXED


@pytest.mark.parametrize(
    ("text", "birth", "year"),
    [
        ("02/26/57", True, 1957),
        ("02/26/20", True, 2020),
        ("11/22/26", True, 2026),
        ("11/23/26", True, 1926),
        ("02/26/57", False, 2057),
        ("02/26/20", False, 2020),
    ],
)
def test_a_birth_year_takes_the_latest_century_that_is_not_ahead(text: str, birth: bool, year: int) -> None:
    assert full_year(read_date(text, CellKind.TEXT, LEXICON), birth, TODAY) == year


def test_a_first_part_that_can_only_be_a_year_is_one() -> None:
    cell = read_date("58.3.5", CellKind.TEXT, LEXICON)
    assert settle(cell, None, birth=True, today=TODAY) == date(1958, 3, 5)
    assert short_years_first(["58.3.5", "24.3.5"]) == {"."}
    assert short_years_first(["24.3.5", "13/08/23", "2024-01-02"]) == frozenset()


@pytest.mark.parametrize(
    ("kind", "text", "system", "day"),
    [
        (CellKind.NUMBER, "45356", 1900, date(2024, 3, 5)),
        (CellKind.NUMBER, "45356.75", 1900, date(2024, 3, 5)),
        (CellKind.TEXT, "45356", 1900, date(2024, 3, 5)),
        (CellKind.NUMBER, "43894", 1904, date(2024, 3, 5)),
        (CellKind.NUMBER, "20240305", 1900, date(2024, 3, 5)),
        (CellKind.DATE, "2024-03-05 09:26:00", 1900, date(2024, 3, 5)),
    ],
)
def test_days_of_spreadsheets(kind: CellKind, text: str, system: int, day: date) -> None:
    assert settle(read_date(text, kind, LEXICON), None, False, TODAY, system) == day


@given(st.integers(61, 70_000))
def test_day_numbers_count_from_the_end_of_1899(number: int) -> None:
    cell = read_date(str(number), CellKind.NUMBER, LEXICON)
    if cell.kind is DateKind.SERIAL:
        assert settle(cell, None, False, TODAY) == date(1899, 12, 30) + timedelta(days=number)
    else:
        assert cell.kind is DateKind.YEAR
        assert 1880 <= number <= 2100


@pytest.mark.parametrize(
    ("text", "kind"), [("1974", DateKind.YEAR), ("1974年", DateKind.YEAR), ("1974-05", DateKind.MONTH)]
)
def test_a_year_alone_is_no_day(text: str, kind: DateKind) -> None:
    assert read_date(text, CellKind.TEXT, LEXICON).kind is kind


@given(st.text(max_size=40), st.sampled_from(list(CellKind)))
def test_no_text_breaks_the_reading_of_dates(text: str, kind: CellKind) -> None:
    safe = text if kind is not CellKind.NUMBER else "12.5"
    cell = read_date(safe, kind, LEXICON)
    if cell.kind is DateKind.EITHER:
        assert possible_orders(cell, birth=True, today=TODAY) <= {DAY_FIRST, MONTH_FIRST}


@pytest.mark.parametrize("long", ["Jan 06 2025" + " 1" * 9_000, "1-" * 10_000, "Jan 2025" + " " * 20_000 + "x"])
def test_a_cell_without_end_is_no_date_and_takes_no_time(long: str) -> None:
    started = time.monotonic()
    assert read_date(long, CellKind.TEXT, load_lexicon()).kind is DateKind.FAULT
    assert time.monotonic() - started < 1
