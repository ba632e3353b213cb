"""The pages of people, to look at, print or save: from their saved assessments, which are never recomputed."""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from engine.domain.assessment import Assessment
from engine.domain.ports import CancelToken, Progress, no_progress
from engine.domain.report import Paper, Report, Sides
from engine.errors import UsageError
from engine.packs import PackLibrary
from engine.report import PdfJoiner, ReportOptions, compose, page_count, page_images, typeset, typeset_each
from engine.report.case import Beside
from engine.risk.explain import headline
from engine.store import EVERY_ROLE, Role
from engine.store.assessments import SavedReport, reports_of, save_report
from engine.wording import load_wording
from engine.workflows.assess import current_assessments
from engine.workflows.clinic_packs import withdrawn_digests
from engine.workflows.clinics import OpenClinic
from engine.workflows.files import make_folder, whole_file
from engine.workflows.scoring import manifests_of
from engine.workflows.tools_beside import tools_beside

__all__ = [
    "OnePdf",
    "Paper",
    "PreparedReport",
    "Report",
    "ReportOptions",
    "Sides",
    "WrittenReport",
    "page_pngs",
    "prepare_report",
    "save_pdf",
    "write_one_pdf",
    "write_reports",
]

# What a patient number may lend to a file name on every system; anything else stays out of it.
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")


# How the store calls a report by what it holds.
_KINDS = {Sides.BOTH: "person", Sides.PATIENT: "patient", Sides.CLINICIAN: "clinician"}


@dataclass(frozen=True, slots=True)
class PreparedReport:
    """A report ready to look at, print or save; the store keeps that it was made under ``report.id``."""

    report: Report
    assessment: Assessment
    pdf: bytes
    pages: int


@dataclass(frozen=True, slots=True)
class OnePdf:
    """One file of many people: how many, and how many pages, blank backs included."""

    reports: int
    pages: int


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


def _roles_of(clinic: OpenClinic) -> tuple[str, ...]:
    """Return the roles of who prints, as codes; one word for them where one person has all."""
    roles = clinic.vault.user.roles
    return ("every",) if roles == EVERY_ROLE else tuple(role.value for role in Role if role in roles)


class _Work:
    """Reports being made: assessed, composed and set, some of it side by side, one given out after the other."""

    def __init__(
        self,
        clinic: OpenClinic,
        people: Sequence[str] | None,
        options: ReportOptions,
        cancel: CancelToken | None = None,
    ) -> None:
        self._clinic = clinic
        self._wanted = people
        self._options = options
        self._cancel = cancel
        self._set: deque[tuple[Assessment, Report]] = deque()
        self.people = 0
        self.done = 0

    def composed(self) -> Iterator[tuple[Assessment, Report]]:
        """Yield what each person's pages say."""
        for assessment in current_assessments(self._clinic, self._wanted, self._count, self._cancel):
            self._check()
            yield assessment, report_of(self._clinic, assessment, self._options)

    def each(self) -> Iterator[tuple[Assessment, Report, bytes]]:
        """Yield each person's pages, set."""
        for content in typeset_each(self._reports()):
            self._check()
            self.done += 1
            yield *self._set.popleft(), content

    def _reports(self) -> Iterator[Report]:
        for assessment, report in self.composed():
            self._set.append((assessment, report))
            yield report

    def _check(self) -> None:
        if self._cancel is not None:
            self._cancel.check()

    def _count(self, done: int, total: int) -> None:
        self.people = total  # only the assessing knows how many have a visit


def report_of(clinic: OpenClinic, assessment: Assessment, options: ReportOptions) -> Report:
    """Return what the pages of a saved assessment say, with the tools not asked, those withdrawn and who prints it.

    Raises:
        PackError: ``report_pack_missing``; as ``PackLibrary.all``.
    """
    choice = tools_beside(assessment, clinic.library)
    named = [] if choice is None else [each.pack_id for each in choice.candidates]
    manifests = {pack_id: clinic.library.get(pack_id).manifest for pack_id in named}
    manifests |= manifests_of(assessment, clinic.library)
    printed = replace(options, printed_by=_roles_of(clinic))
    return compose(assessment, manifests, printed, Beside(choice, withdrawn_digests(clinic)))


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
    work = _Work(clinic, people, options, cancel)
    for assessment, report, content in work.each():
        path = out / _file_name(assessment, report.id)
        with whole_file(path) as file:
            file.write(content)
        _remember(clinic, assessment, report, content)
        written.append(_written(path, report, assessment, clinic.library))
        progress(work.done, work.people)
    return tuple(written)


def prepare_report(clinic: OpenClinic, person_id: str, options: ReportOptions) -> PreparedReport:
    """Return a person's report, set and ready to look at, print or save; that it was made is recorded.

    The saved assessment is shown; someone who has none, or whose record changed since, is assessed first.

    Raises:
        UsageError: ``person_unknown``; ``report_no_visit`` when there is nothing to tell.
        PackError, StoreError: as in ``assess_people``.
    """
    found = next(_Work(clinic, [person_id], options).composed(), None)
    if found is None:
        raise UsageError("report_no_visit")
    assessment, report = found
    content = typeset(report)
    _remember(clinic, assessment, report, content)
    return PreparedReport(report, assessment, content, page_count(content))


def page_pngs(report: Report, ppi: float, sides: Sides | None = None) -> list[bytes]:
    """Return one PNG per page for screen or printer; ``sides`` picks some pages of it (None: all it has).

    Looks into no store, so it may run on any thread.
    """
    return page_images(report, ppi, sides)


def save_pdf(prepared: PreparedReport, path: Path) -> None:
    """Write a prepared report to a file, whole or not at all.

    Raises:
        InputError: ``output_unwritable``, ``output_not_a_file``.
    """
    with whole_file(path) as file:
        file.write(prepared.pdf)


def write_one_pdf(
    clinic: OpenClinic,
    people: Sequence[str] | None,
    options: ReportOptions,
    path: Path,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> OnePdf:
    """Write one PDF for many people (by id; None: everybody), each beginning on the front of a sheet.

    Who has no visit is left out. Written while it is set, so that its length costs no memory; it appears under its
    name only when complete.

    Raises:
        UsageError: ``report_no_visit`` when nobody has one. InputError: ``output_unwritable``, ``output_not_a_file``.
        PackError, StoreError, Cancelled: as in ``assess_people``. No file is there then.
    """
    work = _Work(clinic, people, options, cancel)
    with whole_file(path) as file:
        joiner = PdfJoiner(file, load_wording(options.language).say("report.document_title_many"))
        for assessment, report, content in work.each():
            joiner.add(content)
            _remember(clinic, assessment, report, content)
            progress(work.done, work.people)
        if not work.done:
            raise UsageError("report_no_visit")
        joiner.finish()
    return OnePdf(work.done, joiner.pages)


def _remember(clinic: OpenClinic, assessment: Assessment, report: Report, content: bytes) -> None:
    """Record that a report was made; a reprint is the same report."""
    if report.id in {saved.id for saved in reports_of(clinic.vault, assessment.id)}:
        return
    saved = SavedReport(
        id=report.id,
        assessment_id=assessment.id,
        kind=_KINDS[report.sides],
        language=report.language,
        paper=report.paper.value,
        pages=page_count(content),
        sha256=hashlib.sha256(content).hexdigest(),
        made_at=clinic.clock.now(),
    )
    save_report(clinic.vault, saved, clinic.actor)


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
