"""A whole session through the real command and the real window, and no patient's word where nobody asked for it (T11).

Parsing and foreign models run in workers that may write no byte to any file (``tests/engine/workers``), so they are not
watched here. What stands in the memory of processes is looked at by ``tests/desktop/processes``.
"""

from __future__ import annotations

import base64
import csv
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.reliability.leak_counts import keep
from tests.reliability.plaintext import CHINESE, DIGITS, STEM, Canary, canaries, hits, left_behind, witnessed, written
from tests.reliability.recorder import can_record

PASSPHRASE = "a passphrase of the clinic"
HEAD = ("Patient ID", "Name", "Phone", "Notes", "Sex", "Date of birth", "Visit date", "Systolic BP (mmHg)", "HbA1c (%)")
WAIT = 60.0

watched = pytest.mark.skipif(not can_record(), reason="the witness needs Linux and a C compiler")


@dataclass
class Session:
    """The folders of a session. ``given`` and ``wanted`` hold what a person laid there or asked for."""

    root: Path
    checkout: Path
    people: list[Canary]

    def __post_init__(self) -> None:
        for name in ("home", "tmp", "given", "wanted", "stick", "data", "work", "scripts", "logs"):
            (self.root / name).mkdir()
        (self.root / "given" / "p.txt").write_text(PASSPHRASE, encoding="utf-8")
        with (self.root / "given" / f"{STEM}list.csv").open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(HEAD)
            for place, each in enumerate(self.people):
                told = (each.number, each.name, each.phone, each.notes, "MF"[place % 2])
                rows.writerow([*told, f"19{40 + place % 50}-02-03", "2026-03-01", 120 + place % 30, 5.5])
        broken = f"Patient ID,Name\n{self.people[0].number},{self.people[0].name}\n\xff\xfe".encode(
            "latin-1", "replace"
        )
        (self.root / "given" / "broken.xlsx").write_bytes(broken)

    @property
    def environment(self) -> dict[str, str]:
        home = str(self.root / "home")
        return {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "XDG_CONFIG_HOME": f"{home}/config",
            "XDG_CACHE_HOME": f"{home}/cache",
            "XDG_DATA_HOME": f"{home}/data",
            "XDG_RUNTIME_DIR": str(self.root / "tmp"),
            "TMPDIR": str(self.root / "tmp"),
            "PYTHONPATH": str(self.checkout),
            "PYTHONDONTWRITEBYTECODE": "1",
            "QT_QPA_PLATFORM": "offscreen",
            "LANTERN_KEY_COST": "floor",
            **witnessed(self.root / "logs"),
        }

    def lantern(self, *words: object, code: int = 0) -> str:
        """Run the command; what it says on its error output holds no canary."""
        command = [sys.executable, "-m", "engine.cli", *map(str, words)]
        if "--store" not in command:
            command += ["--store", str(self.root / "clinic"), "--passphrase-file", str(self.root / "given" / "p.txt")]
        done = subprocess.run(
            command, env=self.environment, cwd=self.root / "work", capture_output=True, check=False, timeout=300
        )
        assert done.returncode == code, (words, done.stderr)
        assert hits(done.stderr) == [], (words, done.stderr)
        return done.stdout.decode()

    def everything(self) -> None:
        """Do through the command what a clinic does."""
        given, wanted, first = self.root / "given", self.root / "wanted", self.people[0]
        self.lantern("create", "--name", "Maple", "--country", "GBR", "--recovery-out", wanted / "sheet.txt")
        self.lantern("import", given / f"{STEM}list.csv")
        self.lantern("import", given / "broken.xlsx", code=3)
        self.lantern("assess-all")
        assert first.number in self.lantern("patients", "--query", STEM)
        self.lantern("report", "--patient", first.number, "--out", wanted / "reports")
        self.lantern("report", "--patient", f"{STEM}nobody", "--out", wanted / "reports", code=3)
        self.lantern("export", "--output", wanted / "all.csv")
        self.lantern(
            "deidentify", "--output", wanted / "d.csv", "--reason", "registry", "--k", "2", "--keep-pseudonyms"
        )
        self.lantern("backup", "--to", self.root / "stick")
        self.lantern("drill")
        (given / "locked.txt").write_text("another passphrase to export with", encoding="utf-8")
        locked = ("--output", wanted / "one.pdf", "--export-passphrase-file", given / "locked.txt")
        self.lantern("export-patient", "--patient", first.number, *locked)
        self.lantern("consent", "--patient", first.number, "--give", "research", "--reason", f"{STEM} said so")
        self.lantern("privacy-notice", "--patient", first.number, "--output", wanted / "notice.pdf")
        self.lantern("who-saw", "--patient", first.number, "--output", wanted / "seen.pdf")
        last = self.people[-1].number
        erased = ("--reason", "asked for it", "--retention-basis", "unlawful", "--proof", wanted)
        self.lantern("erase-patient", "--patient", last, *erased)
        self.lantern("audit", "--patient", first.number)
        self.lantern("verify")

    def window(self) -> None:
        """Unlock, open a record, look at the sheet, save it, copy a name, lock, unlock again, die of a fault."""
        first = self.people[1]
        begin = {"do": "forbid_dumps"}
        unlock = {"do": "unlock", "passphrase": PASSPHRASE}
        pdf = str(self.root / "wanted" / "sheet.pdf")
        steps = [
            [
                begin,
                unlock,
                {"do": "until_loaded"},
                {"do": "open", "query": first.number},
                {"do": "until_record"},
                {"do": "type", "box": "notes#1", "text": f"{STEM} typed {CHINESE}"},
                {"do": "copy", "box": "name#1"},
                {"do": "preview"},
                {"do": "save_pdf", "path": pdf},
                {"do": "until_file", "path": pdf},
                {"do": "wait", "ms": 1500},
                {"do": "lock"},
            ],
            [
                begin,
                unlock,
                {"do": "until_loaded"},
                {"do": "open", "query": first.number},
                {"do": "until_record"},
                {"do": "wait", "ms": 1500},
            ],
        ]
        (self.root / "data" / "settings.json").write_text(json.dumps({"clinic": str(self.root / "clinic")}), "utf-8")
        for number, script in enumerate(steps, 1):
            (self.root / "scripts" / f"{number}.json").write_text(json.dumps(script), encoding="utf-8")
        start = self.checkout / "tests/desktop/processes/start_driven.py"
        command = [sys.executable, str(start), str(self.root / "data"), str(self.root / "scripts")]
        allow_cores()  # for what is started here
        with subprocess.Popen(command, env=self.environment, cwd=self.root / "work") as launcher:
            try:
                self.until(lambda: len(self.did("wait")) == 2)
                os.kill(self.did("wait")[-1]["pid"], signal.SIGSEGV)
                time.sleep(2)
            finally:
                launcher.terminate()
                launcher.wait(30)

    def did(self, what: str) -> list[dict[str, int]]:
        """Every time that a session of the window did this."""
        seen = self.root / "scripts" / "seen.jsonl"
        lines = seen.read_text("utf-8").splitlines() if seen.is_file() else []
        return [each for each in map(json.loads, lines) if each["did"] == what]

    def until(self, met: Callable[[], bool]) -> None:
        begun = time.monotonic()
        while not met():
            done = self.root / "scripts" / "seen.jsonl"
            assert time.monotonic() - begun < WAIT, done.read_text("utf-8") if done.is_file() else "nothing was done"
            time.sleep(0.1)

    def asked_for(self, path: str) -> bool:
        """Whether a canary in this file is what somebody wanted; the notes of the driver count as its hand."""
        return any(path.startswith(f"{self.root}/{name}/") for name in ("given", "wanted", "scripts"))

    def leaks(self) -> tuple[list[tuple[str, str]], int, int]:
        """Return where canaries stand that must not, how many bytes were written, and how many lie on the disk."""
        found = []
        sums = [0, 0]
        folders = [self.root / name for name in ("home", "tmp", "stick", "data", "work", "clinic")]
        for place, files in enumerate((written(self.root / "logs"), left_behind(folders))):
            for path, content in files:
                sums[place] += len(content)
                if not self.asked_for(path) and not path.startswith("/memfd:"):
                    found += [(path, way) for way in hits(content)]
        return found, sums[0], sums[1]


