"""The practice clinic with people who came for years, and the steps from a question to a draft."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from desktop.studio.presenter import StudioPresenter
from tests.screens.stage import Stage, wait_until

# Enough to see how it looks; the figures of so few models are no judgement.
_QUICK: dict[str, Any] = {"folds": 5, "repeats": 1, "bootstraps": 30}
_KNOWN = ("age", "sex", "bmi_kg_m2", "fasting_glucose_mmol_l", "on_bp_treatment")
_DIABETES, _HEART = "declared:diabetes", "declared:heart_attack_stroke"


def _begun(stage: Stage) -> StudioPresenter:
    """Open the studio of the practice clinic, without an answer."""
    stage.open_practice()
    stage.work.go("studio")
    studio = stage.work.studio
    wait_until(lambda: studio.asking.outcomes is not None and not studio.asking.busy, "choices")
    studio.put_down()
    stage.rest()
    return studio


def _question(stage: Stage, *, years: bool = True, more: bool = False) -> StudioPresenter:
    """Ask who will get diabetes within five years; ``years``: with people who were followed for so long."""
    studio = _begun(stage)
    if years and studio.asking.can_add_years:
        studio.asking.add_years()
        wait_until(lambda: not studio.asking.busy and not studio.asking.can_add_years, "years")
    studio.asking.choose(group="declared")
    studio.asking.choose(outcome=_DIABETES, horizon="5")
    studio.asking.more = more
    studio.asking.choose()
    stage.rest()
    return studio


def _checked(stage: Stage, *, few: bool = False) -> StudioPresenter:
    """Look what the data allow, with all predictors or with few."""
    studio = _question(stage)
    if few:
        off = tuple(each.field for each in studio.asking.predictors if each.field not in _KNOWN)
        studio.asking.choose(off=off)
    studio.check()
    wait_until(lambda: not studio.checking.running, "look")
    stage.rest()
    return studio


def question(stage: Stage, *, years: bool = True, more: bool = False) -> None:
    """Show the question."""
    _question(stage, years=years, more=more)


def checked(stage: Stage) -> None:
    """Show what the data allow."""
    _checked(stage)


def adjusted(stage: Stage) -> None:
    """Hold the published tool against what happened."""
    studio = _question(stage)
    studio.asking.choose(outcome=_HEART, horizon="5")
    studio.check()
    wait_until(lambda: not studio.checking.running, "look")
    studio.adjust()
    wait_until(lambda: not studio.fitting.busy, "adjust")
    stage.rest()


def fitted(stage: Stage, *, as_table: bool = False) -> None:
    """Train, and show what came out."""
    studio = stage.work.studio if stage.app.work is not None else None
    if studio is None or studio.in_hand is None:
        studio = _checked(stage, few=True)
        seen = studio.checking.seen
        assert seen is not None
        studio.checking.seen = replace(seen, wish=replace(seen.wish, **_QUICK))
        studio.train()
        wait_until(lambda: not studio.fitting.busy, "train")
    if studio.as_table is not as_table:
        studio.turn_pictures()
    stage.work.shell.toast.hide()
    stage.rest()
