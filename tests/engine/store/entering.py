"""What tests of entries share: rows are stored, and read back by day and field."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from engine.domain.attached import FileKind, NewFile
from engine.domain.entries import Counts, IdentifiedEntries
from engine.domain.record import Value
from engine.store import Vault, apply_entries, load_record

Sheet = Callable[..., IdentifiedEntries]
Dump = Callable[[Vault], dict[str, list[tuple[object, ...]]]]
Rows = Sequence[Mapping[str, Value | None]]

ANN: dict[str, Value | None] = {
    "person": "ann",
    "visit_date": "2024-01-02",
    "patient_id": "P1",
    "name": "Ann Ó Briain",
    "sbp_mmhg": 140.0,
}


PLAIN = b"canary of the lung " * 1000  # of a file


def store(vault: Vault, sheet: Sheet, rows: Rows, **more: Any) -> Counts:
    return apply_entries(vault, sheet(rows, **more), actor="user-1")


def values(vault: Vault, person: str = "ann") -> dict[str, dict[str, list[Value | None]]]:
    """Return the values of a person by visit date and field, readings in order."""
    found: dict[str, dict[str, list[Value | None]]] = {}
    for visit in load_record(vault, person).visits:
        fields = found.setdefault(visit.visit_date.isoformat(), {})
        for measurement in visit.measurements:
            fields.setdefault(measurement.field, []).append(measurement.value)
    return found


def new(count: int) -> Counts:
    return Counts(rows_read=count, rows_new=count)


def new_file(content: bytes = PLAIN, name: str = "scan.pdf", **more: object) -> NewFile:
    digest = hashlib.sha256(content).hexdigest()

    def chunks() -> Iterator[bytes]:
        yield content[:1000]
        yield content[1000:]

    return NewFile(name, FileKind.PDF, len(content), digest, digest, chunks, **more)  # type: ignore[arg-type]  # the test names the parts
