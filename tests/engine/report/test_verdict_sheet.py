"""The verdict on a trained model on paper: one page for each verdict, in both languages and sizes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import numpy as np
import pytest

from engine.domain.clinic_packs import PackOrigin
from engine.domain.models import KeptModel, ModelLook, ModelStage, ModelState, ModelVerdict, VerdictReason
from engine.domain.recalibration import LeftOut
from engine.domain.report import Paper
from engine.domain.results import PackRef
from engine.report.typeset import page_count
from engine.report.verdict_sheet import VerdictFacts, typeset_verdict, verdict_images, verdict_sheet
from engine.risk.recalibration.fit import Parameters
from engine.risk.recalibration.judge import Followed
from engine.risk.recalibration.rules import load_rules
from engine.risk.watch.rules import load_watch_rules
from engine.risk.watch.verdict import look
from engine.wording import load_wording
from tests.engine.risk.recalibration.simulated import people_followed

MODEL = PackRef("diabetes_here", "1.2.0", "ab" * 32)
BEGAN, AT = datetime(2026, 1, 5, 9, tzinfo=UTC), datetime(2026, 11, 29, 12, tzinfo=UTC)
TRUTH = {
    ModelVerdict.CALIBRATED: (1, 4000, Parameters()),
    ModelVerdict.UNCLEAR: (2, 200, Parameters()),
    ModelVerdict.DO_NOT_USE: (5, 3000, Parameters(float(np.log(2)))),
}
LEFT_OUT = {LeftOut.NO_RISK: 41, LeftOut.OUTCOME_BEFORE: 112, LeftOut.OUTCOME_UNDATED: 3, LeftOut.NOT_FOLLOWED: 260}


@cache
def looked(verdict: ModelVerdict) -> ModelLook:
    """A look at simulated people whose hazard is the told one, too few of them, and twice the told one."""
    seed, count, truth = TRUTH[verdict]
    people = people_followed(np.random.default_rng(seed), count, truth)
    followed = Followed(people, LEFT_OUT, BEGAN.date(), AT.date(), still_followed=count)
    rules, watch = load_rules(), load_watch_rules()
    found = look(followed, MODEL, "risk", rules, watch, predicted=count, refused=17)
    assert found.verdict is verdict
    return found


def facts(
    found: ModelLook, language: str = "en", stage: ModelStage = ModelStage.SHADOW, *, ready: bool = True
) -> VerdictFacts:
    words = load_wording(language)
    stages = [ModelState(ModelStage.DRAFT, BEGAN, "Ann"), ModelState(ModelStage.SHADOW, BEGAN, "Ann")]
    stages += [] if stage is ModelStage.SHADOW else [ModelState(stage, AT, "Ann")]
    return VerdictFacts(
        clinic_name="Maple Lane Clinic",
        country="GBR",
        practice=False,
        program="Lantern",
        at=AT,
        title={"en": "Diabetes within 5 years, people of this clinic", "zh": "五年内患糖尿病的风险（本诊所）"}[
            language
        ],
        tells={"en": "diabetes within 5 years", "zh": "五年内患糖尿病"}[language],
        outcome={"en": "diabetes", "zh": "糖尿病"}[language],
        model=KeptModel(MODEL, PackOrigin.MADE_HERE, tuple(stages), "diabetes", 0.2),
        look=found,
        why=tuple(words.say(f"watch.reason.{each}", events=20, needed=47) for each in found.reasons),
        next=tuple(words.say(f"verdict_sheet.todo.{each}") for each in ("stop", "look", "train")),
        left_out="; ".join(f"{count} {words.say(f'recalibration.left_out.{why}')}" for why, count in LEFT_OUT.items()),
        ready=ready,
        days=328 if ready else 9,
        people=3983 if ready else 4,
        least_days=28,
        least_people=50,
    )


@pytest.mark.parametrize("verdict", [*ModelVerdict])
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("paper", [*Paper])
def test_each_verdict_is_one_page_and_the_same_twice(verdict: ModelVerdict, language: str, paper: Paper) -> None:
    sheet = verdict_sheet(facts(looked(verdict), language), language, paper)
    pdf = typeset_verdict(sheet)
    assert page_count(pdf) == 1
    assert pdf == typeset_verdict(sheet)
    assert sheet.verdict == load_wording(language).say(f"verdict_sheet.verdict.{verdict}")


def test_the_longest_page_still_is_one() -> None:
    """Every reason at once, a title over two lines, and a practice clinic."""
    found = looked(ModelVerdict.DO_NOT_USE)
    reasons = (VerdictReason.LEVEL, VerdictReason.NO_ORDER, VerdictReason.WORSE_THAN_RATE)
    for language in ("en", "zh"):
        told = replace(
            facts(replace(found, reasons=reasons), language),
            title="Diabetes within five years among people who come for something else " * 2,
            clinic_name="The Clinic of the Three Villages beyond the River " * 2,
            practice=True,
        )
        for paper in Paper:
            assert page_count(typeset_verdict(verdict_sheet(told, language, paper))) == 1


def test_its_numbers_are_those_of_the_look() -> None:
    found = looked(ModelVerdict.CALIBRATED)
    sheet = verdict_sheet(facts(found), "en", Paper.A4)
    assert found.figures is not None
    assert found.figures.before is not None
    assert found.brier is not None
    assert sheet.figures is not None
    rows = {row[0]: row[1:] for row in sheet.figures.table.rows}
    ratio = found.figures.before.observed_to_expected
    assert rows["Seen / told (observed to expected)"] == (
        f"{ratio.value:.2f} ({ratio.low:.2f} to {ratio.high:.2f})",
        "1",
        "as many as it told, within chance",
    )
    assert rows["Brier score"][0] == f"{found.brier.model:.4f}"
    assert rows["People with the outcome"][0] == str(found.figures.events)
    assert sheet.groups is not None
    assert [int(row[2]) for row in sheet.groups.table.rows] == [each.people for each in found.figures.groups]
    assert sheet.plot is not None
    assert len(sheet.plot.spots) == len(found.figures.groups)
    assert all(0 <= spot.low <= spot.at[1] <= spot.high <= 1 for spot in sheet.plot.spots)


@pytest.mark.parametrize(
    ("verdict", "stage", "ready", "boxes", "people"),
    [
        (ModelVerdict.CALIBRATED, ModelStage.SHADOW, True, ("approve", "go_on", "retire"), 2),
        (ModelVerdict.CALIBRATED, ModelStage.SHADOW, False, ("go_on", "retire"), 1),
        (ModelVerdict.UNCLEAR, ModelStage.SHADOW, True, ("approve", "go_on", "retire"), 2),
        (ModelVerdict.DO_NOT_USE, ModelStage.SHADOW, True, ("go_on", "retire"), 1),
        (ModelVerdict.CALIBRATED, ModelStage.APPROVED, True, ("stay", "retire"), 1),
        (ModelVerdict.DO_NOT_USE, ModelStage.APPROVED, True, ("retire",), 1),
        (ModelVerdict.UNCLEAR, ModelStage.RETIRED, True, ("begin", "stay_retired"), 1),
    ],
)
def test_only_what_can_be_done_has_a_box(
    verdict: ModelVerdict, stage: ModelStage, *, ready: bool, boxes: tuple[str, ...], people: int
) -> None:
    signing = verdict_sheet(facts(looked(verdict), stage=stage, ready=ready), "en", Paper.A4).signing
    words = load_wording("en")
    assert signing.boxes == tuple(words.say(f"verdict_sheet.box.{name}") for name in boxes)
    assert len(signing.people) == people
    two = words.say("verdict_sheet.sign.two")
    assert (two in signing.rules) is (people == 2)
    assert (words.say("verdict_sheet.sign.reason") in signing.rules) is (
        people == 2 and verdict is ModelVerdict.UNCLEAR
    )


def test_a_model_whose_outcome_nobody_named_has_a_page_without_figures() -> None:
    found = ModelLook(MODEL, ModelVerdict.UNCLEAR, (VerdictReason.NO_OUTCOME,), 60, 0)
    sheet = verdict_sheet(replace(facts(found), outcome=None, left_out=""), "en", Paper.LETTER)
    assert (sheet.figures, sheet.groups, sheet.plot) == (None, None, None)
    assert ("Held against", "nothing: no outcome is named") in sheet.looked_at.table.rows
    assert len(verdict_images(sheet, 40)) == 1
