"""Weights, pressures and heights of an account of Withings: an archive of tables, most without a field of ours."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

from engine.intake.devices.raw import RawReadings, readings_message
from engine.intake.readers.archive import DAMAGE
from engine.intake.readers.device_rows import IGNORED, LOWER, PULSE, TIME, UPPER, Layout, join, read_member, value
from engine.intake.readers.plugin import Answer, Format, Look
from engine.intake.tables import RejectedFile, RejectReason
from engine.workers.kinds import Report
from engine.workers.messages import Message

FORMAT = Format("withings_zip", Answer.READINGS)
LAYOUTS = {
    "weight.csv": Layout(
        {"date": TIME, "weight": value("weight_kg"), "fatmass": IGNORED}, frozenset({"date", "weight", "fatmass"})
    ),
    "bp.csv": Layout(
        {"date": TIME, "heartrate": PULSE, "systolic": UPPER, "diastolic": LOWER},
        frozenset({"date", "heartrate", "systolic", "diastolic"}),
    ),
    "height.csv": Layout({"date": TIME, "height": value("height_cm")}, frozenset({"date", "height"})),
}
_POUNDS = "[lb_av]"


def _tables(look: Look) -> dict[str, Layout]:
    """Return the members that hold readings; the archive may be packed in a folder."""
    found = {name: LAYOUTS.get(name.replace("\\", "/").rpartition("/")[2].lower()) for name in look.members}
    return {name: layout for name, layout in found.items() if layout is not None}


def recognises(look: Look) -> bool:
    """Whether the archive holds weights or pressures under their usual names."""
    return bool(_tables(look))


def read(look: Look, report: Report) -> Message:
    """Read the tables of the archive."""
    look.check_archive()
    parts: list[RawReadings] = []
    try:
        with look.contents.open() as zipped, zipfile.ZipFile(zipped) as archive:
            for name, layout in _tables(look).items():
                with archive.open(name) as member:
                    text = io.TextIOWrapper(member, encoding="utf-8-sig", errors="replace", newline="")
                    found = read_member(text, layout, FORMAT.kind, name)
                if found is not None:
                    parts.append(found)
    except DAMAGE as error:
        raise RejectedFile(RejectReason.DAMAGED_FILE) from error
    if not parts:
        raise RejectedFile(RejectReason.NOT_A_TABLE, "other_format")
    raw = join(parts, look)
    pounds = any(column.unit == _POUNDS for part in raw.parts for column in part.columns)
    return readings_message(replace(raw, described=pounds))  # a header in pounds is known from descriptions only
