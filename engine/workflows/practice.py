"""The practice clinics: the whole main job on fictional people, from workbook to paper."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.domain.ports import CancelToken, Clock, Progress, no_progress
from engine.domain.report import Paper
from engine.errors import BugError, InputError, UsageError
from engine.fields import load_dictionary
from engine.packs import PackLibrary
from engine.report import ReportOptions
from engine.resources import resources_folder
from engine.risk.predictors import Predictors
from engine.workflows.assess import AssessSummary, assess_people
from engine.workflows.clinics import ClinicRequest, OpenClinic, create, open_clinic
from engine.workflows.files import make_folder, whole_file
from engine.workflows.import_files import ImportRequest, import_file
from engine.workflows.practice_years import add_practice_years
from engine.workflows.reports import WrittenReport, write_reports


@dataclass(frozen=True, slots=True)
class _Plan:
    """One practice clinic as ``clinics.json`` describes it."""

    language: str
    name: str
    country: str
    owner: str
    workbook: Path
    paper: Paper

    def request(self, folder: Path) -> ClinicRequest:
        """Return what is asked for to make it in a folder."""
        return ClinicRequest(folder, self.name, self.country, practice=True, owner_name=self.owner)


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


@dataclass(frozen=True, slots=True)
class PracticeFilled:
    """What came into a practice clinic."""

    people: int
    visits: int
    parked: int
    summary: AssessSummary


def practice_passphrase(language: str = "en", source: Path | None = None) -> str:
    """Return the passphrase of the practice clinic of a language. It is no secret: the people are fictional.

    Raises:
        UsageError: ``practice_unknown`` when there is no practice clinic in that language.
    """
    passphrase, plans = _read_plans(source or _shipped())
    _plan_of(plans, language)
    return passphrase


def make_practice_clinic(
    folder: Path,
    language: str,
    clock: Clock,
    predictors: Predictors | None = None,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
    source: Path | None = None,
) -> PracticeFilled:
    """Make the practice clinic of a language, import its workbook and assess everyone; no reports.

    On any error and when stopped nothing is left behind. ``progress`` counts in hundredths of the whole.

    Raises:
        UsageError: ``practice_unknown``. StoreError: the folder cannot become a clinic. Cancelled: stopped.
    """
    passphrase, plans = _read_plans(source or _shipped())
    plan = _plan_of(plans, language)
    create(plan.request(folder), passphrase, clock)
    try:
        with open_clinic(folder, passphrase, clock, predictors) as clinic:
            progress(10, 100)
            return _fill(clinic, plan, _share(progress, 10, 50), _share(progress, 50, 100), cancel)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def run_practice(
    out: Path,
    clock: Clock,
    progress: Progress = no_progress,
    source: Path | None = None,
    *,
    years: bool = False,
) -> PracticeDone:
    """Create every practice clinic below ``out``, import its workbook, assess everyone, write reports and summaries.

    ``years``: then also add people with years of visits, for whom nothing is assessed or written. ``source`` holds
    ``clinics.json`` and the workbooks; None: those that ship with the program.

    Raises:
        InputError: ``practice_out_taken`` when ``out`` already holds a practice clinic, or it cannot be written.
    """
    passphrase, plans = _read_plans(source or _shipped())
    make_folder(out)
    if any((out / plan.language).exists() for plan in plans):
        raise InputError("practice_out_taken")
    predictors = Predictors(PackLibrary.shipped(), load_dictionary())
    done = [_one_clinic(plan, out / plan.language, passphrase, clock, predictors, progress) for plan in plans]
    for plan in plans if years else ():
        with open_clinic(out / plan.language / "clinic", passphrase, clock, predictors) as clinic:
            add_practice_years(clinic, plan.language, progress)
    return PracticeDone(tuple(done), passphrase)


def _shipped() -> Path:
    return resources_folder() / "practice"


def _read_plans(source: Path) -> tuple[str, list[_Plan]]:
    document = json.loads((source / "clinics.json").read_text(encoding="utf-8"))
    plans = [
        _Plan(
            language=entry["language"],
            name=entry["name"],
            country=entry["country"],
            owner=entry.get("owner", ""),
            workbook=source / entry["workbook"],
            paper=Paper(entry["paper"]),
        )
        for entry in document["clinics"]
    ]
    return document["passphrase"], plans


def _plan_of(plans: Sequence[_Plan], language: str) -> _Plan:
    found = next((plan for plan in plans if plan.language == language), None)
    if found is None:
        raise UsageError("practice_unknown")
    return found


def _share(progress: Progress, start: int, stop: int) -> Progress:
    """Return what hears of a part of the work and tells ``progress`` of the whole, in hundredths."""

    def told(done: int, total: int) -> None:
        progress(start + (stop - start) * done // max(total, 1), 100)

    return told


def _fill(
    clinic: OpenClinic,
    plan: _Plan,
    importing: Progress = no_progress,
    assessing: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> PracticeFilled:
    outcome = import_file(clinic, plan.workbook, ImportRequest(), importing, cancel)
    if not outcome.stored:
        raise BugError("practice_import")
    importing(1, 1)
    summary = assess_people(clinic, progress=assessing, cancel=cancel)
    return PracticeFilled(summary.people, outcome.counts.rows_new, outcome.counts.rows_parked, summary)


def _one_clinic(
    plan: _Plan, folder: Path, passphrase: str, clock: Clock, predictors: Predictors, progress: Progress
) -> PracticeClinic:
    make_folder(folder)
    store = folder / "clinic"
    create(plan.request(store), passphrase, clock, folder / "recovery-key.txt")
    with open_clinic(store, passphrase, clock, predictors) as clinic:
        filled = _fill(clinic, plan, progress, progress)
        options = ReportOptions(plan.language, plan.paper)
        reports = write_reports(clinic, None, options, folder / "reports", progress=progress)
    _write_summary(folder / "summary.csv", reports)
    _write_counts(folder / "summary.json", plan.name, filled.summary)
    return PracticeClinic(
        name=plan.name,
        folder=folder,
        people=filled.people,
        visits=filled.visits,
        parked=filled.parked,
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
