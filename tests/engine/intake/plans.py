"""What the tests of the intake room share: a clock, plans without a worker, and the values of a plan by row."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from engine.domain.entries import KnownPerson
from engine.domain.ports import FixedClock
from engine.domain.record import Value
from engine.intake.importing import ImportRequest, plan_table, read_and_plan
from engine.intake.plan import ImportPlan, Outcome, reasons
from engine.intake.questions import AnswerValue
from engine.intake.readers.child import read_table
from engine.intake.tables import RejectedFile

CLOCK = FixedClock(datetime(2026, 11, 22, 12, tzinfo=UTC))
Parked = dict[int, list[tuple[str, tuple[str, ...]]]]


def no_report(done: int, total: int) -> None:
    """Hear nothing."""


def plan_file(
    path: Path,
    answers: Mapping[str, AnswerValue] | None = None,
    settings: Mapping[str, str] | None = None,
    known: Sequence[KnownPerson] = (),
    *,
    worker: bool = False,
) -> ImportPlan:
    """Plan a file; without a worker, so that a test takes milliseconds."""
    request = ImportRequest(path, answers or {}, settings or {})
    numbers = itertools.count(1)

    def new_id() -> str:
        return f"new-{next(numbers)}"

    if worker:
        return read_and_plan(request, known, CLOCK, new_id)
    try:
        table = read_table(path, no_report)
    except RejectedFile as rejected:
        return ImportPlan(Outcome.REJECTED, rejection=rejected.rejection)
    return plan_table(table, request, known, CLOCK, new_id)


def plan_text(tmp_path: Path, text: str, answers: Mapping[str, AnswerValue] | None = None, **more: str) -> ImportPlan:
    """Plan a table written out in the test; ``more`` are values set for the file."""
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode("utf-8"))
    return plan_file(path, answers, more)


def values_by_row(plan: ImportPlan) -> dict[int, dict[str, Value]]:
    """Return the values that would be stored, by row of the file; several readings as their mean."""
    assert plan.identified is not None
    entries = plan.identified.entries
    readings: list[dict[str, list[Value]]] = [{} for _ in entries.rows]
    for column in entries.columns:
        for found, value in zip(readings, column.values, strict=True):
            if value is not None:
                found.setdefault(column.field, []).append(value)
    return {
        row: {"visit_date": day, **{field: _mean(values) for field, values in found.items()}}
        for row, day, found in zip(entries.rows, plan.identified.visit_dates, readings, strict=True)
    }


def _mean(values: Sequence[Value]) -> Value:
    numbers = [value for value in values if isinstance(value, float) and not isinstance(value, bool)]
    return sum(numbers) / len(numbers) if len(numbers) > 1 else values[0]


def qualifiers_by_row(plan: ImportPlan) -> dict[int, dict[str, str]]:
    """Return "<", "negative" and the like, by row of the file."""
    assert plan.identified is not None
    entries = plan.identified.entries
    found: dict[int, dict[str, str]] = {}
    for column in entries.columns:
        for position, sign in (column.qualifiers or {}).items():
            found.setdefault(entries.rows[position], {})[column.field] = sign
    return found


def parked_by_row(plan: ImportPlan) -> Parked:
    """Return the reasons of parked rows, each with all its fields, sorted."""
    return {
        row.row: sorted((reason.value, tuple(sorted(fields))) for reason, fields in reasons(row.problems))
        for row in plan.parked
    }


def is_same(found: Value | None, expected: object) -> bool:
    """Whether a value is that of a truth, at the tolerance of the import rules."""
    if isinstance(expected, bool) or isinstance(found, bool):
        return found is expected
    if isinstance(expected, (int, float)) and isinstance(found, (int, float)):
        return abs(found - expected) <= max(0.001 * abs(expected), 0.006)
    return isinstance(found, str) and found == expected


def person_of_row(plan: ImportPlan) -> dict[int, str]:
    """Return whose each row is."""
    assert plan.identified is not None
    return dict(zip(plan.identified.entries.rows, plan.identified.person_ids, strict=True))
