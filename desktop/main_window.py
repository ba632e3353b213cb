"""The one window. Loads nothing but Qt: it stands on the screen before anything else is there."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QPaintEvent
from PySide6.QtWidgets import QMainWindow, QWidget

SMALLEST = (680, 380)
FIRST_SIZE = (1366, 768)


class MainWindow(QMainWindow):
    """The one window. Shows a front page (first start, unlock) or the shell."""

    close_asked = Signal()
    look_changed = Signal()
    painted = Signal()  # once, when the first page stands on the screen

    def __init__(self) -> None:
        super().__init__()
        self._was_painted = False
        self.setMinimumSize(*SMALLEST)
        self.resize(*FIRST_SIZE)
        self.may_close = False

    def show_content(self, content: QWidget) -> None:
        """Show this instead of what is there; that is let go."""
        before = self.takeCentralWidget()
        self.setCentralWidget(content)
        if before is not None:
            before.hide()
            before.deleteLater()

    def show_fitting(self) -> None:
        """Show the window at its usual size, or filling the screen where that has no room for it."""
        screen = self.screen().availableGeometry() if self.screen() is not None else None
        room_for_frame = 40
        if screen is not None and (
            screen.width() < FIRST_SIZE[0] + 2 or screen.height() < FIRST_SIZE[1] + room_for_frame
        ):
            self.resize(min(FIRST_SIZE[0], screen.width()), min(FIRST_SIZE[1], screen.height()))
            self.showMaximized()
        else:
            self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell when the first page was painted: only then is anything heavy loaded."""
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self.painted.emit)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask the program whether it may close now."""
        if self.may_close:
            event.accept()
            return
        event.ignore()
        self.close_asked.emit()

    def changeEvent(self, event: QEvent) -> None:
        """Hear when the system turned light or dark."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.ThemeChange:
            self.look_changed.emit()
