"""The inside of a worker: one thread hears the parent, the main thread does the work."""

from __future__ import annotations

import errno
import importlib
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Mapping
from typing import BinaryIO, cast

from engine.errors import EngineError, WorldError
from engine.workers.kinds import KINDS, Handler, Report
from engine.workers.limits import Force, Guard, Limits
from engine.workers.messages import BrokenMessage, Message, read_message, write_message

EXIT_UNKNOWN_KIND = 65
EXIT_BROKEN_REQUEST = 66
EXIT_OUT_OF_MEMORY = 71
PROGRESS_SECONDS = 0.1


def serve(
    kind: str, limits: Limits, force: dict[Guard, Force], kinds: Mapping[str, str | Handler] | None = None
) -> int:
    """Answer requests until the parent closes our input, which ends the process at once.

    The first message sent is ``ready`` and tells which limits are in force.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the parent says what ends
    requests, answers = _take_streams()
    heard: queue.SimpleQueue[Message] = queue.SimpleQueue()
    start = threading.Event()
    threading.Thread(target=_hear, args=(requests, limits, start, heard), daemon=True).start()
    force[Guard.PROCESSES] = _forbid_new_processes(force[Guard.PROCESSES])
    try:
        handler = _find(kind, kinds if kinds is not None else KINDS)
        if handler is None:
            return EXIT_UNKNOWN_KIND
        write_message(answers, Message("ready", {"limits": {guard: str(how) for guard, how in force.items()}}))
        start.set()
        while True:
            write_message(answers, _answer(handler, heard.get(), answers))
    except MemoryError:
        return EXIT_OUT_OF_MEMORY


def _take_streams() -> tuple[BinaryIO, BinaryIO]:
    """Keep the pipes for messages alone; what a library prints goes nowhere."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    return requests, answers


def _hear(requests: BinaryIO, limits: Limits, start: threading.Event, heard: queue.SimpleQueue[Message]) -> None:
    start.wait()
    try:
        while (message := read_message(requests, limits.message_bytes)) is not None:
            heard.put(message)
    except BrokenMessage:
        os._exit(EXIT_BROKEN_REQUEST)
    except MemoryError:
        os._exit(EXIT_OUT_OF_MEMORY)
    os._exit(0)  # the parent is gone or done: whatever runs here stops now


if sys.platform == "win32":

    def _forbid_new_processes(before: Force) -> Force:
        return before  # the job already holds it
else:
    from engine.workers.guards_posix import forbid_new_processes

    def _forbid_new_processes(before: Force) -> Force:
        return forbid_new_processes()


def _find(kind: str, kinds: Mapping[str, str | Handler]) -> Handler | None:
    found = kinds.get(kind)
    if isinstance(found, str):
        return cast(Handler, importlib.import_module(found).handle)
    return found


def _answer(handler: Handler, request: Message, answers: BinaryIO) -> Message:
    try:
        return handler(request, _reporter(answers))
    except MemoryError:
        return Message("failed", {"code": "worker_out_of_memory"})
    except WorldError as error:
        return Message("refused", {"code": error.code, "details": dict(error.details)})
    except OSError as error:
        too_large = error.errno in {errno.EFBIG, errno.ENOSPC}
        return Message("failed", {"code": "worker_file_limit" if too_large else "worker_crashed"})
    except (EngineError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RuntimeError):
        # A parser broke on the input. What it says may quote the input, so only the fact leaves the process.
        return Message("failed", {"code": "worker_crashed"})


def _reporter(answers: BinaryIO) -> Report:
    last = 0.0

    def report(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= PROGRESS_SECONDS or done == total:
            last = now
            write_message(answers, Message("progress", {"done": done, "total": total}))

    return report
