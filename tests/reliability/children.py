"""Runs an operation in a process of its own, which may end at any moment."""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from engine.errors import EngineError
from tests.reliability.operations import Acknowledge, Operation
from tests.reliability.recorder import Recorder

_SECONDS = 120
_REFUSED, _BROKEN = 3, 4


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: killed, done, refused with a code of ours, or broken in another way."""

    acknowledged: tuple[str, ...]
    killed: bool
    code: str | None  # of the error that people get a sentence for
    broken: str | None  # any other exception
    calls: int  # that could have failed
    seconds: float

    @property
    def done(self) -> bool:
        """Whether it came to its end."""
        return not self.killed and self.code is None and self.broken is None


def run(
    operation: Operation,
    folder: Path,
    *,
    set_up: Callable[[Recorder], None] | None = None,
    watch: Path | None = None,
    log: Path | None = None,
    kill_after: float | None = None,
    before: Callable[[], None] | None = None,
) -> Ended:
    """Do an operation in a forked process and return how it ended.

    Args:
        operation: what to do.
        folder: where.
        set_up: makes the disk bad, once the process is watched.
        watch: the folder to watch; ``folder`` where it is not given.
        log: where the events go.
        kill_after: seconds after which the process is killed.
        before: what the process does to itself first, limits for instance.
    """
    told, tell = os.pipe()
    said, say = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    gc.freeze()
    began = time.perf_counter()
    child = os.fork()
    if child == 0:
        os.close(told)
        os.close(said)
        _work(operation, folder, (tell, say), set_up, watch or folder, log, before)
    os.close(tell)
    os.close(say)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    acknowledged, ending = _read_both(told, said, child)
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status)
    calls, _, rest = ending.partition(" ")
    kind, _, text = rest.partition(" ")
    return Ended(
        acknowledged=tuple(acknowledged.split("\n")[:-1]),
        killed=killed,
        code=text if kind == "refused" else None,
        broken=text if kind == "broken" else ("ended without a word" if not ending and not killed else None),
        calls=int(calls or 0),
        seconds=time.perf_counter() - began,
    )


def _read_both(told: int, said: int, child: int) -> tuple[str, str]:
    deadline = time.monotonic() + _SECONDS
    texts = []
    for number in (told, said):
        content = b""
        os.set_blocking(number, False)
        while True:
            try:
                piece = os.read(number, 65536)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    os.kill(child, signal.SIGKILL)
                time.sleep(0.001)
                continue
            if not piece:
                break
            content += piece
        os.close(number)
        texts.append(content.decode())
    return texts[0], texts[1]


def _work(
    operation: Operation,
    folder: Path,
    pipes: tuple[int, int],
    set_up: Callable[[Recorder], None] | None,
    watch: Path,
    log: Path | None,
    before: Callable[[], None] | None,
) -> NoReturn:
    tell, say = pipes
    recorder = Recorder() if set_up is not None or log is not None else None
    try:
        if before is not None:
            before()
        if recorder is not None:
            number = -1 if log is None else os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
            recorder.start(watch, number, tell)
            if set_up is not None:
                set_up(recorder)
        operation.act(folder, _acknowledge(tell))
        ending = "done "
    except EngineError as error:
        ending = f"refused {error.code}"
    except BaseException as error:  # noqa: BLE001 - whatever it is, the trial must hear of it
        place = traceback.extract_tb(error.__traceback__)[-1]
        ending = f"broken {type(error).__name__} in {place.name}"
    os.write(say, f"{recorder.calls if recorder else 0} {ending}".encode())
    os._exit(0)


def _acknowledge(number: int) -> Acknowledge:
    def acknowledge(word: str) -> None:
        os.write(number, f"{word}\n".encode())

    return acknowledge
