"""What would lower a number: only changes that do, alone and together, on any pack from its manifest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.batch import Batch
from engine.domain.what_if import WhatIf
from engine.errors import UsageError
from engine.fields import Dictionary
from engine.packs import Pack, PackLibrary
from engine.risk import what_if as room
from engine.risk.explain_board import frozen
from engine.risk.predictor import Predictor
from engine.risk.predictors import Predictors
from engine.risk.treatments import load_treatments
from engine.risk.what_if import what_if, what_if_of

MakePack = Callable[..., Pack]
People = Callable[..., Batch]
SCORE2_MAN = {
    "score2_region": "low", "sex": "M", "age": 58.0, "smoker": "current", "sbp_mmhg": 160.0, "diabetes": False,
    "total_cholesterol_mmol_l": 6.5, "hdl_mmol_l": 1.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def score2(dictionary: Dictionary) -> Predictor:
    return Predictors(PackLibrary.shipped(), dictionary).get("score2")


@pytest.fixture
def smoker(toy_person: Mapping[str, Any]) -> dict[str, Any]:
    return {**toy_person, "smoker": "current", "total_cholesterol_mmol_l": 5.0, "sbp_mmhg": 160.0, "bmi_kg_m2": 31.0}


def asked(predictor: Predictor, people: Batch, dictionary: Dictionary, **options: Any) -> WhatIf:
    found = what_if(predictor, people, dictionary, **options)
    assert found is not None
    told = what_if_of(found, 0, frozen(predictor, people), predictor.pack.manifest, dictionary)
    assert told is not None
    return told


def numbers(told: WhatIf) -> dict[frozenset[str], float]:
    single = {frozenset({change.field}): change.number for change in told.changes}
    return single | {each.fields: each.number for each in told.combinations}


def test_each_change_and_each_combination_is_the_same_person_with_it(
    score2: Predictor, dictionary: Dictionary, people: People
) -> None:
    good = {"smoker": "never", "sbp_mmhg": 120.0, "total_cholesterol_mmol_l": 5.0, "hdl_mmol_l": 1.3}
    told = asked(score2, people(SCORE2_MAN), dictionary)
    assert len(told.changes) == 4
    assert len(told.combinations) == 11
    for fields, number in numbers(told).items():
        changed = people({**SCORE2_MAN, **{field: good[field] for field in fields}})
        assert number == pytest.approx(float(score2.predict(changed).outputs["risk_10y"][0]), rel=1e-13)
        assert told.with_changes(fields) == number
    assert [change.number for change in told.changes] == sorted(change.number for change in told.changes)
    assert told.best == numbers(told)[frozenset(good)]
    assert told.with_changes(frozenset()) == told.value
    smoking = next(change for change in told.changes if change.field == "smoker")
    assert (smoking.value, smoking.target) == ("current", "never")


def test_a_value_better_than_good_is_left_as_it_is(score2: Predictor, dictionary: Dictionary, people: People) -> None:
    told = asked(score2, people({**SCORE2_MAN, "sbp_mmhg": 105.0, "hdl_mmol_l": 2.0}), dictionary)
    assert {change.field for change in told.changes} == {"smoker", "total_cholesterol_mmol_l"}
    assert {each.fields for each in told.combinations} == {frozenset({"smoker", "total_cholesterol_mmol_l"})}
    assert told.with_changes(frozenset({"sbp_mmhg"})) is None
    assert told.peer is not None
    assert told.peer > told.best


@settings(max_examples=60, deadline=None)
@given(
    own=st.fixed_dictionaries(
        {
            "sex": st.sampled_from(["F", "M"]),
            "age": st.integers(40, 69).map(float),
            "smoker": st.sampled_from(["current", "former", "never"]),
            "sbp_mmhg": st.integers(90, 220).map(float),
            "total_cholesterol_mmol_l": st.integers(25, 90).map(lambda tenths: tenths / 10),
            "hdl_mmol_l": st.integers(6, 24).map(lambda tenths: tenths / 10),
        }
    )
)
def test_no_change_that_is_returned_harms_or_does_nothing(
    score2: Predictor, dictionary: Dictionary, people: People, own: dict[str, Any]
) -> None:
    told = asked(score2, people({**SCORE2_MAN, **own}), dictionary)
    found = {frozenset[str](): told.value, **numbers(told)}
    for fields, number in found.items():
        assert all(number < found[fields - {field}] for field in fields if fields - {field} in found)
        assert all(frozenset({field}) in found for field in fields)
    assert all(change.value != change.target for change in told.changes)


def test_who_has_no_number_has_no_peer_either(score2: Predictor, dictionary: Dictionary, people: People) -> None:
    found = what_if(score2, people({**SCORE2_MAN, "total_cholesterol_mmol_l": 200.0}), dictionary)
    assert found is not None
    assert np.isnan(found.value).all()
    assert np.isnan(found.peer).all()


def test_what_cannot_be_changed_is_no_change_but_belongs_to_the_peer(
    make_pack: MakePack, dictionary: Dictionary, people: People, smoker: dict[str, Any]
) -> None:
    fixed = Predictor(make_pack({"references.smoker.changeable": False}), dictionary)
    told = asked(fixed, people(smoker), dictionary)
    assert [change.field for change in told.changes] == ["sbp_mmhg"]
    peer = people({**smoker, "smoker": "never", "sbp_mmhg": 120.0, "bmi_kg_m2": 23.0})
    assert told.peer == float(fixed.predict(peer).outputs["risk_10y"][0])


def test_another_target_is_tried_in_place_of_the_good_value(
    predictor: Predictor, dictionary: Dictionary, people: People, smoker: dict[str, Any]
) -> None:
    told = asked(predictor, people(smoker), dictionary, targets={"sbp_mmhg": 140})
    lower = next(change for change in told.changes if change.field == "sbp_mmhg")
    assert lower.target == 140
    assert lower.number == float(predictor.predict(people({**smoker, "sbp_mmhg": 140.0})).outputs["risk_10y"][0])
    higher = asked(predictor, people(smoker), dictionary, targets={"sbp_mmhg": 180.0})
    assert [change.field for change in higher.changes] == ["smoker"]


@pytest.mark.parametrize(
    ("targets", "code"), [({"age": 40.0}, "change_unknown"), ({"smoker": "sometimes"}, "change_value")]
)
def test_a_target_that_cannot_be_is_refused(
    predictor: Predictor,
    dictionary: Dictionary,
    people: People,
    smoker: dict[str, Any],
    targets: dict[str, Any],
    code: str,
) -> None:
    with pytest.raises(UsageError, match=code):
        what_if(predictor, people(smoker), dictionary, targets=targets)


def test_a_change_at_which_the_pack_refuses_is_not_offered(
    make_pack: MakePack, dictionary: Dictionary, people: People, smoker: dict[str, Any]
) -> None:
    picky = Predictor(make_pack({"inputs.4.allowed": ["current"]}), dictionary)
    told = asked(picky, people(smoker), dictionary)
    assert [change.field for change in told.changes] == ["sbp_mmhg"]
    assert told.peer is None


def test_many_people_are_answered_as_each_alone_and_refused_ones_not_at_all(
    score2: Predictor, dictionary: Dictionary, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "ROWS_AT_ONCE", 64)  # a few people at a time
    crowd = [{**SCORE2_MAN, "age": 35.0 + 2 * each, "sbp_mmhg": 110.0 + 3 * each} for each in range(20)]
    together = what_if(score2, people(*crowd), dictionary)
    assert together is not None
    frozen_crowd = frozen(score2, people(*crowd))
    for row, person in enumerate(crowd):
        alone = what_if(score2, people(person), dictionary)
        assert alone is not None
        told = what_if_of(together, row, frozen_crowd, score2.pack.manifest, dictionary)
        assert told == what_if_of(alone, 0, frozen(score2, people(person)), score2.pack.manifest, dictionary)
        assert (told is None) == (row < 3 or row > 17)


def test_of_many_changes_pairs_are_tried(
    score2: Predictor, dictionary: Dictionary, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    room._combinations.cache_clear()
    monkeypatch.setattr(room, "MOST_TOGETHER", 3)
    told = asked(score2, people(SCORE2_MAN), dictionary)
    room._combinations.cache_clear()
    assert len(told.changes) == 4
    assert {len(each.fields) for each in told.combinations} == {2}


def test_a_treatment_is_told_by_its_trials_and_not_by_the_equation(
    score2: Predictor, dictionary: Dictionary, people: People
) -> None:
    told = asked(score2, people({**SCORE2_MAN, "ldl_mmol_l": 4.1}), dictionary)
    pressure, lipids = told.treatments
    assert pressure.number == pytest.approx(1 - (1 - told.value) ** 0.80, rel=1e-14)
    assert lipids.number == pytest.approx(1 - (1 - told.value) ** 0.79, rel=1e-14)
    assert "doi:" in pressure.source
    by_equation = float(score2.predict(people({**SCORE2_MAN, "sbp_mmhg": 150.0})).outputs["risk_10y"][0])
    assert pressure.number != pytest.approx(by_equation, rel=1e-3)


@pytest.mark.parametrize(
    ("values", "offered"),
    [
        ({"sbp_mmhg": 139.0}, []),
        ({"sbp_mmhg": 140.0}, ["lower_pressure"]),
        ({"sbp_mmhg": 130.0, "ldl_mmol_l": 2.0}, ["lower_ldl"]),
        ({"sbp_mmhg": 130.0, "ldl_mmol_l": 3.0, "on_statin": True}, []),
        ({"sbp_mmhg": 130.0, "ldl_mmol_l": 3.0, "on_statin": False}, ["lower_ldl"]),
    ],
)
def test_a_treatment_is_offered_where_trials_speak(
    score2: Predictor, dictionary: Dictionary, people: People, values: dict[str, Any], offered: list[str]
) -> None:
    told = asked(score2, people({**SCORE2_MAN, **values}), dictionary)
    assert [treatment.id for treatment in told.treatments] == offered


def test_a_pack_of_another_topic_is_offered_no_treatment(
    make_pack: MakePack, dictionary: Dictionary, people: People, smoker: dict[str, Any]
) -> None:
    kidney = Predictor(make_pack({"topic": "kidney_failure"}), dictionary)
    assert asked(kidney, people(smoker), dictionary).treatments == ()
    heart = Predictor(make_pack(), dictionary)
    assert [each.id for each in asked(heart, people(smoker), dictionary).treatments] == ["lower_pressure"]
    assert asked(heart, people(smoker), dictionary, output="hf_10y").treatments == ()


def test_every_treatment_names_its_trials() -> None:
    treatments = load_treatments()
    assert treatments
    for treatment in treatments:
        assert "doi:" in treatment.source
        low, high = treatment.interval
        assert 0 < low < treatment.rate_ratio < high < 1
        assert {"en", "zh"} == treatment.labels.keys() == treatment.outcomes.keys()
        assert treatment.number(np.array([0.2]))[0] < 0.2


def test_an_index_does_not_say_that_less_is_better(
    make_pack: MakePack, dictionary: Dictionary, people: People, smoker: dict[str, Any]
) -> None:
    pack = make_pack({"outputs.0.kind": "index"})
    assert what_if(Predictor(pack, dictionary), people(smoker), dictionary) is None
    without = make_pack({"references": {}})
    told = asked(Predictor(without, dictionary), people(smoker), dictionary)
    assert (told.changes, told.combinations, told.best, told.peer) == ((), (), told.value, told.value)
