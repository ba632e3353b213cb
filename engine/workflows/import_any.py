"""One way for a window to bring in a file of any kind: read it once, look at it as often as answers change, store it.

What a file is (a table, the readings of a device, records of another system) is recognised when it is read; from then
on every kind ends as a ``FileOutcome``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.domain.entries import Counts
from engine.domain.ports import CancelToken, Progress, no_progress
from engine.intake.devices.raw import RawReadings
from engine.intake.importing import printable_name
from engine.intake.reading import read_any
from engine.intake.records.items import RecordFile
from engine.intake.tables import Rejection, RejectReason, Table
from engine.workflows.clinics import OpenClinic
from engine.workflows.import_files import (
    ImportRequest,
    ReadFile,
    import_read_file,
    import_read_readings,
    look_at_import,
)
from engine.workflows.import_outcome import FileOutcome, RecordContent, rejected
from engine.workflows.import_records import RecordOutcome, import_read_records

__all__ = ["AnyFile", "ReadOther", "as_file_outcome", "import_read", "look_at", "open_file"]


@dataclass(frozen=True, slots=True)
class ReadOther:
    """A file that is no table, as it was read."""

    path: Path
    kind: str
    content: RawReadings | RecordFile

    @property
    def name(self) -> str:
        """The name of the file, as text."""
        return printable_name(self.path)


AnyFile = ReadFile | ReadOther


def open_file(
    path: Path, sheet: str | None = None, progress: Progress = no_progress, cancel: CancelToken | None = None
) -> AnyFile | FileOutcome:
    """Read a file of any kind in a worker, without the store; the outcome when the file as a whole is not read.

    Raises:
        InputError: the file is missing, a folder or unreadable. Cancelled: stopped.
    """
    found = read_any(path, None, cancel, progress, sheet=sheet)
    if isinstance(found.content, Rejection):
        return rejected(path, found.content, dry_run=True)
    if isinstance(found.content, (RawReadings, RecordFile)):
        return ReadOther(path, found.kind or "", found.content)
    if not isinstance(found.content, Table):  # what is only kept with somebody is not asked for here
        return rejected(path, Rejection(RejectReason.NOT_A_TABLE, "other_format"), dry_run=True)
    return ReadFile(path, found.content, sheet)


def look_at(
    clinic: OpenClinic, read: AnyFile, request: ImportRequest, cancel: CancelToken | None = None
) -> FileOutcome:
    """Say what a file holds and what it asks; nothing is stored.

    Raises:
        InputError: an answer is none. Cancelled: stopped.
    """
    if isinstance(read, ReadFile):
        return look_at_import(clinic, read, request, cancel)
    return _other(clinic, read, request, dry_run=True)


def import_read(
    clinic: OpenClinic,
    read: AnyFile,
    request: ImportRequest,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> FileOutcome:
    """Store a file that was read, whole or not at all, if every question is answered; or only try it.

    Raises:
        InputError: an answer is none. Cancelled: stopped; nothing of it was stored.
        StoreError: it cannot be stored; nothing of it was.
    """
    if isinstance(read, ReadFile):
        return import_read_file(clinic, read, request, progress, cancel)
    if cancel is not None:
        cancel.check()
    return _other(clinic, read, request, dry_run=request.dry_run)


def _other(clinic: OpenClinic, read: ReadOther, request: ImportRequest, *, dry_run: bool) -> FileOutcome:
    wanted = ImportRequest(
        answers=request.answers, dry_run=dry_run, other_answers=request.other_answers, patient=request.patient
    )
    if isinstance(read.content, RawReadings):
        return import_read_readings(clinic, read.path, read.content, wanted)
    return as_file_outcome(import_read_records(clinic, read.path, read.content, wanted))


def as_file_outcome(ended: RecordOutcome) -> FileOutcome:
    """Return how a file of records ended in the form that all files share."""
    whole = ended.total()
    content = RecordContent(ended.people, ended.resources, ended.kept, ended.rows, ended.encoding)
    return FileOutcome(
        file=ended.file,
        outcome=ended.outcome,
        stored=ended.stored,
        dry_run=ended.dry_run,
        error=ended.error,
        reject_reason=ended.reject_reason,
        reject_detail=ended.reject_detail,
        questions=ended.questions,
        unused_answers=ended.unused_answers,
        counts=Counts(
            rows_read=whole.read, rows_new=whole.stored, rows_parked=whole.unmapped, rows_rejected=whole.refused
        ),
        parked=ended.parked,
        format=ended.format,
        record=content,
    )
