"""What shipped packs check beside their publication: contradictions, disease that is already there, pregnancy."""

from __future__ import annotations

import numpy as np
import pytest

from engine.domain.batch import Batch
from engine.domain.record import Value
from engine.domain.results import Code, Note
from engine.fields import load_dictionary
from engine.packs import PackLibrary
from engine.packs.cases import read_cases
from engine.packs.manifest import Action
from engine.risk.explain import explain
from engine.risk.predictors import Predictors
from engine.risk.what_if import what_if

DICTIONARY = load_dictionary()
PREDICTORS = Predictors(PackLibrary.shipped(), DICTIONARY)
IDS = PREDICTORS.library.ids()
MAN: dict[str, Value] = {
    "age": 55.0,
    "sex": "M",
    "sbp_mmhg": 150.0,
    "total_cholesterol_mmol_l": 6.2,
    "hdl_mmol_l": 1.2,
    "smoker": "never",
    "diabetes": False,
    "cvd_history": False,
    "gbd_region": "east_asia",
    "score2_region": "moderate",
}


def person(**other: Value) -> Batch:
    values = {**MAN, **other}
    return Batch(1, {name: np.array([DICTIONARY[name].encode(value)]) for name, value in values.items()})


def codes(pack_id: str, **other: Value) -> set[tuple[str, Code]]:
    return {(note.subject, note.code) for note in PREDICTORS.get(pack_id).predict(person(**other)).row(0).notes}


@pytest.mark.parametrize("pack_id", ["who_cvd_2019_lab", "score2"])
@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("smoker", {"cigarettes_per_day": 10.0}),
        ("dbp_mmhg", {"dbp_mmhg": 150.0}),
        ("diabetes_type", {"diabetes_type": "type1"}),
    ],
)
def test_values_that_contradict_each_other_give_no_number(pack_id: str, field: str, other: dict[str, Value]) -> None:
    assert codes(pack_id) == set()
    assert codes(pack_id, **other) == {(field, Code.INVALID)}


def test_hdl_cholesterol_that_is_no_part_of_the_total_gives_no_number() -> None:
    assert codes("score2", hdl_mmol_l=6.2) == {("hdl_mmol_l", Code.INVALID)}
    assert codes("who_cvd_2019_lab", hdl_mmol_l=6.2) == set()  # it does not look at HDL cholesterol


@pytest.mark.parametrize("field", ["stroke_history", "vascular_disease"])
def test_disease_that_is_already_there_excludes_even_where_the_question_about_it_was_answered_no(field: str) -> None:
    assert codes("who_cvd_2019_lab", **{field: True}) == {(field, Code.EXCLUDED)}
    assert codes("who_cvd_2019_lab", **{field: False}) == set()


@pytest.mark.parametrize("pack_id", IDS)
def test_in_pregnancy_no_pack_gives_a_risk_of_years_to_come_and_none_is_silent(pack_id: str) -> None:
    pack = PREDICTORS.library.get(pack_id)
    people = read_cases(pack, DICTIONARY).people
    fit = ~PREDICTORS.get(pack_id).predict(people).refused
    results = PREDICTORS.get(pack_id).predict(people.with_columns({"pregnant": np.ones(people.rows)}))
    rules = [each for each in pack.manifest.exclusions if each.field == "pregnant"]
    if pack_id in ("phq9", "gad7"):  # asked of pregnant women as of others
        assert rules == []
        return
    told = {Action.REFUSE: Code.EXCLUDED, Action.WARN: Code.WARN}[rules[0].action]
    position = pack.manifest.exclusions.index(rules[0])
    assert results.raised[Note("pregnant", told, position)].all()
    if pack.manifest.horizon_years and pack_id not in ("findrisc", "gail_bcrat"):  # their publications warn
        assert results.refused[fit].all()


def test_a_score_that_looks_at_both_pressures_judges_them_itself() -> None:
    conditions = [each.when for each in PREDICTORS.library.get("curb65").manifest.exclusions]
    assert "dbp_mmhg >= sbp_mmhg" not in conditions


def test_values_put_in_place_of_others_contradict_nobody() -> None:
    """Who stops smoking has the cigarettes of today on record, and a good upper value may lie below the lower one."""
    predictor = PREDICTORS.get("who_cvd_2019_lab")
    smoker = person(smoker="current", cigarettes_per_day=20.0, sbp_mmhg=196.0, dbp_mmhg=124.0)
    found = what_if(predictor, smoker, DICTIONARY)
    assert found is not None
    assert dict(zip(found.fields, ~np.isnan(found.alone[0]), strict=True)) == {
        "sbp_mmhg": True,
        "total_cholesterol_mmol_l": True,
        "smoker": True,
    }
    assert not np.isnan(found.peer[0])
    (told,) = explain(predictor, smoker, DICTIONARY)
    assert told is not None
    assert {driver.field for driver in told.drivers} == {"sbp_mmhg", "total_cholesterol_mmol_l", "smoker"}
    assert {field for each in told.contributions for field in each.fields} >= {"sbp_mmhg", "smoker"}


def test_nothing_explains_a_number_that_a_contradiction_refused() -> None:
    predictor = PREDICTORS.get("who_cvd_2019_lab")
    contradicted = person(smoker="never", cigarettes_per_day=20.0)
    assert explain(predictor, contradicted, DICTIONARY) == (None,)
    found = what_if(predictor, contradicted, DICTIONARY)
    assert found is not None
    assert np.isnan([*found.value, *found.peer, *found.alone[0]]).all()
