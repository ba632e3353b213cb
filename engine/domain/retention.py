"""How long a record is kept at least."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from engine.domain.dates import PartialDate


@dataclass(frozen=True, slots=True)
class Keep:
    """A rule. ``from_death``: counted from the person's death, of which the record may know nothing.

    ``minor_until``: the record of who was a child is kept at least until this age. ``source``: the law by language;
    none where the clinic decided.
    """

    years: int
    from_death: bool = False
    minor_until: int | None = None
    source: Mapping[str, str] | None = None

    def until(self, last_visit: date | None, birth: PartialDate | None) -> date | None:
        """Return the first day on which the record need not be kept; None where the rule counts from death."""
        if self.from_death:
            return None
        ends = date.min if last_visit is None else _years_later(last_visit, self.years)
        if self.minor_until is not None and birth is not None:
            ends = max(ends, _years_later(birth.latest, self.minor_until))
        return ends


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # the 29th of February
        return date(day.year + years, 3, 1)
