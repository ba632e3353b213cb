"""Work beside the window: lanes for the store, computing, paper, learning; results come back to the window's thread.

The store's lane has a single thread, because the open store belongs to the thread that opened it. A job has an owner:
when the owner is gone, nobody is told any more. A job ends in exactly one of three ways: done, failed, cancelled.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from PySide6.QtCore import QObject, Qt, Signal
from shiboken6 import isValid

from engine.domain.ports import CancelToken
from engine.errors import BugError, Cancelled, EngineError

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

Result = TypeVar("Result")
_PROGRESS_SECONDS = 0.05


class Task:
    """What the work itself holds: report progress, look whether to stop, let others have their turn."""

    def __init__(self, tell: Callable[[int, int], None], run_next: Callable[[], bool] = lambda: False) -> None:
        self.cancel = CancelToken()
        self._tell = tell
        self._told = 0.0
        self._run_next = run_next

    def progress(self, done: int, total: int) -> None:
        """Report how far the work is; told on at most every 50 ms."""
        now = time.monotonic()
        if done >= total or now - self._told >= _PROGRESS_SECONDS:
            self._told = now
            self._tell(done, total)

    def give_way(self) -> None:
        """Run what was handed in to the same lane meanwhile, on its thread: for long work, at a place where it may.

        Raises:
            Cancelled: this work is to stop. What waits is left: it may be what closes the store.
        """
        self.cancel.check()
        while self._run_next():
            self.cancel.check()


class Job(Generic[Result]):
    """A piece of work that was handed in."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self.ended = False

    def cancel(self) -> None:
        """Ask the work to stop at its next safe place."""
        self._task.cancel.cancel()


