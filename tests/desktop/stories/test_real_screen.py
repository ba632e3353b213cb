"""J2 on a real screen: an X server, a window manager, the program as it is started, and keys from outside of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from desktop.paths import Paths
from engine.domain.batch import BoolArray
from engine.domain.ports import SystemClock
from engine.locks import take_lock
from engine.workflows.practice import practice_passphrase
from engine.workflows.predictors import Predictors
from engine.workflows.unlock import unlock, unlock_state

TOOLS = ("Xvfb", "openbox", "xdotool", "import")
WIDTH, HEIGHT = 1920, 1080
NAME = "Ann Marsh"
FIELDS = (NAME, "", "1961", "2", "", "", "158/94", "146/90", "150/92", "3", "1", "", "", "", "158", "66")
WHOLE_SECONDS = 100.0

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        not all(map(shutil.which, TOOLS)), reason="needs Xvfb, openbox, xdotool and ImageMagick's import"
    ),
]


@dataclass
class Screen:
    """A screen of its own with a window manager, and a keyboard."""

    display: str
    keys: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What a program must know to stand on it."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("QT_")}
        return {**kept, "DISPLAY": self.display}

    def run(self, *words: str) -> bytes:
        """Run a tool of the screen."""
        done = subprocess.run(words, env=self.environment, capture_output=True, check=False, timeout=60)
        return done.stdout

    def type(self, text: str) -> None:
        """Type a text, as quickly as somebody does who types well."""
        if text:
            self.keys += len(text)
            self.run("xdotool", "type", "--delay", "40", text)

    def key(self, *keys: str) -> None:
        """Press keys one after the other."""
        self.keys += len(keys)
        self.run("xdotool", "key", "--delay", "40", *keys)

    def windows(self) -> list[str]:
        """Return the titles of the windows in view."""
        numbers = self.run("xdotool", "search", "--onlyvisible", "--name", ".+").split()
        titles = [self.run("xdotool", "getwindowname", number.decode()).decode().strip() for number in numbers]
        return [title for title in titles if title and title != "Openbox"]

    def picture(self) -> BoolArray:
        """Return the screen as it is, light and dark."""
        raw = self.run("import", "-window", "root", "-depth", "8", "gray:-")
        return np.frombuffer(raw, dtype=np.uint8).reshape(HEIGHT, WIDTH) > 128

    def until_changed(self, before: BoolArray, what: str) -> None:
        """Wait until the screen shows something else, and then stands still but for a blinking cursor."""
        last = before
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            now = self.picture()
            if (now != before).sum() > 2_000 and (now != last).sum() < 200:
                return
            last = now
        raise AssertionError(f"the screen does not show {what}")


@pytest.fixture
def screen() -> Iterator[Screen]:
    """A screen that nobody else sees."""
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp"],  # noqa: S607 - the system's
        pass_fds=(writer,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    with os.fdopen(reader) as told:
        made = Screen(f":{told.readline().strip()}")
    manager = subprocess.Popen(
        ["openbox"],  # noqa: S607 - wherever it was installed
        env=made.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield made
    for process in (manager, server):
        process.terminate()
        process.wait(20)


@pytest.fixture
def start(
    screen: Screen, tmp_path: Path, checkout: Path
) -> Iterator[Callable[[Sequence[str]], subprocess.Popen[bytes]]]:
    """Starts the program as a person does; what a failed story left is ended."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(words: Sequence[str]) -> subprocess.Popen[bytes]:
        with (tmp_path / "errors.txt").open("wb") as errors:
            command = [sys.executable, "-m", "desktop", "--data", str(tmp_path / "data"), *words]
            started.append(subprocess.Popen(command, cwd=checkout, env=screen.environment, stderr=errors))
        return started[-1]

    yield begin
    for process in started:
        if process.poll() is None:
            process.terminate()
            process.wait(30)


