"""A process of ours leaves no picture of its memory, however it dies."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

from engine import dumps

linux = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux how it stands")
STATE = (
    "import ctypes, resource; print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
)
FORBIDDEN = "(0, 0) 0"


def said(script: str, *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True
    ).stdout.strip()


@linux
def test_no_core_and_no_look_from_outside() -> None:
    script = f"from engine.dumps import forbid_dumps; assert forbid_dumps() and forbid_dumps(); {STATE}"
    assert said(script) == FORBIDDEN
    assert said(STATE) != FORBIDDEN  # what the system would do otherwise


@linux
def test_a_process_that_dies_badly_leaves_nothing(tmp_path: Path) -> None:
    script = "from engine.dumps import forbid_dumps; forbid_dumps(); import os; os.chdir({!r}); os.abort()"
    with pytest.raises(subprocess.CalledProcessError) as caught:
        said(script.format(str(tmp_path)))
    assert caught.value.returncode == -6
    assert list(tmp_path.iterdir()) == []


@linux
def test_the_command_and_the_session_do_it_first() -> None:
    command = f"from engine.cli.__main__ import main; main(['--version']); {STATE}"
    assert said(command).splitlines()[-1] == FORBIDDEN
    session = "from desktop.__main__ import main\ntry: main(['session', '--nothing'])\nexcept SystemExit: pass\n"
    assert said(session + STATE).splitlines()[-1] == FORBIDDEN


class _System:
    """What Windows or the C library is asked."""

    def __init__(self, answer: int) -> None:
        self.asked: list[tuple[object, ...]] = []
        self._answer = answer

    def __getattr__(self, name: str) -> object:
        return self if name in ("kernel32", "wer") else lambda *values: self._ask(name, *values)

    def _ask(self, *values: object) -> int:
        self.asked.append(values)
        return self._answer


def test_windows_is_asked_for_reports_without_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    system = _System(0)
    monkeypatch.setattr(ctypes, "windll", system, raising=False)
    assert dumps._windows()
    assert system.asked == [("SetErrorMode", 2), ("WerSetFlags", 1)]
    monkeypatch.setattr(ctypes, "windll", _System(1), raising=False)
    assert not dumps._windows()
    monkeypatch.delattr(ctypes, "windll", raising=False)
    assert not dumps._windows()


@pytest.mark.skipif(sys.platform == "win32", reason="asks the C library")
def test_what_the_system_refuses_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[object] = []
    system = _System(0)
    monkeypatch.setattr("resource.setrlimit", lambda *values: limits.append(values))
    monkeypatch.setattr(ctypes, "CDLL", lambda _: system)
    assert dumps._posix()
    assert len(limits) == 1

    def refuse(*_: object) -> None:
        raise OSError

    monkeypatch.setattr("resource.setrlimit", refuse)
    assert not dumps._posix()
    monkeypatch.setattr(ctypes, "CDLL", refuse)
    assert not dumps._posix()
