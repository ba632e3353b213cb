"""What tests of device files share: a file is read as a worker reads it, and planned for a chosen patient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np

from engine.domain.entries import KnownPerson
from engine.domain.series import ABSENT, ARMS, QUALIFIERS
from engine.intake.devices.planning import DevicePlan, DeviceRequest, plan_readings
from engine.intake.devices.raw import RawReadings, read_readings
from engine.intake.questions import AnswerValue
from engine.intake.readers.child import handle
from engine.workers.messages import Message
from engine.workflows.import_readings import moment_text

TODAY = date(2025, 6, 30)
ANN = KnownPerson("ann", "P1", "Ann Ó Briain", "1960-02-03", "F")


class Value(NamedTuple):
    """One kept value, as the truths write it."""

    row: int
    time: str
    field: str
    value: float
    method: str | None
    arm: str | None
    qualifier: str | None
    person: str | None


def answer(path: Path, kind: str | None = None) -> Message:
    return handle(Message("read", {"path": str(path), "kind": kind}), lambda done, total: None)


def raw_of(path: Path) -> RawReadings:
    found = answer(path)
    assert found.type == "readings", found.body
    return read_readings(found)


def text_file(folder: Path, *lines: str, encoding: str = "utf-8", name: str = "file.csv", end: str = "\r\n") -> Path:
    path = folder / name
    path.write_bytes(end.join([*lines, ""]).encode(encoding))
    return path


def plan(
    path: Path,
    patient: str | None = "P1",
    known: Sequence[KnownPerson] = (ANN,),
    answers: Mapping[str, AnswerValue] | None = None,
    named: bool = False,
) -> DevicePlan:
    request = DeviceRequest(answers or {}, patient, named)
    return plan_readings(raw_of(path), request, known, TODAY)


def values_of(found: DevicePlan) -> Iterator[Value]:
    for person in found.people:
        for readings in person.readings:
            numbers = readings.values()
            for at in range(len(readings)):
                time = moment_text(int(readings.wall[at]), int(readings.offset[at]))
                for place, field in enumerate(readings.fields):
                    if readings.decimals[at, place] != ABSENT:
                        yield Value(
                            int(readings.rows[at]),
                            time,
                            field,
                            float(np.round(numbers[at, place], 4)),
                            readings.method,
                            ARMS[readings.arms[at]] or None,
                            QUALIFIERS[readings.qualifiers[at, place]] or None,
                            person.name,
                        )


def aside(found: DevicePlan) -> list[tuple[int, str]]:
    return [(one.row, one.reason.value) for one in found.set_aside]


def kinds(found: DevicePlan) -> list[str]:
    return sorted(question.kind.value for question in found.questions)
