"""Glucose of Dexcom sensors as Clarity exports it: person, device and alerts first, then the readings (EGV).

Values beyond the sensor's range are the words Low and High; the range is 40 to 400 mg/dL, 2.2 to 22.2 mmol/L (user
guides of Dexcom G6 and G7).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence

from engine.intake.devices.raw import PersonHint, Role, Trust, readings_message
from engine.intake.readers.device_rows import DEVICE, IGNORED, TIME, Known, Layout, Place, find_place, hinted, read_text
from engine.intake.readers.plugin import Answer, Format, Look
from engine.intake.text import clean_line, fold
from engine.workers.kinds import Report
from engine.workers.messages import Message

FORMAT = Format("clarity_csv", Answer.READINGS)
_TYPE, _SUBTYPE, _PERSON = 2, 3, 4
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
_MOST_PERSON_ROWS = 50


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
)


def recognises(look: Look) -> bool:
    """Whether the file has the columns of Clarity."""
    return find_place(look, LAYOUT) is not None


def read(look: Look, report: Report) -> Message:
    """Read the file."""
    raw, place = read_text(look, LAYOUT, FORMAT.kind, report)
    return readings_message(hinted(raw, *_hints(look, place)))


def _hints(look: Look, place: Place) -> Iterator[PersonHint]:
    """Read the rows that name the person; they are the first."""
    text = next(text for codec, text in look.texts if codec == place.codec)
    said: dict[str, str] = {}
    for cells in csv.reader(text.splitlines()[len(place.above) : _MOST_PERSON_ROWS], delimiter=place.delimiter):
        if len(cells) > _PERSON and cells[_PERSON].strip():
            said[_key(cells[_TYPE])] = clean_line(cells[_PERSON])
    name = " ".join(part for part in (said.get("firstname"), said.get("lastname")) if part)
    if name or "dateofbirth" in said:
        where = "rows FirstName, LastName, DateOfBirth"
        yield PersonHint(where, Trust.PATIENT, name or None, said.get("dateofbirth"), said.get("patientidentifier"))
