"""What tests of the window share: real settings, real lanes, a real practice clinic. Nothing of ours is imitated."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from desktop.context import Context
from desktop.paths import Paths
from desktop.settings import SettingsFile
from desktop.widgets.ui import Ui
from engine.domain.ports import FixedClock
from engine.workflows.clinics import OpenClinic
from engine.workflows.practice import make_practice_clinic, practice_passphrase
from engine.workflows.predictors import Predictors, shipped_predictors
from engine.workflows.unlock import unlock

NOW = datetime(2026, 11, 22, 10, 42, tzinfo=UTC)
WAIT_MS = 20_000


def pytest_sessionfinish() -> None:
    """Leave what is left to the end of the process: the program itself ends without tearing its window down."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="module")
def all_collected() -> None:
    """Collect what the tests before left; what a file shares is looked at once more when it is done."""
    gc.unfreeze()
    gc.collect()


@pytest.fixture(autouse=True)
def collected_here() -> Iterator[None]:
    """Collect cycles on the window's thread, as the program does (``desktop.collector``): those of this test."""
    gc.disable()
    gc.freeze()  # a process that ran a thousand tests holds much that is no test's: looking at it takes a second
    yield
    gc.collect()
    gc.enable()


@pytest.fixture(scope="session")
def predictors() -> Predictors:
    """The shipped packs, opened once for all tests."""
    return shipped_predictors()


@pytest.fixture(scope="session")
def practice_store(tmp_path_factory: pytest.TempPathFactory, predictors: Predictors) -> Path:
    """A practice clinic on disk, imported and assessed; tests open copies of it."""
    folder = tmp_path_factory.mktemp("practice") / "clinic"
    make_practice_clinic(folder, "en", FixedClock(NOW), predictors)
    return folder


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands still."""
    return FixedClock(NOW)


@pytest.fixture
def context(qtbot: QtBot, tmp_path: Path, clock: FixedClock) -> Iterator[Context]:
    """Settings and lanes of a window without a clinic."""
    paths = Paths(tmp_path / "data")
    made = Context(paths, SettingsFile(paths.settings), clock)
    made.change(look="light")
    made.ui.theme.apply(_application())
    yield made
    made.jobs.close()


@pytest.fixture
def practice(
    qtbot: QtBot, context: Context, practice_store: Path, predictors: Predictors, tmp_path: Path
) -> Iterator[Context]:
    """The same with a copy of the practice clinic open on its store's lane."""
    folder = tmp_path / "clinic"
    shutil.copytree(practice_store, folder)
    opened: list[OpenClinic] = []
    failed: list[object] = []
    secret = practice_passphrase("en")
    context.jobs.store(
        context,
        lambda task: unlock(folder, secret, context.clock, predictors),
        opened.append,
        failed.append,
    )
    qtbot.waitUntil(lambda: bool(opened or failed), timeout=WAIT_MS)
    assert not failed
    context.take_clinic(opened[0])
    yield context
    clinic = context.let_go()
    if clinic is not None:
        closed: list[None] = []
        vault = clinic.vault
        context.jobs.store(context, lambda task: vault.close(), closed.append, failed.append)
        qtbot.waitUntil(lambda: bool(closed or failed), timeout=WAIT_MS)


@pytest.fixture
def ui(context: Context) -> Ui:
    """Look and language of that window."""
    return context.ui


def _application() -> QApplication:
    found = QApplication.instance()
    assert isinstance(found, QApplication)
    return found
