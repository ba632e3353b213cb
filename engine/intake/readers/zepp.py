"""Heart rates of Zepp watches (Amazfit, Mi Band): HEARTRATE_AUTO_*.csv of the export of an account."""

from __future__ import annotations

from engine.intake.devices.raw import readings_message
from engine.intake.readers.device_rows import CLOCK, DATE, PULSE, Layout, find_place, read_text
from engine.intake.readers.plugin import Answer, Format, Look
from engine.workers.kinds import Report
from engine.workers.messages import Message

FORMAT = Format("zepp_heart_rate_csv", Answer.READINGS)
LAYOUT = Layout({"date": DATE, "time": CLOCK, "heartrate": PULSE}, frozenset({"date", "time", "heartrate"}), exact=True)


def recognises(look: Look) -> bool:
    """Whether the file has exactly these columns."""
    return find_place(look, LAYOUT) is not None


def read(look: Look, report: Report) -> Message:
    """Read the file."""
    return readings_message(read_text(look, LAYOUT, FORMAT.kind, report)[0])
