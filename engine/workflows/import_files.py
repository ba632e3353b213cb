"""Import one file: read it, ask what it leaves open, store it whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.domain.entries import Counts, ParkedRow
from engine.domain.ports import CancelToken, Progress, no_progress
from engine.errors import InputError
from engine.intake.devices.planning import DeviceRequest
from engine.intake.devices.raw import RawReadings
from engine.intake.field_columns import ColumnMap
from engine.intake.files.found import FoundFile
from engine.intake.importing import ImportRequest as Wanted
from engine.intake.importing import plan_table, printable_name
from engine.intake.plan import ImportPlan, Outcome
from engine.intake.questions import AnswerValue, Question, QuestionKind
from engine.intake.reading import read_any, read_file
from engine.intake.settings import check_settings
from engine.intake.sheet_rows import NotPatient
from engine.intake.tables import FileFacts, Rejection, Table
from engine.store import apply_entries, known_people
from engine.workflows.attached_files import Attached, attach
from engine.workflows.clinics import OpenClinic
from engine.workflows.import_preview import ImportPreview, preview_of
from engine.workflows.import_readings import DeviceOutcome, import_readings
from engine.workflows.patients import patients_numbered


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What a person says with a file.

    ``set_for_file``: canonical field -> text, a value for every row. ``answers``: question id -> answer. ``kind``: what
    the file is, where a person says so (``lantern import --as``). ``patient``: the clinic's number of whose readings
    they are, for files that do not say. ``dry_run``: look, store nothing. ``other_answers``: answers may also be for
    other files; those that nothing in this file asked for come back as ``unused_answers`` of the outcome (see
    ``used_by_none``).
    """

    set_for_file: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, AnswerValue] = field(default_factory=dict)
    dry_run: bool = False
    other_answers: bool = False
    kind: str | None = None
    patient: str | None = None


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """How one file ended. ``counts`` of a file that was not stored are what storing it would give."""

    file: str
    outcome: str
    stored: bool = False
    dry_run: bool = False
    error: str | None = None
    reject_reason: str | None = None
    reject_detail: str | None = None
    questions: tuple[Question, ...] = ()
    unused_answers: tuple[str, ...] = ()
    counts: Counts = field(default_factory=Counts)
    parked: tuple[ParkedRow, ...] = ()
    columns: tuple[ColumnMap, ...] = ()
    facts: FileFacts | None = None
    layout: str | None = None
    not_patients: tuple[NotPatient, ...] = ()
    preview: ImportPreview | None = None
    format: str | None = None
    device: DeviceOutcome | None = None
    attached: Attached | None = None
    found: FoundFile | None = None

    @property
    def not_patient_rows(self) -> tuple[int, ...]:
        """The numbers of the rows that hold no patient."""
        return tuple(row.row for row in self.not_patients)

    @classmethod
    def failed(cls, file: str, code: str) -> FileOutcome:
        """Return the outcome of a file that could not be opened or stored."""
        return cls(file=file, outcome=Outcome.REJECTED.value, error=code)

    @property
    def done(self) -> bool:
        """Whether all was done that was asked for: stored, or looked at with nothing left open."""
        return self.stored or (self.dry_run and self.error is None and not self.open_questions and not self.rejected)

    @property
    def rejected(self) -> bool:
        """Whether the file as a whole is not read."""
        return self.outcome == Outcome.REJECTED.value

    @property
    def open_questions(self) -> tuple[Question, ...]:
        """The questions nobody has answered yet."""
        return tuple(question for question in self.questions if not question.answered)


@dataclass(frozen=True, slots=True)
class Answered:
    """What of the outcome of a file tells whether answers were for it."""

    rejected: bool
    unused_answers: tuple[str, ...]


def used_by_none(outcomes: Sequence[FileOutcome | Answered]) -> tuple[str, ...]:
    """Return the answers that no file of a command asked for; none while a file could not be looked at."""
    if not outcomes or any(outcome.rejected for outcome in outcomes):
        return ()
    return tuple(
        answer for answer in outcomes[0].unused_answers if all(answer in each.unused_answers for each in outcomes)
    )