def test_a_walk_in_on_a_real_screen_by_keys_alone_up_to_the_sheet_as_pdf_and_alt_f4(
    screen: Screen,
    start: Callable[[Sequence[str]], subprocess.Popen[bytes]],
    tmp_path: Path,
    predictors: Predictors,
) -> None:
    paths = Paths(tmp_path / "data")
    began = time.monotonic()
    program = start(["--practice", "--language", "en"])
    until(lambda: "warm" in shown(paths) and made(paths.practice("en")), "no practice clinic")
    lap(screen, "start to a practice clinic that can be unlocked", began)
    time.sleep(1)  # until the page has heard that it can
    before, began = screen.picture(), time.monotonic()
    screen.type(practice_passphrase("en"))
    screen.key("Return")
    until(lambda: "unlocked" in shown(paths), "it does not unlock")
    screen.until_changed(before, "the list")
    lap(screen, "unlock to the list", began)
    walked_in = time.monotonic()
    walk_in(screen)
    lap(screen, "Ctrl+N to the sheet", walked_in)
    (tmp_path / "sheet.png").write_bytes(screen.run("import", "-window", "root", "png:-"))
    windows = screen.windows()
    save(screen, tmp_path / "sheet.pdf")
    screen.key("alt+F4")
    code = program.wait(30)
    lines = [f"{seconds:6.2f} s  {name}" for name, seconds in screen.seconds.items()]
    sys.stdout.write("\n".join(["", f"{screen.keys} keys, windows: {windows}", *lines, ""]))
    assert [window.partition(" · ")[0] for window in windows] == ["Lantern"]
    assert code == 0
    assert not paths.state.exists()
    assert [path.name for path in paths.crash_reports.glob("*") if path.stat().st_size] == []
    assert (tmp_path / "errors.txt").read_text(encoding="utf-8") == ""
    assert screen.seconds["Ctrl+N to the sheet"] < WHOLE_SECONDS
    assert NAME in text_of(tmp_path / "sheet.pdf")
    assert stored(paths.practice("en"), predictors) == [158.0, 146.0, 150.0]


def walk_in(screen: Screen) -> None:
    """Type somebody new from the list up to the sheet."""
    before = screen.picture()
    screen.key("ctrl+n")
    screen.until_changed(before, "the form")
    for text in FIELDS:
        screen.type(text)
        screen.key("Return")
    before = screen.picture()
    screen.key("ctrl+p")
    screen.until_changed(before, "the sheet")


def save(screen: Screen, path: Path) -> None:
    """Save the sheet by the window that asks where to."""
    before = screen.picture()
    screen.key("ctrl+s")
    screen.until_changed(before, "the window that asks for a file")
    screen.key("ctrl+a")
    screen.type(str(path))
    screen.key("Return")
    until(path.exists, "no PDF")


def until(met: Callable[[], object], what: str) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + 60
    while not met():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def lap(screen: Screen, name: str, began: float) -> None:
    """Keep how long something took."""
    screen.seconds[name] = time.monotonic() - began


def shown(paths: Paths) -> list[str]:
    """Return what the session in front has said."""
    text = paths.state.read_text(encoding="utf-8") if paths.state.exists() else ""
    return next((line.split()[2:] for line in text.splitlines() if line.startswith("shown ")), [])


def made(folder: Path) -> bool:
    """Return whether a practice clinic is complete: nobody holds it any more."""
    if not (folder / "store.db").exists() or not (folder / "lock").exists():
        return False
    held = take_lock(folder / "lock")
    if held is None:
        return False
    os.close(held)
    return unlock_state(folder, SystemClock()).practice


def text_of(path: Path) -> str:
    """Return what the pages of a PDF say."""
    from pypdfium2 import PdfDocument  # type: ignore[import-untyped]  # ships no types

    with PdfDocument(path) as document:
        return " ".join(page.get_textpage().get_text_range() for page in document)


def stored(folder: Path, predictors: Predictors) -> list[float]:
    """Return the upper pressures that are stored of the person who walked in."""
    clinic = unlock(folder, practice_passphrase("en"), SystemClock(), predictors)
    with clinic.vault as vault:
        row = vault._database.one(
            "SELECT group_concat(number, ' ' ORDER BY reading) FROM measured"
            " JOIN visit ON visit.key = measured.visit JOIN patient ON patient.key = visit.patient"
            " JOIN field ON field.key = measured.field WHERE patient.name = ? AND field.name = 'sbp_mmhg'",
            (NAME,),
        )
    assert row is not None
    return [float(number) for number in str(row[0]).split()]
