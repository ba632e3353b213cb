"""On a real clipboard: what was copied here is forgotten, what others copied stays."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(shutil.which("Xvfb") is None, reason="needs Xvfb")
COPY = (
    "from PySide6.QtWidgets import QApplication\n"
    "from desktop.app import clear_clipboard\n"
    "application = QApplication([])\n"
    "clipboard = application.clipboard()\n"
)
OURS = "clipboard.setText('Ann Marsh'); assert clipboard.text(); clear_clipboard(); print(repr(clipboard.text()))"
OTHERS = (
    "import subprocess, sys, time\n"
    'copy = \'from PySide6.QtWidgets import QApplication; a = QApplication([]); a.clipboard().setText("others");'
    " print(1, flush=True); a.exec()'\n"
    "other = subprocess.Popen([sys.executable, '-c', copy], stdout=subprocess.PIPE)\n"
    "other.stdout.readline()\n"
    "for _ in range(100):\n"
    "    application.processEvents(); time.sleep(0.02)\n"
    "clear_clipboard(); application.processEvents(); print(repr(clipboard.text())); other.kill(); other.wait()"
)


@pytest.fixture
def display() -> Iterator[str]:
    read, write = os.pipe()
    server = subprocess.Popen(
        [str(shutil.which("Xvfb")), "-displayfd", str(write), "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as said:
            yield f":{said.readline().strip()}"
    finally:
        server.terminate()
        server.wait(20)


@pytest.mark.parametrize(("script", "left"), [(OURS, "''"), (OTHERS, "'others'")], ids=["ours", "others"])
def test_only_what_was_copied_here_is_forgotten(display: str, checkout: Path, script: str, left: str) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QT_")}
    environment = {**kept, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": str(checkout)}
    done = subprocess.run(
        [sys.executable, "-c", COPY + script], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout.strip()) == (0, left), done.stderr
