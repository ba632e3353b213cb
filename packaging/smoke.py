"""Tries a bundle as a clinic would have it: in a folder of any name, read-only, nothing of this machine around it.

    python3 packaging/smoke.py FOLDER

FOLDER is what ``build.py`` made, or where the package installed it. Every check prints a line; the exit code is 1 when
one failed. Needs no environment: only Python and, for the look at a real screen, Xvfb.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import stat
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

sys.path.insert(0, str(Path(__file__).resolve().parent))  # also where Python was told not to look beside the script

from bundle import CONSOLE, WINDOW
from system import LINUX, WINDOWS

LIVES_SECONDS = 2.0  # a window that stands this long after it was ready stands
WAIT_SECONDS = 60.0
LIMITS = f"{2 << 30}:60:0:60.0:{1 << 30}:0"  # engine.workers.limits.Limits.to_text
SCREEN = "1440x900x24"
KEPT_VARIABLES = ("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR")  # without these Windows loads no library


class Failed(Exception):
    """A check did not find what it must."""


@dataclass(frozen=True)
class Bundle:
    """A bundle in its place, with a home and a temporary folder of its own."""

    folder: Path
    place: Path

    def program(self, name: str) -> str:
        """Return the path of one of the two programs."""
        return str(self.folder / (f"{name}.exe" if WINDOWS else name))

    def environment(self, **more: str) -> dict[str, str]:
        """Return an environment without a trace of a developer's machine."""
        home = str(self.place)
        kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        homes = dict.fromkeys(("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "TMPDIR", "TEMP", "TMP"), home)
        return {**kept, **homes, "PATH": "", "LANG": "C.UTF-8", **more}

    def run(self, *arguments: str) -> str:
        """Run the console program to its end and return what it printed."""
        done = subprocess.run(
            [self.program(CONSOLE), *arguments],
            env=self.environment(),
            cwd=self.place,
            capture_output=True,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
            timeout=WAIT_SECONDS * 3,
            check=False,
        )
        if done.returncode or done.stderr:
            raise Failed(f"code {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    @contextmanager
    def window(self, *arguments: str, **environment: str) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
        """Start the window program with pipes; whatever happens it is gone afterwards. Its errors go to a file."""
        errors = self.place / "errors.txt"
        with errors.open("wb") as stderr:
            process = subprocess.Popen(
                [self.program(WINDOW), *arguments],
                env=self.environment(**environment),
                cwd=self.place,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
            )
            watch = threading.Timer(WAIT_SECONDS, process.kill)  # so that nobody waits for an answer for ever
            watch.start()
            try:
                yield process, errors
            finally:
                watch.cancel()
                end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process that may have ended by itself."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(WAIT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()


def check_version(bundle: Bundle) -> str:
    """The console program says which one it is."""
    version = json.loads(bundle.run("--version", "--json"))["version"]
    if not version[:1].isdigit():
        raise Failed(f"no version: {version}")
    return str(version)


def check_fields(bundle: Bundle) -> str:
    """The data that ships is found."""
    fields = json.loads(bundle.run("fields", "--json"))
    if len(fields) < 50:
        raise Failed(f"{len(fields)} fields")
    return f"{len(fields)} fields"


def check_self_test(bundle: Bundle) -> str:
    """The whole main job, in the program's own words."""
    told = json.loads(bundle.run("--self-test", "--json"))
    limits = next(step["facts"] for step in told["steps"] if step["step"] == "worker")
    return ", ".join(f"{name} {force}" for name, force in limits.items())


def check_worker_of_the_window(bundle: Bundle) -> str:
    """The window program too can be a worker, over pipes and without a console."""
    with bundle.window("worker", "probe", LIMITS) as (process, _):
        answers = cast(IO[bytes], process.stdout)
        magic, length = struct.unpack(">4sI", answers.read(8).ljust(8, b"\0"))
        if magic != b"LTN1" or json.loads(answers.read(length))["type"] != "ready":
            raise Failed("the worker did not answer")
        cast(IO[bytes], process.stdin).close()
        return f"code {process.wait(WAIT_SECONDS)}"


def check_session(bundle: Bundle) -> str:
    """A session paints its window, says so, and ends when its launcher lets go."""
    data = bundle.place / "session"
    data.mkdir()
    began = time.monotonic()
    words = ("session", "--attached", "--show", "--data", str(data))
    with bundle.window(*words, QT_QPA_PLATFORM="offscreen") as (process, errors):
        ready = cast(IO[bytes], process.stdout).readline().split() == [b"ready"]
        painted = time.monotonic() - began
        cast(IO[bytes], process.stdin).close()
        code = process.wait(WAIT_SECONDS)
    check_silent(errors)
    if not ready or code:
        raise Failed(f"ready: {ready}, code {code}")
    return f"{painted:.2f} s from start to window"


def check_launcher(bundle: Bundle) -> str:
    """The window program starts, lives, and leaves no process behind."""
    return live(bundle, "launcher", QT_QPA_PLATFORM="offscreen")


def check_screen(bundle: Bundle, screenshot: Path | None) -> str:
    """The same on a real screen, and there is something to see."""
    if not shutil.which("Xvfb"):
        return "not looked at: there is no Xvfb here"
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", SCREEN, "-nolisten", "tcp"],
        pass_fds=(writer,) if not WINDOWS else (),
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    try:
        with open(reader, encoding="ascii") as told:
            display = f":{told.readline().strip()}"
        return live(bundle, "screen", look=lambda: look_at(display, screenshot), DISPLAY=display)
    finally:
        end(server)


def live(bundle: Bundle, data: str, look: Callable[[], str] = str, **environment: str) -> str:
    """Start the window program on an empty folder, wait until all of it is ready, look, end it."""
    folder = bundle.place / data
    began = time.monotonic()
    with bundle.window("--data", str(folder), **environment) as (process, errors):
        while not all_ready(folder / "window.state"):
            if process.poll() is not None:
                raise Failed(f"it ended with code {process.returncode}: {text_of(errors)}")
            time.sleep(0.05)
        ready = f"ready after {time.monotonic() - began:.2f} s"
        time.sleep(LIVES_SECONDS)
        if process.poll() is not None:
            raise Failed(f"it ended by itself with code {process.returncode}: {text_of(errors)}")
        seen = look()
    check_silent(errors)
    faults = [file.read_text(encoding="utf-8") for file in sorted((folder / "faults").glob("fault-*"))]
    if faults:
        raise Failed(faults[0])
    check_nothing_runs(bundle)
    return f"{ready}{seen and ', '}{seen}"


def all_ready(state: Path) -> bool:
    """Return whether the launcher says that its window and the next one stand and the heavy libraries are loaded."""
    try:
        lines = [line.split() for line in state.read_text(encoding="utf-8").splitlines()]
    except FileNotFoundError:
        return False
    said = {name: set(words) for name, _, *words in lines}
    shown, waiting = said.get("shown", set()), said.get("warm", set())
    return {"ready", "warm"} <= shown and "ready" in waiting


def look_at(display: str, screenshot: Path | None) -> str:
    """Return how many colours the screen shows; an empty one has one or two."""
    environment = {**os.environ, "DISPLAY": display}
    if not shutil.which("import"):
        return "lived on a screen; not looked at: there is no ImageMagick here"
    with tempfile.TemporaryDirectory() as folder:
        picture = screenshot.absolute() if screenshot else Path(folder) / "screen.png"
        subprocess.run(["import", "-window", "root", str(picture)], env=environment, check=True)
        found = subprocess.run(["identify", "-format", "%k", str(picture)], capture_output=True, text=True, check=True)
    if int(found.stdout) < 8:
        raise Failed(f"the screen shows {found.stdout} colours: nothing was drawn")
    return f"{found.stdout} colours on the screen"


def check_silent(errors: Path) -> None:
    """Fail when a program said anything on standard error."""
    if text_of(errors):
        raise Failed(text_of(errors))


def text_of(file: Path) -> str:
    """Return what a file says, whatever its bytes."""
    return file.read_text(encoding="utf-8", errors="replace").strip()


def check_nothing_runs(bundle: Bundle) -> None:
    """Fail when a process of the bundle is still there after a while. Only Linux shows its processes as files."""
    if not LINUX:
        return
    end_of_watch = time.monotonic() + WAIT_SECONDS
    while running := [process for process in Path("/proc").glob("[0-9]*") if is_of(process, bundle)]:
        if time.monotonic() > end_of_watch:
            raise Failed(f"{len(running)} processes are left")
        time.sleep(0.1)


def is_of(process: Path, bundle: Bundle) -> bool:
    """Return whether a process runs a program of the bundle."""
    try:
        return (process / "exe").readlink().is_relative_to(bundle.folder)
    except OSError:  # it ended just now, or belongs to the system
        return False


def contents(folder: Path) -> dict[str, tuple[int, int]]:
    """Return size and time of every file below a folder."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns) for path in files}


def make_read_only(folder: Path) -> None:
    """Take everybody's right to write. It does not bind a superuser, so the contents are compared as well."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))


def make_writable(folder: Path) -> None:
    """Give the owner the right to write back, so that the folder can be removed."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | stat.S_IWUSR)


@contextmanager
def in_a_place_of_its_own(folder: Path, *, where_it_is: bool) -> Iterator[Bundle]:
    """Give the bundle a read-only place whose name has a space and letters of two scripts, unless it is installed."""
    with tempfile.TemporaryDirectory(prefix="lantern-smoke-") as name:
        place = Path(name).resolve() / "home 患者 é"
        place.mkdir()
        if where_it_is:
            yield Bundle(folder.resolve(), place)
            return
        copy = Path(name).resolve() / "program 乡村 é"
        shutil.copytree(folder, copy, symlinks=True)
        make_read_only(copy)
        try:
            yield Bundle(copy, place)
        finally:
            make_writable(copy)


def smoke(bundle: Bundle, screenshot: Path | None) -> int:
    """Run every check, all of them even when one fails; return 1 when one did."""
    checks: Mapping[str, Callable[[], str]] = {
        "version": lambda: check_version(bundle),
        "fields": lambda: check_fields(bundle),
        "self-test": lambda: check_self_test(bundle),
        "worker of the window": lambda: check_worker_of_the_window(bundle),
        "session": lambda: check_session(bundle),
        "launcher": lambda: check_launcher(bundle),
        "screen": lambda: check_screen(bundle, screenshot),
    }
    before = contents(bundle.folder)
    failed = 0
    for name, check in checks.items():
        began = time.monotonic()
        try:
            mark, found = "ok    ", check()
        except (Failed, OSError, ValueError, subprocess.SubprocessError, LookupError) as error:
            mark, found, failed = "FAILED", str(error), 1
        print(f"{mark}  {name} ({time.monotonic() - began:.1f} s): {found}", flush=True)
    if contents(bundle.folder) != before:
        print("FAILED  the program wrote into its own folder", flush=True)
        failed = 1
    return failed


def main(argv: list[str]) -> int:
    """Carry out one command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="smoke.py", description="Try a bundle of Lantern.", allow_abbrev=False)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the bundle")
    parser.add_argument("--screenshot", type=Path, metavar="PNG", help="keep a picture of the screen")
    parser.add_argument("--in-place", action="store_true", help="do not copy it first: it is installed there")
    known = parser.parse_args(argv)
    with in_a_place_of_its_own(known.folder, where_it_is=known.in_place) as bundle:
        return smoke(bundle, known.screenshot)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
