"""Real processes: a lock leaves no trace in any, a crash comes back to the same record, nobody is left behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.domain.ports import SystemClock
from engine.intake.typed import TypedValue
from engine.workflows.clinics import open_clinic
from engine.workflows.practice import practice_passphrase
from engine.workflows.record import enter_visit

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="reads processes as Linux and macOS show them"),
    pytest.mark.timeout(180),
]
HERE = Path(__file__).parent
PLANTED = "Zebulon Quillfeather Oddname"
PLANTED_NUMBER = "PLANTED-7731"
WAIT = 30.0
UNLOCK = {"do": "unlock", "passphrase": practice_passphrase("en")}


class Run:
    """One launcher with its driven sessions."""

    def __init__(self, folder: Path, clinic: Path, scripts: list[list[dict[str, Any]]]) -> None:
        self.data, self.scripts = folder / "data", folder / "scripts"
        self.data.mkdir()
        self.scripts.mkdir()
        (self.data / "settings.json").write_text(json.dumps({"clinic": str(clinic)}), encoding="utf-8")
        for number, steps in enumerate(scripts, 1):
            (self.scripts / f"{number}.json").write_text(json.dumps(steps), encoding="utf-8")
        command = [sys.executable, str(HERE / "start_driven.py"), str(self.data), str(self.scripts)]
        self.launcher = subprocess.Popen(command, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"})

    def seen(self) -> list[dict[str, Any]]:
        """What the sessions did so far."""
        file = self.scripts / "seen.jsonl"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        return [json.loads(line) for line in lines]

    def did(self, what: str) -> list[dict[str, Any]]:
        """Every time a session did this."""
        return [each for each in self.seen() if each["did"] == what]

    def state(self) -> dict[str, Any]:
        """What the launcher says of its processes."""
        return read_state(self.data / "window.state")

    def until(self, met: Callable[[], object]) -> None:
        """Wait for something."""
        started = time.monotonic()
        while not met():
            assert time.monotonic() - started < WAIT, (self.seen(), self.state())
            time.sleep(0.02)

    def living(self) -> list[int]:
        """The launcher and every process below it."""
        parents = {pid: parent for pid, parent in _processes()}
        found = {self.launcher.pid}
        for _ in range(8):
            found |= {pid for pid, parent in parents.items() if parent in found}
        return sorted(found)

    def end(self) -> None:
        """End it all."""
        below = self.living()
        if self.launcher.poll() is None:
            self.launcher.terminate()
            self.launcher.wait(20)
        for pid in below:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue


@pytest.fixture
def clinic(practice_store: Path, tmp_path: Path) -> Path:
    """A practice clinic in which one person has a name that stands nowhere else."""
    folder = tmp_path / "clinic"
    shutil.copytree(practice_store, folder)
    with open_clinic(folder, practice_passphrase("en"), SystemClock()) as opened:
        values = [
            TypedValue("patient_id", PLANTED_NUMBER),
            TypedValue("name", PLANTED),
            TypedValue("sex", "M"),
            TypedValue("birth_date", "1960-02-03"),
            TypedValue("visit_date", "2026-11-20"),
            TypedValue("sbp_mmhg", "151"),
            TypedValue("dbp_mmhg", "92"),
        ]
        assert enter_visit(opened, values).problems == ()
    return folder


@pytest.fixture
def run(tmp_path: Path, clinic: Path) -> Iterator[Callable[..., Run]]:
    """Starts a launcher whose sessions follow scripts; everything is gone afterwards."""
    made: list[Run] = []

    def start(*scripts: list[dict[str, Any]]) -> Run:
        made.append(Run(tmp_path, clinic, list(scripts)))
        return made[-1]

    yield start
    for each in made:
        each.end()


OPEN_PLANTED = [UNLOCK, {"do": "until_loaded"}, {"do": "open", "query": PLANTED_NUMBER}, {"do": "until_record"}]


def test_after_a_lock_no_living_process_holds_a_name_and_the_old_session_is_gone(run: Callable[..., Run]) -> None:
    started = run([*OPEN_PLANTED, {"do": "wait", "ms": 300}, {"do": "lock_when_told"}], [])
    started.until(lambda: started.did("wait"))
    first = started.state()["shown"]["pid"]
    assert first in pids_holding(PLANTED, started.living())  # or the scan below would prove nothing
    started.until(lambda: started.state().get("warm"))
    assert lock_now(started) != first
    assert not _exists(first)
    started.until(lambda: len(started.living()) == 3)
    assert pids_holding(PLANTED, started.living()) == []
    assert pids_holding(PLANTED_NUMBER, started.living()) == []


def test_a_lock_keeps_what_is_typed_and_the_next_unlock_opens_it(run: Callable[..., Run]) -> None:
    started = run(
        [*OPEN_PLANTED, {"do": "type", "box": "total_cholesterol_mmol_l#1", "text": "6.66"}, {"do": "lock"}],
        [UNLOCK, {"do": "until_record"}],
    )
    started.until(lambda: len(started.did("record")) == 2)
    before, after = started.did("record")
    assert after["pid"] != before["pid"]
    assert after["person"] == before["person"]
    assert after["boxes"]["total_cholesterol_mmol_l#1"] == "6.66"


def test_a_crash_comes_back_to_the_same_record_with_what_was_typed(run: Callable[..., Run]) -> None:
    typed = {"do": "type", "box": "total_cholesterol_mmol_l#1", "text": "7.77"}
    started = run([*OPEN_PLANTED, typed, {"do": "wait", "ms": 2500}], [UNLOCK, {"do": "until_record"}])
    started.until(lambda: started.did("wait"))
    os.kill(started.state()["shown"]["pid"], signal.SIGKILL)
    started.until(lambda: len(started.did("record")) == 2)
    before, after = started.did("record")
    assert after["person"] == before["person"]
    assert after["boxes"]["total_cholesterol_mmol_l#1"] == "7.77"


def test_a_crash_with_nothing_typed_comes_back_to_the_same_record(run: Callable[..., Run]) -> None:
    started = run([*OPEN_PLANTED, {"do": "wait", "ms": 1500}], [UNLOCK, {"do": "until_record"}])
    started.until(lambda: started.did("wait"))
    os.kill(started.state()["shown"]["pid"], signal.SIGKILL)
    started.until(lambda: len(started.did("record")) == 2)
    before, after = started.did("record")
    assert after["person"] == before["person"]


def test_a_lock_while_everybody_is_assessed_ends_at_a_safe_place(run: Callable[..., Run]) -> None:
    started = run(
        [UNLOCK, {"do": "until_loaded"}, {"do": "assess_all"}, {"do": "lock"}], [UNLOCK, {"do": "until_loaded"}]
    )
    started.until(lambda: len(started.did("until_loaded")) == 2)
    assert len({each["pid"] for each in started.did("until_loaded")}) == 2


def test_closing_the_window_ends_every_process(run: Callable[..., Run]) -> None:
    started = run([UNLOCK, {"do": "until_loaded"}, {"do": "close"}])
    started.until(lambda: started.did("until_loaded"))
    assert started.launcher.wait(30) == 0
    started.until(lambda: started.living() == [started.launcher.pid] or not _exists(started.launcher.pid))
    assert not (started.data / "window.state").exists()


def test_no_session_outlives_its_launcher(run: Callable[..., Run]) -> None:
    started = run([UNLOCK, {"do": "until_loaded"}])
    started.until(lambda: started.did("until_loaded") and (started.state().get("warm") or {}).get("said"))
    below = [pid for pid in started.living() if pid != started.launcher.pid]
    assert len(below) == 2
    started.launcher.kill()
    started.launcher.wait(10)
    started.until(lambda: not any(_exists(pid) for pid in below))


def test_a_second_start_shows_the_first_window_and_ends_itself(tmp_path: Path, clinic: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "settings.json").write_text(json.dumps({"clinic": str(clinic)}), encoding="utf-8")
    command = [sys.executable, "-m", "desktop", "--data", str(data)]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    checkout = Path(__file__).resolve().parents[3]
    with subprocess.Popen(command, env=environment, cwd=checkout) as first:
        try:
            started = time.monotonic()
            while not (data / "window.state").exists():
                assert time.monotonic() - started < WAIT
                time.sleep(0.02)
            second = subprocess.run(command, env=environment, cwd=checkout, timeout=30, check=False)
            assert second.returncode == 0
            while (data / "window.call").exists():  # heard by the first
                assert time.monotonic() - started < WAIT
                time.sleep(0.02)
            assert first.poll() is None
        finally:
            first.terminate()
            first.wait(20)


def read_state(path: Path) -> dict[str, Any]:
    """Return what the launcher wrote down: its own process, and of each session the process and what it said."""
    try:
        lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    except OSError:
        return {}
    return {name: {"pid": int(pid), "said": said} for name, pid, *said in lines}


# --- looking into processes -----------------------------------------------------------------------------------------


def lock_now(started: Run) -> int:
    """Lock the session that is shown, by the key a person presses; return the number of the one shown after."""
    before = started.state()["shown"]["pid"]
    (started.scripts / "lock-now").touch()
    started.until(lambda: (started.state().get("shown") or {}).get("pid") not in (None, before))
    shown: int = started.state()["shown"]["pid"]
    return shown


def _processes() -> list[tuple[int, int]]:
    """Every process with its parent."""
    command = [shutil.which("ps") or "ps", "-A", "-o", "pid=,ppid="]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [(int(line.split()[0]), int(line.split()[1])) for line in listed.splitlines()]


def _exists(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    if status.exists() and "State:\tZ" in status.read_text():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def pids_holding(text: str, pids: list[int]) -> list[int]:
    """Return the processes in whose memory a text stands, in any of the ways in which programs keep texts."""
    needles = [text.encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-32-le")]
    return [pid for pid in pids if any(_holds(pid, needle) for needle in needles)]


def _holds(pid: int, needle: bytes) -> bool:
    try:
        maps = Path(f"/proc/{pid}/maps").read_text().splitlines()
        with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            return any(_in_region(memory.fileno(), line, needle) for line in maps if line.split()[1].startswith("rw"))
    except (FileNotFoundError, ProcessLookupError):
        return False


def _in_region(memory: int, line: str, needle: bytes) -> bool:
    low, high = (int(part, 16) for part in line.split(maxsplit=1)[0].split("-"))
    step = 1 << 24
    for start in range(low, high, step):
        try:
            content = os.pread(memory, min(step + len(needle), high - start), start)
        except OSError:
            continue
        if needle in content:
            return True
    return False
