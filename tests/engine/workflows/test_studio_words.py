"""What the studio says of a gate and of a trained model: the answer, how long it takes, and what it is worth."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.domain.studio import FollowUp
from engine.fields import load_dictionary
from engine.packs import Manifest
from engine.packs.training import Rival, Told, Training
from engine.wording import load_wording
from engine.workflows.studio_words import (
    AGE_AND_SEX,
    Sized,
    clinic_range,
    gate_words,
    left_out_words,
    sized_of,
    verdict_words,
    waiting_words,
)
from engine.workflows.train_file import TrainWish, train_file
from tests.engine.workflows.tables import table

EN = load_wording("en")


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    place = tmp_path_factory.mktemp("trained")
    wish = TrainWish("ill", folds=4, repeats=1, bootstraps=10, anyway=True)
    found = train_file(table(place, 700), place / "model", wish, load_dictionary())
    assert found.pack is not None
    return found.pack.manifest


def training(manifest: Manifest) -> Training:
    assert manifest.training is not None
    return manifest.training


def told_with(manifest: Manifest, **changed: object) -> Manifest:
    return replace(manifest, training=replace(training(manifest), **changed))  # type: ignore[arg-type]  # by name


def against(name: str, low: float, high: float) -> Rival:
    return Rival(name, (Told("auroc", (low + high) / 2, low, high),))


def enough(manifest: Manifest) -> Manifest:
    return told_with(manifest, gate=replace(training(manifest).gate, answer="train"))


@pytest.mark.parametrize(
    ("answer", "head"),
    [("train", "Enough to train"), ("recalibrate", "Adjust, do not train yet"), ("not_yet", "Not yet")],
)
def test_the_gate_says_its_answer_with_events_at_hand_and_needed(answer: str, head: str) -> None:
    told = gate_words(Sized(answer, 402, 29, 210), EN)
    assert told[0] == head
    assert "29" in told[1]
    assert "210" in told[1]


def test_how_many_events_a_published_tool_has_is_told_beside_those_of_ones_own() -> None:
    told = gate_words(Sized("recalibrate", 402, 29, 210, adjust_events=47, tool_events=52), EN)[1]
    assert told == (
        "52 events are enough to move two numbers of the published tool."
        " A model of your own needs about 210 and has 29."
    )


@pytest.mark.parametrize(
    ("months", "said"), [(None, "500 more people"), (18, "about 18 months"), (40, "about 4 years")]
)
def test_what_is_lacking_is_told_in_people_months_and_years(months: int | None, said: str) -> None:
    told = waiting_words(Sized("not_yet", 402, 29, 210, people_more=500, months_more=months, most_parameters=3), EN)
    assert told is not None
    assert said in told[0]
    assert "3 parameters" in told[1]
    assert waiting_words(Sized("train", 402, 229, 210, people_more=0), EN) is None


def test_a_pack_tells_the_same_size_as_the_look_before_it(manifest: Manifest) -> None:
    gate = training(manifest).gate
    size = sized_of(gate)
    assert gate.needed is not None
    assert size.needed_events is not None
    assert (size.people, size.events) == (gate.people, gate.events)
    assert size.needed_events == pytest.approx(gate.needed * gate.events / gate.people, abs=1)


def test_people_who_give_no_row_are_told_with_the_reason_the_commonest_first() -> None:
    follow = FollowUp(10, 2, 3.0, 0.0, {"not_followed": 3, "outcome_before": 7, "repeated": 0})
    assert [count for _, count in left_out_words(follow, EN)] == [7, 3]


def test_a_model_of_too_few_people_is_to_look_at_only_however_well_it_does(manifest: Manifest) -> None:
    few = told_with(manifest, gate=replace(training(manifest).gate, answer="not_yet"))
    assert (verdict_words(few, EN).tone, verdict_words(few, EN).head) == ("warn", "To look at only")


@pytest.mark.parametrize(
    ("low", "high", "tone", "head"),
    [
        (0.02, 0.08, "ok", "Better than age and sex alone"),
        (-0.01, 0.05, "warn", "Not clearly better than age and sex"),
        (-0.08, -0.02, "warn", "Not clearly better than age and sex"),
    ],
)
def test_the_verdict_follows_what_was_gained_over_age_and_sex(
    manifest: Manifest, low: float, high: float, tone: str, head: str
) -> None:
    found = verdict_words(told_with(enough(manifest), rivals=(against(AGE_AND_SEX, low, high),)), EN)
    assert (found.tone, found.head) == (tone, head)


def test_without_age_among_the_predictors_nothing_is_said_of_age_and_sex(manifest: Manifest) -> None:
    found = verdict_words(told_with(enough(manifest), rivals=(against("sex_alone", 0.2, 0.3),)), EN)
    assert found.head == "Tells people apart"
    assert not any("age and sex" in line for line in found.lines)
    assert any("sex alone" in line for line in found.lines)


@pytest.mark.parametrize(
    ("figure", "low", "high", "said"),
    [
        ("observed_expected", 1.1, 1.6, "too low"),
        ("observed_expected", 0.5, 0.9, "too high"),
        ("slope", 0.4, 0.8, "high risks are too high"),
        ("slope", 1.2, 1.9, "too close together"),
    ],
)
def test_risks_that_do_not_fit_are_told_as_what_they_are(
    manifest: Manifest, figure: str, low: float, high: float, said: str
) -> None:
    fine = {"observed_expected": (0.9, 1.1), "slope": (0.9, 1.1)} | {figure: (low, high)}
    kept = [each for each in training(manifest).figures if each.name not in fine]
    figures = (*kept, *(Told(name, sum(ends) / 2, *ends) for name, ends in fine.items()))
    assert any(said in line for line in verdict_words(told_with(manifest, figures=figures), EN).lines)


def test_the_range_of_a_clinic_lies_around_its_threshold(manifest: Manifest) -> None:
    assert clinic_range(replace(training(manifest), threshold=0.1)) == (0.05, 0.2)
    assert clinic_range(replace(training(manifest), threshold=0.8)) == (0.4, 0.99)


def test_every_verdict_can_be_said_in_chinese(manifest: Manifest, tmp_path: Path) -> None:
    found = verdict_words(enough(manifest), load_wording("zh"))
    assert found.spread is not None
    assert all(any("\u4e00" <= sign <= "\u9fff" for sign in line) for line in (found.head, *found.lines, *found.spread))
