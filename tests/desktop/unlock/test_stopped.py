"""A clinic that does not open as it is: look, go on with a reason, restore; what was put right is told."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop.context import Context
from desktop.main_window import MainWindow
from desktop.unlock.presenter import UnlockPresenter
from desktop.unlock.view import UnlockView
from desktop.work import Work
from engine.domain.ports import FixedClock
from engine.workflows.clinics import ClinicRequest, OpenClinic, create
from engine.workflows.unlock import unlock
from tests.desktop.unlock.front import opened_page

WAIT = 20_000
ADAS = "the passphrase of Ada"
CLOCK = FixedClock(datetime(2026, 11, 22, 10, 42, tzinfo=UTC))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LANTERN_KEY_COST", "floor")
    create(ClinicRequest(tmp_path / "clinic", "Riverside", "GBR", owner_name="Ada Okafor"), ADAS, CLOCK)
    return tmp_path / "clinic"


@pytest.fixture
def put_back(folder: Path) -> Path:
    """The clinic after somebody put back its database of an hour ago."""
    shutil.copy2(folder / "store.db", folder.parent / "old.db")
    clinic = unlock(folder, ADAS, CLOCK)
    for _ in range(3):
        clinic.vault.note("list.view")
    clinic.vault.close()
    shutil.copy2(folder.parent / "old.db", folder / "store.db")
    return folder


@pytest.fixture
def page(qtbot: QtBot, context: Context, folder: Path) -> tuple[UnlockPresenter, UnlockView]:
    context.change(clinic=str(folder))
    return opened_page(qtbot, context)


@pytest.fixture
def opened(page: tuple[UnlockPresenter, UnlockView], context: Context, qtbot: QtBot) -> Iterator[list[OpenClinic]]:
    found: list[OpenClinic] = []
    page[0].opened.connect(found.append)
    yield found
    for clinic in found:
        context.jobs.store(context, lambda task, each=clinic: each.vault.close(), lambda _: None)  # type: ignore[misc]  # a default in a lambda
    qtbot.waitUntil(lambda: context.jobs.busy == 0, timeout=WAIT)


def said(widget: QWidget) -> str:
    labels = [label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget)]
    return "\n".join(labels).replace("\u200b", "")


def wait(qtbot: QtBot, presenter: UnlockPresenter) -> None:
    qtbot.waitUntil(lambda: not presenter.busy and presenter.context.jobs.busy == 0, timeout=WAIT)


def test_where_work_is_missing_there_are_three_ways_out(
    qtbot: QtBot, put_back: Path, page: tuple[UnlockPresenter, UnlockView], opened: list[OpenClinic]
) -> None:
    presenter, view = page
    presenter.unlock(ADAS)
    wait(qtbot, presenter)
    assert "Saved work is missing" in said(view)
    assert "lantern verify" not in said(view)
    assert view._stopped._look.isVisibleTo(view)
    with qtbot.waitSignal(presenter.restore_asked, timeout=WAIT):
        view._stopped._restore.click()
    view._stopped._look.click()
    wait(qtbot, presenter)
    assert "Missing: 5." in said(view)
    assert "every row is as it was sealed" in said(view)
    view._stopped._go_on.click()
    assert "why work goes on" in said(view)
    assert not opened
    view._stopped._reason.set_text("The disk was exchanged")
    view._stopped._go_on.click()
    qtbot.waitUntil(lambda: bool(opened), timeout=WAIT)
    presenter.context.jobs.store(
        presenter, lambda task: opened[0].vault.ledger.database.rows("SELECT epoch FROM store"), lambda _: None
    )
    wait(qtbot, presenter)


def test_a_damaged_database_offers_a_backup_alone(
    qtbot: QtBot, folder: Path, page: tuple[UnlockPresenter, UnlockView], opened: list[OpenClinic]
) -> None:
    presenter, view = page
    database = folder / "store.db"
    database.write_bytes(database.read_bytes()[:100] + bytes(4000) + database.read_bytes()[4100:])
    presenter.unlock(ADAS)
    wait(qtbot, presenter)
    assert presenter.stopped == "broken"
    assert view._stopped._restore.isVisibleTo(view)
    assert not view._stopped._look.isVisibleTo(view)
    assert not opened


def test_what_was_put_right_is_told_once_above_every_page_and_leads_to_security(
    qtbot: QtBot, folder: Path, page: tuple[UnlockPresenter, UnlockView], opened: list[OpenClinic], context: Context
) -> None:
    (folder / "anchor-1.lantern").unlink()
    presenter, _ = page
    presenter.unlock(ADAS)
    qtbot.waitUntil(lambda: bool(opened), timeout=WAIT)
    context.take_clinic(opened[0])
    window = MainWindow()
    qtbot.addWidget(window)
    work = Work(context, window)
    work.show()
    qtbot.waitUntil(lambda: context.jobs.busy == 0, timeout=WAIT)
    assert "made again from the other" in work.shell.standing.text
    work.shell.standing._action.click()
    assert work.page == "security"
    assert work.shell.standing.text == ""
    work.rebuild()
    assert work.shell.standing.text == ""
    qtbot.waitUntil(lambda: context.jobs.busy == 0, timeout=WAIT)
    context.let_go()


def test_what_nobody_has_looked_at_is_told_at_the_next_opening_too(
    qtbot: QtBot, folder: Path, page: tuple[UnlockPresenter, UnlockView], opened: list[OpenClinic], context: Context
) -> None:
    (folder / "anchor-1.lantern").unlink()
    unlock(folder, ADAS, context.clock).vault.close()
    presenter, _ = page
    presenter.unlock(ADAS)
    qtbot.waitUntil(lambda: bool(opened), timeout=WAIT)
    assert opened[0].vault.ledger.state.standing.value == "sound"
    context.take_clinic(opened[0])
    window = MainWindow()
    qtbot.addWidget(window)
    work = Work(context, window)
    work.show()
    qtbot.waitUntil(lambda: "made again from the other" in work.shell.standing.text, timeout=WAIT)
    qtbot.waitUntil(lambda: context.jobs.busy == 0, timeout=WAIT)
    context.let_go()
