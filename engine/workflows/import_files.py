"""Import one file: read it, ask what it leaves open, store it whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.domain.entries import Counts
from engine.domain.file_difference import FileDifference
from engine.domain.ports import CancelToken, Progress, no_progress
from engine.errors import InputError
from engine.intake.devices.planning import DeviceRequest
from engine.intake.devices.raw import RawReadings
from engine.intake.files.found import FoundFile
from engine.intake.importing import ImportRequest as Wanted
from engine.intake.importing import plan_table, printable_name
from engine.intake.plan import ImportPlan, Outcome
from engine.intake.questions import AnswerValue, QuestionKind
from engine.intake.reading import read_any
from engine.intake.records.items import RecordFile
from engine.intake.settings import check_settings
from engine.intake.tables import Rejection, RejectReason, Table
from engine.store import Change, apply_entries, known_people, latest_import
from engine.store.file_difference import compare_file
from engine.store.maps import keep_map
from engine.workflows.attached_files import attach
from engine.workflows.clinics import OpenClinic
from engine.workflows.import_maps import ImportMap, Recalled, document_of, map_of, recall, remembered, with_import
from engine.workflows.import_outcome import FileOutcome, rejected
from engine.workflows.import_preview import preview_of
from engine.workflows.import_readings import import_readings
from engine.workflows.patients import patients_numbered


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What a person says with a file.

    ``set_for_file``: canonical field -> text, a value for every row. ``answers``: question id -> answer. ``kind``: what
    the file is, where a person says so (``lantern import --as``). ``patient``: the clinic's number of whose readings
    they are, for files that do not say. ``map``: one whose answers are taken where they hold; ``use_remembered``:
    the clinic's own for files of this shape. ``dry_run``: look, store nothing. ``other_answers``: answers may be for
    other files; those that nothing in this file asked for come back as ``unused_answers`` of the outcome (see
    ``used_by_none``).
    """

    set_for_file: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, AnswerValue] = field(default_factory=dict)
    dry_run: bool = False
    other_answers: bool = False
    kind: str | None = None
    patient: str | None = None
    map: ImportMap | None = None
    use_remembered: bool = False


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
        return replace(rejected(path, found.content, dry_run=request.dry_run), format=found.kind)
    if isinstance(found.content, RecordFile):  # ``import_records`` takes those
        other = Rejection(RejectReason.NOT_A_TABLE, "other_format")
        return replace(rejected(path, other, dry_run=request.dry_run), format=found.kind)
    if isinstance(found.content, FoundFile):
        return _kept(clinic, path, found.content, request)
    if isinstance(found.content, RawReadings):
        return import_read_readings(clinic, path, found.content, request)
    return replace(_table(clinic, ReadFile(path, found.content), request, cancel), format=found.kind)


def _recalled(
    clinic: OpenClinic, read: ReadFile, request: ImportRequest, now: ImportPlan, cancel: CancelToken | None
) -> Recalled | None:
    """Return what the map of the request, or the clinic's own, says of a file as planned; None where no map fits."""
    headers = [column.header for column in read.table.columns]
    known = request.map or remembered(clinic, headers)
    if known is None:
        return None

    def plan(answers: Mapping[str, AnswerValue]) -> ImportPlan:
        return _plan(clinic, read, replace(request, answers=answers, other_answers=True), cancel)

    return recall(known, headers, request.answers, now, plan)


def _difference(clinic: OpenClinic, read: ReadFile, plan: ImportPlan) -> FileDifference | None:
    """Return what a file changes against the last one of its shape; None where there is none, or days are asked."""
    known = remembered(clinic, [column.header for column in read.table.columns])
    if known is None or known.import_id is None or plan.identified is None or "" in plan.identified.visit_dates:
        return None
    return compare_file(clinic.vault, plan.identified, plan.parked, known.import_id, clinic.actor)


