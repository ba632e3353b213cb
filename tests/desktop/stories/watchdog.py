"""Measures how long the window's thread is away from its events, and what it does meanwhile.

A second thread posts a call to the window's thread every few milliseconds and looks how long it takes to be heard.
While one is not heard for longer than the bar, that thread takes samples of what the window's thread is doing, so that
the cause of a stall is known and not guessed. Beside the time on the wall stands the time in which the window's thread
really worked: on a machine that is busy with other things only the second one tells of the program.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from PySide6.QtCore import QObject, Qt, Signal

BAR_SECONDS = 0.050
_EVERY_SECONDS = 0.003
_SAMPLE_SECONDS = 0.010
_MOST_SAMPLES = 40
_PLACES = 5


@dataclass(frozen=True, slots=True)
class Stall:
    """A time in which the window heard nothing: on the wall, and how much of it its own thread worked."""

    step: str
    seconds: float
    worked: float
    samples: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return it in one line, with the places seen most often."""
        seen = {place: self.samples.count(place) for place in dict.fromkeys(self.samples)}
        often = sorted(seen, key=lambda place: -seen[place])[:3]
        places = " | ".join(f"{seen[place]}x {place}" for place in often)
        return f"{1000 * self.seconds:.0f} ms ({1000 * self.worked:.0f} worked) in '{self.step}'  {places}"


@dataclass(slots=True)
class _Sampled:
    posted: float
    places: list[str] = field(default_factory=list)


class Watchdog(QObject):
    """Watches the thread it was made on, from ``step`` to ``step``."""

    _posted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.stalls: list[Stall] = []
        self.beats = 0
        self._worst: dict[str, Stall] = {}
        self._step = ""
        self._since = 0.0
        self._worked = time.thread_time()
        self._thread = threading.get_ident()
        self._heard_it = threading.Event()
        self._ended = threading.Event()
        self._posted.connect(self._heard, Qt.ConnectionType.QueuedConnection)
        self._watcher = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._watcher.start()

    def stop(self) -> None:
        """End; nothing is posted any more afterwards."""
        self._ended.set()
        self._heard_it.set()
        self._watcher.join(5)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """What happens inside counts, under this name; what a test does between its steps does not."""
        before, self._step = self._step, name
        if not before:
            self._since = time.perf_counter()
            self._worked = time.thread_time()
        try:
            yield
        finally:
            self._step = before

    @property
    def worst(self) -> Stall:
        """The longest time on the wall."""
        return max(self._worst.values(), key=lambda stall: stall.seconds, default=Stall("nothing", 0.0, 0.0))

    @property
    def worst_worked(self) -> Stall:
        """The time in which the window's own thread worked longest without looking at its events."""
        return max(self._worst.values(), key=lambda stall: stall.worked, default=Stall("nothing", 0.0, 0.0))

    def lines(self) -> list[str]:
        """Return what was found: the worst, then everything over the bar."""
        over = sorted(self.stalls, key=lambda stall: -stall.worked)
        return [f"worst stall: {self.worst}", *(f"  over 50 ms: {stall}" for stall in over)]

    def _watch(self) -> None:
        while not self._ended.is_set():
            sampled = _Sampled(time.perf_counter())
            self._heard_it.clear()
            self._posted.emit(sampled)
            while not self._heard_it.wait(_SAMPLE_SECONDS):
                if time.perf_counter() - sampled.posted >= _SAMPLE_SECONDS and len(sampled.places) < _MOST_SAMPLES:
                    sampled.places.append(_place(sys._current_frames().get(self._thread)))
            time.sleep(_EVERY_SECONDS)

    def _heard(self, sampled: _Sampled) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        # A step can begin while a beat is on its way: only the time inside the step is its own.
        seconds, spent = now - max(sampled.posted, self._since), worked - self._worked
        self._worked = worked
        self._heard_it.set()
        if not self._step:
            return
        self.beats += 1
        stall = Stall(self._step, seconds, min(spent, seconds), tuple(sampled.places))
        if seconds > BAR_SECONDS:
            self.stalls.append(stall)
        known = self._worst.get(self._step)
        if known is None or stall.worked > known.worked:
            self._worst[self._step] = stall


def _place(frame: FrameType | None) -> str:
    """Return where a thread is: the last places in the program itself, and what they had called.

    Walked by hand and let go at once: a frame that is held keeps its painter open, and looking up lines of source
    would let the thread go on meanwhile.
    """
    inner = frame
    ours: list[str] = []
    told = "" if frame is None else _name(frame)
    while inner is not None:
        path = inner.f_code.co_filename
        if "/desktop/" in path and "/tests/" not in path and len(ours) < _PLACES:
            ours.append(_name(inner))
        inner = inner.f_back
    del frame
    return " > ".join([*reversed(ours), *([] if told in ours else [told])])


def _name(frame: FrameType) -> str:
    return f"{frame.f_code.co_filename.rsplit('/', 1)[-1]}:{frame.f_lineno} {frame.f_code.co_name}"
