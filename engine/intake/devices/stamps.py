"""Written moments: what a device writes for day, clock and zone, in every form and language we know.

A moment is the wall clock as it was written, and its offset from UTC where the file tells one; it is never shifted.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from engine.intake.text import fold, without_accents

EARLIEST_YEAR = 2005  # earlier: the clock of the device was never set
LAST_MONTH = 12
_NOON = 12
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2}))?(?: ([+-])(\d{2})(\d{2}))?")
_CLOCK = re.compile(
    r"(上午|下午|午前|午後|오전|오후|凌晨|早上|中午|晚上)?\s*(\d{1,2})\s*[:时時h點点]\s*(\d{1,2})\s*[分m]?"
    r"(?:\s*[:.]?\s*(\d{1,2})(?:[.,]\d+)?\s*[秒s]?)?\s*([ap]\.?\s?m\.?|上午|下午|午前|午後)?\s*"
    r"(z|(?:gmt|utc)?\s*[+-]\s*\d{1,2}(?::?\d{2})?|gmt|utc)?$",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"(?:gmt|utc)?\s*([+-])\s*(\d{1,2}):?(\d{2})?$", re.IGNORECASE)
_LATER = frozenset({"下午", "午後", "오후", "晚上", "中午"})
_MARKED_MONTH = re.compile(r"(\d{1,2})\s*[月월]")
_NUMBERS = re.compile(r"\d+")
_WORDS = re.compile(r"[^\W\d_]+\.?")
_FILLERS = frozenset(
    {
        "年",
        "月",
        "日",
        "号",
        "de",
        "del",
        "den",
        "of",
        "t",
        "um",
        "at",
        "a",
        "le",
        "년",
        "월",
        "일",
        "st",
        "nd",
        "rd",
        "th",
    }
)


class Moment(NamedTuple):
    """One written moment. ``first`` and ``second`` are day and month in the order that ``order`` gives.

    ``month``: the number where a name gave it. ``offset``: minutes east of UTC, or None.
    """

    year: int
    first: int
    second: int
    order: str | None  # "YMD" or "DMY" where the form itself settles it, else None
    hour: int
    minute: int
    second_of_minute: int
    offset: int | None


@dataclass(frozen=True, slots=True)
class Months:
    """Names of months by language: word without accents, case and stop -> number."""

    languages: Sequence[Mapping[str, int]]

    def of(self, words: Iterable[str]) -> Mapping[str, int]:
        """Return what the words of one file mean: read in one language, where one knows them all.

        Words that two such languages read differently are left out.
        """
        wanted = {month_key(word) for word in words}
        whole = [known for known in self.languages if wanted <= known.keys()]
        found: dict[str, int] = {}
        for word in wanted:
            meanings = {known[word] for known in (whole or self.languages) if word in known}
            if len(meanings) == 1:
                found[word] = meanings.pop()
        return found


def month_key(word: str) -> str:
    """Return the key of the name of a month."""
    return without_accents(fold(word)).casefold().rstrip(".")


def month_words(texts: Iterable[str]) -> set[str]:
    """Return the words in written days that may be names of months."""
    words = {word for text in texts for word in _WORDS.findall(fold(_without_clock(text)))}
    return {word for word in words if word.casefold().rstrip(".") not in _FILLERS}


def _without_clock(text: str) -> str:
    return _CLOCK.sub("", fold(text)).strip()


def read_moment(day: str, clock: str | None, months: Mapping[str, int]) -> Moment | None:
    """Read a day and the clock, which stands behind it or in a cell of its own; None when it is neither.

    A day without a clock is midnight.
    """
    if clock is None and (plain := _ISO.fullmatch(day)):
        return _plain(plain)
    text = fold(day)
    hand: tuple[int, int, int, int | None] = (0, 0, 0, None)
    found = _CLOCK.search(fold(clock).replace(".", ":") if clock is not None else text)
    if found:
        hand = _hand(found)
        if clock is None:
            text = text[: found.start()].strip(" ,-T\t")
    elif clock is not None and fold(clock):
        return None
    date = _day(text, months)
    return None if date is None else Moment(*date, *hand)


def _plain(found: re.Match[str]) -> Moment:
    year, month, day, hour, minute, second, sign, hours, minutes = found.groups()
    offset = None if sign is None else (-1 if sign == "-" else 1) * (int(hours) * 60 + int(minutes))
    return Moment(int(year), int(day), int(month), "DMY", int(hour), int(minute), int(second or 0), offset)


def _hand(found: re.Match[str]) -> tuple[int, int, int, int | None]:
    before, hour, minute, second, behind, zone = found.groups()
    hours = int(hour)
    half = (before or behind or "").casefold().replace(".", "").replace(" ", "")
    if half in _LATER or half == "pm":
        hours += _NOON if hours < _NOON else 0
    elif half and hours == _NOON:
        hours = 0
    return hours, int(minute), int(second or 0), None if zone is None else read_offset(zone)


def read_offset(text: str) -> int | None:
    """Return the minutes east of UTC of "+08:00", "GMT+8", "Z"; None when it is none."""
    folded = fold(text).strip()
    if folded.casefold() in {"z", "gmt", "utc"}:
        return 0
    found = _OFFSET.fullmatch(folded)
    if not found:
        return None
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    return -minutes if found[1] == "-" else minutes


def _day(text: str, months: Mapping[str, int]) -> tuple[int, int, int, str | None] | None:
    numbers = _NUMBERS.findall(text)
    named = [months[month_key(word)] for word in _WORDS.findall(text) if month_key(word) in months]
    if len(named) == 1 and len(numbers) == 2:
        day, year = (numbers[1], numbers[0]) if len(numbers[0]) == 4 else (numbers[0], numbers[1])
        return _full_year(year), int(day), named[0], "DMY"
    if len(numbers) != 3 or any(len(number) > 4 for number in numbers):
        return None
    marked = _MARKED_MONTH.search(text)
    if marked and len(numbers[0]) < 3:  # 1月 6 2025
        day = numbers[1] if numbers[0] == marked[1] else numbers[0]
        return _full_year(numbers[2]), int(day), int(marked[1]), "DMY"
    if len(numbers[0]) == 4:
        return int(numbers[0]), int(numbers[2]), int(numbers[1]), "DMY"
    return _full_year(numbers[2]), int(numbers[0]), int(numbers[1]), None


def _full_year(text: str) -> int:
    return int(text) if len(text) > 2 else 2000 + int(text)


def proven_order(moments: Iterable[Moment | None]) -> str | None:
    """Return the order that days above twelve prove, "?" when they contradict each other, None when none is above."""
    day_first = month_first = False
    for moment in moments:
        if moment is not None and moment.order is None:
            day_first |= moment.first > LAST_MONTH
            month_first |= moment.second > LAST_MONTH
    if day_first and month_first:
        return "?"
    return "DMY" if day_first else "MDY" if month_first else None


class Placed(NamedTuple):
    """A moment on the calendar: seconds of the wall clock since 1970, or what is wrong with it."""

    wall: int
    offset: int | None
    fault: str | None  # "impossible_time", "unreadable_value", "ambiguous_date"


def place(moment: Moment | None, order: str) -> Placed:
    """Put a moment on the calendar; ``order`` is "DMY" or "MDY", or "?" where only a clear day counts."""
    if moment is None:
        return Placed(0, None, "unreadable_value")
    if moment.hour > 23 or moment.minute > 59 or moment.second_of_minute > 59:
        return Placed(0, None, "impossible_time")
    day, month = moment.first, moment.second
    if moment.order is None:
        if order == "?" and day <= LAST_MONTH and month <= LAST_MONTH and day != month:
            return Placed(0, None, "ambiguous_date")
        if order == "MDY" or (order == "?" and month > LAST_MONTH):
            day, month = month, day
    start = _days(moment.year, month)
    if start is None or not 1 <= day <= start[1]:
        return Placed(0, None, "unreadable_value")
    if moment.year < EARLIEST_YEAR:
        return Placed(0, None, "impossible_time")
    clock = moment.hour * 3600 + moment.minute * 60 + moment.second_of_minute
    return Placed((start[0] + day - 1) * 86_400 + clock, moment.offset, None)


@lru_cache(maxsize=4096)
def _days(year: int, month: int) -> tuple[int, int] | None:
    """Return the number of the first day of a month since 1970, and how many days it has."""
    if not (1 <= month <= LAST_MONTH and 1 <= year <= 9999):
        return None
    return calendar.timegm((year, month, 1, 0, 0, 0)) // 86_400, calendar.monthrange(year, month)[1]
