"""The JSON documents that the command prints."""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain.entries import Counts, ParkedRow
from engine.domain.record import Patient
from engine.workflows.assess import AssessSummary
from engine.workflows.clinics import CreatedClinic
from engine.workflows.import_files import FileOutcome
from engine.workflows.reports import WrittenReport


def created(clinic: CreatedClinic, *, recovery_shown: bool) -> dict[str, object]:
    """A new clinic. The recovery key stands here only when it was not written to a file."""
    document: dict[str, object] = {
        "id": clinic.clinic.id,
        "name": clinic.clinic.name,
        "practice": clinic.clinic.practice,
        "settings": dict(clinic.clinic.settings),
        "open_settings": list(clinic.open_fields),
    }
    if recovery_shown:
        document["recovery_key"] = clinic.recovery_key
    return document


def patient(person: Patient) -> dict[str, object]:
    """A patient; keys are canonical fields."""
    birth = person.birth_date
    return {
        "patient_id": person.patient_id,
        "name": person.name,
        "birth_date": None if birth is None else str(birth),
        "birth_date_precision": None if birth is None else birth.precision.value,
        "sex": person.sex,
        "phone": person.phone,
        "address": person.address,
        "village": person.village,
        "room": person.room,
        "consent_date": None if person.consent_date is None else person.consent_date.isoformat(),
    }


def counts(counted: Counts) -> dict[str, int]:
    """How the rows of an import ended."""
    return {
        "rows_read": counted.rows_read,
        "rows_new": counted.rows_new,
        "rows_updated": counted.rows_updated,
        "rows_repeated": counted.rows_repeated,
        "rows_parked": counted.rows_parked,
        "rows_rejected": counted.rows_rejected,
    }


def parked(row: ParkedRow) -> dict[str, object]:
    """A row that waits for a person."""
    document: dict[str, object] = {
        "row": row.row,
        "reasons": [{"reason": problem.reason.value, "fields": list(problem.fields)} for problem in row.problems],
    }
    if row.visit_group is not None:
        document["visit"] = row.visit_group
    return document


def assess_summary(summary: AssessSummary) -> dict[str, object]:
    """How everybody was assessed."""
    return {
        "people": summary.people,
        "packs": [
            {"pack": pack.id, "ok": pack.ok, "refused": pack.refused, "reasons": dict(pack.reasons)}
            for pack in summary.packs
        ],
    }


def written_report(report: WrittenReport) -> dict[str, object]:
    """A report on disk."""
    return {
        "patient_id": report.patient_id,
        "file": str(report.path),
        "report_id": report.report_id,
        "checksum": report.checksum,
        "visit_date": report.visit_date.isoformat(),
        "pack": report.pack,
        "output": report.output,
        "value": report.value,
        "status": report.status,
    }


def file_outcome(outcome: FileOutcome) -> Mapping[str, object]:
    """How one file ended."""
    return {
        "file": outcome.file,
        "outcome": outcome.outcome,
        "reject_reason": outcome.reject_reason,
    }
