"""Trials that are no interruption of an operation: each check has a number of tries, shared out over slices."""

from __future__ import annotations

import contextlib
import os
import pickle
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.reliability.counts import SYSTEM, Count, Row


@dataclass(frozen=True)
class Check:
    """A kind of trial.

    Args:
        test: the number of the test in the programme.
        what: what is put to the test, and ``how``: the line of the table.
        make: makes the trials of these numbers in an empty folder, with a seed.
        commit: how many trials there are for each commit, and ``nightly`` in a night.
        before: makes what the trials share, once for all checks; it remembers it.
    """

    test: str
    what: str
    how: str
    make: Callable[[Path, Sequence[int], int], Count]
    commit: int
    nightly: int
    before: Callable[[], object] | None = None

    @property
    def row(self) -> Row:
        """The line of the table."""
        return Row(self.test, self.what, SYSTEM, self.how)


def make_apart(check: Check, room: Path, numbers: Sequence[int], seed: int) -> Count:
    """Make the trials in a process of their own, so that what they end or leave behind ends with them.

    Raises:
        RuntimeError: that process ended without a count.
    """
    room.mkdir(parents=True)
    if check.before is not None:
        check.before()
    told, tell = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        os.close(told)
        try:
            found: object = check.make(room, numbers, seed)
        except BaseException:  # noqa: BLE001 - whatever it is, the programme must hear of it
            found = traceback.format_exc()
        with os.fdopen(tell, "wb") as pipe:
            pipe.write(pickle.dumps(found))
        os._exit(0)
    os.close(tell)
    with os.fdopen(told, "rb") as pipe:
        content = pipe.read()
    os.waitpid(child, 0)
    found = pickle.loads(content) if content else "it ended without a word"  # noqa: S301 - written by our own child
    if not isinstance(found, Count):
        raise RuntimeError(f"{check.what}, {check.how}: {found}")
    return found


@dataclass(frozen=True, slots=True)
class Forked:
    """A process that was forked off: what it said until now can be read, and it ends when it is told to."""

    process: int
    heard: int

    def read(self) -> str:
        """Return the next word it says; empty when it ended."""
        content = b""
        while not content.endswith(b"\n"):
            piece = os.read(self.heard, 1)
            if not piece:
                break
            content += piece
        return content.decode().strip()

    def end(self, signal_number: int) -> None:
        """Send a signal, and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process, signal_number)
        os.waitpid(self.process, 0)
        os.close(self.heard)


def forked(act: Callable[[Callable[[str], None]], Any]) -> Forked:
    """Let a function go on in a process of its own; it is given a function to say words with."""
    heard, said = os.pipe()

    def say(word: str) -> None:
        os.write(said, f"{word}\n".encode())

    child = os.fork()
    if child == 0:
        os.close(heard)
        try:
            act(say)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the trial must hear of it
            say(f"broken {type(error).__name__}")
        os._exit(0)
    os.close(said)
    return Forked(child, heard)