def import_file(
    clinic: OpenClinic,
    path: Path,
    request: ImportRequest,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> FileOutcome:
    """Import a file in one transaction, if it can be read and every question is answered.

    Raises:
        InputError: the file is missing, a folder or unreadable; a set value or an answer is none.
        StoreError: it cannot be stored; nothing of it was. Cancelled: stopped; nothing of it was stored.
    """
    check_settings(request.set_for_file, clinic.clock)  # a wrong one is told before the file is read
    sheet = request.answers.get(QuestionKind.SHEET)
    keep = request.patient is not None
    found = read_any(path, request.kind, cancel, progress, sheet=sheet if isinstance(sheet, str) else None, keep=keep)
    if cancel is not None:
        cancel.check()
    if isinstance(found.content, Rejection):
        return replace(_rejected(path, found.content, dry_run=request.dry_run), format=found.kind)
    if isinstance(found.content, FoundFile):
        return _kept(clinic, path, found.content, request)
    if isinstance(found.content, RawReadings):
        return _readings(clinic, path, found.content, request)
    return replace(_table(clinic, ReadFile(path, found.content), request, cancel), format=found.kind)


def _table(clinic: OpenClinic, read: ReadFile, request: ImportRequest, cancel: CancelToken | None) -> FileOutcome:
    if request.patient is not None:  # answers whose readings a table without names holds, and nothing else
        answers = {QuestionKind.WHOSE_READINGS.value: request.patient, **request.answers}
        request = replace(request, answers=answers, other_answers=True)
    plan = _plan(clinic, read, request, cancel)
    if plan.rejection is not None:
        return _rejected(read.path, plan.rejection, dry_run=request.dry_run)
    return _outcome(clinic, read.path, plan, request)


def _readings(clinic: OpenClinic, path: Path, raw: RawReadings, request: ImportRequest) -> FileOutcome:
    named = request.kind is not None
    said = DeviceRequest(request.answers, request.patient, named, request.other_answers)
    done = import_readings(clinic, path, raw, said, dry_run=request.dry_run)
    if done.plan.rejection is not None:
        return replace(_rejected(path, done.plan.rejection, dry_run=request.dry_run), format=raw.kind)
    return FileOutcome(
        file=printable_name(path),
        outcome=done.plan.outcome.value,
        stored=done.stored,
        dry_run=request.dry_run,
        questions=done.plan.questions,
        unused_answers=done.plan.unused_answers,
        counts=done.counts,
        format=raw.kind,
        device=done.device,
    )


def _kept(clinic: OpenClinic, path: Path, found: FoundFile, request: ImportRequest) -> FileOutcome:
    """Keep a file with the patient who is named.

    Raises:
        InputError: ``file_patient_needed``, ``patient_unknown``.
    """
    if request.patient is None:
        raise InputError("file_patient_needed")
    people = patients_numbered(clinic, request.patient)
    if len(people) != 1:
        raise InputError("patient_unknown")
    done = attach(
        clinic,
        people[0],
        path,
        found,
        request.answers,
        dry_run=request.dry_run,
        spare_answers=request.other_answers,
    )
    return FileOutcome(
        file=printable_name(path),
        outcome=(Outcome.OK_WITH_QUESTIONS if done.questions else Outcome.OK).value,
        stored=done.file is not None,
        dry_run=request.dry_run,
        questions=done.questions,
        unused_answers=done.unused_answers,
        format=found.kind.value,
        attached=done,
        found=found,
    )


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file as it was read, before anything in it is taken for something: one reading serves every look at it.

    ``sheet`` is the sheet that was asked for; another one means reading again.
    """

    path: Path
    table: Table
    sheet: str | None = None

    @property
    def name(self) -> str:
        """The name of the file, as text."""
        return printable_name(self.path)


def read_import(
    path: Path, sheet: str | None = None, progress: Progress = no_progress, cancel: CancelToken | None = None
) -> ReadFile | FileOutcome:
    """Read a file in a worker, without the store; the outcome when the file as a whole is not read.

    Raises:
        InputError: the file is missing, a folder or unreadable. Cancelled: stopped.
    """
    table = read_file(path, cancel, progress, sheet=sheet)
    if isinstance(table, Rejection):
        return _rejected(path, table, dry_run=True)
    return ReadFile(path, table, sheet)


def look_at_import(
    clinic: OpenClinic, read: ReadFile, request: ImportRequest, cancel: CancelToken | None = None
) -> FileOutcome:
    """Say what a file holds and what it asks, without trying it on the store: every row that could be stored is new.

    Raises:
        InputError: an answer or a set value is none. Cancelled: stopped.
    """
    plan = _plan(clinic, read, request, cancel)
    if plan.rejection is not None:
        return _rejected(read.path, plan.rejection, dry_run=True)
    looked = replace(request, dry_run=True)
    return replace(_described(read.path, plan, looked), counts=_all_new(plan), preview=preview_of(read.table, plan))


def import_read_file(
    clinic: OpenClinic,
    read: ReadFile,
    request: ImportRequest,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> FileOutcome:
    """Import a file that was read before, as :func:`import_file` does; ``progress`` counts what was written.

    Raises:
        InputError: an answer or a set value is none.
        StoreError: it cannot be stored; nothing of it was. Cancelled: stopped; nothing of it was stored.
    """
    plan = _plan(clinic, read, request, cancel)
    if plan.rejection is not None:
        return _rejected(read.path, plan.rejection, dry_run=request.dry_run)
    with clinic.vault.heeding(_counted(plan, progress, cancel or CancelToken())):
        outcome = _outcome(clinic, read.path, plan, request)
    return replace(outcome, preview=preview_of(read.table, plan))


def _counted(plan: ImportPlan, progress: Progress, cancel: CancelToken) -> Callable[[int], None]:
    """Return what listens while a plan is stored: it counts what is written and looks whether to stop."""
    columns = plan.identified.entries.columns if plan.identified is not None else ()
    values = sum(sum(value is not None for value in column.values) for column in columns)
    total = values + 2 * plan.rows_read  # its visit, and the memory that it was stored
    written = 0

    def heed(rows: int) -> None:
        nonlocal written
        cancel.check()
        written += rows
        progress(min(written, total - 1), total)

    return heed


def _plan(clinic: OpenClinic, read: ReadFile, request: ImportRequest, cancel: CancelToken | None) -> ImportPlan:
    wanted = _wanted(clinic, read.path, request)
    return plan_table(read.table, wanted, known_people(clinic.vault), clinic.clock, clinic.new_id, cancel)


def _wanted(clinic: OpenClinic, path: Path, request: ImportRequest) -> Wanted:
    return Wanted(path, request.answers, request.set_for_file, clinic.actor, spare_answers=request.other_answers)


def _rejected(path: Path, rejection: Rejection, *, dry_run: bool) -> FileOutcome:
    return FileOutcome(
        file=printable_name(path),
        outcome=Outcome.REJECTED.value,
        dry_run=dry_run,
        reject_reason=rejection.reason.value,
        reject_detail=rejection.detail,
    )


def _outcome(clinic: OpenClinic, path: Path, plan: ImportPlan, request: ImportRequest) -> FileOutcome:
    store = plan.can_be_stored and not request.dry_run
    counts = _apply(clinic, plan, rehearse=not store)
    return replace(_described(path, plan, request), stored=store, counts=counts)


def _described(path: Path, plan: ImportPlan, request: ImportRequest) -> FileOutcome:
    return FileOutcome(
        file=printable_name(path),
        outcome=plan.outcome.value,
        dry_run=request.dry_run,
        questions=plan.questions,
        unused_answers=plan.unused_answers,
        parked=plan.parked,
        columns=plan.columns,
        facts=plan.facts,
        layout=plan.layout,
        not_patients=plan.not_patients,
    )


def _apply(clinic: OpenClinic, plan: ImportPlan, *, rehearse: bool) -> Counts:
    if plan.identified is None or "" in plan.identified.visit_dates:
        # The day is still asked for, and without it nobody can tell what is there already.
        return _all_new(plan)
    return apply_entries(clinic.vault, plan.identified, actor=clinic.actor, parked=plan.parked, rehearse=rehearse)


def _all_new(plan: ImportPlan) -> Counts:
    parked = len(plan.parked)
    return Counts(rows_read=plan.rows_read, rows_new=plan.rows_read - parked, rows_parked=parked)
