"""A drill through its panel: opened, compared, three people beside each other, an answer, a report on paper."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop.context import Context
from desktop.emergency import EmergencyDesk
from desktop.printing import Printers
from desktop.security.drill_card import DrillCard, DrillPanel
from desktop.security.drilling import Drilling
from desktop.security.presenter import SecurityPresenter
from engine.domain.document import Document
from engine.domain.report import Paper
from engine.workflows.clinics import OpenClinic
from engine.workflows.drill_sheet import document_images, drill_sheet, typeset_document
from engine.workflows.practice import practice_passphrase
from tests.desktop.conftest import WAIT_MS


@pytest.fixture
def presenter(qtbot: QtBot, practice: Context, tmp_path: Path) -> SecurityPresenter:
    """The page's presenter with a backup made."""
    made = SecurityPresenter(practice, Printers(practice), EmergencyDesk(practice))
    (stick := tmp_path / "stick").mkdir()
    made.backups.look()
    made.backups.back_up_now(stick)
    qtbot.waitUntil(lambda: not made.backups.runs, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: made.backups.folder is not None and practice.jobs.busy == 0, timeout=WAIT_MS)
    return made


@pytest.fixture
def panel(qtbot: QtBot, practice: Context, presenter: SecurityPresenter) -> DrillPanel:
    presenter.open_drill()
    qtbot.waitUntil(lambda: presenter.drilling.looked, timeout=WAIT_MS)
    made = DrillPanel(practice.ui, presenter)
    qtbot.addWidget(made)
    made.show()
    return made


def said(widget: QWidget) -> str:
    labels = [label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget)]
    return "\n".join(labels).replace("\u200b", "")


def run(qtbot: QtBot, drilling: Drilling, passphrase: str) -> None:
    drilling.start(passphrase)
    qtbot.waitUntil(lambda: not drilling.runs, timeout=WAIT_MS)


def last_entry(qtbot: QtBot, context: Context) -> str:
    found: list[str] = []

    def read(clinic: OpenClinic) -> str:
        return str(clinic.vault.ledger.database.rows("SELECT action FROM audit ORDER BY seq DESC LIMIT 1")[0][0])

    context.on_store(context, read, found.append)
    qtbot.waitUntil(lambda: bool(found), timeout=WAIT_MS)
    return found[0]


def test_a_wrong_passphrase_is_told_and_the_drill_stays_due(
    qtbot: QtBot, panel: DrillPanel, presenter: SecurityPresenter
) -> None:
    run(qtbot, presenter.drilling, "not this one")
    assert presenter.drilling.problem in said(panel)
    assert presenter.drilling.done is None
    assert presenter.backups.overview is not None
    assert presenter.backups.overview.standing.drill_due


def test_three_people_stand_beside_each_other_and_the_answer_is_kept(
    qtbot: QtBot, panel: DrillPanel, presenter: SecurityPresenter, practice: Context
) -> None:
    panel._passphrase.set_text(practice_passphrase("en"))
    panel._go.click()
    assert panel._passphrase.text() == ""
    qtbot.waitUntil(lambda: not presenter.drilling.runs, timeout=WAIT_MS)
    done = presenter.drilling.done
    assert done is not None
    assert len(done.samples) == 3
    text = said(panel)
    assert "300 patients" in text
    for sample in done.samples:
        assert (sample.before.patient.name or "") in text
        assert all(before == now for _, before, now in panel._people.lines(sample))
    assert last_entry(qtbot, practice) == "backup.drill"
    panel._right.click()
    qtbot.waitUntil(lambda: presenter.drilling.answer_given is True, timeout=WAIT_MS)
    assert "The drill is done" in said(panel)
    assert last_entry(qtbot, practice) == "backup.drill_read"
    assert list(practice.clinic.vault.folder.glob(".drill-*")) == []


def test_records_that_look_wrong_leave_the_drill_due(
    qtbot: QtBot, panel: DrillPanel, presenter: SecurityPresenter, practice: Context
) -> None:
    run(qtbot, presenter.drilling, practice_passphrase("en"))
    panel._wrong.click()
    qtbot.waitUntil(lambda: presenter.drilling.answer_given is False, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: practice.jobs.busy == 0, timeout=WAIT_MS)
    assert "due again" in said(panel)
    assert presenter.backups.overview is not None
    assert presenter.backups.overview.standing.drill_due


def test_a_drill_that_is_stopped_leaves_no_trial_copy(
    qtbot: QtBot, panel: DrillPanel, presenter: SecurityPresenter, practice: Context
) -> None:
    presenter.drilling.start(practice_passphrase("en"))
    presenter.drilling.stop()
    qtbot.waitUntil(lambda: not presenter.drilling.runs, timeout=WAIT_MS)
    assert "stopped" in presenter.drilling.problem
    assert list(practice.clinic.vault.folder.glob(".drill-*")) == []


def test_the_card_says_whether_one_is_due_and_the_report_is_one_page(
    qtbot: QtBot, panel: DrillPanel, presenter: SecurityPresenter, practice: Context
) -> None:
    card = DrillCard(practice.ui, presenter)
    qtbot.addWidget(card)
    card.show()
    assert "Due: once a month" in said(card)
    run(qtbot, presenter.drilling, practice_passphrase("en"))
    qtbot.waitUntil(lambda: "Not due yet" in said(card), timeout=WAIT_MS)
    pages: list[Document] = []

    def every_page(clinic: OpenClinic) -> list[Document]:
        return [drill_sheet(clinic, language, paper) for language in ("en", "zh") for paper in Paper]

    practice.on_store(practice, every_page, pages.extend)
    qtbot.waitUntil(lambda: len(pages) == 4, timeout=WAIT_MS)
    for page in pages:
        assert page.foot.count("-") == 5
        assert len(document_images(page, 60)) == 1
        assert typeset_document(page).startswith(b"%PDF")


def test_without_a_stick_it_says_what_to_do(qtbot: QtBot, practice: Context) -> None:
    presenter = SecurityPresenter(practice, Printers(practice), EmergencyDesk(practice))
    presenter.open_drill()
    panel = DrillPanel(practice.ui, presenter)
    qtbot.addWidget(panel)
    panel.show()
    assert "There is no backup of this clinic" in said(panel)
    assert not panel._go.isVisibleTo(panel)
