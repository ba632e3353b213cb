"""What a reader of device files hands over: cells as they stand, and what each column is. Crosses from the worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from dataclasses import field as member_of
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.workers.messages import BrokenMessage, Message


class Role(StrEnum):
    """What a column of a device file is."""

    TIME = "time"  # day and clock together
    DATE = "date"
    CLOCK = "clock"
    ZONE = "zone"
    VALUE = "value"
    ARM = "arm"
    PERSON = "person"
    DEVICE = "device"


@dataclass(frozen=True, slots=True)
class RawColumn:
    """One column: its different cells and one code per reading.

    Of a value: ``field``, the unit (UCUM) where the file or the format says it, how that is known (``fixed``,
    ``header``, ``record``; "" where only the cells can say), ``method`` and what words stand for the ends of the
    sensor's range (``limits``: word without case -> number, sign).
    """

    role: Role
    header: str
    cells: tuple[str, ...]
    codes: NDArray[np.int32]
    field: str | None = None
    unit: str | None = None
    unit_source: str = ""
    method: str | None = None
    limits: Mapping[str, tuple[float, str]] = member_of(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RawPart:
    """Readings that share their columns: a table, a member of an archive, a kind of record.

    ``rows`` are their numbers in the file; ``faults``: position -> fields of a reading whose shape is broken.
    ``date_order`` is that of the format: "YMD", "DMY", "MDY", or None where the file itself must prove it.
    """

    columns: tuple[RawColumn, ...]
    rows: NDArray[np.int32]
    faults: Mapping[int, tuple[str, ...]] = member_of(default_factory=dict)
    date_order: str | None = "YMD"
    member: str | None = None

    def of(self, role: Role) -> tuple[RawColumn, ...]:
        """Return the columns of a role."""
        return tuple(column for column in self.columns if column.role is role)


class Trust(StrEnum):
    """How far a name in a file may be taken for the patient's."""

    PATIENT = "patient"
    LIKELY = "likely"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class PersonHint:
    """What a file says about a person, and where."""

    where: str
    trust: Trust
    name: str | None = None
    birth_date: str | None = None
    patient_id: str | None = None
    sex: str | None = None


@dataclass(frozen=True, slots=True)
class RawReadings:
    """A device file as it was read.

    ``described``: the form of these rows is known from descriptions only, so a person looks at the first ten.
    ``not_readings``: kind of line -> how many hold no reading. ``warnings``: (kind, row).
    """

    kind: str
    parts: tuple[RawPart, ...]
    hints: tuple[PersonHint, ...] = ()
    not_readings: Mapping[str, int] = member_of(default_factory=dict)
    warnings: tuple[tuple[str, int], ...] = ()
    described: bool = False
    sha256: str = ""
    encoding: str | None = None
    delimiter: str | None = None


def readings_message(raw: RawReadings) -> Message:
    """Write readings as a message."""
    arrays: list[NDArray[Any]] = []
    parts = []
    for part in raw.parts:
        columns = []
        for column in part.columns:
            columns.append(
                {
                    "role": column.role.value,
                    "header": column.header,
                    "cells": column.cells,
                    "field": column.field,
                    "unit": column.unit,
                    "unit_source": column.unit_source,
                    "method": column.method,
                    "limits": {word: list(limit) for word, limit in column.limits.items()},
                }
            )
            arrays.append(column.codes)
        arrays.append(part.rows)
        faults = {str(position): fields for position, fields in part.faults.items()}
        parts.append({"columns": columns, "faults": faults, "date_order": part.date_order, "member": part.member})
    body = {
        "kind": raw.kind,
        "parts": parts,
        "hints": [asdict(hint) for hint in raw.hints],
        "not_readings": dict(raw.not_readings),
        "warnings": raw.warnings,
        "described": raw.described,
        "sha256": raw.sha256,
        "encoding": raw.encoding,
        "delimiter": raw.delimiter,
    }
    return Message("readings", body, tuple(arrays))


def read_readings(message: Message) -> RawReadings:
    """Read what a worker answered; nothing in it is taken on trust.

    Raises:
        BrokenMessage: when the parts do not fit together.
    """
    try:
        return _readings(message)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise BrokenMessage("no readings") from error


def _readings(message: Message) -> RawReadings:
    body, arrays = message.body, list(message.arrays)
    parts = []
    for part in body["parts"]:
        columns = tuple(_column(column, arrays.pop(0)) for column in part["columns"])
        rows = arrays.pop(0).astype(np.int32)
        if any(column.codes.shape != rows.shape for column in columns):
            raise ValueError("columns of another length")
        faults = {int(position): tuple(map(str, fields)) for position, fields in part["faults"].items()}
        member = None if part["member"] is None else str(part["member"])
        parts.append(RawPart(columns, rows, faults, part["date_order"], member))
    if not isinstance(body["kind"], str):
        raise TypeError("no kind")
    return RawReadings(
        kind=body["kind"],
        parts=tuple(parts),
        hints=tuple(PersonHint(**{**hint, "trust": Trust(hint["trust"])}) for hint in body["hints"]),
        not_readings={str(kind): int(count) for kind, count in body["not_readings"].items()},
        warnings=tuple((str(kind), int(row)) for kind, row in body["warnings"]),
        described=bool(body["described"]),
        sha256=str(body["sha256"]),
        encoding=body["encoding"],
        delimiter=body["delimiter"],
    )


def _column(said: Mapping[str, Any], codes: NDArray[Any]) -> RawColumn:
    cells = tuple(map(str, said["cells"]))
    if codes.size and not (codes.min() >= 0 and codes.max() < len(cells)):
        raise ValueError("a code without a cell")
    limits = {str(word): (float(number), str(sign)) for word, (number, sign) in said["limits"].items()}
    return RawColumn(
        Role(said["role"]),
        str(said["header"]),
        cells,
        codes.astype(np.int32),
        said["field"],
        said["unit"],
        str(said["unit_source"]),
        said["method"],
        limits,
    )
