"""Glucose of Dexcom sensors as Clarity exports it: person, device and alerts first, then the readings (EGV).

Values beyond the sensor's range are the words Low and High; the range is 40 to 400 mg/dL, 2.2 to 22.2 mmol/L (user
guides of Dexcom G6 and G7).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.intake.devices.raw import PersonHint, Role, Trust, readings_message
from engine.intake.readers.device_rows import DEVICE, IGNORED, TIME, Known, Layout, Place, find_place, hinted, read_text
from engine.intake.readers.plugin import Answer, Format, Look
from engine.intake.readers.said import BORN, NUMBER, name_of
from engine.intake.text import fold
from engine.workers.kinds import Report
from engine.workers.messages import Message

FORMAT = Format("clarity_csv", Answer.READINGS)
_TYPE = 2
_ENDS = {
    "mg/dL": {"low": (40.0, "<"), "high": (400.0, ">")},
    "mmol/L": {"low": (2.2, "<"), "high": (22.2, ">")},
}
_OTHERS = {
    "firstname": "person",
    "lastname": "person",
    "dateofbirth": "person",
    "patientidentifier": "person",
    "device": "device",
    "alert": "alert",
    "carbs": "food",
    "meal": "food",
    "insulin": "insulin",
    "calibration": "calibration",
    "exercise": "exercise",
    "health": "health",
    "notes": "notes",
}


def _key(text: str) -> str:
    return "".join(fold(text).casefold().split())


def _not_reading(cells: Sequence[str]) -> str | None:
    kind = _key(cells[_TYPE]) if len(cells) > _TYPE else ""
    return None if kind == "egv" or not kind else _OTHERS.get(kind, "other_type")


LAYOUT = Layout(
    words={
        "timestampyyyymmddthhmmss": TIME,
        "eventtype": IGNORED,
        "patientinfo": IGNORED,
        "sourcedeviceid": DEVICE,
        "glucosevalue": Known(Role.VALUE, "random_glucose_mmol_l", None, "cgm", _ENDS),
    },
    needed=frozenset({"timestampyyyymmddthhmmss", "eventtype", "patientinfo", "glucosevalue"}),
    short=1,
    not_reading=_not_reading,
    own_hints=True,
)


def recognises(look: Look) -> bool:
    """Whether the file has the columns of Clarity."""
    return find_place(look, LAYOUT) is not None


def read(look: Look, report: Report) -> Message:
    """Read the file."""
    raw, place = read_text(look, LAYOUT, FORMAT.kind, report)
    return readings_message(hinted(raw, *_hints(place)))


def _hints(place: Place) -> Iterator[PersonHint]:
    """Say whom the rows above the readings name."""
    name, born, number = name_of(place.said), place.said.get(BORN), place.said.get(NUMBER)
    if name or born or number:
        yield PersonHint("rows FirstName, LastName, DateOfBirth", Trust.PATIENT, name, born, number)
