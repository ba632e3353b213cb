"""Starting: from the command to the unlock page, beside an empty window of PySide6 started the same way.

Both are whole processes. A cold start is the first after the computer was switched on: the system is asked to forget
every file it has read, which only its administrator may ask; without that right only the second start is measured.
Ours starts the launcher, which starts the session; the clock stops when the session says that its page is painted. The
peer shows an empty window and stops the clock when that is painted. Screens are drawn offscreen on both sides, so that
neither waits for a display.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from engine.domain.ports import SystemClock
from engine.workflows.setup import ClinicRequest, create
from tests.benchmarks.rows import Row, at_most

START_BAR = 2.0
REPEATS, COLD_REPEATS = 7, 5
PASSPHRASE = "a passphrase for a benchmark"
_LONGEST = 60.0
_PEER = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
application = QApplication(sys.argv)
window = QMainWindow()
window.resize(1366, 768)
window.show()
QTimer.singleShot(0, application.quit)
application.exec()
print("painted", flush=True)
"""


def run() -> list[Row]:
    """Return the start beside its peer."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        clinic = data / "clinic"
        create(ClinicRequest(clinic, "Riverside", "GBR", owner_name="Wang Li"), PASSPHRASE, SystemClock())
        (data / "settings.json").write_text(json.dumps({"clinic": str(clinic), "look": "light"}), encoding="utf-8")
        _our_seconds(data)  # writes the bytecode, as installing does
        ours, peer = _in_turn(data, REPEATS, lambda: True)
        rows = [Row("window: second start to unlock page", ours, peer, ours / peer, None, "s", None)]
        if _forget_files():
            ours, peer = _in_turn(data, COLD_REPEATS, _forget_files)
            rows.insert(0, at_most("window: cold start to unlock page", ours, peer, START_BAR, "s"))
    return rows


def _in_turn(data: Path, repeats: int, before: Callable[[], bool]) -> tuple[float, float]:
    """Return the medians of our seconds and the peer's, in turn: whatever else the machine does falls on both."""
    ours, peer = [], []
    for _ in range(repeats):
        before()
        peer.append(_peer_seconds())
        before()
        ours.append(_our_seconds(data))
    return statistics.median(ours), statistics.median(peer)


def _forget_files() -> bool:
    """Ask the system to forget what it has read; return whether it did."""
    if sys.platform != "linux":
        return False
    os.sync()
    try:
        Path("/proc/sys/vm/drop_caches").write_text("3", encoding="ascii")
    except OSError:
        return False
    return True


def _environment() -> dict[str, str]:
    """Return the environment of a person: an installed program has its bytecode beside it."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "QT_QPA_PLATFORM": "offscreen"}


def _peer_seconds() -> float:
    started = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", _PEER], stdout=subprocess.PIPE, env=_environment()) as process:
        assert process.stdout is not None
        process.stdout.readline()
        return time.perf_counter() - started


def _our_seconds(data: Path) -> float:
    """Start the launcher and wait until it has heard that the page is painted."""
    state = data / "window.state"
    state.unlink(missing_ok=True)
    command = [sys.executable, "-m", "desktop", "--data", str(data)]
    started = time.perf_counter()
    with subprocess.Popen(command, env=_environment(), stderr=subprocess.DEVNULL) as process:
        while time.perf_counter() - started < _LONGEST:
            if state.exists() and " ready" in state.read_text(encoding="utf-8"):
                break
            time.sleep(0.002)
        seconds = time.perf_counter() - started
        process.terminate()
    return seconds
