"""Builds and steers the library that watches what a process writes (``recorder.c``)."""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SOURCE = Path(__file__).with_name("recorder.c")
_LOADED = "LANTERN_RECORDER"
_LINE = struct.Struct("=5q")
FOR_EVER = True


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to the files: ``kind`` is o(pen), w(rite), t(runcate), s(ync), c(lose), r(ename),

    u(nlink), m(kdir) or a(cknowledged); ``number`` the descriptor; ``offset`` a place, a size or flags.
    """

    kind: str
    number: int
    offset: int
    first: bytes
    second: bytes


def can_record() -> bool:
    """Whether this machine can build the recorder and load it."""
    return sys.platform == "linux" and shutil.which("cc") is not None


def is_loaded() -> bool:
    """Whether this process was started with the recorder."""
    return os.environ.get(_LOADED) == "1"


def with_recorder() -> dict[str, str]:
    """Return the environment in which a process has the recorder loaded; builds it where that was not done."""
    return {**os.environ, "LD_PRELOAD": str(built(_SOURCE)), _LOADED: "1"}


def built(source: Path) -> Path:
    """Return the library that is made from a source in C; it is made where that was not done."""
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:16]
    library = Path(tempfile.gettempdir()) / f"lantern-{source.stem}-{os.getuid()}-{digest}.so"
    if not library.is_file():
        fresh = library.with_suffix(f".{os.getpid()}")
        words = ["cc", "-O1", "-fPIC", "-shared", "-D_LARGEFILE64_SOURCE", "-o", str(fresh), str(source), "-ldl"]
        subprocess.run(words, check=True)
        fresh.replace(library)
    return library


class Recorder:
    """What a child process, forked from one that has the recorder, does to itself before it starts to work."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None)
        self._library.recorder_calls.restype = ctypes.c_long

    def start(self, folder: Path, log: int = -1, mark: int = -1) -> None:
        """Watch everything below ``folder``; log to one descriptor, with what is written to ``mark`` in between."""
        self._library.recorder_start(os.fsencode(folder), log, mark)

    def fail(self, at: int, error: int, *, for_good: bool) -> None:
        """Let the ``at``-th call fail with an errno; and every later one too, if ``for_good``."""
        self._library.recorder_fail(ctypes.c_long(at), error, int(for_good))

    def kill(self, at: int) -> None:
        """End the process on the spot before the ``at``-th call."""
        self._library.recorder_kill(ctypes.c_long(at))

    def wrap(self, size: int) -> None:
        """Let what is written beyond ``size`` bytes of a file land at its beginning, and be read from there."""
        self._library.recorder_wrap(ctypes.c_longlong(size))

    def slow(self, microseconds: int) -> None:
        """Let each call wait."""
        self._library.recorder_slow(ctypes.c_long(microseconds))

    @property
    def calls(self) -> int:
        """How many calls there were that could have failed."""
        return int(self._library.recorder_calls())


def read_log(path: Path) -> list[Event]:
    """Return the events of a log."""
    return list(_events(path.read_bytes()))


def _events(content: bytes) -> Iterator[Event]:
    place = 0
    while place + _LINE.size <= len(content):
        kind, number, offset, one, two = _LINE.unpack_from(content, place)
        place += _LINE.size
        yield Event(chr(kind), number, offset, content[place : place + one], content[place + one : place + one + two])
        place += one + two
