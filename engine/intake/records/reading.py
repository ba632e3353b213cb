"""Has a worker read files of records, one after the other; says plainly when that cannot be done."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.domain.ports import CancelToken, Progress, no_progress
from engine.errors import EngineError
from engine.intake.readers.plugin import Answer
from engine.intake.reading import LIMITS, TOLD, check_file
from engine.intake.records.items import RecordFile, read_records
from engine.intake.tables import Rejection, RejectReason, read_rejection
from engine.workers.errors import WorkerError
from engine.workers.launch import Worker
from engine.workers.limits import Limits
from engine.workers.messages import BrokenMessage, Message

RECORDS = ("fhir", "hl7", "ccda")
_AHEAD = 2  # files that lie read, waiting
_ROOM_SECONDS = 0.05
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

    def read(
        self,
        path: Path,
        kind: str | None = None,
        cancel: CancelToken | None = None,
        progress: Progress = no_progress,
    ) -> RecordFile | Rejection | None:
        """Read a file of records, as one of ``kind`` or as what it looks like; None where it is of no such kind.

        Raises:
            InputError: ``file_missing``, ``file_is_folder``, ``file_unreadable``, ``file_too_large``.
            WorkerError: ``worker_start_failed``. Cancelled: ``cancel`` was set.
        """
        body = {"path": str(path.resolve()), "sheet": None, "kind": kind, "only": Answer.RECORDS.value}
        answer = self._ask(path, Message("read", body), cancel, progress)
        if isinstance(answer, Rejection):
            return answer
        if answer.type == "rejected":
            # What no reader of records refused is for others to tell about.
            return read_rejection(answer) if kind is not None or answer.body.get("format") in RECORDS else None
        if answer.type == "recognised":
            return None
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
        self._asked += 1
        try:
            return self._worker.ask(request, cancel, progress)
        except WorkerError as error:
            self._end()
            if error.code not in TOLD:
                raise
            return Rejection(RejectReason.DAMAGED_FILE, error.code)

    def _end(self) -> None:
        if self._worker is not None:
            self._worker.close()
        self._worker, self._asked = None, 0


Answered = RecordFile | Rejection | None | EngineError


def read_ahead(
    paths: Sequence[Path], kind: str | None = None, limits: Limits = LIMITS
) -> Iterator[tuple[Path, Answered]]:
    """Read files in order, the next ones while the caller works on the last: reading and storing take about as long.

    Yields each path with what ``RecordReader.read`` returns for it, or the error it raises. Close the iterator to stop.
    """
    ready: queue.Queue[tuple[Path, Answered] | BaseException | None] = queue.Queue(_AHEAD)
    stop = threading.Event()

    def work() -> None:
        try:
            with RecordReader(limits) as reader:
                for path in paths:
                    if stop.is_set():
                        return
                    try:
                        ready.put((path, reader.read(path, kind)))
                    except EngineError as error:
                        ready.put((path, error))
            ready.put(None)
        except BaseException as error:  # noqa: BLE001 - it is raised again where somebody hears it
            ready.put(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while (answer := ready.get()) is not None:
            if isinstance(answer, BaseException):
                raise answer
            yield answer
    finally:
        stop.set()
        while thread.is_alive():  # it may wait for room
            try:
                ready.get(timeout=_ROOM_SECONDS)
            except queue.Empty:
                continue
