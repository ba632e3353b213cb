"""Write the pages of people: from their saved assessments, which are never recomputed."""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from engine.domain.assessment import Assessment
from engine.domain.ports import CancelToken, Progress, no_progress
from engine.domain.report import Report
from engine.packs import PackLibrary
from engine.packs.manifest import Manifest
from engine.report import ReportOptions, compose, page_count, typeset_each
from engine.risk.explain import headline
from engine.store.assessments import SavedReport, reports_of, save_report
from engine.workflows.assess import current_assessments
from engine.workflows.clinics import OpenClinic
from engine.workflows.files import make_folder, whole_file

# What a patient number may lend to a file name on every system; anything else stays out of it.
_SAFE_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")


@dataclass(frozen=True, slots=True)
class WrittenReport:
    """One report on disk, and what leads it."""

    path: Path
    report_id: str
    checksum: str
    assessment_id: str
    patient_id: str | None
    name: str | None
    visit_date: date
    pack: str | None
    output: str | None
    value: float | str | None
    status: str


class _Counter:
    """Learns from the assessing how many people there are."""

    people = 0

    def __call__(self, done: int, total: int) -> None:
        self.people = total


def write_reports(
    clinic: OpenClinic,
    people: Sequence[str] | None,
    options: ReportOptions,
    out: Path,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> tuple[WrittenReport, ...]:
    """Write one PDF per person (by id; None: everybody) into a folder; people without a visit have none.

    The saved assessment is printed; someone who has none, or whose record changed since, is assessed first.

    Raises:
        InputError: ``output_unwritable``. PackError, StoreError, Cancelled as in ``assess_people``.
    """
    make_folder(out)
    written: list[WrittenReport] = []
    counter = _Counter()
    composed: deque[tuple[Assessment, Report]] = deque()

    def reports() -> Iterator[Report]:
        for assessment in current_assessments(clinic, people, counter, cancel):
            if cancel is not None:
                cancel.check()
            report = compose(assessment, _manifests(assessment, clinic.library), options=options)
            composed.append((assessment, report))
            yield report

    for content in typeset_each(reports()):
        assessment, report = composed.popleft()
        path = out / _file_name(assessment, report.id)
        with whole_file(path) as file:
            file.write(content)
        _remember(clinic, assessment, report, content)
        written.append(_written(path, report, assessment, clinic.library))
        progress(len(written), counter.people)
    return tuple(written)


def _remember(clinic: OpenClinic, assessment: Assessment, report: Report, content: bytes) -> None:
    """Record that a report was made; a reprint is the same report."""
    if report.id in {saved.id for saved in reports_of(clinic.vault, assessment.id)}:
        return
    saved = SavedReport(
        id=report.id,
        assessment_id=assessment.id,
        kind="person",
        language=report.language,
        paper=report.paper.value,
        pages=page_count(content),
        sha256=hashlib.sha256(content).hexdigest(),
        made_at=clinic.clock.now(),
    )
    save_report(clinic.vault, saved, clinic.actor)


def _manifests(assessment: Assessment, library: PackLibrary) -> dict[str, Manifest]:
    wanted = [result.pack.id for result in assessment.results]
    return {pack_id: library.get(pack_id).manifest for pack_id in wanted if pack_id in library}


def _file_name(assessment: Assessment, report_id: str) -> str:
    number = assessment.patient.patient_id or ""
    stem = f"{number}-{report_id}" if _SAFE_NAME.fullmatch(number) else report_id
    return f"{stem}.pdf"


def _written(path: Path, report: Report, assessment: Assessment, library: PackLibrary) -> WrittenReport:
    lead = next((result for result in assessment.results if result.pack.id == assessment.headline_pack), None)
    output = None if lead is None else headline(library.get(lead.pack.id).manifest)
    return WrittenReport(
        path=path,
        report_id=report.id,
        checksum=report.checksum,
        assessment_id=assessment.id,
        patient_id=assessment.patient.patient_id,
        name=assessment.patient.name,
        visit_date=assessment.visit_date,
        pack=assessment.headline_pack,
        output=output,
        value=lead.output(output) if lead is not None and output is not None else None,
        status="refused" if lead is None else lead.status.value,
    )