def allow_cores() -> None:
    """Let the system write pictures of memory, so that only the program can have forbidden it."""
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))


@watched
@pytest.mark.timeout(900)
@pytest.mark.parametrize("people", [24, pytest.param(200, marks=pytest.mark.nightly)])
def test_no_canary_is_written_but_where_somebody_asked_for_it(tmp_path: Path, checkout: Path, people: int) -> None:
    session = Session(tmp_path, checkout, canaries(people))
    session.everything()
    session.window()
    found, bytes_written, on_disk = session.leaks()
    assert found == []
    # The scan saw what it is about: the database and the backup while they were written, and canaries where wanted.
    logs = dict(written(session.root / "logs"))
    assert {"store.db-wal", "store.db"} <= {Path(path).name for path in logs}
    assert any(path.startswith(f"{session.root}/stick/") for path in logs)
    assert any(hits(content) for path, content in logs.items() if path.startswith(f"{session.root}/wanted/"))
    assert not list(session.root.glob("work/*"))  # no core, and nothing else where the processes began
    assert min(bytes_written, on_disk) > 500_000
    if people == 200:
        words = 4 * people
        keep("plaintext scan", "every byte that processes wrote", words, len(found))
        keep("plaintext scan", "left on the disk and the stick", words, len(found))


@pytest.mark.parametrize("word", [STEM, CHINESE, DIGITS])
def test_a_canary_is_found_however_it_is_written(word: str) -> None:
    text = f"before {word} after"
    ways = [text.encode(each) for each in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "gb18030")]
    ways += [json.dumps(text).encode(), text.encode().hex().encode(), text.upper().encode(), text.lower().encode()]
    ways += [base64.b64encode(b"x" * shift + text.encode()) for shift in range(6)]
    assert [way for way in ways if not hits(way)] == []
    assert hits(b"\0" + os.urandom(1 << 20)) == []


@watched
def test_the_witness_sees_every_write_of_a_process_and_its_children(tmp_path: Path) -> None:
    script = (
        "import os, subprocess, sys, pathlib, mmap\n"
        "pathlib.Path('a').write_text('one')\n"
        "f = os.open('b', os.O_WRONLY | os.O_CREAT)\n"
        "os.write(f, b'two'); os.pwrite(f, b'three', 3); os.writev(f, [b'four', b'five'])\n"
        "import shutil; shutil.copyfile('a', 'c')\n"
        "subprocess.run([sys.executable, '-c', \"open('d', 'w').write('six')\"], check=True)\n"
        "os.system('echo seven > e')\n"
    )
    (tmp_path / "at").mkdir()
    environment = {**os.environ, **witnessed(tmp_path / "logs")}
    subprocess.run([sys.executable, "-c", script], env=environment, cwd=tmp_path / "at", check=True)
    seen: dict[str, bytes] = {}
    for path, content in written(tmp_path / "logs"):
        seen[Path(path).name] = seen.get(Path(path).name, b"") + content
    assert {name: seen[name] for name in "abcd"} == {"a": b"one", "b": b"twothreefourfive", "c": b"one", "d": b"six"}
    assert seen["e"] == b"seven\n"