class _Ending:
    """What to call when a job ends, and for whom."""

    def __init__(
        self,
        owner: QObject,
        done: Callable[[Any], None],
        failed: Callable[[EngineError], None],
        cancelled: Callable[[], None] | None,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self.owner = owner
        self.done = done
        self.failed = failed
        self.cancelled = cancelled
        self.progress = progress


# The window paints in many small Python calls, and each waits for the lane that computes to let go; the usual 5 ms, for
# each of them, are what a person sees of a keystroke.
_SWITCH_SECONDS = 0.001


class Jobs(QObject):
    """The lanes of one window."""

    _posted = Signal(object)
    busy_changed = Signal(int)
    broken = Signal(object)  # a fault of ours, with its traceback: for the crash report

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        sys.setswitchinterval(_SWITCH_SECONDS)
        self._lanes: dict[str, ThreadPoolExecutor] = {}
        self._waiting: dict[str, deque[Callable[[], None]]] = {}
        self._running: set[Job[Any]] = set()
        self._closed = False
        self._last: QObject | None = None
        self._posted.connect(self._run_posted, Qt.ConnectionType.QueuedConnection)
        self.on_failed: Callable[[EngineError], None] = lambda error: None

    @property
    def busy(self) -> int:
        """How many jobs have not ended."""
        return len(self._running)

    def store(
        self,
        owner: QObject,
        work: Callable[[Task], Result],
        done: Callable[[Result], None],
        failed: Callable[[EngineError], None] | None = None,
        cancelled: Callable[[], None] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Job[Result]:
        """Run ``work`` on the store's thread, after everything handed in before."""
        return self._start("store", work, _Ending(owner, done, failed or self.on_failed, cancelled, progress))

    def compute(
        self,
        owner: QObject,
        work: Callable[[Task], Result],
        done: Callable[[Result], None],
        failed: Callable[[EngineError], None] | None = None,
        cancelled: Callable[[], None] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Job[Result]:
        """Run ``work``, which never touches the store, beside the window."""
        return self._start("compute", work, _Ending(owner, done, failed or self.on_failed, cancelled, progress))

    def paper(
        self,
        owner: QObject,
        work: Callable[[Task], Result],
        done: Callable[[Result], None],
        failed: Callable[[EngineError], None] | None = None,
        cancelled: Callable[[], None] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Job[Result]:
        """Set and print pages beside the window: so slow that it must never stand before a number that is awaited."""
        return self._start("paper", work, _Ending(owner, done, failed or self.on_failed, cancelled, progress))

    def learn(
        self,
        owner: QObject,
        work: Callable[[Task], Result],
        done: Callable[[Result], None],
        failed: Callable[[EngineError], None] | None = None,
        cancelled: Callable[[], None] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Job[Result]:
        """Look at what could be learned, which may take seconds: live numbers never stand behind it."""
        return self._start("learn", work, _Ending(owner, done, failed or self.on_failed, cancelled, progress))

    def train(
        self,
        owner: QObject,
        work: Callable[[Task], Result],
        done: Callable[[Result], None],
        failed: Callable[[EngineError], None] | None = None,
        cancelled: Callable[[], None] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Job[Result]:
        """Wait for a training, which takes minutes in a process of its own: nothing else stands behind it."""
        return self._start("train", work, _Ending(owner, done, failed or self.on_failed, cancelled, progress))

    def cancel_running(self) -> None:
        """Ask everything handed in so far that can be stopped to stop at its next safe place.

        Short work on the store, such as keeping a draft, looks at nothing and is done all the same.
        """
        for job in list(self._running):
            job.cancel()

    def leave_to(self, owner: QObject) -> None:
        """Tell only this owner how jobs end from now on: the window is going, and the clinic is not open any more."""
        self._last = owner

    def close(self) -> None:
        """Wait for what runs; used when a window closes in good order."""
        self._closed = True
        self.cancel_running()
        for lane in self._lanes.values():
            lane.shutdown(wait=True, cancel_futures=True)

    def _lane(self, name: str) -> ThreadPoolExecutor:
        """Return a lane of one thread, made when the first job comes: the first page has none."""
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - as above

        if name not in self._lanes:
            self._lanes[name] = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        return self._lanes[name]

    def _start(self, lane: str, work: Callable[[Task], Result], ending: _Ending) -> Job[Result]:
        def tell(done: int, total: int) -> None:
            if ending.progress is not None:
                self._post(lambda: self._call(ending, cast("Callable[..., None]", ending.progress), done, total))

        waiting = self._waiting.setdefault(lane, deque())
        task = Task(tell, lambda: self._run_next(waiting))
        job: Job[Result] = Job(task)
        if self._closed:  # the window is going: what would still be asked has nobody to hear it
            job.ended = True
            return job
        self._running.add(job)
        self.busy_changed.emit(self.busy)
        waiting.append(lambda: self._run(job, task, work, ending))
        self._lane(lane).submit(self._run_next, waiting)
        return job

    @staticmethod
    def _run_next(waiting: deque[Callable[[], None]]) -> bool:
        """Run what waits longest; where long work gave way to it before, there is nothing left to do."""
        try:
            run = waiting.popleft()
        except IndexError:
            return False
        run()
        return True

    def _run(self, job: Job[Result], task: Task, work: Callable[[Task], Result], ending: _Ending) -> None:
        """Do the work on a lane's thread; whatever happens, the job ends."""
        try:
            result = work(task)
        except Cancelled:
            self._post(lambda: self._end(job, ending, ending.cancelled))
        except EngineError as error:
            if isinstance(error, BugError):
                self.broken.emit(error)
            caught = error
            self._post(lambda: self._end(job, ending, ending.failed, caught))
        except Exception as error:  # noqa: BLE001 - the door of the lanes: a fault must not end the thread silently
            self.broken.emit(error)
            kind = type(error).__name__
            self._post(lambda: self._end(job, ending, ending.failed, BugError("fault", kind=kind)))
        else:
            self._post(lambda: self._end(job, ending, ending.done, result))

    def _post(self, call: Callable[[], None]) -> None:
        if isValid(self):
            self._posted.emit(call)

    def _run_posted(self, call: Callable[[], None]) -> None:
        call()

    def _end(self, job: Job[Any], ending: _Ending, tell: Callable[..., None] | None, *values: object) -> None:
        job.ended = True
        self._running.discard(job)
        self.busy_changed.emit(self.busy)
        if tell is not None:
            self._call(ending, tell, *values)

    def _call(self, ending: _Ending, tell: Callable[..., None], *values: object) -> None:
        if isValid(ending.owner) and self._last in (None, ending.owner):
            tell(*values)


class Latest(Generic[Result]):
    """Keeps only the newest of many requests: while one is computed, the last one asked waits, the others are dropped.

    A result that is older than what was asked since is not told: what the screen shows belongs to what it says.
    """

    def __init__(self, jobs: Jobs, owner: QObject, done: Callable[[Result], None]) -> None:
        self._jobs = jobs
        self._owner = owner
        self._done = done
        self._waiting: Callable[[Task], Result] | None = None
        self._runs = False

    def ask(self, work: Callable[[Task], Result]) -> None:
        """Compute this next."""
        self._waiting = work
        if not self._runs:
            self._next()

    def drop(self) -> None:
        """Forget what waits."""
        self._waiting = None

    def _next(self) -> None:
        work, self._waiting = self._waiting, None
        if work is None:
            return
        self._runs = True
        self._jobs.compute(self._owner, work, self._ended, self._failed)

    def _ended(self, result: Result) -> None:
        self._runs = False
        if self._waiting is None:
            self._done(result)
        else:
            self._next()

    def _failed(self, error: EngineError) -> None:
        self._runs = False
        self._jobs.on_failed(error)
        self._next()
