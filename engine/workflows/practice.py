"""The practice clinics: the whole main job on fictional people, from workbook to paper."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.domain.ports import Clock, Progress, no_progress
from engine.domain.report import Paper
from engine.errors import BugError, InputError
from engine.fields import load_dictionary
from engine.packs import PackLibrary
from engine.report import ReportOptions
from engine.resources import resources_folder
from engine.risk.predictors import Predictors
from engine.workflows.assess import AssessSummary, assess_people
from engine.workflows.clinics import ClinicRequest, create, open_clinic
from engine.workflows.files import make_folder, whole_file
from engine.workflows.import_files import ImportRequest, import_file
from engine.workflows.reports import WrittenReport, write_reports


@dataclass(frozen=True, slots=True)
class _Plan:
    """One practice clinic as ``clinics.json`` describes it."""

    language: str
    name: str
    country: str
    workbook: Path
    paper: Paper


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


def run_practice(out: Path, clock: Clock, progress: Progress = no_progress, source: Path | None = None) -> PracticeDone:
    """Create every practice clinic below ``out``, import its workbook, assess everyone, write reports and summaries.

    ``source`` holds ``clinics.json`` and the workbooks; None: those that ship with the program.

    Raises:
        InputError: ``practice_out_taken`` when ``out`` already holds a practice clinic, or it cannot be written.
    """
    passphrase, plans = _read_plans(source or resources_folder() / "practice")
    make_folder(out)
    if any((out / plan.language).exists() for plan in plans):
        raise InputError("practice_out_taken")
    predictors = Predictors(PackLibrary.shipped(), load_dictionary())
    done = [_one_clinic(plan, out / plan.language, passphrase, clock, predictors, progress) for plan in plans]
    return PracticeDone(tuple(done), passphrase)


def _read_plans(source: Path) -> tuple[str, list[_Plan]]:
    document = json.loads((source / "clinics.json").read_text(encoding="utf-8"))
    plans = [
        _Plan(entry["language"], entry["name"], entry["country"], source / entry["workbook"], Paper(entry["paper"]))
        for entry in document["clinics"]
    ]
    return document["passphrase"], plans


def _one_clinic(
    plan: _Plan, folder: Path, passphrase: str, clock: Clock, predictors: Predictors, progress: Progress
) -> PracticeClinic:
    make_folder(folder)
    store = folder / "clinic"
    request = ClinicRequest(store, plan.name, plan.country, practice=True)
    create(request, passphrase, clock, folder / "recovery-key.txt")
    with open_clinic(store, passphrase, clock, predictors) as clinic:
        outcome = import_file(clinic, plan.workbook, ImportRequest(), progress=progress)
        if not outcome.stored:
            raise BugError("practice_import")
        summary = assess_people(clinic, progress=progress)
        options = ReportOptions(plan.language, plan.paper)
        reports = write_reports(clinic, None, options, folder / "reports", progress=progress)
    _write_summary(folder / "summary.csv", reports)
    _write_counts(folder / "summary.json", plan.name, summary)
    return PracticeClinic(
        name=plan.name,
        folder=folder,
        people=summary.people,
        visits=outcome.counts.rows_new,
        parked=outcome.counts.rows_parked,
        reports=len(reports),
    )


def _write_summary(path: Path, reports: Sequence[WrittenReport]) -> None:
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