def _table(clinic: OpenClinic, read: ReadFile, request: ImportRequest, cancel: CancelToken | None) -> FileOutcome:
    if request.patient is not None:  # answers whose readings a table without names holds, and nothing else
        answers = {QuestionKind.WHOSE_READINGS.value: request.patient, **request.answers}
        request = replace(request, answers=answers, other_answers=True)
    recalled = None
    plan = _plan(clinic, read, request, cancel)
    if plan.rejection is None and (request.map is not None or request.use_remembered):
        recalled = _recalled(clinic, read, request, plan, cancel)
        if recalled is not None and recalled.answers:
            request = replace(request, answers={**recalled.answers, **request.answers})
            plan = _plan(clinic, read, request, cancel)
    if plan.rejection is not None:
        return rejected(read.path, plan.rejection, dry_run=request.dry_run)
    return replace(_outcome(clinic, read, plan, request), recalled=recalled)


def import_read_readings(clinic: OpenClinic, path: Path, raw: RawReadings, request: ImportRequest) -> FileOutcome:
    """Import a file of readings that was read before, as :func:`import_file` does.

    Raises:
        InputError: an answer is none. StoreError: it cannot be stored; nothing of it was.
    """
    named = request.kind is not None
    said = DeviceRequest(request.answers, request.patient, named, request.other_answers)
    done = import_readings(clinic, path, raw, said, dry_run=request.dry_run)
    if done.plan.rejection is not None:
        return replace(rejected(path, done.plan.rejection, dry_run=request.dry_run), format=raw.kind)
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
        import_id=done.device.import_id if done.stored else None,
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


def look_at_import(
    clinic: OpenClinic, read: ReadFile, request: ImportRequest, cancel: CancelToken | None = None
) -> FileOutcome:
    """Say what a file holds and what it asks, without trying it on the store: every row that could be stored is new.

    Raises:
        InputError: an answer or a set value is none. Cancelled: stopped.
    """
    plan = _plan(clinic, read, request, cancel)
    if plan.rejection is not None:
        return rejected(read.path, plan.rejection, dry_run=True)
    looked = replace(request, dry_run=True)
    described = replace(_described(read.path, plan, looked), recalled=_recalled(clinic, read, request, plan, cancel))
    return replace(described, counts=_all_new(plan), preview=preview_of(read.table, plan))


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
        return rejected(read.path, plan.rejection, dry_run=request.dry_run)
    with clinic.vault.heeding(_counted(plan, progress, cancel or CancelToken())):
        outcome = _outcome(clinic, read, plan, request)
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


def _outcome(clinic: OpenClinic, read: ReadFile, plan: ImportPlan, request: ImportRequest) -> FileOutcome:
    store = plan.can_be_stored and not request.dry_run
    headers = [column.header for column in read.table.columns]
    learnt = map_of(headers, plan, request.answers, clinic.clock.now())
    difference = None if store else _difference(clinic, read, plan)
    counts = _apply(clinic, plan, learnt, rehearse=not store) if difference is None else difference.counts
    import_id = latest_import(clinic.vault) if store else None
    described = _described(read.path, plan, request)
    return replace(described, stored=store, counts=counts, import_id=import_id, map=learnt, difference=difference)


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


def _apply(clinic: OpenClinic, plan: ImportPlan, learnt: ImportMap, *, rehearse: bool) -> Counts:
    if plan.identified is None or "" in plan.identified.visit_dates:
        # The day is still asked for, and without it nobody can tell what is there already.
        return _all_new(plan)

    def remember(change: Change, import_id: str) -> None:
        keep_map(change, learnt.name, document_of(with_import(learnt, import_id)))

    return apply_entries(
        clinic.vault, plan.identified, actor=clinic.actor, parked=plan.parked, rehearse=rehearse, also=remember
    )


def _all_new(plan: ImportPlan) -> Counts:
    parked = len(plan.parked)
    return Counts(rows_read=plan.rows_read, rows_new=plan.rows_read - parked, rows_parked=parked)
