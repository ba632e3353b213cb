"""Pressures of the Omron app ("Your Requested OMRON Report ..."): nine columns, months in the phone's language."""

from __future__ import annotations

from engine.intake.devices.raw import readings_message
from engine.intake.readers.device_rows import (
    CLOCK,
    DATE,
    IGNORED,
    LOWER,
    PULSE,
    UPPER,
    Layout,
    find_place,
    read_text,
)
from engine.intake.readers.plugin import Answer, Format, Look
from engine.workers.kinds import Report
from engine.workers.messages import Message

FORMAT = Format("omron_app_csv", Answer.READINGS)
LAYOUT = Layout(
    words={
        "date": DATE,
        "time": CLOCK,
        "systolic": UPPER,
        "diastolic": LOWER,
        "pulse": PULSE,
        "symptoms": IGNORED,
        "consumed": IGNORED,
        "truread": IGNORED,
    },
    needed=frozenset({"date", "time", "systolic", "diastolic", "pulse", "symptoms", "consumed", "truread"}),
    date_order=None,
)


def recognises(look: Look) -> bool:
    """Whether the file has the columns of the app."""
    return find_place(look, LAYOUT) is not None


def read(look: Look, report: Report) -> Message:
    """Read the file."""
    return readings_message(read_text(look, LAYOUT, FORMAT.kind, report)[0])
