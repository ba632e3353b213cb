"""A clinic whose people were followed for years, open on the store's lane of a real window."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop.context import Context
from desktop.models.presenter import ModelsPresenter
from engine.domain.ports import FixedClock
from engine.risk.predictors import Predictors
from engine.workflows.assess import assess_people
from engine.workflows.clinics import ClinicRequest, create, open_clinic
from tests.desktop.conftest import NOW
from tests.desktop.models.followed import follow
from tests.desktop.opening import PASSPHRASE, WAIT_MS, opened

PEOPLE, EVENTS = 300, 70


@pytest.fixture(scope="session")
def followed_store(tmp_path_factory: pytest.TempPathFactory, predictors: Predictors) -> Path:
    """The folder of that clinic; tests open copies of it."""
    place = tmp_path_factory.mktemp("followed")
    clock = FixedClock(NOW)
    create(ClinicRequest(place / "clinic", "Maple Lane", "CHN"), PASSPHRASE, clock)
    with open_clinic(place / "clinic", PASSPHRASE, clock, predictors) as clinic:
        follow(clinic, place, PEOPLE, EVENTS)
        # The last ones did not fall ill: they have a number.
        assess_people(
            clinic, [row[0] for row in clinic.vault._database.rows("SELECT id FROM patient ORDER BY key DESC LIMIT 3")]
        )
    return place / "clinic"


@pytest.fixture
def followed(
    qtbot: QtBot, context: Context, followed_store: Path, predictors: Predictors, tmp_path: Path
) -> Iterator[Context]:
    """Settings and lanes of a window with a copy of it open."""
    shutil.copytree(followed_store, tmp_path / "followed")
    yield from opened(qtbot, context, tmp_path / "followed", predictors)


@pytest.fixture
def presenter(qtbot: QtBot, followed: Context) -> ModelsPresenter:
    """The page's state with every tool looked at."""
    made = ModelsPresenter(followed)
    made.look()
    qtbot.waitUntil(lambda: made.shelf is not None, timeout=WAIT_MS)
    return made


@pytest.fixture
def settled(qtbot: QtBot, followed: Context) -> Callable[[], None]:
    """Waits until nothing runs beside the window."""
    return lambda: qtbot.waitUntil(lambda: not followed.jobs.busy, timeout=WAIT_MS)
