"""From the key to the list, and from one person at the desk to the next.

The first part begins where the key is derived: the second that this takes is spent on purpose. So a clinic of 100,000
people with a cheap derivation is opened, in the whole window and in a process of its own each time, as after a lock.
The clock stops when rows of the list were drawn; everybody else is read behind. The peer opens the same store, reads
the same first people and draws them in a plain table of Qt: it neither knows who else there is nor how to go anywhere.

The second part is a switch of users with the real launcher and its sessions: from the lock, over the page of the
session that was kept warm, another name chosen among several people, the passphrase typed, its derivation as dear as it
is for people of a clinic, to everybody of the practice clinic in the list. The driver looks every 20 ms whether the
next step can be done, so up to 80 ms are its own. The peer is the same clinic opened and read by the engine alone.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # started by its path below
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QTableWidget, QTableWidgetItem, QWidget

from desktop.app import App, load_screens
from desktop.backend import load_predictors, warm_up
from desktop.context import Context
from desktop.faults import Faults
from desktop.paths import Paths
from desktop.patients.table import PatientsTable
from desktop.settings import SettingsFile
from engine.domain.ports import SystemClock
from engine.store import apply_entries
from engine.workflows import users
from engine.workflows.clinics import OpenClinic, in_vault
from engine.workflows.panel import first_people, load_panel, load_spelling
from engine.workflows.practice import make_practice_clinic, practice_passphrase
from engine.workflows.unlock import change_passphrase, unlock
from engine.workflows.users import Role
from tests.benchmarks.bench_panel import _assess, _entries, _names, _new_clinic, _open
from tests.benchmarks.rows import Row, below

LIST_BAR_MS = 500.0
SWITCH_BAR_S = 2.0
LISTS, SWITCHES = 5, 4
_LONGEST = 60.0
_SIZE = (1366, 768)
_DRIVEN = Path(__file__).parents[1] / "desktop" / "processes" / "start_driven.py"


def run() -> list[Row]:
    """Return both ways to the list, beside their peers."""
    return [*_lists(), *_switches()]


# --- from the key to the list -----------------------------------------------------------------------------------------


def _lists() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        clinic = Path(folder) / "clinic"
        with _new_clinic(clinic) as vault:
            apply_entries(vault, _entries(_names()), actor=vault.user.id)
            _assess(vault)
        ours, everybody, peer = [], [], []
        for at in range(LISTS):  # in turn, so that whatever else the machine does falls on both
            peer.append(_child("plain", clinic)["drawn"])
            told = _child("window", clinic, Path(folder) / f"data{at}")
            ours.append(told["drawn"])
            everybody.append(told["everybody"])
    middle, plain = statistics.median(ours), statistics.median(peer)
    return [
        below("unlock: key to drawn list of 100,000, p50", middle, LIST_BAR_MS, "ms"),
        Row("unlock: key to drawn list of 100,000, slowest", max(ours), None, None, None, "ms", None),
        Row("unlock: the same beside a plain table", middle, plain, middle / plain, None, "ms", None),
        Row("unlock: until everybody is there", statistics.median(everybody), None, None, None, "ms", None),
    ]


def _child(which: str, *folders: Path) -> dict[str, float]:
    command = [sys.executable, __file__, which, *map(str, folders)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10 * _LONGEST)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


class _Drawn(QObject):
    """Hears when a table was drawn with rows in it."""

    def __init__(self) -> None:
        super().__init__()
        self.table: PatientsTable | QTableWidget | None = None
        self.seen = False

    def watch(self, table: PatientsTable | QTableWidget) -> None:
        """Watch this table from now on."""
        self.table = table
        table.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take note of a drawing."""
        if event.type() is QEvent.Type.Paint and self.table is not None and self.table.model().rowCount():
            self.seen = True
        return False


def _window(application: QApplication, clinic: Path, data: Path) -> dict[str, float]:
    """Open the clinic in the whole window, which waits as warm as a session at its unlock page is."""
    paths, clock = Paths(data), SystemClock()
    context = Context(paths, SettingsFile(paths.settings), clock)
    context.change(clinic=str(clinic), look="light", language="zh")  # as half of the people's names are Chinese
    app = App(context, application, Faults(data, clock.now, lambda: "0"))
    app.end_process = lambda: None
    warm_up("zh")
    load_screens()
    app.start()
    app.window.show_fitting()
    app.unlock.begin_looking()
    _until(lambda: app.unlock.state is not None and not context.jobs.busy)
    drawn = _Drawn()

    def look() -> bool:
        tables = app.window.findChildren(PatientsTable) if drawn.table is None else []
        for table in tables:
            drawn.watch(table)
        return drawn.seen

    start = time.perf_counter()
    context.jobs.store(app, lambda task: in_vault(_open(clinic), clock, load_predictors()), app.unlock.opened.emit)
    _until(look)
    first = time.perf_counter() - start
    _until(lambda: app.work is not None and app.work.people.panel is not None)
    everybody = time.perf_counter() - start
    app.end_now()
    _until(lambda: not context.jobs.busy)
    context.jobs.close()
    return {"drawn": 1000 * first, "everybody": 1000 * everybody}


