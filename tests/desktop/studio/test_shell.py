"""The frame of the studio on a real clinic: steps, the draft in hand, and what a lock leaves."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from desktop.jobs import Task
from desktop.places import offered
from desktop.studio.presenter import STEPS, StudioPresenter
from desktop.studio.view import StudioView
from engine.domain.models import ModelStage
from engine.domain.ports import FixedClock
from engine.workflows import users
from engine.workflows.clinics import open_clinic
from engine.workflows.unlock import change_passphrase, unlock
from engine.workflows.users import Role
from tests.desktop.conftest import NOW
from tests.desktop.opening import PASSPHRASE, WAIT_MS
from tests.desktop.studio.conftest import copied

Settled = Callable[[], None]
OTHER = "four winds over hills"
MODEL = "ill_here@1.0.0"


def shown(qtbot: QtBot, presenter: StudioPresenter, settled: Settled, width: int = 1286) -> StudioView:
    view = StudioView(presenter.context.ui, presenter)
    qtbot.addWidget(view)
    view.resize(width, 680)
    view.show()
    qtbot.waitExposed(view)
    settled()
    return view


def test_a_draft_is_listed_with_its_next_step_and_taken_in_hand(
    qtbot: QtBot, presenter: StudioPresenter, settled: Settled
) -> None:
    view = shown(qtbot, presenter, settled)
    assert [model.name for model in presenter.models or ()] == [MODEL]
    open_ = view.findChild(QAbstractButton, f"open:{MODEL}")
    assert open_ is not None
    assert [presenter.is_open(step) for step in STEPS[3:]] == [False] * 3
    presenter.open_model(MODEL, "outcome")
    settled()
    held = presenter.in_hand
    assert held is not None
    assert (held.name, held.model.stage) == (MODEL, ModelStage.DRAFT)
    assert held.training.figure("auroc") is not None
    assert [presenter.is_open(step) for step in STEPS[3:]] == [True] * 3


def test_a_lock_leaves_the_draft_in_hand_and_the_step(
    qtbot: QtBot, presenter: StudioPresenter, settled: Settled
) -> None:
    presenter.open_model(MODEL, "outcome")
    settled()
    presenter.notes["card"] = {"reason": "why"}
    presenter.here = True
    presenter.keep_place()
    settled()
    again = StudioPresenter(presenter.context)
    told: list[bool] = []
    again.resume(told.append)
    settled()
    assert told == [True]
    assert again.in_hand is not None
    assert (again.in_hand.name, again.step, again.notes) == (MODEL, "outcome", {"card": {"reason": "why"}})


def test_the_arrows_walk_along_open_steps_only(qtbot: QtBot, presenter: StudioPresenter, settled: Settled) -> None:
    view = shown(qtbot, presenter, settled)
    asked: list[int] = []
    view.stepper.asked.connect(asked.append)
    QTest.keyClick(view.stepper, Qt.Key.Key_Right)
    assert asked == []
    view.stepper.show_steps(2, {0, 2, 3}, {0, 1})
    QTest.keyClick(view.stepper, Qt.Key.Key_Left)
    QTest.keyClick(view.stepper, Qt.Key.Key_Right)
    assert asked == [0, 3]
    assert [view.stepper.is_done(at) for at in range(4)] == [True, True, False, False]


def test_live_numbers_never_wait_for_a_training(
    qtbot: QtBot, presenter: StudioPresenter, settled: Settled, tmp_path: Path
) -> None:
    jobs, order = presenter.context.jobs, list[str]()
    gate = threading.Event()

    def wait(task: Task) -> str:
        assert gate.wait(30)
        return "trained"

    jobs.train(presenter, wait, order.append)
    jobs.learn(presenter, lambda task: "looked", order.append)
    jobs.compute(presenter, lambda task: "answered", order.append)
    qtbot.waitUntil(lambda: len(order) == 2, timeout=WAIT_MS)
    gate.set()
    settled()
    assert (sorted(order[:2]), order[2:]) == (["answered", "looked"], ["trained"])


@pytest.mark.parametrize(
    ("role", "there"),
    [(Role.CLINICIAN, True), (Role.ADMINISTRATOR, True), (Role.FRONT_DESK, False), (Role.AUDITOR, False)],
)
def test_the_place_is_offered_to_who_may_see_records_or_change_the_clinic(
    tmp_path: Path, trained_store: Path, role: Role, there: bool
) -> None:
    folder = copied(trained_store, tmp_path)
    with open_clinic(folder, PASSPHRASE, FixedClock(NOW)) as clinic:
        assert offered(clinic, "studio")
        given = users.add(clinic, PASSPHRASE, "Ben Li", [role])
    clinic = unlock(folder, given.one_time, FixedClock(NOW), who="Ben Li")
    change_passphrase(clinic, given.one_time, OTHER)
    clinic.vault.close()
    clinic = unlock(folder, OTHER, FixedClock(NOW), who="Ben Li")
    try:
        assert offered(clinic, "studio") is there
    finally:
        clinic.vault.close()
