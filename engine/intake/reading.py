"""Has a worker read a file; says plainly when that cannot be done."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path

from engine.domain.ports import CancelToken, Progress
from engine.errors import InputError
from engine.intake.devices.raw import RawReadings, read_readings
from engine.intake.files.found import FoundFile, read_found
from engine.intake.readers.plugin import Answer
from engine.intake.readers.registry import TABLE, kinds
from engine.intake.records.items import RecordFile, read_records
from engine.intake.tables import Rejection, RejectReason, Table, read_answer
from engine.workers.errors import WorkerError
from engine.workers.launch import run_worker
from engine.workers.limits import Limits
from engine.workers.messages import BrokenMessage, Message

LARGEST_FILE = 1 << 30  # bytes
LIMITS = Limits(memory_bytes=2 << 30, cpu_seconds=600, file_bytes=0, wall_seconds=900.0)
FILE_LIMITS = Limits(memory_bytes=1 << 30, cpu_seconds=120, file_bytes=0, wall_seconds=180.0)  # of what is only kept
# A file that brings the reader down is damaged or made to harm; the sentence names what happened.
TOLD = frozenset({"worker_out_of_memory", "worker_timeout", "worker_file_limit", "worker_crashed"})


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file as it was read: what kind it is (None where nobody knows it) and what is in it."""

    kind: str | None
    content: Table | RawReadings | RecordFile | FoundFile | Rejection


def read_file(
    path: Path, cancel: CancelToken | None, progress: Progress, limits: Limits = LIMITS, sheet: str | None = None
) -> Table | Rejection:
    """Read a table file in a worker with limits.

    Raises:
        InputError: ``file_missing``, ``file_is_folder``, ``file_unreadable``, ``file_too_large``.
        WorkerError: ``worker_start_failed``.
        Cancelled: when ``cancel`` was set.
    """
    content = read_any(path, TABLE, cancel, progress, limits, sheet).content
    if isinstance(content, (RawReadings, RecordFile, FoundFile)):
        return Rejection(RejectReason.DAMAGED_FILE, "worker_crashed")
    return content


def read_any(
    path: Path,
    kind: str | None,
    cancel: CancelToken | None,
    progress: Progress,
    limits: Limits = LIMITS,
    sheet: str | None = None,
    *,
    keep: bool = False,
) -> FileRead:
    """Read a file of ``kind``, or of the kind it looks like, in a worker with limits.

    ``keep``: one that can only be kept with a person (``engine.intake.files``) is wanted too.

    Raises:
        InputError: ``kind_unknown``, and as :func:`read_file`.
    """
    if kind is not None and kind not in kinds():
        raise InputError("kind_unknown", kinds=", ".join(kinds()))
    check_file(path)
    request = Message("read", {"path": str(path.resolve()), "sheet": sheet, "kind": kind, "keep": keep})
    try:
        return _content(run_worker("read_file", request, limits, cancel, progress))
    except WorkerError as error:
        if error.code not in TOLD:
            raise
        return FileRead(kind, Rejection(RejectReason.DAMAGED_FILE, error.code))
    except BrokenMessage:
        return FileRead(kind, Rejection(RejectReason.DAMAGED_FILE, "worker_crashed"))


def _content(answer: Message) -> FileRead:
    """Read an answer by its type; each way of reading refuses what does not fit together."""
    said = answer.body.get("format")
    kind = None if said is None else str(said)
    if answer.type == Answer.READINGS:
        return FileRead(kind, read_readings(answer))
    if answer.type == Answer.FILE:
        return FileRead(kind, read_found(answer))
    if answer.type == Answer.RECORDS:
        return FileRead(kind, read_records(answer))
    return FileRead(kind, read_answer(answer))


def check_file(path: Path) -> None:
    """Refuse what cannot be opened, before a worker is started for it."""
    try:
        if path.is_dir():
            raise InputError("file_is_folder")
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):  # a pipe or device would never come to an end
            raise InputError("file_unreadable")
        if facts.st_size > LARGEST_FILE:
            raise InputError("file_too_large", gigabytes=LARGEST_FILE >> 30)
        with path.open("rb"):
            return
    except FileNotFoundError as error:
        raise InputError("file_missing") from error
    except NotADirectoryError as error:
        raise InputError("file_missing") from error
    except OSError as error:
        raise InputError("file_unreadable") from error
