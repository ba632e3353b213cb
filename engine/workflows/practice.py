"""The practice clinics: the whole main job on fictional people, from workbook to paper."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.domain.ports import Clock, Progress, no_progress
from engine.domain.report import Paper
from engine.errors import BugError, InputError
from engine.fields import load_dictionary
from engine.packs import PackLibrary
from engine.report import ReportOptions
from engine.resources import resources_folder
from engine.risk.predictors import Predictors
from engine.workflows.assess import AssessSummary, assess_people
from engine.workflows.clinics import ClinicRequest, OpenClinic, create, open_clinic
from engine.workflows.files import make_folder, whole_file
from engine.workflows.import_files import ImportRequest, import_file
from engine.workflows.reports import WrittenReport, write_reports


@dataclass(frozen=True, slots=True)
class PracticeClinic:
    """What was done for one practice clinic."""

    name: str
    folder: Path
    people: int
    visits: int
    parked: int
    reports: int


@dataclass(frozen=True, slots=True)
class PracticeDone:
    """What was done, and the passphrase that opens the practice clinics."""

    clinics: tuple[PracticeClinic, ...]
    passphrase: str


def run_practice(out: Path, clock: Clock, progress: Progress = no_progress) -> PracticeDone:
    """Create every practice clinic below ``out``, import its workbook, assess everyone, write reports and summaries.

    Raises:
        InputError: ``practice_out_taken`` when ``out`` already holds a practice clinic, or it cannot be written.
    """
    plan = json.loads((resources_folder() / "practice" / "clinics.json").read_text(encoding="utf-8"))
    make_folder(out)
    folders = [out / entry["language"] for entry in plan["clinics"]]
    if any(folder.exists() for folder in folders):
        raise InputError("practice_out_taken")
    predictors = Predictors(PackLibrary.shipped(), load_dictionary())
    done = [
        _one_clinic(entry, folder, plan["passphrase"], clock, predictors, progress)
        for entry, folder in zip(plan["clinics"], folders, strict=True)
    ]
    return PracticeDone(tuple(done), plan["passphrase"])


def _one_clinic(
    entry: Mapping[str, Any],
    folder: Path,
    passphrase: str,
    clock: Clock,
    predictors: Predictors,
    progress: Progress,
) -> PracticeClinic:
    make_folder(folder)
    store = folder / "clinic"
    recovery_file = folder / "recovery-key.txt"
    create(ClinicRequest(store, entry["name"], entry["country"], practice=True), passphrase, clock, recovery_file)
    with open_clinic(store, passphrase, clock, predictors) as clinic:
        workbook = resources_folder() / "practice" / entry["workbook"]
        outcome = import_file(clinic, workbook, ImportRequest(), progress=progress)
        if not outcome.stored:
            raise BugError("practice_import")
        summary = assess_people(clinic, progress=progress)
        options = ReportOptions(entry["language"], Paper(entry["paper"]))
        reports = write_reports(clinic, None, options, folder / "reports", progress=progress)
        _write_summary(clinic, folder / "summary.csv", reports)
        _write_counts(folder / "summary.json", entry["name"], summary)
    return PracticeClinic(
        name=entry["name"],
        folder=folder,
        people=summary.people,
        visits=outcome.counts.rows_new,
        parked=outcome.counts.rows_parked,
        reports=len(reports),
    )


def _write_summary(clinic: OpenClinic, path: Path, reports: Sequence[WrittenReport]) -> None:
    """One row per report: who, which visit, what leads the page."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("patient_id", "name", "visit_date", "pack", "output", "value", "status", "report"))
    for report in reports:
        rows.writerow(
            (
                report.patient_id or "",
                report.name or "",
                report.visit_date.isoformat(),
                report.pack or "",
                report.output or "",
                "" if report.value is None else repr(report.value),
                report.status,
                report.path.name,
            )
        )
    with whole_file(path) as file:
        file.write(text.getvalue().encode("utf-8-sig"))


def _write_counts(path: Path, name: str, summary: AssessSummary) -> None:
    document = {
        "clinic": name,
        "people": summary.people,
        "packs": [
            {"pack": pack.id, "ok": pack.ok, "refused": pack.refused, "reasons": dict(pack.reasons)}
            for pack in summary.packs
        ],
    }
    with whole_file(path) as file:
        file.write((json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode())
