"""Import files of other systems: FHIR R4, HL7 v2, C-CDA. Each is stored whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from engine.domain.entries import Counts, ParkedRow
from engine.domain.kept import KeptItem, KeptState
from engine.domain.ports import CancelToken, Progress, no_progress
from engine.errors import BugError, EngineError, WorldError
from engine.intake.importing import printable_name
from engine.intake.plan import Outcome
from engine.intake.questions import Question, QuestionKind
from engine.intake.records.items import RecordFile
from engine.intake.records.plan import RecordPlan, Tally
from engine.intake.records.planning import RecordRequest, plan_records
from engine.intake.records.reading import RECORDS as RECORD_KINDS
from engine.intake.records.reading import RecordReader, read_ahead
from engine.intake.tables import Rejection, RejectReason
from engine.store import apply_records, kept_items, known_people, latest_import
from engine.workflows.clinics import OpenClinic
from engine.workflows.import_files import ImportRequest, import_file
from engine.workflows.import_outcome import FileOutcome

__all__ = [
    "RECORD_KINDS",
    "RecordOutcome",
    "files_of",
    "import_each",
    "import_read_records",
    "import_records",
    "kept_of",
]


@dataclass(frozen=True, slots=True)
class RecordOutcome:
    """How one file of records ended. Counts of a file that was not stored are what storing it would give.

    ``resources``: kind -> how its resources ended. ``rows`` are visits: a person and a day each. ``kept``: all that is
    unmapped or refused, with why; what is known of whom it is about is kept in the store too.
    """

    file: str
    outcome: str
    format: str | None = None
    stored: bool = False
    dry_run: bool = False
    error: str | None = None
    reject_reason: str | None = None
    reject_detail: str | None = None
    questions: tuple[Question, ...] = ()
    unused_answers: tuple[str, ...] = ()
    encoding: str | None = None
    people: int = 0
    resources: Mapping[str, Tally] = field(default_factory=dict)
    rows: Counts = field(default_factory=Counts)
    entries_changed: int = 0
    kept: tuple[KeptItem, ...] = ()
    parked: tuple[ParkedRow, ...] = ()
    import_id: str | None = None

    @property
    def rejected(self) -> bool:
        """Whether the file as a whole is not read."""
        return self.outcome == Outcome.REJECTED.value

    @property
    def open_questions(self) -> tuple[Question, ...]:
        """The questions nobody has answered yet."""
        return tuple(question for question in self.questions if not question.answered)

    @property
    def done(self) -> bool:
        """Whether all was done that was asked for: stored, or looked at with nothing left open."""
        return self.stored or (self.dry_run and self.error is None and not self.open_questions and not self.rejected)

    def total(self) -> Tally:
        """Return the resources of all kinds together."""
        whole = Tally()
        for tally in self.resources.values():
            whole.read += tally.read
            whole.stored += tally.stored
            whole.unmapped += tally.unmapped
            whole.refused += tally.refused
        return whole

    def listed(self, state: KeptState) -> tuple[KeptItem, ...]:
        """Return what was left out for one cause."""
        return tuple(item for item in self.kept if item.state is state)


def files_of(paths: Iterable[Path], kind: str | None) -> list[Path]:
    """Return files, with the files of a folder in the place of the folder, in the order of their names.

    A folder is gone through only where the kind of its files is named: one chosen by mistake holds anything. Hidden
    files and folders within are passed over: a program that drops messages writes them under such names first.
    """
    found: list[Path] = []
    for path in paths:
        if kind is not None and path.is_dir():
            found += sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith("."))
        else:
            found.append(path)
    return found


Ended = FileOutcome | RecordOutcome | WorldError | BugError


def import_each(
    clinic: OpenClinic,
    paths: Sequence[Path],
    request: ImportRequest,
    progress: Progress = no_progress,
) -> Iterator[tuple[Path, Ended]]:
    """Import files one after the other, each as what it is or as the kind that is asked for; yield how each ended.

    A file that cannot be opened or stored ends with its error, and the next one is taken.
    """
    if request.kind is not None and request.kind not in RECORD_KINDS:
        for path in paths:
            yield path, _ended(partial(import_file, clinic, path, request, progress))
        return
    for path, file in read_ahead(paths, request.kind):
        if isinstance(file, (WorldError, BugError)):
            yield path, file
        elif isinstance(file, EngineError):
            raise file
        elif file is None:
            yield path, _ended(partial(import_file, clinic, path, request, progress))
        else:
            yield path, _ended(partial(import_read_records, clinic, path, file, request))


def _ended(work: Callable[[], FileOutcome | RecordOutcome]) -> Ended:
    try:
        return work()
    except (WorldError, BugError) as error:  # a stop is neither: it ends everything
        return error


def import_records(
    clinic: OpenClinic,
    path: Path,
    request: ImportRequest,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> RecordOutcome:
    """Import a file of records in one transaction, if it can be read and every question is answered.

    Raises:
        InputError: the file is missing, a folder or unreadable; an answer is none. WorkerError: no worker starts.
        StoreError: it cannot be stored; nothing of it was. Cancelled: stopped; nothing of it was stored.
    """
    with RecordReader() as reader:
        file = reader.read(path, request.kind, cancel, progress)
    if cancel is not None:
        cancel.check()
    other = Rejection(RejectReason.NOT_A_TABLE, "other_format")
    return import_read_records(clinic, path, other if file is None else file, request)


def import_read_records(
    clinic: OpenClinic, path: Path, file: RecordFile | Rejection, request: ImportRequest
) -> RecordOutcome:
    """Import a file that was read before, as :func:`import_records` does.

    Raises:
        InputError: an answer is none. StoreError: it cannot be stored; nothing of it was.
    """
    name = printable_name(path)
    if isinstance(file, Rejection):
        return _rejected(name, file, request)
    answers, spare = request.answers, request.other_answers
    if request.patient is not None:  # whose a file is that names nobody; other files do not ask
        answers, spare = {**answers, QuestionKind.WHOSE_READINGS.value: request.patient}, True
    wanted = RecordRequest(answers, clinic.actor, name, spare)
    plan = plan_records(file, wanted, known_people(clinic.vault), clinic.clock, clinic.new_id)
    return _stored(clinic, name, plan, request)


def _rejected(name: str, rejection: Rejection, request: ImportRequest) -> RecordOutcome:
    return RecordOutcome(
        name,
        Outcome.REJECTED.value,
        request.kind,
        dry_run=request.dry_run,
        reject_reason=rejection.reason.value,
        reject_detail=rejection.detail,
    )


def _stored(clinic: OpenClinic, name: str, plan: RecordPlan, request: ImportRequest) -> RecordOutcome:
    store = plan.can_be_stored and not request.dry_run
    rows, entries = Counts(), 0
    if plan.identified is not None and plan.file is not None:
        kept = [item for item in plan.kept if item.person_id]
        done = apply_records(
            clinic.vault, plan.identified, plan.arrivals, kept, plan.parked, actor=clinic.actor, rehearse=not store
        )
        rows, entries = done.rows, done.entries_changed
    return RecordOutcome(
        file=name,
        outcome=plan.outcome.value,
        format=plan.file.format if plan.file is not None else None,
        stored=store,
        dry_run=request.dry_run,
        questions=plan.questions,
        unused_answers=plan.unused_answers,
        encoding=plan.file.encoding if plan.file is not None else None,
        people=plan.people,
        resources=plan.resources,
        rows=rows,
        entries_changed=entries,
        kept=plan.kept,
        parked=plan.parked,
        import_id=latest_import(clinic.vault) if store else None,
    )


def kept_of(clinic: OpenClinic, person_id: str) -> tuple[KeptItem, ...]:
    """Return what files said of a person and has no place in the record or was refused.

    Raises:
        UsageError: ``person_unknown``.
    """
    return kept_items(clinic.vault, person_id)
