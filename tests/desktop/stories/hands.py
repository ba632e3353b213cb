"""A person at the window: sees what is in view, presses what has these words, types into what has the cursor."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QInputMethodEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFileDialog,
    QLabel,
    QLineEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from desktop.app import App
from desktop.widgets.choices import Segment, Select
from tests.desktop.stories.watchdog import Watchdog

WAIT_MS = 20_000
_TOLD_SECONDS = 0.05  # shorter steps are left out of the report
Kind = TypeVar("Kind", bound=QWidget)


class Hands:
    """Acts on the window as a person does, and counts."""

    def __init__(self, qtbot: QtBot, app: App, watch: Watchdog) -> None:
        self.qtbot = qtbot
        self.app = app
        self.watch = watch
        self.keystrokes = 0
        self.clicks = 0
        self.decisions = 0
        self.dialogs: list[str] = []
        self.seconds: dict[str, float] = {}
        self._remarks: list[str] = []
        self._began = time.perf_counter()
        self._asked_for = ""  # a window that the person called for

    # --- what counts ------------------------------------------------------------------------------------------------

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Do something that is watched and timed under this name."""
        began = time.perf_counter()
        with self.watch.step(name):
            yield
            self.breathe()
        self.seconds[name] = time.perf_counter() - began

    @contextmanager
    def decide(self, name: str) -> Iterator[None]:
        """The same, where the person had to make up their mind."""
        self.decisions += 1
        with self.step(name):
            yield

    def report(self) -> list[str]:
        """Return what the story took, for whoever reads the output of a test."""
        total = time.perf_counter() - self._began
        counted = f"{self.decisions} decisions, {self.clicks} clicks, {self.keystrokes} keystrokes, {total:.1f} s"
        steps = [f"  {seconds:6.2f} s  {name}" for name, seconds in self.seconds.items() if seconds >= _TOLD_SECONDS]
        return [counted, *self._remarks, *steps, *self.watch.lines()]

    def remark(self, line: str) -> None:
        """Put a line into the report."""
        self._remarks.append(line)

    # --- what is seen -----------------------------------------------------------------------------------------------

    @property
    def window(self) -> QWidget:
        """The window."""
        return self.app.window

    def seen(self, kind: type[Kind]) -> list[Kind]:
        """Return what of this kind is in view, in all windows."""
        found = [each for top in QApplication.topLevelWidgets() if top.isVisible() for each in top.findChildren(kind)]
        return [each for each in found if each.isVisible()]

    def says(self, words: str) -> bool:
        """Return whether these words stand anywhere in view."""
        return any(words in name for each in self.seen(QWidget) for name in _names(each))

    def named(self, kind: type[Kind], words: str) -> Kind:
        """Return the one in view that is called so, by its words or for a screen reader."""
        found = [each for each in self.seen(kind) if words in _names(each)]
        if len(found) != 1:
            names = sorted({name for each in self.seen(kind) for name in _names(each) if name})
            raise AssertionError(f"{len(found)} of '{words}' in view among {names}")
        return found[0]

    def until(self, met: Callable[[], object], what: str = "") -> None:
        """Look at the window until something is so."""
        deadline = time.perf_counter() + WAIT_MS / 1000
        while not met():
            assert time.perf_counter() < deadline, what or "nothing came of it"
            QTest.qWait(2)

    def idle(self) -> None:
        """Wait until nothing runs beside the window."""
        self.until(lambda: not self.app.context.jobs.busy, "something still runs")

    def breathe(self) -> None:
        """Let the window draw what changed, and look whether it put anything in the way."""
        QApplication.processEvents()
        others = [each for each in QApplication.topLevelWidgets() if each.isVisible() and each is not self.window]
        for each in others:
            name = each.metaObject().className()  # Python's own name of a list that opened is only "QFrame"
            in_the_way = each.windowType() in (Qt.WindowType.Dialog, Qt.WindowType.Popup, Qt.WindowType.Sheet)
            if in_the_way and not (self._asked_for and self._asked_for in name):
                self.dialogs.append(name)

    # --- what is done -----------------------------------------------------------------------------------------------

    def press(self, words: str) -> None:
        """Click the button or answer with these words."""
        button = self.named(QAbstractButton, words)
        assert button.isEnabled(), words
        self._click(button, button.rect().center())

    def pick(self, question: str, words: str) -> None:
        """Click one answer of a segment."""
        segment = next(each for each in self.seen(Segment) if each.accessibleName().partition(": ")[0] == question)
        labels = [label for _, label in segment._options]
        at = labels.index(words)
        x = (segment._left(at) + segment._left(at + 1)) / 2
        self._click(segment, QPoint(int(x), segment.height() // 2))

    def choose(self, question: str, words: str) -> None:
        """Open a list and choose from it by its words."""
        select = self.named(Select, question)
        self._asked_for = "QComboBox"
        self._click(select, select.rect().center())
        self.until(lambda: select.view().isVisible(), "the list did not open")
        at = select.findText(words)
        assert at >= 0, (words, [select.itemText(each) for each in range(select.count())])
        select.view().setCurrentIndex(select.model().index(at, 0))
        QTest.keyClick(select.view(), Qt.Key.Key_Return)
        self.until(lambda: not select.view().isVisible(), "the list did not close")
        self._asked_for = ""
        self.keystrokes += 1

    def key(self, keys: str) -> None:
        """Press a key, or several together, wherever the cursor is."""
        self.keystrokes += 1
        combination = QKeySequence.fromString(keys)[0]  # type: ignore[index]  # the stubs do not know it
        QTest.keyClick(QApplication.focusWidget() or self.window, combination.key(), combination.keyboardModifiers())
        self.breathe()

    def type(self, text: str) -> None:
        """Type a text key by key; Chinese comes as one piece from the input method, a keystroke for each sign."""
        self.keystrokes += len(text)
        if not text:
            return
        target = QApplication.focusWidget()
        assert target is not None, "nothing has the cursor"
        if text.isascii():
            for sign in text:
                QTest.keyClicks(QApplication.focusWidget() or target, sign)
                QApplication.processEvents()
        else:
            event = QInputMethodEvent()
            event.setCommitString(text)
            QApplication.sendEvent(target, event)
        self.breathe()

    def close_window(self) -> None:
        """Close the window by its cross."""
        self.clicks += 1
        self.window.close()
        self.breathe()

    def focus(self) -> str:
        """Return the name of what has the cursor."""
        target = QApplication.focusWidget()
        return "" if target is None else target.accessibleName()

    def take_file(self, path: Path) -> None:
        """Name a file in the window that asks for one."""
        self._asked_for = "QFileDialog"
        self.until(lambda: self.seen(QFileDialog), "no window asks for a file")
        dialog = self.seen(QFileDialog)[0]
        line = dialog.findChild(QLineEdit, "fileNameEdit")
        assert line is not None
        line.setText(str(path))  # the path as it comes from picking a file in the system's own window
        QTest.keyClick(line, Qt.Key.Key_Return)
        self.until(lambda: not self.seen(QFileDialog), "the window that asks for a file stays")
        self._come_back()

    def press_for_file(self, words: str, path: Path) -> None:
        """Click a button that asks for a file, and name one."""
        self._asked_for = "QFileDialog"
        self.press(words)
        self.take_file(path)

    def key_for_file(self, keys: str, path: Path) -> None:
        """Press a key that asks for a file, and name one."""
        self._asked_for = "QFileDialog"
        self.key(keys)
        self.take_file(path)

    def press_and_leave(self, words: str, dialog: str) -> None:
        """Click a button that opens a window of the system's, and close that one again."""
        self._asked_for = dialog
        self.press(words)
        self.until(lambda: self._others(dialog), f"no {dialog}")
        other = self._others(dialog)[0]
        self.keystrokes += 1
        QTest.keyClick(other, Qt.Key.Key_Escape)
        self.until(lambda: not self._others(dialog), f"{dialog} stays")
        self._come_back()

    def _come_back(self) -> None:
        """Have the window in front again, as a window manager sees to."""
        self._asked_for = ""
        self.window.activateWindow()
        self.until(self.window.isActiveWindow, "the window is not in front")
        self.breathe()

    def _others(self, name: str) -> list[QWidget]:
        """Return the windows of this kind in view."""
        tops = QApplication.topLevelWidgets()
        return [each for each in tops if each.isVisible() and each.metaObject().className() == name]

    def _click(self, target: QWidget, at: QPoint) -> None:
        self.clicks += 1
        QTest.mouseClick(target, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
        self.breathe()


def _names(widget: QWidget) -> tuple[str, ...]:
    text = widget.text() if isinstance(widget, (QAbstractButton, QLabel)) else ""
    return (text, widget.accessibleName())
