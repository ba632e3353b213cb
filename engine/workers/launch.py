"""The outside of a worker: start it, ask it, end it."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast

import engine
from engine.domain.ports import CancelToken, Progress, no_progress
from engine.errors import InputError
from engine.workers.child import EXIT_OUT_OF_MEMORY
from engine.workers.errors import WorkerError
from engine.workers.limits import Force, Guard, GuardReport, Limits
from engine.workers.messages import BrokenMessage, Message, read_message, write_message

POLL_SECONDS = 0.05
END_SECONDS = 5.0
# Windows needs its own folder to load libraries; the others matter for Python builds in unusual places.
KEPT_VARIABLES = ("SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANTERN_RESOURCES", "TMPDIR", "TEMP")


def worker_command(kind: str, limits: Limits) -> list[str]:
    """Return the command that starts a worker, from source or frozen: the one place that decides."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "worker", kind, limits.to_text()]
    return [sys.executable, "-m", "engine.workers", kind, limits.to_text()]


class Worker:
    """One child process. Use it as a context; it is gone when the context ends.

    On Linux the child also ends when the thread that started it ends: start and use it in the same thread.
    """

    def __init__(self, kind: str, limits: Limits | None = None, command: Sequence[str] | None = None) -> None:
        """Start the process.

        Args:
            kind: what it can do (``engine.workers.kinds``).
            limits: the most it may use.
            command: another command that speaks the same language, for tests.

        Raises:
            WorkerError: ``worker_start_failed``.
        """
        self._limits = limits if limits is not None else Limits()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - fixed command, no shell
                command if command is not None else worker_command(kind, self._limits),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                cwd=Path(sys.executable).parent,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise WorkerError("worker_start_failed") from error
        self._job = _bind_to_parent(self._process)
        self._talker: threading.Thread | None = None
        self.guards = GuardReport(())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(self, request: Message, cancel: CancelToken | None = None, progress: Progress = no_progress) -> Message:
        """Send a request and wait for its answer.

        Raises:
            InputError: the worker refused the input; the code says why.
            WorkerError: the worker was stopped by a limit or ended by itself.
            Cancelled: ``cancel`` was set; the worker is gone.
        """
        deadline = time.monotonic() + self._limits.wall_seconds
        heard: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._talker = threading.Thread(target=self._talk, args=(request, heard), daemon=True)
        self._talker.start()
        try:
            while True:
                if cancel is not None:
                    cancel.check()
                if time.monotonic() > deadline:
                    raise WorkerError("worker_timeout")
                with contextlib.suppress(queue.Empty):
                    answer = heard.get(timeout=POLL_SECONDS)
                    if answer is None:
                        raise WorkerError(self._why_gone())
                    if (final := self._take(answer, progress)) is not None:
                        return final
        except BaseException:
            self.close()  # a worker that failed once is never asked again
            raise

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def close(self) -> None:
        """End the process, whatever it is doing."""
        if self._process.poll() is None:
            self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(END_SECONDS)
        if self._job is not None:
            _release(self._job)
            self._job = None
        if self._talker is not None:
            self._talker.join(END_SECONDS)  # its pipes broke with the process
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):  # what was not yet sent has nowhere to go
                cast(BinaryIO, stream).close()

    def _talk(self, request: Message, heard: queue.SimpleQueue[Message | None]) -> None:
        requests, answers = cast(BinaryIO, self._process.stdin), cast(BinaryIO, self._process.stdout)
        try:
            write_message(requests, request)
            while (answer := read_message(answers, self._limits.message_bytes)) is not None:
                heard.put(answer)
                if answer.type not in {"ready", "progress"}:
                    return
        except (OSError, ValueError, BrokenMessage):
            pass  # the pipe broke with the process; the reason follows from how it ended
        heard.put(None)

    def _take(self, answer: Message, progress: Progress) -> Message | None:
        """Return a final answer; deal with the others."""
        body = answer.body
        if answer.type == "ready":
            states = ((Guard(guard), Force(force)) for guard, force in body["limits"].items())
            self.guards = GuardReport(tuple(states))
            return None
        if answer.type == "progress":
            progress(int(body["done"]), int(body["total"]))
            return None
        if answer.type == "refused":
            raise InputError(str(body["code"]), **dict(body["details"]))
        if answer.type == "failed":
            raise WorkerError(str(body["code"]))
        return answer

    def _why_gone(self) -> str:
        try:
            code = self._process.wait(END_SECONDS / 5)
        except subprocess.TimeoutExpired:
            return "worker_crashed"  # it still runs, but what it said was no message
        if code == EXIT_OUT_OF_MEMORY:
            return "worker_out_of_memory"
        if sys.platform != "win32":
            if code == -signal.SIGXCPU:
                return "worker_timeout"
            if code == -signal.SIGXFSZ:
                return "worker_file_limit"
            if code == -signal.SIGKILL:  # not by us: we raise before we kill
                return "worker_out_of_memory"
        return "worker_crashed"


def run_worker(
    kind: str,
    request: Message,
    limits: Limits | None = None,
    cancel: CancelToken | None = None,
    progress: Progress = no_progress,
) -> Message:
    """Start a worker, ask it one thing, end it. Raises what ``Worker`` and ``Worker.ask`` raise."""
    with Worker(kind, limits) as worker:
        return worker.ask(request, cancel, progress)


def limits_in_force() -> GuardReport:
    """Start a worker and return which limits hold on this system.

    Raises:
        WorkerError: when no worker can be started.
    """
    with Worker("probe") as worker:
        worker.ask(Message("probe"))
        return worker.guards


def _environment() -> Mapping[str, str]:
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return {
        **kept,
        "PYTHONPATH": str(Path(engine.__file__).resolve().parent.parent),
        "PYTHONSAFEPATH": "1",
        "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        # One thread and one arena: a limit on address space must not be used up by idle reservations.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "1",
        "OPENPYXL_LXML": "False",
    }


if sys.platform == "win32":
    from engine.workers.guards_windows import bind_to_parent
    from engine.workers.guards_windows import release as _release

    def _bind_to_parent(process: subprocess.Popen[bytes]) -> int | None:
        return bind_to_parent(int(vars(process)["_handle"]))  # it has no public name
else:

    def _bind_to_parent(process: subprocess.Popen[bytes]) -> int | None:
        return None  # the child asks the system itself, and watches its input

    def _release(job: int) -> None:
        """Nothing to close: there are no jobs here."""
