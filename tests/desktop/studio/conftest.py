"""A clinic with a model that was really trained, open on the store's lane of a real window."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from desktop.context import Context
from desktop.studio.presenter import StudioPresenter
from engine.domain.ports import FixedClock
from engine.fields import load_dictionary
from engine.risk.predictors import Predictors
from engine.workflows.clinics import ClinicRequest, create, open_clinic
from engine.workflows.models import add_draft
from engine.workflows.train_file import TrainWish, train_file
from tests.desktop.conftest import NOW
from tests.desktop.opening import PASSPHRASE, WAIT_MS, opened

# Few folds and samples: seconds instead of minutes, by the same way.
QUICK = {"folds": 2, "repeats": 1, "bootstraps": 4}
PEOPLE = 400


def write_table(path: Path, people: int = PEOPLE, seed: int = 7) -> Path:
    """Write a table of people, a third of whom fell ill, more often when older and with a higher pressure."""
    random = np.random.default_rng(seed)
    age, pressure = random.integers(40, 80, people), random.normal(138, 16, people)
    risk = 1 / (1 + np.exp(-(-1.0 + 0.07 * (age - 60) + 0.03 * (pressure - 138))))
    ill = random.random(people) < risk
    rows = [f"{age[at]},{'FM'[at % 2]},{pressure[at]:.0f},{int(ill[at])}\n" for at in range(people)]
    path.write_text("age,sex,pressure,ill\n" + "".join(rows), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def trained_store(tmp_path_factory: pytest.TempPathFactory, predictors: Predictors) -> Path:
    """The folder of a clinic that keeps one draft; tests open copies of it."""
    place = tmp_path_factory.mktemp("trained")
    clock = FixedClock(NOW)
    create(ClinicRequest(place / "clinic", "Maple Lane", "CHN"), PASSPHRASE, clock)
    wish = TrainWish("ill", anyway=True, **QUICK)  # type: ignore[arg-type]  # counts
    train_file(write_table(place / "table.csv"), place / "ill_here", wish, load_dictionary())
    with open_clinic(place / "clinic", PASSPHRASE, clock, predictors) as clinic:
        assert add_draft(clinic, place / "ill_here")[1] is not None
    return place / "clinic"


@pytest.fixture
def trained(
    qtbot: QtBot, context: Context, trained_store: Path, predictors: Predictors, tmp_path: Path
) -> Iterator[Context]:
    """Settings and lanes of a window with a copy of it open."""
    yield from opened(qtbot, context, copied(trained_store, tmp_path), predictors)


def copied(store: Path, place: Path) -> Path:
    """Return a copy of a clinic's folder."""
    shutil.copytree(store, place / "clinic")
    return place / "clinic"


@pytest.fixture
def presenter(trained: Context) -> StudioPresenter:
    """The studio's state."""
    return StudioPresenter(trained)


@pytest.fixture
def settled(qtbot: QtBot, context: Context) -> Callable[[], None]:
    """Waits until nothing runs beside the window."""
    return lambda: qtbot.waitUntil(lambda: not context.jobs.busy, timeout=WAIT_MS)
