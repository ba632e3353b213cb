"""Glucose of Sibionics sensors as the app exports it: a workbook of texts, the zone behind every moment, day first.

The header in mmol/L is known from descriptions only.
"""

from __future__ import annotations

from dataclasses import replace

from engine.intake.devices.raw import readings_message
from engine.intake.readers.device_rows import TIME, Layout, find_place, plan_columns, read_rows, read_text, value
from engine.intake.readers.plugin import Answer, Format, Look
from engine.intake.readers.sheets import first_rows, is_workbook, sheet_rows
from engine.workers.kinds import Report
from engine.workers.messages import Message

FORMAT = Format("sibionics_app_xlsx", Answer.READINGS)
LAYOUT = Layout(
    {"time": TIME, "sensorreading": value("random_glucose_mmol_l", None, "cgm")},
    frozenset({"time", "sensorreading"}),
    exact=True,
    date_order="DMY",
)


def recognises(look: Look) -> bool:
    """Whether these are the two columns of the app."""
    if is_workbook(look.members):
        rows = first_rows(look.contents)
        return bool(rows) and plan_columns(LAYOUT, rows[0][1]) is not None
    return find_place(look, LAYOUT) is not None


def read(look: Look, report: Report) -> Message:
    """Read the file."""
    if is_workbook(look.members):
        rows = sheet_rows(look.contents)
        _, header = next(rows)
        raw = read_rows(rows, header, plan_columns(LAYOUT, header) or (), LAYOUT, FORMAT.kind)
        raw = replace(raw, sha256=look.contents.digest())
    else:
        raw, _ = read_text(look, LAYOUT, FORMAT.kind, report)
    in_millimoles = any(column.unit == "mmol/L" for part in raw.parts for column in part.columns)
    return readings_message(replace(raw, described=in_millimoles))
