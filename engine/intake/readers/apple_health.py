"""The export of Apple Health: one long XML file in an archive, read as a stream.

It opens with a document type of element and attribute declarations, so that alone is no danger. What can harm is
refused: declarations of entities and names of anything outside the file. Nothing is expanded and nothing is fetched.

A pressure stands in a Correlation, and its two halves stand again as records of their own. The Correlation is the
reading; halves of the same source and start make a pair, which is then a repeat, wherever they stand.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, NoReturn
from xml.parsers import expat

import numpy as np

from engine.intake.devices.raw import (
    PersonHint,
    RawColumn,
    RawPart,
    RawReadings,
    Role,
    Trust,
    readings_message,
)
from engine.intake.readers.archive import DAMAGE
from engine.intake.readers.encode import CHUNK_ROWS, ColumnEncoder
from engine.intake.readers.plugin import Answer, Format, Look
from engine.intake.tables import RejectedFile, RejectReason
from engine.workers.kinds import Report
from engine.workers.messages import Message

FORMAT = Format("apple_health_zip", Answer.READINGS)
_QUANTITY = "HKQuantityTypeIdentifier"
_PRESSURE = "HKCorrelationTypeIdentifierBloodPressure"
_UPPER, _LOWER = f"{_QUANTITY}BloodPressureSystolic", f"{_QUANTITY}BloodPressureDiastolic"
_HALVES = {_UPPER: "sbp_mmhg", _LOWER: "dbp_mmhg"}
_VALUES = {
    f"{_QUANTITY}BloodGlucose": ("random_glucose_mmol_l", "unknown"),
    f"{_QUANTITY}BodyMass": ("weight_kg", None),
    f"{_QUANTITY}Height": ("height_cm", None),
    f"{_QUANTITY}HeartRate": ("pulse_bpm", None),
}
_UNITS = {
    "mmHg": "mm[Hg]",
    "kPa": "kPa",
    "count/min": "/min",
    "kg": "kg",
    "lb": "[lb_av]",
    "st": "[stone_av]",
    "mg/dL": "mg/dL",
    "mmol/L": "mmol/L",
    "cm": "cm",
    "m": "m",
    "in": "[in_i]",
    "ft": "[ft_i]",
}
_MOLAR = re.compile(r"^mmol<[\d.]+>/L$")
_OTHERS = frozenset({"Workout", "ActivitySummary"})
_SEXES = {"HKBiologicalSexFemale": "F", "HKBiologicalSexMale": "M"}
_CHUNK = 1 << 18
_MOST_LOOKED_INTO = 20
_BEGINNING = 1 << 12


def recognises(look: Look) -> bool:
    """Whether a part of the archive, or the file itself, begins as the export does."""
    if not look.is_zip:
        return _is_health(look.head[:_BEGINNING])
    return _member(look) is not None


def _is_health(beginning: bytes) -> bool:
    return b"<HealthData" in beginning or b"<!DOCTYPE HealthData" in beginning


def _member(look: Look) -> str | None:
    """Return the part that holds the readings; its name is in the language of the phone."""
    names = [name for name in look.members if name.lower().endswith(".xml")]
    names.sort(key=lambda name: (name.count("/"), name.lower().endswith("_cda.xml")))
    try:
        with look.contents.open() as zipped, zipfile.ZipFile(zipped) as archive:
            for name in names[:_MOST_LOOKED_INTO]:
                with archive.open(name) as part:
                    if _is_health(part.read(_BEGINNING)):
                        return name
    except (*DAMAGE, RuntimeError):
        return None  # locked or damaged; whoever reads it says so
    return None


def read(look: Look, report: Report) -> Message:
    """Read the readings of the export.

    Raises:
        RejectedFile: ``unsafe_xml``, ``unsafe_archive``, ``damaged_file``.
    """
    if look.is_zip:
        look.check_archive(allow_document_type=True)
    export = _Export()
    try:
        with _opened(look) as (file, size):
            _parse(file, size, export, report)
    except (*DAMAGE, expat.ExpatError) as error:
        raise RejectedFile(RejectReason.DAMAGED_FILE) from error
    return readings_message(export.readings(look.contents.digest()))


@contextmanager
def _opened(look: Look) -> Iterator[tuple[IO[bytes], int]]:
    if not look.is_zip:
        with look.contents.open() as file:
            yield file, look.contents.size
        return
    name = _member(look)
    if name is None:
        raise RejectedFile(RejectReason.NOT_A_TABLE, "other_format")
    with look.contents.open() as zipped, zipfile.ZipFile(zipped) as archive, archive.open(name) as part:
        yield part, archive.getinfo(name).file_size


def _parse(file: IO[bytes], size: int, export: _Export, report: Report) -> None:
    parser = expat.ParserCreate()

    def refuse(*declaration: object) -> NoReturn:
        raise RejectedFile(RejectReason.UNSAFE_XML)

    def document_type(name: str, system: str | None, public: str | None, inside: int) -> None:
        if system is not None or public is not None:
            refuse()

    parser.EntityDeclHandler = refuse
    parser.UnparsedEntityDeclHandler = refuse
    parser.NotationDeclHandler = refuse
    parser.ExternalEntityRefHandler = lambda *reference: refuse()
    parser.StartDoctypeDeclHandler = document_type
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartElementHandler = lambda name, said: export.begin(name, said, parser.CurrentLineNumber)
    parser.EndElementHandler = export.end
    done = 0
    while chunk := file.read(_CHUNK):
        parser.Parse(chunk, False)
        done += len(chunk)
        report(min(done, size), size)
    parser.Parse(b"", True)


@dataclass(slots=True)
class _Pressure:
    """A pressure: of a Correlation, or put together from two records."""

    row: int
    start: str
    source: str
    halves: dict[str, tuple[str, str]] = field(default_factory=dict)  # field -> number, unit


class _Export:
    """Takes elements as they go by and keeps what is a reading."""

    def __init__(self) -> None:
        self._hints: list[PersonHint] = []
        self._inside: _Pressure | None = None
        self._whole: list[_Pressure] = []
        self._alone: dict[tuple[str, str], list[_Pressure]] = {}
        self._others = 0
        self._columns: dict[tuple[str, str], _Values] = {}

    def begin(self, name: str, said: Mapping[str, str], row: int) -> None:
        """Take the start of an element."""
        if name == "Record":
            self._record(said, row)
        elif name == "Correlation" and said.get("type") == _PRESSURE:
            self._inside = _Pressure(row, said.get("startDate", ""), said.get("sourceName", ""))
        elif name in _OTHERS:
            self._others += 1
        elif name == "Me":
            self._me(said)

    def end(self, name: str) -> None:
        """Take the end of an element."""
        if name == "Correlation" and self._inside is not None:
            self._whole.append(self._inside)
            self._inside = None

    def _me(self, said: Mapping[str, str]) -> None:
        born = said.get("HKCharacteristicTypeIdentifierDateOfBirth") or None
        sex = _SEXES.get(said.get("HKCharacteristicTypeIdentifierBiologicalSex", ""))
        if born or sex:
            self._hints.append(PersonHint("Me element", Trust.PATIENT, birth_date=born, sex=sex))

    def _record(self, said: Mapping[str, str], row: int) -> None:
        kind = said.get("type", "")
        if half := _HALVES.get(kind):
            self._half(half, said, row)
        elif kind in _VALUES:
            unit = said.get("unit", "")
            values = self._columns.get((kind, unit))
            if values is None:
                values = self._columns[kind, unit] = _Values(kind, unit)
            values.add(row, said)
        else:
            self._others += 1

    def _half(self, half: str, said: Mapping[str, str], row: int) -> None:
        found = (said.get("value", ""), said.get("unit", ""))
        if self._inside is not None:
            self._inside.halves.setdefault(half, found)
            return
        start, source = said.get("startDate", ""), said.get("sourceName", "")
        waiting = self._alone.setdefault((source, start), [])
        for pressure in waiting:
            if half not in pressure.halves:
                pressure.halves[half] = found
                pressure.row = min(pressure.row, row)
                return
        waiting.append(_Pressure(row, start, source, {half: found}))

    def readings(self, sha256: str) -> RawReadings:
        """Return what was found."""
        pairs = [pressure for waiting in self._alone.values() for pressure in waiting]
        pressures = [*self._whole, *sorted(pairs, key=lambda pressure: pressure.row)]
        parts = [_pressures(pressures)] if pressures else []
        parts += [values.part() for values in self._columns.values()]
        others = {"other_type": self._others} if self._others else {}
        return RawReadings(FORMAT.kind, tuple(parts), tuple(self._hints), others, sha256=sha256)


class _Values:
    """The records of one type in one unit."""

    def __init__(self, kind: str, unit: str) -> None:
        self._kind, self._unit = kind, unit
        self._encoder: ColumnEncoder[str] = ColumnEncoder(3)
        self._rows: list[int] = []
        self._pending: list[tuple[str, str, str]] = []

    def add(self, row: int, said: Mapping[str, str]) -> None:
        self._rows.append(row)
        self._pending.append((said.get("startDate", ""), said.get("value", ""), said.get("sourceName", "")))
        if len(self._pending) >= CHUNK_ROWS:
            self._flush()

    def _flush(self) -> None:
        self._encoder.add(self._pending)
        self._pending = []

    def part(self) -> RawPart:
        self._flush()
        name, method = _VALUES[self._kind]
        cells = [(tuple(self._encoder.cells(place)), self._encoder.codes(place)) for place in range(3)]
        value = RawColumn(Role.VALUE, self._kind, *cells[1], name, _unit(self._unit), "record", method)
        columns = (RawColumn(Role.TIME, "startDate", *cells[0]), value, RawColumn(Role.DEVICE, "sourceName", *cells[2]))
        return RawPart(columns, np.array(self._rows, dtype=np.int32))


def _pressures(pressures: list[_Pressure]) -> RawPart:
    """Make one table of pressures; one unit each, for nobody mixes them."""
    encoder: ColumnEncoder[str] = ColumnEncoder(4)
    faults: dict[int, tuple[str, ...]] = {}
    rows = []
    for position, pressure in enumerate(pressures):
        upper, lower = (pressure.halves.get(half) for half in ("sbp_mmhg", "dbp_mmhg"))
        missing = tuple(half for half in ("sbp_mmhg", "dbp_mmhg") if half not in pressure.halves)
        if missing:
            faults[position] = missing
        rows.append((pressure.start, _written(upper), _written(lower), pressure.source))
    encoder.add(rows)
    cells = [(tuple(encoder.cells(place)), encoder.codes(place)) for place in range(4)]
    columns = (
        RawColumn(Role.TIME, "startDate", *cells[0]),
        RawColumn(Role.VALUE, _UPPER, *cells[1], "sbp_mmhg", "mm[Hg]", "record"),
        RawColumn(Role.VALUE, _LOWER, *cells[2], "dbp_mmhg", "mm[Hg]", "record"),
        RawColumn(Role.DEVICE, "sourceName", *cells[3]),
    )
    return RawPart(columns, np.array([pressure.row for pressure in pressures], dtype=np.int32), faults)


def _written(half: tuple[str, str] | None) -> str:
    """Return a half of a pressure as text; with its unit where it is another than usual."""
    if half is None:
        return ""
    number, unit = half
    return number if unit == "mmHg" else f"{number} {unit}"


def _unit(text: str) -> str:
    """Return the UCUM code of a unit; a text that is none where we do not know it, so that nothing converts from it."""
    return "mmol/L" if _MOLAR.match(text) else _UNITS.get(text, f"?{text}")
