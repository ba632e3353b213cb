"""Reports: one person's two sides when the program is warm, and a whole practice clinic of 300 people.

The single report is composed and set again and again, each time with another name, so nothing is found ready made. The
clinic is imported and assessed beforehand; reading the saved assessments, composing, setting and writing the files is
in the time.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from engine.domain.assessment import Assessment
from engine.domain.ports import SystemClock
from engine.packs import PackLibrary
from engine.report import ReportOptions, compose, typeset
from engine.resources import resources_folder
from engine.workflows.assess import assess_people, current_assessments
from engine.workflows.clinics import ClinicRequest, OpenClinic, create, open_clinic
from engine.workflows.import_files import ImportRequest, import_file
from engine.workflows.reports import write_reports
from tests.benchmarks.rows import Row, below

PEOPLE = 300
WARM_BAR_MS = 250.0
CLINIC_BAR_S = 60.0
REPEATS = 25
PASSPHRASE = "a passphrase for a benchmark"


def run() -> list[Row]:
    """Return the median of single reports in both languages, and the seconds of a clinic."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        clock = SystemClock()
        create(ClinicRequest(folder / "clinic", "Benchmark", "GBR", practice=True), PASSPHRASE, clock)
        with open_clinic(folder / "clinic", PASSPHRASE, clock) as clinic:
            import_file(clinic, resources_folder() / "practice" / "practice_clinic_en.xlsx", ImportRequest())
            assess_people(clinic)
            assessments = list(current_assessments(clinic))
            return [
                below("report: two sides, warm, English", _warm(assessments, "en"), WARM_BAR_MS, "ms"),
                below("report: two sides, warm, Chinese", _warm(assessments, "zh"), WARM_BAR_MS, "ms"),
                below(f"report: {PEOPLE} people to files", _clinic(clinic, folder), CLINIC_BAR_S, "s"),
            ]


def _warm(assessments: Sequence[Assessment], language: str) -> float:
    manifests = {pack.manifest.id: pack.manifest for pack in PackLibrary.shipped().all()}
    options = ReportOptions(language)
    typeset(compose(assessments[0], manifests, options))
    taken = []
    for number, assessment in enumerate(assessments[:REPEATS]):
        renamed = replace(assessment, patient=replace(assessment.patient, name=f"Person {number} {language}"))
        start = time.perf_counter()
        typeset(compose(renamed, manifests, options))
        taken.append(time.perf_counter() - start)
    return statistics.median(taken) * 1000


def _clinic(clinic: OpenClinic, folder: Path) -> float:
    start = time.perf_counter()
    written = write_reports(clinic, None, ReportOptions("en"), folder / "reports")
    seconds = time.perf_counter() - start
    if len(written) != PEOPLE:
        raise RuntimeError("the clinic is not the one to be measured")
    return seconds
