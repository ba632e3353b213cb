"""Has a worker read files of records, one after the other; says plainly when that cannot be done."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from engine.domain.ports import CancelToken, Progress, no_progress
from engine.intake.readers.plugin import Answer
from engine.intake.reading import LIMITS, TOLD, check_file
from engine.intake.records.items import RecordFile, read_records
from engine.intake.tables import Rejection, RejectReason, read_rejection
from engine.workers.errors import WorkerError
from engine.workers.launch import Worker
from engine.workers.limits import Limits
from engine.workers.messages import BrokenMessage, Message

FILES_PER_WORKER = 200  # then a fresh one: its limits on time and memory are for the whole of its life


class RecordReader:
    """Reads files in one worker for as long as that one is sound. Use it as a context, in one thread."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self._limits = limits
        self._worker: Worker | None = None
        self._asked = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def kind_of(self, path: Path) -> Answer | Rejection:
        """Return what a file would be read as, without reading it.

        Raises:
            InputError: ``file_missing``, ``file_is_folder``, ``file_unreadable``, ``file_too_large``.
            WorkerError: ``worker_start_failed``.
        """
        answer = self._ask(path, Message("recognise", {"path": str(path.resolve())}))
        if isinstance(answer, Rejection):
            return answer
        try:
            return Answer(answer.body["answer"])
        except (KeyError, ValueError):
            return Rejection(RejectReason.DAMAGED_FILE, "worker_crashed")

    def read(
        self,
        path: Path,
        kind: str | None = None,
        cancel: CancelToken | None = None,
        progress: Progress = no_progress,
    ) -> RecordFile | Rejection:
        """Read a file of records, as one of ``kind`` or as what it looks like.

        Raises:
            InputError: ``file_missing``, ``file_is_folder``, ``file_unreadable``, ``file_too_large``.
            WorkerError: ``worker_start_failed``. Cancelled: ``cancel`` was set.
        """
        request = Message("read", {"path": str(path.resolve()), "sheet": None, "kind": kind})
        answer = self._ask(path, request, cancel, progress)
        if isinstance(answer, Rejection):
            return answer
        try:
            return read_records(answer)
        except BrokenMessage:
            return Rejection(RejectReason.DAMAGED_FILE, "worker_crashed")

    def _ask(
        self, path: Path, request: Message, cancel: CancelToken | None = None, progress: Progress = no_progress
    ) -> Message | Rejection:
        check_file(path)
        if self._worker is None or self._asked >= FILES_PER_WORKER or not self._worker.alive:
            self._end()
            self._worker = Worker("read_file", self._limits)
        self._asked += request.type == "read"
        try:
            answer = self._worker.ask(request, cancel, progress)
            return read_rejection(answer) if answer.type == "rejected" else answer
        except WorkerError as error:
            self._end()
            if error.code not in TOLD:
                raise
            return Rejection(RejectReason.DAMAGED_FILE, error.code)
        except BrokenMessage:
            self._end()
            return Rejection(RejectReason.DAMAGED_FILE, "worker_crashed")

    def _end(self) -> None:
        if self._worker is not None:
            self._worker.close()
        self._worker, self._asked = None, 0
