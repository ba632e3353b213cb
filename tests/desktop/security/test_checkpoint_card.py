"""The checkpoint of now, and one from paper that is compared."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from desktop.context import Context
from desktop.emergency import EmergencyDesk
from desktop.printing import Printers
from desktop.security.checkpoint_card import CheckpointCard
from desktop.security.presenter import SecurityPresenter
from engine.domain.report import Paper
from engine.workflows.checkpoints import checkpoint_sheet, document_images, typeset_document
from engine.workflows.clinics import OpenClinic
from tests.desktop.conftest import WAIT_MS


@pytest.fixture
def card(qtbot: QtBot, practice: Context) -> CheckpointCard:
    made = CheckpointCard(practice.ui, SecurityPresenter(practice, Printers(practice), EmergencyDesk(practice)))
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: bool(made._now.text()), timeout=WAIT_MS)
    return made


def answer_to(qtbot: QtBot, card: CheckpointCard, text: str) -> str:
    card._answer.say("")
    card._typed.setText(text)
    card._compare()
    qtbot.waitUntil(lambda: bool(card._answer.text), timeout=WAIT_MS)
    return card._answer.text


def test_the_one_of_now_holds_and_others_are_told_apart(qtbot: QtBot, card: CheckpointCard) -> None:
    now = card._now.text().replace("\u200b", "")
    assert "It holds" in answer_to(qtbot, card, f"  {now.lower()} ")
    epoch, seq, *letters = now.split("-")
    assert "older than the paper" in answer_to(qtbot, card, "-".join([epoch, str(int(seq) + 9), *letters]))
    assert "Another entry" in answer_to(qtbot, card, "-".join([epoch, seq, "AAAA", *letters[1:]]))
    assert "no checkpoint" in answer_to(qtbot, card, "yesterday")


def test_the_page_holds_it_and_names_no_patient(qtbot: QtBot, practice: Context) -> None:
    found: list[tuple[str, bytes, int]] = []

    def make(clinic: OpenClinic) -> list[tuple[str, bytes, int]]:
        pages = [checkpoint_sheet(clinic, language, paper) for language in ("en", "zh") for paper in Paper]
        return [(page.foot, typeset_document(page), len(document_images(page, 60))) for page in pages]

    practice.on_store(practice, make, found.extend)
    qtbot.waitUntil(lambda: len(found) == 4, timeout=WAIT_MS)
    assert {(pdf[:4], count) for _, pdf, count in found} == {(b"%PDF", 1)}
    assert len({foot.split("L1-")[1] for foot, _, _ in found}) == 1
