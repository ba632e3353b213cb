"""Weights, pressures and heights of an account of Withings: an archive of tables, most without a field of ours.

An archive with the tables of several accounts, a folder each, is of several people: each folder is named as one.
"""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from dataclasses import replace

import numpy as np

from engine.intake.devices.raw import RawColumn, RawPart, RawReadings, Role, readings_message
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
_BEGINNING = 1 << 12  # bytes
_SHOWN = 200  # signs


def _tables(look: Look) -> dict[str, Layout]:
    """Return the members that hold readings; the archive may be packed in a folder."""
    found = {name: LAYOUTS.get(name.replace("\\", "/").rpartition("/")[2].lower()) for name in look.members}
    return {name: layout for name, layout in found.items() if layout is not None}


def _folder(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[0]


def _of_folders(parts: list[RawReadings]) -> list[RawReadings]:
    """Say of each table in which folder it lies, as whose it is."""
    found = []
    for read in parts:
        (part,) = read.parts
        folder = RawColumn(Role.PERSON, "folder", (_folder(part.member or ""),), np.zeros(len(part.rows), np.int32))
        found.append(replace(read, parts=(replace(part, columns=(*part.columns, folder)),)))
    return found


def recognises(look: Look) -> bool:
    """Whether the archive holds weights or pressures under their usual names, with the header of this maker."""
    tables = _tables(look)
    try:
        with look.contents.open() as zipped, zipfile.ZipFile(zipped) as archive:
            return any(_is_ours(archive, name, layout) for name, layout in tables.items())
    except (*DAMAGE, RuntimeError):
        return bool(tables)  # locked or damaged; whoever reads it says so


def _is_ours(archive: zipfile.ZipFile, name: str, layout: Layout) -> bool:
    return read_member(io.StringIO(_beginning(archive, name)), layout, FORMAT.kind, name) is not None


def _beginning(archive: zipfile.ZipFile, name: str) -> str:
    with archive.open(name) as member:
        return member.read(_BEGINNING).decode("utf-8-sig", "replace")


def _unknown(name: str, header: str) -> RawReadings:
    """Set a table aside whose columns nobody knows, so that it is told and not passed over."""
    column = RawColumn(Role.TIME, name, (header[:_SHOWN],), np.zeros(1, np.int32))
    return RawReadings(FORMAT.kind, (RawPart((column,), np.ones(1, np.int32), {0: ()}, member=name),))


def read(look: Look, report: Report) -> Message:
    """Read the tables of the archive."""
    look.check_archive()
    parts: list[RawReadings] = []
    unread: list[RawReadings] = []
    try:
        with look.contents.open() as zipped, zipfile.ZipFile(zipped) as archive:
            for name, layout in _tables(look).items():
                with archive.open(name) as member:
                    text = io.TextIOWrapper(member, encoding="utf-8-sig", errors="replace", newline="")
                    found = read_member(text, layout, FORMAT.kind, name)
                if found is not None:
                    parts.append(found)
                elif beginning := _beginning(archive, name).strip():
                    unread.append(_unknown(name, beginning.splitlines()[0]))
    except DAMAGE as error:
        raise RejectedFile(RejectReason.DAMAGED_FILE) from error
    if not parts:
        raise RejectedFile(RejectReason.NOT_A_TABLE, "other_format")
    parts += unread
    tables = Counter(
        (part.member or "").replace("\\", "/").rpartition("/")[2].lower() for one in parts for part in one.parts
    )
    if max(tables.values()) > 1:
        parts = _of_folders(parts)
    raw = join(parts, look)
    pounds = any(column.unit == _POUNDS for part in raw.parts for column in part.columns)
    return readings_message(replace(raw, described=pounds))  # a header in pounds is known from descriptions only
