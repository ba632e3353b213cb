"""Written dates: every spelling with one reading, and the proof of day-first or month-first by the whole column."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from engine.intake.lexicon import Lexicon
from engine.intake.tables import CellKind
from engine.intake.text import fold, word_key

DAY_FIRST, MONTH_FIRST, YEAR_FIRST, MIXED = "DMY", "MDY", "YMD", "mixed"
EPOCHS = {1900: date(1899, 12, 30), 1904: date(1904, 1, 1)}
SERIALS = range(1, 80_000)  # 1900 to 2119
CENTURY = 100
LAST_DAY = 31
# Marks of dates that have one reading although their century is open, and the order in which they were written. In
# such a cell ``first`` is the day: the month stands in words, or a first part above 31 can only be the year.
YEAR_MARK = "year first"
SETTLED_MARKS = {"Month day": MONTH_FIRST, "day Month": DAY_FIRST, YEAR_MARK: YEAR_FIRST}
VISIT_CENTURY = 2000
ROC_OFFSET = 1911
ROC_YEARS = range(1, 200)
ROC_DIGITS = 7
YEARS = range(1000, 3000)

_TIME = re.compile(
    r"""(?:[T,]|[ ]|\s-\s|(?<=日))\s*
    (?:上午|下午|中午|晚上|凌晨|早上)?\s*
    \d{1,2}\s*
    (?:[:时點点]\s*\d{1,2}\s*(?:[:分]\s*\d{0,2}(?:\.\d+)?\s*秒?)?分?|(?=\s*[ap]\.?m))\s*
    (?:[ap]\.?m\.?)?\s*
    (?:Z|UTC|GMT|[+-]\d{2}:?\d{2})?$""",
    re.IGNORECASE | re.VERBOSE,
)
_WEEKDAY = re.compile(r"[(\s]*(?:星期|周|週|礼拜|禮拜)[一二三四五六日天]\s*\)?")
_YEAR_FIRST = re.compile(r"^(\d{4})\s*[-–—/.、年_ ]\s*(\d{1,2})\s*[-–—/.、月_ ]\s*(\d{1,2})\s*[日号號.]?$")
_YEAR_LAST = re.compile(r"^(\d{1,2})\s*([-/. ])\s*(\d{1,2})\s*\2\s*(\d{4}|\d{1,2}|'\d{2})\s*(?:\.|г\.?)?$")
_SHORT_YEAR_FIRST = re.compile(r"^(\d{2})\s*([-/. ])\s*\d{1,2}\s*\2\s*\d{1,2}(?!\d)")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:\d{4}|\d{6})?$")
_ROC = re.compile(r"^(\d{1,3})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号號]?$")
_ROC_DIGITS = re.compile(r"^(\d{3})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号號]?$")
_ROC_COMPACT = re.compile(r"^(\d{2,3})(\d{2})(\d{2})$")
_YEAR_ONLY = re.compile(r"^(\d{4})\s*年?$")
_YEAR_MONTH = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?$")
_SERIAL = re.compile(r"^(\d{5})(?:\.\d+)?$")
_WORDS = re.compile(r"[^\W\d_]+|\d+")
_CHINESE_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")


class DateKind(Enum):
    """How far a cell settles a date."""

    EMPTY = "empty"
    FIXED = "fixed"  # one reading
    EITHER = "either"  # day and month in an order that the cell does not tell
    YEAR = "year"
    MONTH = "month"
    SERIAL = "serial"  # a day count of a spreadsheet
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class DateCell:
    """What one cell says. For EITHER, ``first`` and ``second`` are day and month in written order.

    ``short`` marks a year of two digits; ``mark`` is the separator between the parts, or one of SETTLED_MARKS;
    ``roc`` a Republic-era year.
    """

    kind: DateKind
    year: int = 0
    first: int = 0
    second: int = 0
    short: bool = False
    mark: str = ""
    roc: bool = False


EMPTY = DateCell(DateKind.EMPTY)
FAULT = DateCell(DateKind.FAULT)
_LONGEST = 100  # signs of a written date, spaces counted once


def read_date(text: str, kind: int, lexicon: Lexicon) -> DateCell:
    """Read a cell of a date column, as far as the cell alone settles it."""
    if len(text) > _LONGEST and len(text := " ".join(text.split())) > _LONGEST:
        return FAULT  # searched for a time of day it would take minutes
    if kind == CellKind.TEXT and len(text) == 10 and text[4] == "-" == text[7] and text.isascii():
        return _fixed(text[:4], text[5:7], text[8:])  # the commonest form, first
    folded = fold(text).strip("'\"")
    if not folded or folded.casefold() in lexicon.words.missing:
        return EMPTY
    if kind in {CellKind.ERROR, CellKind.BOOLEAN, CellKind.TOO_LONG}:
        return FAULT
    if kind == CellKind.NUMBER and (serial := _serial(folded)):
        return serial
    bare = _without_time(folded)
    return _era(bare, lexicon) or _numeric(bare) or _in_words(bare, lexicon) or FAULT


def _without_time(folded: str) -> str:
    bare = _TIME.sub("", _WEEKDAY.sub("", folded)).strip(" ,").removesuffix("T")
    if any(sign in folded for sign in "〇零一二三四五六七八九") and "年" in folded:
        bare = _chinese_numbers(bare)
    return bare


def _chinese_numbers(text: str) -> str:
    """Write 二〇二四年十二月三日 in digits."""

    def tens(match: re.Match[str]) -> str:
        before, after = match.groups()
        high = int(before.translate(_CHINESE_DIGITS)) if before else 1
        low = int(after.translate(_CHINESE_DIGITS)) if after else 0
        return str(high * 10 + low)

    return re.sub(r"([一二三四五六七八九])?十([一二三四五六七八九])?", tens, text).translate(_CHINESE_DIGITS)


def _serial(folded: str) -> DateCell | None:
    try:
        number = float(folded)
    except ValueError:
        return FAULT  # shown as per cent
    if number.is_integer() and (match := _COMPACT.match(folded) or _ROC_COMPACT.match(folded)):
        fixed = (_fixed if len(folded) > ROC_DIGITS else _roc_compact)(*match.groups())
        if fixed.kind is DateKind.FIXED:
            return fixed
    if number.is_integer() and int(number) in range(1880, 2101):
        return DateCell(DateKind.YEAR, int(number))
    if int(number) in SERIALS:
        return DateCell(DateKind.SERIAL, first=int(number))
    return FAULT


def _era(bare: str, lexicon: Lexicon) -> DateCell | None:
    for name, offset in lexicon.words.eras.items():
        if bare.startswith(name):
            rest = bare[len(name) :].strip()
            match = _ROC.match(rest)
            if match is None:
                return FAULT
            year, month, day = (int(part) for part in match.groups())
            return DateCell(*_checked(year + offset, month, day), roc=True)
    return None


def _numeric(bare: str) -> DateCell | None:
    """Read a date of digits; None when it is in none of the forms."""
    for pattern, read in _FORMS:
        if match := pattern.match(bare):
            return read(*match.groups())
    return None


def _roc(year: str, month: str, day: str) -> DateCell:
    return DateCell(*_checked(int(year) + ROC_OFFSET, int(month), int(day)), roc=True)


def _roc_compact(year: str, month: str, day: str) -> DateCell:
    # Seven digits are nothing else: a year behind day and month would make the month 19 or 20.
    return _roc(year, month, day) if len(year) == 3 and int(year) in ROC_YEARS else FAULT


def read_republic(text: str) -> DateCell | None:
    """Read a date without the name of its era as one of the Republic (59/8/20, 590820); None when it is none."""
    folded = _without_time(fold(text).strip("'\""))
    match = _ROC.match(folded) or _ROC_COMPACT.match(folded)
    cell = _roc(*match.groups()) if match and int(match.group(1)) in ROC_YEARS else FAULT
    return cell if cell.kind is DateKind.FIXED else None


def _year(year: str) -> DateCell:
    return DateCell(DateKind.YEAR, int(year)) if int(year) in YEARS else FAULT


def _month(year: str, month: str) -> DateCell:
    known = int(year) in YEARS and int(month) in range(1, 13)
    return DateCell(DateKind.MONTH, int(year), int(month)) if known else FAULT


def _either(first: str, mark: str, second: str, year: str) -> DateCell:
    # One digit is no year; it may be a day if the file proves that its dates begin with the year.
    kind = DateKind.FAULT if len(year) == 1 else DateKind.EITHER
    cell = DateCell(kind, int(year.lstrip("'")), int(first), int(second), len(year) != 4, mark)
    return year_first(cell) if cell.short and cell.first > LAST_DAY else cell


def year_first(cell: DateCell) -> DateCell:
    """Read a date with a year of two digits the other way round: year, month, day."""
    if not 1 <= cell.second <= 12:
        return FAULT
    return DateCell(DateKind.EITHER, cell.first, cell.year, cell.second, short=True, mark=YEAR_MARK)


def short_years_first(texts: Iterable[str]) -> frozenset[str]:
    """Return the separators for which some date of a file begins with a year of two digits (58.3.5)."""
    found = (_SHORT_YEAR_FIRST.match(fold(text)) for text in texts)
    return frozenset(match.group(2) for match in found if match and int(match.group(1)) > LAST_DAY)


def _fixed(year: str, month: str, day: str) -> DateCell:
    try:
        return DateCell(*_checked(int(year), int(month), int(day)))
    except ValueError:
        return FAULT


# The forms in the order in which they are tried.
_FORMS: tuple[tuple[re.Pattern[str], Callable[..., DateCell]], ...] = (
    (_YEAR_FIRST, _fixed),
    (_YEAR_LAST, _either),
    (_COMPACT, _fixed),
    (_ROC_DIGITS, _roc),
    (_ROC_COMPACT, _roc_compact),
    (_YEAR_ONLY, _year),
    (_YEAR_MONTH, _month),
    (_SERIAL, lambda days: DateCell(DateKind.SERIAL, first=int(days))),
)


def _checked(year: int, month: int, day: int) -> tuple[DateKind, int, int, int]:
    """Return a day as a fixed cell (month first), or a fault when the calendar has no such day."""
    if is_day(year, month, day):
        return DateKind.FIXED, year, month, day
    return DateKind.FAULT, 0, 0, 0


def is_day(year: int, month: int, day: int) -> bool:
    """Whether the calendar has this day."""
    try:
        date(year, month, day)
    except ValueError:
        return False
    return year in YEARS


def _in_words(bare: str, lexicon: Lexicon) -> DateCell | None:
    """Read a date with its month in words, in any of our languages."""
    words = lexicon.words
    numbers: list[str] = []
    months: list[int] = []
    for part in _WORDS.findall(bare):
        key = word_key(part)
        if part.isdigit():
            numbers.append(part)
        elif key in words.months:
            months.append(words.months[key])
        elif key not in words.weekdays and key not in words.date_fillers:
            return None
    if len(months) != 1 or len(numbers) != 2:
        return None
    mark = "Month day" if word_key(_WORDS.findall(bare)[0]) in words.months else "day Month"
    day, year = numbers if len(numbers[1]) != 1 and len(numbers[0]) <= 2 else reversed(numbers)
    if len(year) not in {2, 4} or len(day) > 2:
        return None
    if len(year) == 2:
        # The order of day and month is settled; only the century is open.
        return DateCell(DateKind.EITHER, int(year), int(day), months[0], short=True, mark=mark)
    return DateCell(*_checked(int(year), months[0], int(day)), mark=mark)


@dataclass(frozen=True, slots=True)
class DateOrder:
    """What a column proves about the order of day and month.

    ``by_mark`` gives the order for each separator; ``settled`` tells whether every cell has one reading;
    ``mixed`` whether both orders were proven for the same separator.
    """

    by_mark: Mapping[str, str]
    settled: bool
    mixed: bool
    in_words: frozenset[str] = frozenset()

    @property
    def shown(self) -> str:
        """The order as one word, for the column map."""
        if self.mixed:
            return MIXED
        orders = set(self.by_mark.values()) or set(self.in_words) or {YEAR_FIRST}
        return orders.pop() if len(orders) == 1 else MIXED


def prove_order(cells: Iterable[DateCell], birth: bool, today: date) -> DateOrder:
    """Return the order that the cells of a column prove: a part above 12 is a day."""
    proven: dict[str, set[str]] = defaultdict(set)
    open_marks: set[str] = set()
    in_words: set[str] = set()
    for cell in cells:
        if cell.mark in SETTLED_MARKS:
            in_words.add(SETTLED_MARKS[cell.mark])
            continue
        if cell.kind is not DateKind.EITHER:
            continue
        orders = possible_orders(cell, birth, today)
        if len(orders) == 1:
            proven[cell.mark] |= orders
        elif orders and cell.first != cell.second:
            open_marks.add(cell.mark)
    mixed = any(len(orders) > 1 for orders in proven.values())
    found = set().union(*proven.values()) if proven else set()
    by_mark = {mark: next(iter(orders)) for mark, orders in proven.items() if len(orders) == 1}
    if len(found) == 1:  # the column has one order; separators that prove nothing themselves follow it
        by_mark.update(dict.fromkeys(open_marks - set(by_mark), next(iter(found))))
    settled = not mixed and open_marks <= set(by_mark)
    return DateOrder(by_mark, settled, mixed, frozenset(in_words))


def possible_orders(cell: DateCell, birth: bool, today: date) -> set[str]:
    """Return the orders in which a cell is a day of the calendar."""
    year = full_year(cell, birth, today)
    orders = set()
    if is_day(year, cell.second, cell.first):
        orders.add(DAY_FIRST)
    if is_day(year, cell.first, cell.second):
        orders.add(MONTH_FIRST)
    return orders


def full_year(cell: DateCell, birth: bool, today: date) -> int:
    """Return a year with its century: visits are 20xx, births take the latest century that is not in the future."""
    if not cell.short:
        return cell.year
    year = VISIT_CENTURY + cell.year
    if birth and (year > today.year or _is_after(year, cell, today)):
        year -= CENTURY
    return year


def _is_after(year: int, cell: DateCell, today: date) -> bool:
    """Whether a date of the present year lies ahead, in every order."""
    if year != today.year:
        return False
    readings = [(cell.second, cell.first), (cell.first, cell.second)]
    days = [date(year, month, day) for month, day in readings if is_day(year, month, day)]
    return bool(days) and all(day > today for day in days)


def settle(cell: DateCell, order: str | None, birth: bool, today: date, system: int = 1900) -> date | None:
    """Return the day that a cell means under an order; None when that leaves none or several.

    Args:
        cell: FIXED, EITHER or SERIAL.
        order: DAY_FIRST, MONTH_FIRST, MIXED (take what only one order allows) or None.
        birth: whether it is a birth date, for years of two digits.
        today: the present day, for the same.
        system: 1900 or 1904, from which spreadsheets count.
    """
    if cell.kind is DateKind.FIXED:
        return date(cell.year, cell.first, cell.second)
    if cell.kind is DateKind.SERIAL:
        return EPOCHS[system] + timedelta(days=cell.first)
    year = full_year(cell, birth, today)
    if cell.mark in SETTLED_MARKS or cell.first == cell.second:
        order = DAY_FIRST
    elif order in {None, MIXED}:
        orders = possible_orders(cell, birth, today)
        order = orders.pop() if len(orders) == 1 else None
    if order is None:
        return None
    month, day = (cell.second, cell.first) if order == DAY_FIRST else (cell.first, cell.second)
    return date(year, month, day) if is_day(year, month, day) else None
