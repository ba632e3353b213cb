"""The monthly look at trained models when the window is open: once a month, beside other work, told as a review."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from desktop.context import Context
from desktop.months import Months
from engine.domain.ports import FixedClock
from engine.errors import EngineError
from engine.workflows import reviews
from engine.workflows.clinics import open_clinic
from engine.workflows.import_files import ImportRequest, import_file
from engine.workflows.models import add_draft, shadow
from engine.workflows.predictors import Predictors
from engine.workflows.unlock import unlock
from tests.desktop.conftest import WAIT_MS
from tests.engine.workflows.trained import HEADER, trained_folder
from tests.made_once import new_clinic

PASSPHRASE = "a passphrase for tests"
Result = TypeVar("Result")
MARCH = datetime(2025, 3, 1, 9, tzinfo=UTC)


def visits(place: Path, month: int, higher: float = 0.0) -> Path:
    random = np.random.default_rng(month)
    rows = [
        f"D{month:02d}{n:03d},Fictional {month:02d}{n:03d},{'MF'[n % 2]},{1950 + n % 25}-05-01,"
        f"{date(2025, month, 2 + n % 26)},{random.normal(135 + higher, 15):.0f},never,false\n"
        for n in range(60)
    ]
    (table := place / f"month-{month}.csv").write_text(HEADER + "".join(rows), encoding="utf-8")
    return table


@pytest.fixture
def april(qtbot: QtBot, context: Context, tmp_path: Path, predictors: Predictors) -> Iterator[Context]:
    """A clinic whose model has been in shadow since March, in which cuffs read too high; opened on 2 April."""
    folder = tmp_path / "clinic"
    new_clinic(folder, "GBR", PASSPHRASE, FixedClock(MARCH))
    with open_clinic(folder, PASSPHRASE, FixedClock(MARCH)) as clinic:
        import_file(clinic, visits(tmp_path, 2), ImportRequest())
        add_draft(clinic, trained_folder(tmp_path / "made"))
        shadow(clinic, "toy")
    context.clock = FixedClock(datetime(2025, 4, 2, 9, tzinfo=UTC))
    with open_clinic(folder, PASSPHRASE, context.clock) as clinic:
        import_file(clinic, visits(tmp_path, 3, higher=60), ImportRequest())
    context.take_clinic(on_lane(qtbot, context, lambda: unlock(folder, PASSPHRASE, context.clock, predictors)))
    yield context
    held = context.let_go()
    assert held is not None
    on_lane(qtbot, context, held.vault.close)


def on_lane(qtbot: QtBot, context: Context, work: Callable[[], Result]) -> Result:
    ended: list[Result] = []
    failed: list[EngineError] = []
    context.jobs.store(context, lambda task: work(), ended.append, failed.append)
    qtbot.waitUntil(lambda: bool(ended or failed), timeout=WAIT_MS)
    assert not failed
    return ended[0]


def waiting(qtbot: QtBot, context: Context) -> list[str]:
    clinic = context.clinic
    return on_lane(qtbot, context, lambda: [each.reason for each in reviews.waiting(clinic)])


def test_a_month_that_warns_becomes_a_review_once(qtbot: QtBot, april: Context) -> None:
    months = Months(april)
    assert waiting(qtbot, april) == []
    with qtbot.waitSignal(months.warned, timeout=WAIT_MS):
        months.look()
    assert waiting(qtbot, april) == ["inputs"]
    heard: list[None] = []
    months.warned.connect(lambda: heard.append(None))
    months.look()
    qtbot.waitUntil(lambda: not months.runs, timeout=WAIT_MS)
    assert (heard, waiting(qtbot, april)) == ([], ["inputs"])


def test_what_is_asked_of_the_store_meanwhile_has_its_turn(qtbot: QtBot, april: Context) -> None:
    months, order = Months(april), list[str]()
    months.warned.connect(lambda: order.append("the month"))
    months.look()
    april.on_store(april, lambda clinic: None, lambda _: order.append("somebody"))
    qtbot.waitUntil(lambda: len(order) == 2, timeout=WAIT_MS)
    assert order == ["somebody", "the month"]


def test_opening_a_clinic_asks_nothing_of_the_store(qtbot: QtBot, april: Context) -> None:
    """The first look comes when the list has long been there."""
    before = april.jobs.busy
    Months(april).begin()
    assert april.jobs.busy == before
    qtbot.wait(100)
    assert april.jobs.busy == before


def test_a_month_that_was_broken_off_is_looked_at_again(qtbot: QtBot, april: Context) -> None:
    months = Months(april)
    months.look()
    april.jobs.cancel_running()
    qtbot.waitUntil(lambda: not months.runs, timeout=WAIT_MS)
    with qtbot.waitSignal(months.warned, timeout=WAIT_MS):
        months.look()
    assert waiting(qtbot, april) == ["inputs"]
