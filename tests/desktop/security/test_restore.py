"""A restore through its page: what is shown before, refusals in words, and a clinic that opens afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from desktop.context import Context
from desktop.security.restore import RestorePanel
from desktop.security.restoring import Restoring, Typed
from engine.domain.ports import FixedClock
from engine.workflows import users
from engine.workflows.backups import back_up
from engine.workflows.clinics import ClinicRequest, create, open_clinic
from engine.workflows.unlock import change_passphrase, unlock
from engine.workflows.users import Role
from tests.desktop.conftest import NOW, WAIT_MS

ADAS, BENS = "a passphrase of Ada's own", "a passphrase of Ben's own"
ONE_TIME = "told once and changed"


@pytest.fixture
def stick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stick with a backup of a clinic of one administrator."""
    monkeypatch.setenv("LANTERN_KEY_COST", "floor")
    clock = FixedClock(NOW)
    request = ClinicRequest(tmp_path / "old", "Maple Lane", "GBR", owner_name="Ada Okafor")
    (tmp_path / "key.txt").write_text(create(request, ADAS, clock).recovery_key, encoding="utf-8")
    with open_clinic(tmp_path / "old", ADAS, clock) as clinic:
        back_up(clinic, tmp_path / "stick")
    return tmp_path / "stick"


@pytest.fixture
def restoring(qtbot: QtBot, context: Context, stick: Path) -> Restoring:
    made = Restoring(context)
    made.begin(stick)
    qtbot.waitUntil(lambda: made.chosen is not None, timeout=WAIT_MS)
    return made


@pytest.fixture
def panel(qtbot: QtBot, context: Context, restoring: Restoring) -> RestorePanel:
    made = RestorePanel(context.ui, restoring)
    qtbot.addWidget(made)
    made.show()
    return made


def said(panel: RestorePanel) -> str:
    labels = [label.text() for label in panel.findChildren(QLabel) if label.isVisibleTo(panel)]
    return "\n".join(labels).replace("\u200b", "")


def wait(qtbot: QtBot, restoring: Restoring) -> None:
    qtbot.waitUntil(lambda: not restoring.runs, timeout=WAIT_MS)


def test_what_a_backup_is_stands_there_before_anything_is_typed(panel: RestorePanel, restoring: Restoring) -> None:
    text = said(panel)
    assert "Made by Ada Okafor" in text
    assert restoring.chosen is not None
    assert restoring.chosen.checkpoint in text
    assert "0 people" in panel._backups.currentText()


def test_a_folder_without_backups_says_so(qtbot: QtBot, panel: RestorePanel, restoring: Restoring) -> None:
    restoring.look_in(restoring.context.paths.data)
    qtbot.waitUntil(lambda: bool(restoring.problem), timeout=WAIT_MS)
    assert "There is no backup in this folder" in said(panel)
    assert not panel._go.isEnabled()


def test_a_wrong_passphrase_is_told_and_leaves_nothing(qtbot: QtBot, panel: RestorePanel, restoring: Restoring) -> None:
    restoring.restore(Typed("not this one", reason="The disk broke"))
    wait(qtbot, restoring)
    assert restoring.problem == restoring.context.texts.wording.say("error.passphrase_wrong")
    assert not restoring.target.exists()


def test_alone_it_takes_a_reason(panel: RestorePanel, restoring: Restoring) -> None:
    panel._secret.set_text(ADAS)
    panel._go.click()
    assert "why" in restoring.problem
    assert not restoring.runs


def test_restored_it_says_how_many_and_opens(
    qtbot: QtBot, panel: RestorePanel, restoring: Restoring, tmp_path: Path
) -> None:
    panel._secret.set_text(ADAS)
    panel._reason.set_text("The disk broke")
    panel._go.click()
    wait(qtbot, restoring)
    assert restoring.problem == ""
    text = said(panel)
    assert "Restored and checked: 0 people and 0 visits" in text
    assert str(restoring.target) in text
    with qtbot.waitSignal(restoring.open_asked, timeout=WAIT_MS) as asked:
        panel._open.click()
    assert asked.args == [restoring.target]
    clinic = unlock(restoring.target, ADAS, FixedClock(NOW))
    clinic.vault.close()
    assert (tmp_path / "old" / "store.db").is_file()


def test_the_recovery_sheet_restores_too(
    qtbot: QtBot, panel: RestorePanel, restoring: Restoring, tmp_path: Path
) -> None:
    restoring.turn_to_recovery(True)
    assert panel._key.isVisibleTo(panel)
    assert not panel._secret.isVisibleTo(panel)
    key = (tmp_path / "key.txt").read_text(encoding="utf-8")
    restoring.restore(Typed(key, reason="Everybody forgot"))
    wait(qtbot, restoring)
    assert restoring.problem == ""
    assert restoring.restored is not None


def test_where_there_is_another_administrator_one_of_them_agrees(
    qtbot: QtBot, panel: RestorePanel, restoring: Restoring, tmp_path: Path
) -> None:
    clock = FixedClock(NOW)
    with open_clinic(tmp_path / "old", ADAS, clock) as clinic:
        ben = users.add(clinic, ADAS, "Ben Li", [Role.ADMINISTRATOR], ONE_TIME).user
    his = unlock(tmp_path / "old", ONE_TIME, clock, who=ben.id)
    change_passphrase(his, ONE_TIME, BENS)
    back_up(his, tmp_path / "two")
    his.vault.close()
    restoring.look_in(tmp_path / "two")
    qtbot.waitUntil(lambda: len(restoring.openers) == 2, timeout=WAIT_MS)
    assert panel._second.isVisibleTo(panel)
    assert not panel._reason.isVisibleTo(panel)
    restoring.restore(Typed(ADAS))
    assert "Another administrator has to agree" in restoring.problem
    restoring.restore(Typed(ADAS, ben.id, "not his"))
    wait(qtbot, restoring)
    assert restoring.problem
    assert restoring.restored is None
    restoring.restore(Typed(ADAS, ben.id, BENS))
    wait(qtbot, restoring)
    assert restoring.problem == ""
    assert restoring.restored is not None


def test_a_place_that_is_refused_is_refused_in_words(
    qtbot: QtBot, panel: RestorePanel, restoring: Restoring, tmp_path: Path
) -> None:
    (cloud := tmp_path / "Dropbox").mkdir()
    restoring.choose_target(cloud)
    restoring.restore(Typed(ADAS, reason="The disk broke"))
    wait(qtbot, restoring)
    assert "Dropbox" in restoring.problem
    assert list(cloud.iterdir()) == []


def test_a_folder_that_is_not_empty_gets_a_new_one_inside(restoring: Restoring, tmp_path: Path) -> None:
    restoring.choose_target(tmp_path)
    assert restoring.target == tmp_path / "clinic"
    assert not restoring.target.exists()
