"""Dates, numbers and units as each language and country writes them."""

from __future__ import annotations

from datetime import date

from engine.report.counts import rounded
from engine.wording import Wording

_MINUS = "\u2212"
# First words of English field names that are names themselves.
_PROPER = frozenset({"Asian", "European", "Globorisk", "Townsend"})


class Formats:
    """Writes dates, numbers and units for one language; English dates may put the month first."""

    def __init__(self, wording: Wording, month_first: bool) -> None:
        self._wording = wording
        self._date_key = "month_first" if month_first else "day_first"

    def day(self, day: date) -> str:
        """Return a date in words, for patients."""
        return self._wording.say(f"report.date.{self._date_key}", **self._parts(day))

    def weekday(self, day: date) -> str:
        """Return a date in words with its weekday."""
        weekday = self._wording.say(f"report.date.weekday_{day.isoweekday()}")
        return self._wording.say(f"report.date.weekday_{self._date_key}", weekday=weekday, **self._parts(day))

    def _parts(self, day: date) -> dict[str, object]:
        return {"year": day.year, "month": self._wording.say(f"report.date.month_{day.month}"), "day": day.day}

    def short_day(self, day: date, beside: date) -> str:
        """Return a date in digits, without the year when it is that of ``beside``."""
        return day.strftime("%m-%d") if day.year == beside.year else day.isoformat()

    def years(self, years: float) -> str:
        """Return a span of years in words."""
        number = self.number(years, 1)
        return self._wording.say("report.span.one_year" if years == 1 else "report.span.years", years=number)

    def number(self, value: float, decimals: int) -> str:
        """Return a number, rounded half up, without trailing zeros after the point."""
        text = str(rounded(value, decimals))
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return _minus(text)

    def fixed(self, value: float, decimals: int) -> str:
        """Return a number with exactly so many decimals, rounded half up."""
        return _minus(str(rounded(value, decimals)))

    def percent(self, fraction: float) -> str:
        """Return a fraction 0-1 as percent with one decimal, for clinicians."""
        return self._wording.say("report.percent", number=self.fixed(fraction * 100, 1))

    def points(self, fraction: float) -> str:
        """Return a difference of fractions in percentage points with its sign."""
        text = self.fixed(abs(fraction) * 100, 1)
        if not float(text):
            return text
        return f"{'+' if fraction > 0 else _MINUS}{text}"

    def unit(self, code: str | None) -> str:
        """Return a UCUM unit as people write it; a code without such a form stands as it is."""
        if code is None:
            return ""
        key = f"report.unit.{code}"
        return self._wording.say(key) if key in self._wording else code

    def listed(self, items: tuple[str, ...]) -> str:
        """Return items as a list in words."""
        if len(items) < 2:
            return "".join(items)
        most = self._wording.say("report.list.comma").join(items[:-1])
        return self._wording.say("report.list.and", most=most, last=items[-1])


def _minus(text: str) -> str:
    return text.replace("-", _MINUS)


def within_sentence(label: str) -> str:
    """Return a label as it reads inside an English sentence: a capital stays only in names and abbreviations."""
    word = label.split(" ", maxsplit=1)[0]
    first, rest = word[:1], word[1:]
    lowered = first.isascii() and rest[:1].islower() and rest.islower() and word not in _PROPER
    return first.lower() + label[1:] if lowered else label
