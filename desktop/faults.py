"""Reports of faults of the program: which kind, and where in the program. Never a value, never a text of a patient."""

from __future__ import annotations

import faulthandler
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TextIO

_MOST_REPORTS = 20


class Faults:
    """Writes a small file for each fault, and tells the window that there was one."""

    def __init__(self, folder: Path, now: Callable[[], datetime], version: Callable[[], str]) -> None:
        self._folder = folder
        self._now = now
        self._version = version
        self._native: TextIO | None = None
        self.on_fault: Callable[[], None] = lambda: None

    def watch(self) -> None:
        """Hear of every fault that nobody caught, and of crashes of native libraries."""
        sys.excepthook = self._hook
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._native = (self._folder / "native.txt").open("a", encoding="utf-8")
            faulthandler.enable(self._native)

    def report(self, error: BaseException) -> None:
        """Write down a fault: its kind and the places in the program, without what they held."""
        places = [
            f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
        ]
        lines = [self._now().isoformat(timespec="seconds"), self._version(), type(error).__name__, *places]
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            old = sorted(self._folder.glob("fault-*.txt"))
            for path in old[: max(0, len(old) - _MOST_REPORTS + 1)]:
                path.unlink(missing_ok=True)
            name = self._now().strftime("fault-%Y%m%d-%H%M%S-%f.txt")
            (self._folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.on_fault()

    def _hook(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        self.report(error)
