"""One session: a process with one window. Started by the launcher, which hears how it goes and says when to show."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import IO

from PySide6.QtCore import QLocale, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication

from desktop.app import App, load_screens
from desktop.backend import warm_up
from desktop.collector import Collector
from desktop.context import Context
from desktop.faults import Faults
from desktop.options import Options, read_options
from desktop.paths import Paths
from desktop.settings import SettingsFile
from engine.domain.ports import SystemClock

_WRONG_CALL = 2


class Link(QObject):
    """The line to the launcher: words on standard input and output."""

    heard = Signal(str, str)
    ended = Signal()

    def __init__(self, attached: bool) -> None:
        super().__init__()
        self._out: IO[str] | None = None
        if attached:
            # Taken by number: a program without a console has no sys.stdin. The original output is kept for the line
            # alone, and whatever a library prints goes to the errors.
            self._out = open(os.dup(1), "w", encoding="utf-8", buffering=1)  # noqa: SIM115 - lives as long as the process
            os.dup2(2, 1)

    def listen(self) -> None:
        """Begin to hear; called when everybody who must hear is connected, as the launcher may be gone already."""
        if self._out is not None:
            threading.Thread(target=self._listen, daemon=True).start()

    def say(self, word: str) -> None:
        """Tell the launcher; without one nobody hears."""
        if self._out is not None:
            try:
                self._out.write(word + "\n")
                self._out.flush()
            except OSError:
                return  # it is gone; its silence reaches us as ``ended``

    def _listen(self) -> None:
        with open(os.dup(0), encoding="utf-8") as lines:
            for line in lines:
                word, _, after = line.strip().partition(" ")
                self.heard.emit(word, after)
        self.ended.emit()


class Session(QObject):
    """Wires the line and the window."""

    def __init__(self, options: Options, application: QApplication) -> None:
        super().__init__()
        self._options = options
        self._application = application
        self._clock = SystemClock()
        self._paths = Paths.of(options.data)
        self._faults = Faults(self._paths.crash_reports, self._clock.now, _version)
        self._faults.watch()
        self.link = Link(options.attached)
        self.link.heard.connect(self._heard, Qt.ConnectionType.QueuedConnection)
        self.link.ended.connect(self._launcher_gone, Qt.ConnectionType.QueuedConnection)
        self._collector = Collector(self)
        self.app = self._make_app()

    def _make_app(self) -> App:
        language = self._options.language or first_language()
        context = Context(self._paths, SettingsFile(self._paths.settings, language), self._clock)
        if self._options.language:
            context.change(language=self._options.language)
        if self._options.clinic is not None:
            context.settings = replace(context.settings, clinic=str(self._options.clinic))
        app = App(context, self._application, self._faults)
        app.said.connect(self.link.say)
        return app

    def begin(self) -> None:
        """Show the window, or prepare it hidden and wait for the word."""
        self.link.listen()
        if self._options.show or not self._options.attached:
            self.app.start(self._options.practice)
            self.app.window.painted.connect(self._painted)
            self.app.window.show_fitting()
        else:
            self.app.prepare()
            QTimer.singleShot(0, self._painted)

    def _painted(self) -> None:
        self.link.say("ready")
        self.app.unlock.begin_looking()
        context = self.app.context
        language = context.settings.language
        context.jobs.compute(self, lambda task: _load_ahead(language), lambda _: self._warm())

    def _warm(self) -> None:
        self._collector.set_aside()
        self.link.say("warm")

    def _heard(self, word: str, after: str) -> None:
        window = self.app.window
        if word == "show":
            self._read_settings_again()
            self.app.start(self._options.practice)
            self.app.unlock.say_why(after)
            window.show_fitting()
        if word in ("show", "raise"):
            window.setWindowState(
                (window.windowState() & ~Qt.WindowState.WindowMinimized) | Qt.WindowState.WindowActive
            )
            window.raise_()
            window.activateWindow()

    def _read_settings_again(self) -> None:
        """Take what another session chose while this one waited."""
        context = self.app.context
        fresh = SettingsFile(self._paths.settings, first_language()).load()
        if self._options.clinic is not None:
            fresh = replace(fresh, clinic=str(self._options.clinic))
        context.take_settings(fresh)

    def _launcher_gone(self) -> None:
        """End in good order: what is typed is kept, the store is closed."""
        self.app.end_now()


def _load_ahead(language: str) -> None:
    """Load what the first minute needs, beside the window."""
    warm_up(language)
    load_screens()


def _version() -> str:
    from importlib.metadata import version  # noqa: PLC0415 - only a report of a fault asks

    return version("lantern")


def first_language() -> str:
    """Return the language to begin with: the system's where Lantern speaks it."""
    return "zh" if QLocale.system().language() is QLocale.Language.Chinese else "en"


def main(arguments: Sequence[str]) -> int:
    """Be a session until the window closes or the clinic is locked."""
    options = read_options(arguments)
    if options is None:
        return _WRONG_CALL
    if options.attached:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the launcher decides
    os.environ["QT_STYLE_OVERRIDE"] = "Fusion"  # asking for it by name would load every style's table first
    application = QApplication(sys.argv[:1])
    application.setApplicationName("Lantern")
    application.setDesktopFileName("lantern")
    application.setQuitOnLastWindowClosed(False)
    session = Session(options, application)
    session.begin()
    return application.exec()
