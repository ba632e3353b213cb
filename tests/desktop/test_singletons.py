"""A session paints for days: the objects that Qt hands out uncounted are still there at its end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_PAINTS = """
from desktop.singletons import keep_alive
keep_alive()
from PySide6.QtGui import QColor, QImage, QPainter
image = QImage(8, 8, QImage.Format.Format_RGB32)
painter = QPainter(image)
color = QColor("#123456")
for _ in range(200_000):
    painter.setPen(color)
painter.end()
print("alive", None, True, False)
"""


def test_two_hundred_thousand_calls_that_return_nothing_leave_none_alive(checkout: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PAINTS], capture_output=True, text=True, cwd=checkout, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "alive None True False"), done.stderr[-400:]
