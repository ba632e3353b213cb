"""From keystroke to drawn risk: letters typed into the real page, until the number beside the form is drawn anew.

The page is drawn offscreen in the size it has at 1366x768; each pressure typed gives another number, so nothing is
found ready made. While the program waits for its lane it sleeps, as it does in front of a person.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.context import Context
from desktop.paths import Paths
from desktop.people import People
from desktop.record.presenter import RecordPresenter
from desktop.record.view import RecordView
from desktop.settings import SettingsFile
from engine.domain.ports import SystemClock
from engine.workflows.clinics import OpenClinic
from engine.workflows.practice import make_practice_clinic, practice_passphrase
from engine.workflows.predictors import shipped_predictors
from engine.workflows.unlock import unlock
from tests.benchmarks.rows import Row, below

P50_BAR_MS = 50.0
P95_BAR_MS = 80.0
KEYSTROKES = 60
WARM_UP = 5
WAIT_S = 10.0
WALK_IN = {
    "name": "Person",
    "birth_date": "1965",
    "sex": "M",
    "total_cholesterol_mmol_l": "5.6",
    "smoker": "current",
    "diabetes": "false",
}


def run() -> list[Row]:
    """Return the middle and the slow end of keystrokes."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication([])
    with tempfile.TemporaryDirectory() as scratch:
        context = _opened(Path(scratch))
        context.ui.theme.apply(application)  # type: ignore[arg-type]  # the only kind of application made here
        try:
            taken = _taken(context)
        finally:
            _close(context)
    slow = statistics.quantiles(taken, n=20)[-1]
    return [
        below("record: keystroke to drawn risk, p50", 1000 * statistics.median(taken), P50_BAR_MS, "ms"),
        below("record: keystroke to drawn risk, p95", 1000 * slow, P95_BAR_MS, "ms"),
    ]


def _opened(folder: Path) -> Context:
    clock, predictors = SystemClock(), shipped_predictors()
    make_practice_clinic(folder / "clinic", "en", clock, predictors)
    paths = Paths(folder / "data")
    context = Context(paths, SettingsFile(paths.settings), clock)
    opened: list[OpenClinic] = []
    secret = practice_passphrase("en")
    context.jobs.store(context, lambda task: unlock(folder / "clinic", secret, clock, predictors), opened.append)
    _wait(lambda: bool(opened))
    context.take_clinic(opened[0])
    return context


def _taken(context: Context) -> list[float]:
    presenter = RecordPresenter(context, People(context))
    view = RecordView(context.ui, presenter)
    view.resize(1286, 720)
    view.show()
    presenter.open(None)
    _wait(lambda: presenter.form is not None)
    for name, text in WALK_IN.items():
        presenter.desk.type(f"{name}#1", text)
    view.today.form.go_to("pressure#1")
    told: list[bool] = []
    presenter.desk.live_changed.connect(lambda: told.append(True))
    taken = []
    for at in range(KEYSTROKES + WARM_UP):
        presenter.desk.type("pressure#1", f"1{3 + at % 4}{at % 10}/8")
        _wait(lambda: context.jobs.busy == 0)
        QApplication.processEvents()  # draws what that key changed
        line = QApplication.focusWidget()
        if line is None:
            raise RuntimeError("the page has no cursor")
        told.clear()
        start = time.perf_counter()
        QTest.keyClick(line, Qt.Key.Key_6)
        _wait(lambda: bool(told))
        QApplication.processEvents()  # draws what has changed
        taken.append(time.perf_counter() - start)
    view.close()
    return taken[WARM_UP:]


def _wait(ready: Callable[[], bool]) -> None:
    end = time.perf_counter() + WAIT_S
    while not ready():
        QApplication.processEvents()
        time.sleep(0.0005)
        if time.perf_counter() > end:
            raise TimeoutError


def _close(context: Context) -> None:
    clinic = context.let_go()
    closed: list[None] = []
    if clinic is not None:
        vault = clinic.vault
        context.jobs.store(context, lambda task: vault.close(), closed.append)
        _wait(lambda: bool(closed))
    context.jobs.close()
