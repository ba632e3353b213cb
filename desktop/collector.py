"""Python's collector of cycles, on the window's thread only.

Left to itself it runs on whichever thread allocates, and would then destroy widgets away from the thread that they
belong to, which crashes. So it is switched off, and run here when the window has nothing else to do: young objects
often, all of them rarely. What was loaded at the start is set aside once, so that a run has little to look at.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_LOOK_MS = 500
_ALL_EVERY = 60  # looks: half a minute


class Collector(QObject):
    """Lives as long as the window."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._looks = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Collect what is due."""
        self._looks += 1
        young, middle, _ = gc.get_threshold()
        counts = gc.get_count()
        if self._looks % _ALL_EVERY == 0:
            gc.collect(2)
        elif counts[1] > middle:
            gc.collect(1)
        elif counts[0] > young:
            gc.collect(0)

    def set_aside(self) -> None:
        """Leave everything that is loaded now out of later runs."""
        gc.collect(2)
        gc.freeze()
