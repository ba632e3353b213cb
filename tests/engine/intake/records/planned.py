"""Plans of files of records without a worker, for tests."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from engine.domain.entries import KnownPerson
from engine.domain.kept import KeptState
from engine.domain.ports import FixedClock
from engine.domain.record import Value
from engine.intake.questions import AnswerValue
from engine.intake.readers.plugin import Look
from engine.intake.readers.registry import choose
from engine.intake.records.items import RecordFile, read_records
from engine.intake.records.plan import RecordPlan
from engine.intake.records.planning import RecordRequest, plan_records

CLOCK = FixedClock(datetime(2026, 11, 22, 12, tzinfo=UTC))


def no_report(done: int, total: int) -> None:
    """Hear nothing."""


def read_file(path: Path) -> RecordFile:
    """Read a file as the worker does."""
    reader, look = choose(Look(path))
    return read_records(reader.read(look, no_report))


def plan_file(
    path: Path, answers: Mapping[str, AnswerValue] | None = None, known: Sequence[KnownPerson] = ()
) -> RecordPlan:
    """Plan a file."""
    numbers = itertools.count(1)
    return plan_records(read_file(path), RecordRequest(answers or {}), known, CLOCK, lambda: f"new-{next(numbers)}")


def plan_text(
    folder: Path,
    text: str | bytes,
    known: Sequence[KnownPerson] = (),
    answers: Mapping[str, AnswerValue] | None = None,
) -> RecordPlan:
    """Plan a file written out in the test."""
    path = folder / "file"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return plan_file(path, answers, known)


def values(plan: RecordPlan) -> dict[str, list[Value | None]]:
    """Return the values that would be stored, by field, in the order of rows and readings."""
    assert plan.identified is not None
    found: dict[str, list[Value | None]] = {}
    for column in sorted(plan.identified.entries.columns, key=lambda each: each.reading):
        found.setdefault(column.field, []).extend(value for value in column.values if value is not None)
    return found


def reasons(plan: RecordPlan, state: KeptState) -> dict[str, str | None]:
    """Return why things were left out in one state, by their name."""
    return {item.display or item.code or item.kind: item.why for item in plan.listed(state)}
