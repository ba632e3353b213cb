"""Pressures of Medisana's VitaDock: semicolons, every cell quoted, the unit inside the cell.

Quotes are not to be relied on: the last one of a file may be missing, and no cell holds a line end.
"""

from __future__ import annotations

from engine.intake.devices.raw import readings_message
from engine.intake.readers.device_rows import IGNORED, TIME, Layout, find_place, read_text, value
from engine.intake.readers.plugin import Answer, Format, Look
from engine.workers.kinds import Report
from engine.workers.messages import Message

FORMAT = Format("medisana_csv", Answer.READINGS)
_TIMES = ("datumuhrzeit", "datetime", "dateandtime", "dateheure", "dataora", "fechahora")
_UPPER = ("systole", "systolic", "systolique", "sistolica")
_LOWER = ("diastole", "diastolic", "diastolique", "diastolica")
_PULSES = ("puls", "pulse", "pouls", "polso", "pulso")
LAYOUT = Layout(
    words={
        **dict.fromkeys(_TIMES, TIME),
        **dict.fromkeys(_UPPER, value("sbp_mmhg")),
        **dict.fromkeys(_LOWER, value("dbp_mmhg")),
        **dict.fromkeys(_PULSES, value("pulse_bpm")),
        "stimmung": IGNORED,
        "aktivitat": IGNORED,
    },
    needed=frozenset({"datumuhrzeit", "systole", "diastole", "puls"}),
    delimiters=";",
    one_line=True,
    date_order="DMY",
)


def recognises(look: Look) -> bool:
    """Whether the file has the columns of a pressure monitor of this maker."""
    return find_place(look, LAYOUT) is not None


def read(look: Look, report: Report) -> Message:
    """Read the file."""
    return readings_message(read_text(look, LAYOUT, FORMAT.kind, report)[0])
