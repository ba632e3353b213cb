"""T14: one writer always, whoever comes second; a lock that nobody holds any more clears itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import StoreError
from engine.store import count_people
from tests.reliability.clinics import new_clinic, open_again

TIMES = 100
unix = pytest.mark.skipif(sys.platform == "win32", reason="forks and users are those of Unix")

# Waits for the word, tries once, says how it went, and keeps what it got until it is told to end.
SECOND = """
import os, sys
from pathlib import Path
user, folder = int(sys.argv[1]), Path(sys.argv[2])
from engine.errors import EngineError
from tests.reliability.clinics import open_again
if user:
    os.setgroups([]); os.setgid(user); os.setuid(user)
print("ready", flush=True)
for line in sys.stdin:
    try:
        vault = open_again(folder)
    except EngineError as error:
        print(error.code, flush=True)
    else:
        print("open", flush=True)
        sys.stdin.readline()
        vault.close()
        print("closed", flush=True)
"""


class Other:
    """Another process that tries to open the same clinic."""

    def __init__(self, folder: Path, checkout: Path, user: int = 0) -> None:
        words = [sys.executable, "-c", SECOND, str(user), str(folder)]
        self.process = subprocess.Popen(
            words, cwd=checkout, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        assert self.read() == "ready"

    def say(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("now\n")

    def read(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    new_clinic(tmp_path / "clinic", people=3)
    return tmp_path / "clinic"


@unix
@pytest.mark.timeout(400)
def test_of_two_that_come_at_once_one_opens_and_the_other_is_told(folder: Path, checkout: Path) -> None:
    one, two = Other(folder, checkout), Other(folder, checkout)
    for _ in range(TIMES):
        one.say()
        two.say()
        answers = {one: one.read(), two: two.read()}
        assert sorted(answers.values()) == ["open", "store_in_use"]
        winner = one if answers[one] == "open" else two
        winner.say()
        assert winner.read() == "closed"
    one.end()
    two.end()
    with open_again(folder) as vault:
        assert count_people(vault) == 3
        assert vault.damage() == []


@unix
@pytest.mark.timeout(400)
def test_the_lock_of_a_killed_process_clears_itself(folder: Path, checkout: Path) -> None:
    for _ in range(TIMES // 10):
        other = Other(folder, checkout)
        other.say()
        assert other.read() == "open"
        with pytest.raises(StoreError, match="store_in_use"):
            open_again(folder)
        other.process.send_signal(signal.SIGKILL)
        other.process.communicate()
        open_again(folder).close()


@unix
@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root may become somebody else")
def test_another_user_of_the_computer_is_refused_with_a_sentence(folder: Path, checkout: Path, tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        place.chmod(place.stat().st_mode | 0o055)
    other = Other(folder, checkout, user=65534)
    other.say()
    assert other.read() == "store_readonly"
    with open_again(folder):
        other.say()
        assert other.read() in ("store_readonly", "store_in_use")
    other.end()
