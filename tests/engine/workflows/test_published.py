"""A new model beside the published pack of the same outcome, on the same people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from engine.errors import PackError
from engine.fields import load_dictionary
from engine.learning.judgement.figures import Figure
from engine.learning.judgement.people import People
from engine.learning.judgement.published import PublishedRisk, compare_published
from engine.packs.manifest import Words
from engine.packs.small_card import published_part
from engine.wording import load_wording
from engine.workflows.published import published_risks
from engine.workflows.train_table import TrainedTable, train_on_table
from engine.workflows.train_wish import ModelKind, TrainWish

FRAMINGHAM = "framingham_2008_bmi"
WISH = TrainWish(
    "ill", existing=FRAMINGHAM, kind=ModelKind.LOGISTIC, folds=4, repeats=1, bootstraps=4, anyway=True, threshold=0.2
)


def cells(count: int, seed: int = 3) -> Mapping[str, Sequence[str]]:
    """People with what the pack takes, whose risk is another than it tells: treated pressure is what matters most."""
    random = np.random.default_rng(seed)
    age, pressure = random.uniform(32, 72, count), random.normal(135, 18, count)
    weight, treated = random.normal(26, 4, count).clip(17, 45), random.random(count) < 0.3
    odds = -2 + 0.04 * (age - 52) + 2.5 * treated
    ill = random.random(count) < 1 / (1 + np.exp(-odds))

    def truth(values: Sequence[bool]) -> list[str]:
        return ["true" if each else "false" for each in values]

    return {
        "age": [f"{each:.1f}" for each in age],
        "sex": ["FM"[each % 2] for each in range(count)],
        "sbp_mmhg": [f"{each:.0f}" for each in pressure.clip(90, 220)],
        "bmi_kg_m2": [f"{each:.1f}" for each in weight],
        "on_bp_treatment": truth(treated.tolist()),
        "smoker": [("never", "current")[int(each)] for each in random.random(count) < 0.25],
        "diabetes": truth((random.random(count) < 0.1).tolist()),
        "ill": [str(int(each)) for each in ill],
    }


def published(table: Mapping[str, Sequence[str]], wish: TrainWish = WISH) -> tuple[PublishedRisk, ...]:
    return published_risks(table, np.arange(len(table["ill"])), wish, load_dictionary())


@cache
def trained() -> TrainedTable:
    return train_on_table("trial", cells(700), "0" * 64, WISH, load_dictionary())


def test_the_named_pack_stands_on_the_card_with_the_differences_on_the_same_people() -> None:
    found = trained()
    assert found.parts is not None
    training = found.parts.manifest.training
    assert training is not None
    rival = next(each for each in training.rivals if each.published is not None)
    assert rival.name == FRAMINGHAM
    assert rival.published is not None
    assert rival.published.people == 700
    told = {each.name: each for each in rival.differences}
    assert set(told) >= {"auroc", "brier", "slope", "net_benefit"}
    assert told["auroc"].low > 0  # the pack does not know what matters most here
    assert told["net_benefit"].low > 0
    ours = {each.name: each for each in rival.published.ours}
    auroc = training.figure("auroc")
    assert auroc is not None
    assert ours["auroc"].value == pytest.approx(auroc.value)
    for language in ("en", "zh"):
        part = published_part(training, load_wording(language))
        assert [len(row) for row in part["rows"]] == [4] * 4
        assert rival.published.title.get(language) in part["points"][0]
        assert part["points"][0] in found.parts.card


def test_the_numbers_are_those_that_the_pack_gives_each_person() -> None:
    (told,) = published(cells(50))
    assert told.horizon_years == 10
    assert np.isfinite(told.risk).all()
    table = {**cells(50)}
    table["age"] = ["28", *table["age"][1:]]  # younger than the pack takes
    table["sbp_mmhg"] = [table["sbp_mmhg"][0], "", *table["sbp_mmhg"][2:]]
    (again,) = published(table)
    assert np.isnan(again.risk[:2]).all()
    np.testing.assert_array_equal(again.risk[2:], told.risk[2:])


def test_of_the_record_every_pack_of_the_outcome_is_asked_and_of_a_table_only_the_one_that_was_named() -> None:
    record = replace(WISH, existing=None, record_outcome="cardiovascular_wide", horizon_years=10.0)
    found = published(cells(40), record)
    assert {each.pack for each in found} == {"framingham_2008_bmi", "framingham_2008_lab"}
    answering = {each.pack for each in found if np.isfinite(each.risk).all()}
    assert answering == {"framingham_2008_bmi"}  # nobody has cholesterol
    assert published(cells(40), replace(WISH, existing=None)) == ()
    with pytest.raises(PackError, match="pack_unknown"):
        published(cells(40), replace(WISH, existing="nothing"))


def risk_of(pack: str, risk: np.ndarray, years: float | None = None) -> PublishedRisk:
    return PublishedRisk(pack, "1", Words(pack, pack), years, risk)


def test_the_best_is_taken_and_one_that_answers_for_too_few_is_not() -> None:
    random = np.random.default_rng(2)
    true = random.uniform(0.02, 0.8, 600)
    people = People(random.random(600) < true)
    noise = np.clip(true + random.normal(0, 0.3, 600), 0.01, 0.99)
    half = np.where(np.arange(600) < 350, np.nan, true)
    asked = [risk_of("noisy", noise), risk_of("mostly_silent", half)]
    found = compare_published(people, true, asked, 0.3, seed=1, times=60)
    assert found is not None
    assert found.published.pack == "noisy"
    assert found.differences[Figure.AUROC].low > 0
    assert found.benefit is not None
    better = compare_published(people, true, [*asked, risk_of("same", true)], 0.3, seed=1, times=60)
    assert better is not None
    assert better.published.pack == "same"
    assert better.benefit is not None
    assert {each.value for each in (*better.differences.values(), better.benefit)} == {0.0}
    assert compare_published(people, true, [risk_of("mostly_silent", half)], 0.3, seed=1, times=60) is None


def test_a_pack_of_other_years_is_only_held_against_how_people_are_ordered() -> None:
    random = np.random.default_rng(4)
    years = random.exponential(6, 400) + 0.01
    people = People(random.random(400) < 0.6, years, 3.0)
    found = compare_published(
        people, random.random(400), [risk_of("ten", random.random(400), 10.0)], 0.3, seed=1, times=40
    )
    assert found is not None
    assert set(found.differences) == {Figure.AUROC, Figure.C_INDEX}
    assert found.benefit is None
