"""A graph that runs in a process of its own: for packs that neither shipped nor were made or trusted here."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from engine.domain.batch import FloatArray
from engine.errors import InputError, PackError
from engine.packs import Pack
from engine.risk.graph_ends import End, GraphEnds
from engine.risk.session import GraphAnswer
from engine.workers.errors import WorkerError
from engine.workers.launch import Worker
from engine.workers.limits import GIBIBYTE, Limits
from engine.workers.messages import Message

Found = TypeVar("Found")

KIND = "run_graph"
# A block of people takes a good model well under a second, and a model at the size limit a few hundred megabytes.
LIMITS = Limits(memory_bytes=GIBIBYTE, cpu_seconds=600, file_bytes=0, wall_seconds=30.0, message_bytes=GIBIBYTE // 4)
_STOPPED = {
    "worker_timeout": "pack_took_too_long",
    "worker_out_of_memory": "pack_took_too_much",
    "worker_start_failed": "pack_worker_failed",
}


class WorkerSession:
    """One graph, loaded into a worker that stays until this object goes. May be shared between threads.

    Once a limit stopped it or it crashed, it is not asked again: each time would take as long.
    """

    def __init__(self, pack: Pack, limits: Limits = LIMITS) -> None:
        """Start the worker and load the graph of a pack.

        Raises:
            PackError: what ``check_foreign`` and ``GraphSession`` raise; ``pack_took_too_long``,
                ``pack_took_too_much``, ``pack_graph_crashed``; ``pack_worker_failed`` when no process can be started.
        """
        self._pack = pack
        self._limits = limits
        self._fault: PackError | None = None
        self._process = _Process(limits)
        self._seconds = 0.0
        # A worker ends with the thread that started it, and many threads ask: one of its own does both.
        self._lane = ThreadPoolExecutor(1, thread_name_prefix="graph")
        self._end = weakref.finalize(self, _finish, self._process, self._lane)
        try:
            self._within(self._open)
        except BaseException:
            self._end()
            raise

    def run(self, columns: Mapping[str, FloatArray], rows: int, *, stability: bool = False) -> GraphAnswer:
        """Return the answers for ``rows`` people, as ``GraphSession.run``; raises as it and as ``__init__``."""
        return self._within(lambda: self._run(columns, rows, stability))

    def close(self) -> None:
        """End the worker."""
        self._end()

    def _within(self, work: Callable[[], Found]) -> Found:
        waiting = self._lane.submit(work)
        try:
            return waiting.result()
        except BaseException:
            if not waiting.done():  # somebody stopped the program: it must not wait for this answer to end
                self._process.close()
            raise

    def _open(self) -> None:
        manifest = dict(self._pack.manifest.to_json())
        graph = np.frombuffer(self._pack.read_graph(), dtype=np.uint8)
        self._ask(Message("open", {"pack": self._pack.manifest.id, "manifest": manifest}, (graph,)))

    def _run(self, columns: Mapping[str, FloatArray], rows: int, stability: bool) -> GraphAnswer:
        if self._fault is not None:
            raise PackError(self._fault.code, **self._fault.details)
        if self._seconds > self._limits.cpu_seconds / 2:  # before its time is up in the middle of an answer
            self._process.close()
            self._seconds = 0.0
            self._open()
        body = {"fields": list(columns), "rows": rows, "stability": stability}
        answer = self._ask(Message("run", body, tuple(columns.values())))
        outputs = [each.name for each in self._pack.manifest.outputs]
        stable = [each.name for each in self._pack.manifest.outputs if stability and each.stability is not None]
        tables = self._pack.manifest.graph.not_in_table
        if [array.shape for array in answer.arrays] != [(rows,)] * (len(outputs) + len(tables) + 2 * len(stable)):
            raise PackError("pack_graph_failed", pack=self._pack.manifest.id)
        arrays = iter(answer.arrays)
        numbers = {name: next(arrays).astype(np.float64, copy=False) for name in outputs}
        flags = {name: next(arrays).astype(np.bool_, copy=False) for name in tables}
        ends = {name: (next(arrays).astype(np.float64), next(arrays).astype(np.float64)) for name in stable}
        return GraphAnswer(numbers, flags, ends)

    def _ask(self, request: Message) -> Message:
        began = time.monotonic()
        try:
            return ask(self._process.worker(), request, self._pack.manifest.id)
        except PackError as error:
            if error.code in STOPPED:
                self._fault = error
            raise
        finally:
            self._seconds += time.monotonic() - began


STOPPED = frozenset({*_STOPPED.values(), "pack_graph_crashed"} - {"pack_worker_failed"})


class _Process:
    """The worker of a session, started when it is first needed."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._worker: Worker | None = None

    def worker(self) -> Worker:
        if self._worker is None:
            self._worker = Worker(KIND, self._limits)
        return self._worker

    def close(self) -> None:
        if self._worker is not None:
            self._worker.close()
            self._worker = None


def _finish(process: _Process, lane: ThreadPoolExecutor) -> None:
    process.close()
    lane.shutdown(wait=False)


def ask(worker: Worker, request: Message, pack: str) -> Message:
    """Ask a worker about a graph and return its answer.

    Raises:
        PackError: what the pack does wrong, or how its worker was stopped.
    """
    try:
        answer = worker.ask(request)
    except WorkerError as error:
        raise PackError(_STOPPED.get(error.code, "pack_graph_crashed"), pack=pack) from error
    except InputError as error:
        raise PackError("pack_graph_crashed", pack=pack) from error
    if answer.type == "fault":
        raise PackError(str(answer.body["code"]), **dict(answer.body["details"]))
    return answer


def look_in_worker(graph: bytes, pack: str, limits: Limits = LIMITS) -> GraphEnds:
    """Return the inputs and outputs of a graph of unknown makers, loaded in a worker; raises as ``WorkerSession``."""
    try:
        with Worker(KIND, limits) as worker:
            request = Message("look", {"pack": pack}, (np.frombuffer(graph, dtype=np.uint8),))
            body = ask(worker, request, pack).body
    except WorkerError as error:
        raise PackError("pack_worker_failed", pack=pack) from error
    inputs, outputs = (tuple(End(n, t, tuple(s)) for n, t, s in body[side]) for side in ("inputs", "outputs"))
    return GraphEnds(inputs, outputs)