def _plain(clinic: Path) -> dict[str, float]:
    """Open the store and draw the first people in a plain table."""
    clock, predictors = SystemClock(), load_predictors()
    load_spelling()
    holder = QWidget()
    holder.resize(*_SIZE)
    holder.show()
    QApplication.processEvents()
    start = time.perf_counter()
    opened: OpenClinic = in_vault(_open(clinic), clock, predictors)
    people = first_people(opened)
    table = QTableWidget(len(people), 3, holder)
    for at, one in enumerate(people):
        for column, text in enumerate((one.name, one.patient_id, one.village)):
            table.setItem(at, column, QTableWidgetItem(text or ""))
    table.resize(*_SIZE)
    drawn = _Drawn()
    drawn.watch(table)
    table.show()
    _until(lambda: drawn.seen)
    taken = time.perf_counter() - start
    opened.vault.close()
    return {"drawn": 1000 * taken}


def _until(met: Callable[[], bool]) -> None:
    end = time.perf_counter() + _LONGEST
    while not met():
        QApplication.processEvents()
        time.sleep(0.0005)
        if time.perf_counter() > end:
            raise TimeoutError


# --- from one person to the next --------------------------------------------------------------------------------------


def _switches() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        clinic, data, scripts = (Path(folder) / name for name in ("clinic", "data", "scripts"))
        make_practice_clinic(clinic, "en", SystemClock(), load_predictors())
        people = _people(clinic)
        data.mkdir()
        scripts.mkdir()
        (data / "settings.json").write_text(json.dumps({"clinic": str(clinic), "look": "light"}), encoding="utf-8")
        for number in range(1, SWITCHES + 2):
            who, passphrase = people[number % len(people)]
            steps = [
                {"do": "choose", "who": who},
                {"do": "unlock", "passphrase": passphrase},
                {"do": "until_loaded"},
            ]
            end = {"do": "lock_when_told" if number <= SWITCHES else "close"}
            (scripts / f"{number}.json").write_text(json.dumps([*steps, end]), encoding="utf-8")
        peer = [_engine_alone(clinic, *people[at % len(people)]) for at in range(SWITCHES)]
        command = [sys.executable, str(_DRIVEN), str(data), str(scripts)]
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as launcher:
            try:
                ours = [_switch(data, scripts, number) for number in range(1, SWITCHES + 1)]
                launcher.wait(_LONGEST)
            finally:
                launcher.terminate()
    middle, floor = statistics.median(ours), statistics.median(peer)
    return [
        below("unlock: user switch, lock to list, slowest", max(ours), SWITCH_BAR_S, "s"),
        Row("unlock: user switch beside the engine alone", middle, floor, middle / floor, None, "s", None),
    ]


def _switch(data: Path, scripts: Path, number: int) -> float:
    """Lock when the next session is warm; return the seconds until everybody is in its list."""
    lock = scripts / "lock-now"
    _wait(lambda: _did(scripts, "until_loaded") == number and _is_warm(data))
    start = time.perf_counter()
    lock.touch()
    _wait(lambda: _did(scripts, "lock_when_told") == number)
    lock.unlink()
    _wait(lambda: _did(scripts, "until_loaded") > number)
    return time.perf_counter() - start


def _did(scripts: Path, what: str) -> int:
    """Return how often a session has told that it did this."""
    file = scripts / "seen.jsonl"
    return file.read_text(encoding="utf-8").count(f'"did": "{what}"') if file.exists() else 0


def _is_warm(data: Path) -> bool:
    state = data / "window.state"
    lines = state.read_text(encoding="utf-8").splitlines() if state.exists() else []
    return any(line.startswith("warm ") and line.endswith(" warm") for line in lines)


def _people(clinic: Path) -> list[tuple[str, str]]:
    """Give three more people access, with passphrases of their own; return names and passphrases."""
    clock, predictors, owner = SystemClock(), load_predictors(), practice_passphrase("en")
    opened = unlock(clinic, owner, clock, predictors)
    roles = {"Zhao Ming": Role.CLINICIAN, "Chen Xin": Role.FRONT_DESK, "Dana Quill": Role.CLINICIAN}
    given = {name: users.add(opened, owner, name, [role]).one_time for name, role in roles.items()}
    opened.vault.close()
    for name, one_time in given.items():
        opened = unlock(clinic, one_time, clock, predictors, name)
        change_passphrase(opened, one_time, f"own words of {name}")
        opened.vault.close()
    return [(name, f"own words of {name}") for name in roles]


def _engine_alone(clinic: Path, who: str, passphrase: str) -> float:
    start = time.perf_counter()
    opened = unlock(clinic, passphrase, SystemClock(), load_predictors(), who)
    load_panel(opened)
    opened.vault.close()
    return time.perf_counter() - start


def _wait(met: Callable[[], bool]) -> None:
    end = time.perf_counter() + _LONGEST
    while not met():
        time.sleep(0.002)
        if time.perf_counter() > end:
            raise TimeoutError


def _main() -> None:
    application = QApplication([])
    folders = [Path(each) for each in sys.argv[2:]]
    told = _window(application, *folders) if sys.argv[1] == "window" else _plain(*folders)
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    os._exit(0)  # as a session ends


if __name__ == "__main__":
    _main()
