"""How one file ended, of whatever kind it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.domain.entries import Counts, ParkedRow
from engine.domain.file_difference import FileDifference
from engine.domain.kept import KeptItem
from engine.intake.field_columns import ColumnMap
from engine.intake.files.found import FoundFile
from engine.intake.importing import printable_name
from engine.intake.plan import Outcome
from engine.intake.questions import Question
from engine.intake.records.plan import Tally
from engine.intake.sheet_rows import NotPatient
from engine.intake.tables import FileFacts, Rejection
from engine.workflows.attached_files import Attached
from engine.workflows.import_maps import ImportMap, Recalled
from engine.workflows.import_preview import ImportPreview
from engine.workflows.import_readings import DeviceOutcome


@dataclass(frozen=True, slots=True)
class RecordContent:
    """What a file of records holds. ``resources``: kind -> how its resources ended; ``kept``: what was left out."""

    people: int
    resources: Mapping[str, Tally]
    kept: tuple[KeptItem, ...]
    visits: Counts
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """How one file ended. ``counts`` of a file that was not stored are what storing it would give.

    Of a table they count rows, of a device file readings, and of a file of records its resources: stored ones as new,
    those without a place here as parked, refused ones as rejected.
    """

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
    record: RecordContent | None = None
    import_id: str | None = None
    recalled: Recalled | None = None
    map: ImportMap | None = None
    difference: FileDifference | None = None
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


def rejected(path: Path, rejection: Rejection, *, dry_run: bool) -> FileOutcome:
    """Return the outcome of a file that is not read as a whole."""
    return FileOutcome(
        file=printable_name(path),
        outcome=Outcome.REJECTED.value,
        dry_run=dry_run,
        reject_reason=rejection.reason.value,
        reject_detail=rejection.detail,
    )
