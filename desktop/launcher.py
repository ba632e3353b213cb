"""The launcher: starts sessions and keeps one warm. Holds no patient's data and no key; loads no Qt.

A session is a process with the window and, once unlocked, the open store. It ends when the clinic is locked: nothing is
cleaned in place, the process is simply gone. A second one, which never held any data, waits hidden at the unlock screen
so that the next person need not wait.

What they say to each other, a line each. Session: ``ready`` (painted, or hidden and prepared), ``warm`` (everything is
loaded), ``unlocked``, ``locked``, ``closed``. Launcher: ``show lock``, ``show crash``, ``raise``.
A session whose input ends saves what is typed and ends, so none outlives its launcher.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence

from desktop.options import USAGE, Options, read_options
from desktop.paths import Paths
from engine.locks import take_lock

TYPE_CHECKING = False  # typing itself would be loaded before the first page
if TYPE_CHECKING:
    from types import FrameType
    from typing import IO

_LOOK_SECONDS = 0.3
_END_SECONDS = 5.0
_MOST_CRASHES = 3  # in a row before anybody could unlock: then it is not worth trying again
_FAILED = 1
_WRONG_CALL = 2


Heard = queue.Queue[tuple["SessionProcess", "str | None"]]  # None: it is gone


class SessionProcess:
    """One session as the launcher sees it."""

    def __init__(self, command: Sequence[str], heard: Heard) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own program, no shell
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self.said: set[str] = set()
        threading.Thread(target=self._listen, args=(self._process.stdout, heard), daemon=True).start()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def tell(self, words: str) -> None:
        """Say something to it; one that is gone hears nothing."""
        try:
            assert_pipe(self._process.stdin).write(words + "\n")
            assert_pipe(self._process.stdin).flush()
        except (OSError, ValueError):
            return

    def end(self) -> None:
        """End it in good order: its input closes, then it has a few seconds."""
        with contextlib.suppress(OSError):
            assert_pipe(self._process.stdin).close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _listen(self, lines: IO[str] | None, heard: Heard) -> None:
        for line in assert_pipe(lines):
            heard.put((self, line.strip()))
        heard.put((self, None))


def assert_pipe(pipe: IO[str] | None) -> IO[str]:
    """Return a pipe that was asked for."""
    if pipe is None:
        raise ValueError("no pipe")
    return pipe


class Launcher:
    """Starts the first session, keeps the next one warm, and replaces whichever ends."""

    def __init__(self, command: Sequence[str], paths: Paths) -> None:
        """Take what starts a session, and where to be called and to say how it goes."""
        self._command = list(command)
        self._call = paths.call
        self._state = paths.state
        self._heard: Heard = queue.Queue()
        self._shown: SessionProcess | None = None
        self._warm: SessionProcess | None = None
        self._crashes = 0

    def run(self) -> int:
        """Live until a session is closed by its person. Returns the exit code."""
        self._call.unlink(missing_ok=True)
        self._shown = self._start("--show")
        try:
            while True:
                self._look_for_call()
                try:
                    session, message = self._heard.get(timeout=_LOOK_SECONDS)
                except queue.Empty:
                    continue
                code = self._take(session, message)
                self._write_state()
                if code is not None:
                    return code
        except KeyboardInterrupt:
            return 0
        finally:
            for each in (self._shown, self._warm):
                if each is not None:
                    each.end()
            self._state.unlink(missing_ok=True)

    def _start(self, *more: str) -> SessionProcess:
        return SessionProcess([*self._command, *more], self._heard)

    def _take(self, session: SessionProcess, message: str | None) -> int | None:
        """Act on what a session said; return an exit code when it is time to end."""
        if message is not None:
            session.said.add(message)
            if message == "ready" and session is self._shown and self._warm is None:
                self._warm = self._start()
            elif message == "unlocked":
                self._crashes = 0
            elif message == "locked" and session is self._shown:
                self._replace("lock")
            return None
        if session is self._warm:
            self._warm = None  # it is started again when the next one is shown
            return None
        if session is not self._shown:
            return None
        if "closed" in session.said:
            return 0
        self._crashes += 1
        if self._crashes >= _MOST_CRASHES:
            return _FAILED
        self._replace("crash")
        return None

    def _replace(self, after: str) -> None:
        """Show the warm session, or start one when there is none, and warm the next."""
        self._shown = self._warm or self._start()
        self._warm = None
        self._shown.tell(f"show {after}")
        self._warm = self._start()

    def _write_state(self) -> None:
        """Say which processes there are: for whoever watches this program, and for nobody else."""
        lines = [f"launcher {os.getpid()}"]
        for name, each in (("shown", self._shown), ("warm", self._warm)):
            if each is not None:
                lines.append(" ".join([name, str(each.pid), *sorted(each.said)]))
        draft = self._state.with_suffix(".draft")
        with contextlib.suppress(OSError):  # a full disk must not end the window
            draft.write_text("\n".join(lines) + "\n", encoding="utf-8")
            draft.replace(self._state)

    def _look_for_call(self) -> None:
        if self._call.exists():
            self._call.unlink(missing_ok=True)
            if self._shown is not None:
                self._shown.tell("raise")


def session_command(options: Options, frozen: bool) -> list[str]:
    """Return the command that starts a session of this program."""
    own = [sys.executable] if frozen else [sys.executable, "-m", "desktop"]
    return [*own, "session", "--attached", *options.words()]


def _stop(number: int, frame: FrameType | None) -> None:
    """Take a request to end like Ctrl-C: the sessions end in good order."""
    raise KeyboardInterrupt


def main(arguments: Sequence[str]) -> int:
    """Start Lantern; a second start shows the window of the first."""
    options = read_options(arguments)
    if options is None:
        print(USAGE, file=sys.stderr)  # noqa: T201 - whoever typed this reads it
        return _WRONG_CALL
    if options.version:
        from importlib.metadata import version  # noqa: PLC0415 - needed only here

        print(version("lantern"))  # noqa: T201 - the answer of this one option
        return 0
    paths = Paths.of(options.data)
    options.data = paths.data
    paths.data.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, _stop)
    held = take_lock(paths.lock)
    if held is None:
        paths.call.touch()
        return 0
    try:
        return Launcher(session_command(options, bool(getattr(sys, "frozen", False))), paths).run()
    finally:
        os.close(held)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
