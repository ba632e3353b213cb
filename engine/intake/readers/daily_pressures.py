"""A diary of pressures with one line for every day, none left out and none twice: its lines are days, so visits.

The same app or family list with several readings on a day, or days without one, is a series of readings; see the
readers of those. That the two look alike else is why the days decide.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from engine.intake.dates import DAY_FIRST, MONTH_FIRST, DateKind, read_date, settle
from engine.intake.devices.raw import Role
from engine.intake.lexicon import load_lexicon
from engine.intake.readers import home_pressure_zh, omron_app
from engine.intake.readers.device_rows import Place, find_place
from engine.intake.readers.plugin import HEAD_BYTES, Answer, Format, Look
from engine.intake.readers.table import read_table
from engine.intake.tables import CellKind, table_message
from engine.workers.kinds import Report
from engine.workers.messages import Message

FORMAT = Format("daily_pressures", Answer.TABLE)
FEWEST_DAYS = 7
_LAYOUTS = (omron_app.LAYOUT, home_pressure_zh.LAYOUT)


def recognises(look: Look) -> bool:
    """Whether it is a list of pressures of one person with a line for every day."""
    return any(_is_daily(look, place) for layout in _LAYOUTS if (place := find_place(look, layout)) is not None)


def read(look: Look, report: Report) -> Message:
    """Read the file as a table."""
    return table_message(read_table(look, report))


def _is_daily(look: Look, place: Place) -> bool:
    if any(planned.known.role is Role.PERSON for planned in place.plan):
        return False
    written = list(_days(look, place))
    for order in (MONTH_FIRST, DAY_FIRST):
        days = [_day(text, order) for text in written]
        known = [day for day in days if day is not None]
        if len(known) == len(days) >= FEWEST_DAYS and _is_unbroken(known):
            return True
    return False


def _days(look: Look, place: Place) -> Iterator[str]:
    """Give the day of each line at the beginning of the file, as written."""
    column = next((one.index for one in place.plan if one.known.role in {Role.DATE, Role.TIME}), None)
    if column is None:
        return
    lines = dict(look.texts)[place.codec].splitlines()
    if len(look.head) == HEAD_BYTES:
        lines.pop()  # cut off
    for cells in csv.reader(lines[len(place.above) + 1 :], delimiter=place.delimiter):
        if any(cell.strip() for cell in cells):
            yield cells[column].strip() if column < len(cells) else ""


def _day(text: str, order: str) -> date | None:
    cell = read_date(text, CellKind.TEXT, load_lexicon())
    if cell.kind not in {DateKind.FIXED, DateKind.EITHER}:
        return None
    return settle(cell, order, birth=False, today=date.max)


def _is_unbroken(days: list[date]) -> bool:
    steps = {later - earlier for earlier, later in pairwise(days)}
    return steps in ({timedelta(1)}, {timedelta(-1)})
