"""What is said of groups that are too small to tell."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from desktop.context import Context
from desktop.studio.figure_cards import GroupsCard
from engine.packs.training import Group, Told

RATIO = (Told("observed_expected", 1.0, 0.9, 1.1),)


def said(qtbot: QtBot, context: Context, *groups: Group) -> str:
    card = GroupsCard(context.ui, groups)
    qtbot.addWidget(card)
    return " ".join(label.text() for label in card.findChildren(QLabel))


def test_which_of_both_are_too_few_is_said_and_nothing_is_claimed_of_small_groups(
    qtbot: QtBot, context: Context
) -> None:
    few_ill = Group("age", "40-<50", 21, 4, grey=True, told=0.2, figures=RATIO)
    few_well = Group("age", "60-<70", 13, 10, grey=True, told=0.8, figures=RATIO)
    words = said(qtbot, context, few_ill, few_well)
    assert "under 10 events" in words
    assert "under 10 without it" in words
    assert "Every group is too small to tell." in words
    large = Group("sex", "F", 300, 60, grey=False, told=0.2, figures=RATIO)
    assert "Every group is too small" not in said(qtbot, context, few_ill, large)
