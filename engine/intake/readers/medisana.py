"""Pressures of Medisana's VitaDock: semicolons, every cell quoted, the unit inside the cell.

Quotes are not to be relied on: the last one of a file may be missing, and no cell holds a line end.
"""

from __future__ import annotations

import csv
import functools
import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

from engine.intake.devices.raw import readings_message
from engine.intake.readers.device_rows import LOOKED_AT, TIME, Layout, Plan, Planned, find_place, read_text, value
from engine.intake.readers.plugin import Answer, Format, Look
from engine.intake.text import fold, header_key
from engine.workers.kinds import Report
from engine.workers.messages import Message

FORMAT = Format("medisana_csv", Answer.READINGS)
_TIMES = ("datumuhrzeit", "datetime", "dateandtime", "dateheure", "dataora", "fechahora")
_UPPER = ("systole", "systolic", "systolisch", "systolique", "sistolica", "sys")
_LOWER = ("diastole", "diastolic", "diastolisch", "diastolique", "diastolica", "dia")
_PULSES = ("puls", "pulse", "pouls", "polso", "pulso")
_WORDS = {
    **dict.fromkeys(_TIMES, TIME),
    **dict.fromkeys(_UPPER, value("sbp_mmhg")),
    **dict.fromkeys(_LOWER, value("dbp_mmhg")),
    **dict.fromkeys(_PULSES, value("pulse_bpm")),
}
_ORDER = (TIME, value("sbp_mmhg"), value("dbp_mmhg"), value("pulse_bpm"))
# Known from files are the lines below the header, not its words: they are in the language of the account.
_LINE = re.compile(r'"\d\d?\.\d\d?\.\d{4} - \d\d?:\d\d[^";]*";"[^";]*\d *(?:mmHg|kPa)";"[^";]*\d *(?:mmHg|kPa)"', re.I)
LAYOUT = Layout(words=_WORDS, needed=frozenset(), delimiters=";", one_line=True, date_order="DMY")


def _layout(look: Look) -> Layout | None:
    """Return the layout with the header that stands above the first line as this maker writes them; None without."""
    for _, text in look.texts:
        lines = list(itertools.islice(text.lstrip("\ufeff").splitlines(), LOOKED_AT + 1))
        first = next((at for at, line in enumerate(lines) if _LINE.match(line)), 0)
        if first:
            header = next(csv.reader([lines[first - 1]], delimiter=";"), [])
            return replace(LAYOUT, plan=functools.partial(_plan, header))
    return _by_words(look)


def _by_words(look: Look) -> Layout | None:
    """Return the layout where the words of the header are known, whatever lies below them."""
    needed = frozenset({"datumuhrzeit", "systole", "diastole", "puls"})
    layout = replace(LAYOUT, needed=needed)
    return layout if find_place(look, layout) is not None else None


def _plan(header: Sequence[str], cells: Sequence[str]) -> Plan | None:
    """Return the columns of the header, by their words where all of them are known, else in the order of the maker."""
    if list(cells) != list(header) or len(cells) < len(_ORDER):
        return None
    words = [_WORDS.get(header_key(cell)) for cell in cells]
    by_word = all(one in words for one in _ORDER[:3])
    known = words if by_word else [*_ORDER, *[None] * (len(cells) - len(_ORDER))]
    return tuple(Planned(at, fold(cells[at]), one) for at, one in enumerate(known) if one is not None)


def recognises(look: Look) -> bool:
    """Whether the lines are those of a pressure monitor of this maker, or the words above them."""
    return _layout(look) is not None


def read(look: Look, report: Report) -> Message:
    """Read the file."""
    return readings_message(read_text(look, _layout(look) or LAYOUT, FORMAT.kind, report)[0])
