"""Which backups are kept: the newest of each of 7 days, 4 weeks and 12 months, and the last two in any case."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from datetime import date, datetime

DAYS, WEEKS, MONTHS = 7, 4, 12
LAST = 2
_KINDS: tuple[tuple[int, Callable[[datetime], Hashable]], ...] = (
    (DAYS, lambda moment: moment.date()),
    (WEEKS, lambda moment: moment.isocalendar()[:2]),
    (MONTHS, lambda moment: (moment.year, moment.month)),
)


def superfluous(made: Mapping[str, datetime], newest: str) -> list[str]:
    """Return the names of the backups that nobody needs any more, the oldest first.

    Days, weeks and months without a backup do not count, so that a clinic that was closed for long loses nothing.
    ``newest`` is the one just verified; it is kept whatever its clock says.
    """
    ordered = sorted(made, key=lambda name: made[name], reverse=True)
    kept = {newest, *ordered[:LAST]}
    for most, period in _KINDS:
        seen: set[Hashable] = set()
        for name in ordered:
            which = period(made[name])
            if which not in seen and len(seen) < most:
                seen.add(which)
                kept.add(name)
    return [name for name in reversed(ordered) if name not in kept]


def kept_at_most_until(made: datetime) -> date:
    """Return the first day of the month whose first backup removes one made at this moment, where none did before.

    The newest of a month stays until twelve later months have one. Without new backups all stay.
    """
    years, month = divmod(made.month - 1 + MONTHS, 12)
    return date(made.year + years, month + 1, 1)
