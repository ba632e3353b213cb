"""Glucose of Sibionics sensors as clinics export it: institution, person and device stand in cells of the header.

The text file is known from files, the same table as a workbook from descriptions only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.intake.devices.raw import PersonHint, Trust, readings_message
from engine.intake.readers.device_rows import (
    TIME,
    Known,
    Layout,
    Plan,
    find_place,
    hinted,
    plan_columns,
    read_rows,
    read_text,
    value,
)
from engine.intake.readers.plugin import Answer, Format, Look
from engine.intake.readers.sheets import first_rows, is_workbook, sheet_rows
from engine.intake.text import clean_line, fold
from engine.workers.kinds import Report
from engine.workers.messages import Message

FORMAT = Format("sibionics_clinic", Answer.READINGS)
_WORDS: dict[str, Known] = {"血糖值": value("random_glucose_mmol_l", None, "cgm"), "采集时间": TIME}
_PLAIN = Layout(_WORDS, frozenset(_WORDS))
_SAYS = ("机构名称", "姓名", "设备名称")


def _plan(header: Sequence[str]) -> Plan | None:
    """Return the columns where the header also says whose readings these are."""
    plan = plan_columns(_PLAIN, header)
    said = [_said(cell)[0] for cell in header]
    return plan if plan and any(word in said for word in _SAYS) else None


def _said(cell: str) -> tuple[str, str]:
    word, _, says = fold(cell).partition(":")
    return word.strip(), clean_line(says)


LAYOUT = replace(_PLAIN, plan=_plan)


def recognises(look: Look) -> bool:
    """Whether the header is that of the clinic's export, in a text file or a workbook."""
    if is_workbook(look.members):
        rows = first_rows(look.contents)
        return bool(rows) and _plan(rows[0][1]) is not None
    return find_place(look, LAYOUT) is not None


def read(look: Look, report: Report) -> Message:
    """Read the file."""
    if is_workbook(look.members):
        rows = sheet_rows(look.contents)
        _, header = next(rows)
        raw = read_rows(rows, header, _plan(header) or (), LAYOUT, FORMAT.kind)
        digest = look.contents.digest()
        raw = replace(raw, described=True, sha256=digest)
    else:
        raw, place = read_text(look, LAYOUT, FORMAT.kind, report)
        header = list(place.header)
    hints = [
        PersonHint(f"header cell {number}", Trust.PATIENT, name=says)
        for number, (word, says) in enumerate(map(_said, header), 1)
        if word == "姓名" and says
    ]
    return readings_message(hinted(raw, *hints))
