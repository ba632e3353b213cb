"""Notices that nobody is there: no key and no pointer for a while, or a computer that slept."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QWindow
from shiboken6 import isValid

_LOOK_MS = 2_000
_SLEPT_SECONDS = 30.0
_INPUT = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TabletPress,
        QEvent.Type.InputMethod,
    }
)


class IdleWatch(QObject):
    """Emits ``idle`` once when the time is up, or when the machine was asleep.

    It hears the windows and not the application: everything a person does comes to a window first, while through the
    application pass the thousands of events by which a page is built, each a call of Python.
    """

    idle = Signal(str)  # "idle" or "suspend"

    def __init__(
        self, application: QGuiApplication, minutes: Callable[[], float], parent: QObject | None = None
    ) -> None:
        """Watch an application.

        Args:
            application: whose windows are heard.
            minutes: how long nobody must be there; asked anew each time, as a person may change it.
            parent: whom the watch belongs to.
        """
        super().__init__(parent)
        self._minutes = minutes
        self._last_input = time.monotonic()
        self._last_look = time.time()
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._application = application
        self._heard: list[QWindow] = []

    def start(self) -> None:
        """Begin to watch."""
        self._last_input, self._last_look = time.monotonic(), time.time()
        for window in self._application.topLevelWindows():
            self._hear(window)
        self._application.focusWindowChanged.connect(self._hear)
        self._timer.start()

    def stop(self) -> None:
        """Watch no more."""
        if not self._timer.isActive():
            return
        self._timer.stop()
        self._application.focusWindowChanged.disconnect(self._hear)
        for window in self._heard:
            if isValid(window):
                window.removeEventFilter(self)
        self._heard.clear()

    def _hear(self, window: QWindow | None) -> None:
        """Hear a window from now on: the first, and each dialog when it comes."""
        self._heard = [each for each in self._heard if isValid(each)]
        if window is not None and window not in self._heard:
            self._heard.append(window)
            window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hear of keys and pointer; never keeps an event."""
        if event.type() in _INPUT:
            self._last_input = time.monotonic()
        return False

    def look(self) -> None:
        """See whether the time is up.

        A machine that slept shows as a jump of the clock on the wall between two looks: this needs no service of the
        system and works the same on all of them.
        """
        now = time.time()
        slept = now - self._last_look > _SLEPT_SECONDS
        self._last_look = now
        if slept:
            self._end("suspend")
        elif time.monotonic() - self._last_input > self._minutes() * 60:
            self._end("idle")

    def _end(self, why: str) -> None:
        self.stop()
        self.idle.emit(why)
