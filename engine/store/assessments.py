"""Assessments and the reports made of them: saved whole, never changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from engine.domain.assessment import Assessment
from engine.domain.results import RiskResult
from engine.errors import UsageError
from engine.store.assessment_heads import INSERT_HEAD, INSERT_RANGE, decode, encode, head_of, ranges_of
from engine.store.database import Cell, Row
from engine.store.gate import needs
from engine.store.groups import RecordGroups, select_in
from engine.store.people import person_key, person_keys
from engine.store.permissions import Permission
from engine.store.vault import Change, Vault

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class AssessmentHead:
    """What a list of assessments shows."""

    id: str
    visit_date: date
    made_at: datetime
    program_version: str
    headline_pack: str | None


@dataclass(frozen=True, slots=True)
class SavedReport:
    """That a report was made of an assessment. ``sha256`` is of the file that was written."""

    id: str
    assessment_id: str
    kind: str
    language: str
    paper: str
    pages: int
    sha256: str
    made_at: datetime


@needs(Permission.RECORD_WRITE)
def save_assessments(vault: Vault, assessments: Iterable[Assessment], actor: str) -> int:
    """Save assessments in one transaction and return how many there were.

    Raises:
        UsageError: ``person_unknown`` or ``visit_unknown`` when one is of somebody or of a visit not stored.
    """
    saved = 0
    waiting = iter(assessments)
    with vault.change(actor, "assessment.save") as change:
        while chunk := list(islice(waiting, _CHUNK)):
            _save_chunk(vault, change, chunk)
            saved += len(chunk)
        change.note(assessments=saved)
    return saved


@needs(Permission.RECORD_READ)
def load_assessment(vault: Vault, assessment_id: str) -> Assessment:
    """Return a saved assessment exactly as it was.

    Raises:
        UsageError: ``assessment_unknown``.
        StoreError: ``store_damaged`` when the content is not what was saved.
    """
    found = vault.one("SELECT sha256, content FROM assessment WHERE id = ?", (assessment_id,))
    if found is None:
        raise UsageError("assessment_unknown")
    return decode(*found)


@needs(Permission.RECORD_READ, person=True)
def assessments_of(vault: Vault, person_id: str) -> tuple[AssessmentHead, ...]:
    """Return a person's assessments, the newest visit first and of one visit the one made last.

    Raises:
        UsageError: ``person_unknown``.
    """
    members = RecordGroups(vault).of(person_key(vault, person_id))
    sql = (
        "SELECT assessment.id, day, made_at, program_version, headline_pack, assessment.key FROM json_each(?) AS wanted"
        " CROSS JOIN assessment ON assessment.patient = wanted.value"
    )
    rows = sorted(select_in(vault, sql, members), key=lambda row: (row[1], row[5]), reverse=True)
    return tuple(
        AssessmentHead(id_, date.fromordinal(day), datetime.fromisoformat(made_at), version, pack)
        for id_, day, made_at, version, pack, _ in rows
    )


@needs(Permission.RECORD_READ)
def latest_assessments(vault: Vault, person_ids: Iterable[str] | None = None) -> Iterator[Assessment]:
    """Yield the latest assessment of each of these people, or of everyone; people without one are passed over.

    Raises:
        UsageError: ``person_unknown``.
        StoreError: ``store_damaged`` when a content is not what was saved.
    """
    for key in _latest_keys(vault, person_ids):
        for found in vault.rows("SELECT sha256, content FROM assessment WHERE key = ?", (key,)):
            yield decode(*found)


@needs(Permission.REPORT)
def save_report(vault: Vault, report: SavedReport, actor: str) -> None:
    """Record that a report was made.

    Raises:
        UsageError: ``assessment_unknown``.
    """
    found = vault.one(
        "SELECT assessment.key, patient.id FROM assessment JOIN patient ON patient.key = assessment.patient"
        " WHERE assessment.id = ?",
        (report.assessment_id,),
    )
    if found is None:
        raise UsageError("assessment_unknown")
    with vault.change(actor, "report.save", (found[1],)) as change:
        change.run(
            "INSERT INTO report(id, assessment, kind, language, paper, pages, sha256, made_at, change)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                report.id,
                found[0],
                report.kind,
                report.language,
                report.paper,
                report.pages,
                report.sha256,
                report.made_at.isoformat(),
                change.id,
            ),
        )
        change.note(report=report.id)


@needs(Permission.RECORD_READ)
def reports_of(vault: Vault, assessment_id: str) -> tuple[SavedReport, ...]:
    """Return the reports that were made of an assessment, the first one first."""
    rows = vault.rows(
        "SELECT report.id, assessment.id, kind, language, paper, pages, report.sha256, report.made_at FROM report"
        " JOIN assessment ON assessment.key = report.assessment WHERE assessment.id = ? ORDER BY report.key",
        (assessment_id,),
    )
    return tuple(
        SavedReport(id_, assessment, kind, language, paper, pages, sha256, datetime.fromisoformat(made_at))
        for id_, assessment, kind, language, paper, pages, sha256, made_at in rows
    )


def _save_chunk(vault: Vault, change: Change, chunk: Sequence[Assessment]) -> None:
    patients = _keys(vault, "patient", {one.patient.id for one in chunk}, "person_unknown")
    visits = _keys(vault, "visit", {one.visit_id for one in chunk}, "visit_unknown")
    found = vault.one("SELECT max(key) FROM assessment")
    first = 1 + (found[0] or 0 if found else 0)
    rows: list[tuple[Cell, ...]] = []
    results: list[tuple[Cell, ...]] = []
    heads: list[tuple[Cell, ...]] = []
    ranges: list[tuple[Cell, ...]] = []
    for key, one in enumerate(chunk, first):
        sha256, content = encode(one)
        place = (patients[one.patient.id], visits[one.visit_id], one.visit_date.toordinal())
        rows.append(
            (
                key,
                one.id,
                *place,
                one.made_at.isoformat(),
                one.program_version,
                one.headline_pack,
                sha256,
                content,
                change.id,
            )
        )
        heads.append((key, *place, *head_of(one)))
        ranges.extend((key, *line) for line in ranges_of(one))
        results.extend((key, *_result_row(result)) for result in one.results)
    change.many("INSERT INTO assessment VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    change.many("INSERT INTO assessment_result VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", results)
    change.many(INSERT_HEAD, heads)
    change.many(INSERT_RANGE, ranges)


def _result_row(result: RiskResult) -> tuple[Cell, ...]:
    first = result.outputs[0] if result.outputs else None
    value = first.value if first else None
    return (
        result.pack.id,
        result.pack.version,
        result.pack.digest,
        result.status.value,
        first.name if first else None,
        None if isinstance(value, str) else value,
        value if isinstance(value, str) else None,
        result.bands.get("main"),
    )


def _keys(vault: Vault, table: str, ids: set[str], unknown: str) -> dict[str, int]:
    sql = f"SELECT {table}.id, {table}.key FROM json_each(?) AS wanted CROSS JOIN {table} ON {table}.id = wanted.value"  # noqa: S608 - a name of ours
    found: dict[str, int] = dict(select_in(vault, sql, ids))
    if len(found) < len(ids):
        raise UsageError(unknown)
    return found


def _latest_keys(vault: Vault, person_ids: Iterable[str] | None) -> list[int]:
    groups = RecordGroups(vault)
    if person_ids is None:
        rows: Iterable[Row] = vault.rows("SELECT patient, day, key FROM assessment ORDER BY patient, day, key")
        order: list[int] | None = None
    else:
        order = list(dict.fromkeys(person_keys(vault, person_ids)))
        sql = (
            "SELECT patient, day, assessment.key FROM json_each(?) AS wanted"
            " CROSS JOIN assessment ON assessment.patient = wanted.value"
        )
        rows = select_in(vault, sql, groups.whole(order))
    latest: dict[int, tuple[int, int]] = {}
    for patient, day, key in rows:
        root = groups.root(patient)
        latest[root] = max(latest.get(root, (0, 0)), (day, key))
    return [latest[root][1] for root in (latest if order is None else order) if root in latest]
