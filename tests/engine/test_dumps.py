"""A process of ours leaves no picture of its memory, however it dies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

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
