"""A range instead of no number: only where inputs are missing, over what they could be, with what was assumed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from engine.domain.batch import Batch
from engine.domain.results import Code, Note
from engine.fields import Dictionary
from engine.packs import Pack
from engine.risk.plausible import PlausibleValues
from engine.risk.predictor import Predictor
from engine.risk.predictors import Predictors
from engine.risk.ranges import Ranges, find_ranges

MakePack = Callable[..., Pack]
People = Callable[..., Batch]
SetAside = Callable[..., Batch]


@pytest.fixture
def find(plausible: PlausibleValues, dictionary: Dictionary) -> Callable[[Predictor, Batch], Ranges]:
    return lambda predictor, batch: find_ranges(predictor, batch, predictor.predict(batch), plausible, dictionary)


def without(person: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in person.items() if name not in names}


def risk_with(predictor: Predictor, people: People, person: Mapping[str, Any], **values: Any) -> float:
    return float(predictor.predict(people({**person, **values})).outputs["risk_10y"][0])


def test_one_missing_number_ranges_from_its_fifth_to_its_ninety_fifth_percentile(
    find: Any, predictor: Predictor, people: People, toy_person: dict[str, Any], plausible: PlausibleValues
) -> None:
    person = without(toy_person, "sbp_mmhg")
    batch = people(person)
    found = find(predictor, batch).row(0)
    points = plausible.points("sbp_mmhg", batch).values[0]
    risk = found.output("risk_10y")
    for value, pressure in ((risk.low, points[0]), (risk.typical, points[2]), (risk.high, points[-1])):
        assert value == pytest.approx(risk_with(predictor, people, person, sbp_mmhg=float(pressure)), rel=1e-12)
    assert found.notes == (Note("sbp_mmhg", Code.MISSING),)
    (assumed,) = found.assumptions
    assert (assumed.missing, assumed.field) == ("sbp_mmhg", "sbp_mmhg")
    assert (assumed.low, assumed.typical, assumed.high) == (points[0], points[2], points[-1])
    assert (assumed.sex, assumed.diabetes) == ("F", None)
    assert assumed.ages[0] <= toy_person["age"] < (assumed.ages[1] or 999)
    assert assumed.people >= 100
    assert assumed.source in plausible.sources


def test_over_the_codes_of_a_category_the_range_covers_everything(
    find: Any, predictor: Predictor, people: People, toy_person: dict[str, Any]
) -> None:
    person = {**without(toy_person, "smoker"), "total_cholesterol_mmol_l": 5.0}
    found = find(predictor, people(person)).row(0)
    risk = found.output("risk_10y")
    assert risk.low == risk_with(predictor, people, person, smoker="never")
    assert risk.high == risk_with(predictor, people, person, smoker="current")
    assert risk.typical == risk.low
    assert (found.assumptions[0].low, found.assumptions[0].high) == ("current", "never")


def test_two_missing_numbers_reach_less_far_than_their_corners(
    find: Any, predictors: Predictors, people: People, plausible: PlausibleValues
) -> None:
    lab = predictors.get("who_cvd_2019_lab")
    person = {"sex": "M", "age": 60, "smoker": "never", "diabetes": False, "gbd_region": "east_asia"}
    batch = people(person)
    found = find(lab, batch).row(0)
    points = {name: plausible.points(name, batch).values[0] for name in ("sbp_mmhg", "total_cholesterol_mmol_l")}
    corners = [
        risk_with(lab, people, person, **{name: float(values[end]) for name, values in points.items()})
        for end in (0, -1)
    ]
    risk = found.output("risk_10y")
    assert corners[0] < risk.low < risk.typical < risk.high < corners[1]
    assert {assumed.field for assumed in found.assumptions} == set(points)


def test_where_all_parts_but_one_are_known_that_one_is_assumed(
    find: Any, predictors: Predictors, people: People, plausible: PlausibleValues
) -> None:
    office = predictors.get("who_cvd_2019_nonlab")
    person = {"sex": "F", "age": 60, "smoker": "never", "sbp_mmhg": 140, "gbd_region": "east_asia", "weight_kg": 62}
    found = find(office, people(person, without(person, "weight_kg")))
    (assumed,), (plain,) = found.row(0).assumptions, found.row(1).assumptions
    assert (assumed.missing, assumed.field) == ("bmi_kg_m2", "height_cm")
    assert (plain.missing, plain.field) == ("bmi_kg_m2", "bmi_kg_m2")
    assert found.row(0).output("risk_10y").width < found.row(1).output("risk_10y").width


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"cvd_history": True}, "excluded"),
        ({"age": 85}, "out of range"),
        ({"sex": 7.0}, "invalid"),
        ({"age": None}, "age is never assumed"),
        ({}, "nothing is missing"),
    ],
)
def test_any_other_reason_leaves_the_refusal(
    find: Any, predictor: Predictor, people: People, toy_person: dict[str, Any], change: dict[str, Any], why: str
) -> None:
    person = {**toy_person, **change} if not change else {**without(toy_person, "sbp_mmhg"), **change}
    batch = people({name: value for name, value in person.items() if value is not None})
    assert not find(predictor, batch).where.any(), why


def test_what_becomes_missing_only_with_a_plausible_value_leaves_the_refusal(
    find: Any, predictor: Predictor, people: People, toy_person: dict[str, Any]
) -> None:
    found = find(predictor, people(without(toy_person, "smoker", "total_cholesterol_mmol_l")))
    assert not found.where[0]  # cholesterol is asked for from smokers, so the range of smokers would be left out
    assert found.row(0) is None


def test_a_field_of_which_nothing_is_known_leaves_the_refusal(
    find: Any, predictors: Predictors, people: People
) -> None:
    kidney = predictors.get("kfre_4v")
    person = {"sex": "M", "age": 60, "egfr_ml_min_173": 40, "kfre_region": "other"}
    assert not find(kidney, people(person)).where.any()


def test_a_clinician_s_pack_gives_no_range_unless_its_manifest_says_so(
    find: Any, make_pack: MakePack, dictionary: Dictionary, people: People, toy_person: dict[str, Any]
) -> None:
    batch = people(without(toy_person, "sbp_mmhg"))
    answers = [
        find(Predictor(make_pack(changes), dictionary), batch).where[0]
        for changes in (
            {"audience": "clinician"},
            {"audience": "clinician", "allows_range": True},
            {"allows_range": False},
            {},
        )
    ]
    assert answers == [False, True, False, True]


def test_plausible_values_that_the_pack_does_not_take_are_left_out(
    find: Any, make_pack: MakePack, dictionary: Dictionary, people: People, toy_person: dict[str, Any]
) -> None:
    def limited(low: float, high: float) -> Predictor:
        changes = {"inputs.2.valid": {"outside": "refuse", "min": low, "max": high}}
        return Predictor(make_pack(changes), dictionary)

    batch = people(without(toy_person, "sbp_mmhg"))
    whole = find(limited(50, 300), batch).row(0).output("risk_10y")
    most = find(limited(110, 300), batch).row(0).output("risk_10y")
    assert most.low > whole.low
    assert most.high == whole.high
    assert not find(limited(180, 300), batch).where.any()  # too little is left to stand for all


def test_outputs_that_are_withheld_anyway_have_no_range_and_remarks_stay(
    find: Any, predictor: Predictor, people: People, toy_person: dict[str, Any]
) -> None:
    person = {**without(toy_person, "sbp_mmhg", "bmi_kg_m2"), "age": 62, "uacr_mg_g": 0.2, "pregnant": True}
    found = find(predictor, people(person)).row(0)
    assert [each.name for each in found.outputs] == ["risk_10y"]
    with pytest.raises(KeyError):
        found.output("hf_10y")
    assert set(found.notes) == {
        Note("sbp_mmhg", Code.MISSING),
        Note("uacr_mg_g", Code.CLAMPED),
        Note("pregnant", Code.WARN, 1),
        Note("hf_10y", Code.WITHHELD),
        Note("risk_30y", Code.WITHHELD),
    }


def test_each_row_stands_for_itself(
    find: Any, predictor: Predictor, people: People, toy_person: dict[str, Any]
) -> None:
    persons = [
        without(toy_person, "sbp_mmhg"),
        dict(toy_person),
        {**without(toy_person, "smoker"), "total_cholesterol_mmol_l": 5.0},
        {**without(toy_person, "sbp_mmhg"), "age": 70, "sex": "M"},
    ]
    together = find(predictor, people(*persons))
    assert together.where.tolist() == [True, False, True, True]
    for row, person in enumerate(persons):
        assert together.row(row) == find(predictor, people(person)).row(0)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("pack", "source", "hidden", "settings"),
    [
        ("who_cvd_2019_lab", "nhanes_2017", ["total_cholesterol_mmol_l"], {"gbd_region": "east_asia"}),
        ("who_cvd_2019_lab", "nhanes_2017", ["total_cholesterol_mmol_l", "sbp_mmhg"], {"gbd_region": "east_asia"}),
        ("who_cvd_2019_nonlab", "nhanes_2017", ["bmi_kg_m2"], {"gbd_region": "east_asia"}),
        ("who_cvd_2019_nonlab", "nhanes_2003", ["sbp_mmhg"], {"gbd_region": "east_asia"}),
        ("who_cvd_2019_nonlab", "nhanes_2003", ["bmi_kg_m2", "sbp_mmhg"], {"gbd_region": "east_asia"}),
        ("framingham_2008_lab", "nhanes_2017", ["hdl_mmol_l"], {"on_bp_treatment": False}),
        ("framingham_2008_lab", "nhanes_2017", ["hdl_mmol_l", "total_cholesterol_mmol_l"], {"on_bp_treatment": False}),
        (
            "framingham_2008_lab",
            "nhanes_2017",
            ["hdl_mmol_l", "total_cholesterol_mmol_l", "sbp_mmhg"],
            {"on_bp_treatment": False},
        ),
    ],
)
def test_nine_of_ten_people_set_aside_lie_within_their_range(
    find: Any,
    predictors: Predictors,
    set_aside: SetAside,
    pack: str,
    source: str,
    hidden: list[str],
    settings: dict[str, Any],
) -> None:
    predictor, batch = predictors.get(pack), set_aside(source, settings)
    known = predictor.predict(batch)
    found = find(predictor, batch.with_columns({name: np.full(batch.rows, np.nan) for name in hidden}))
    use = found.where & ~known.refused
    assert use.sum() > 500
    truth = known.outputs["risk_10y"][use]
    low, typical, high = (ends["risk_10y"][use] for ends in (found.low, found.typical, found.high))
    assert ((low <= typical) & (typical <= high)).all()
    below, above = (truth < low).mean(), (truth > high).mean()
    assert 0.87 < 1 - below - above < 0.94
    assert max(below, above) < 0.08


@pytest.mark.shared
def test_people_with_diabetes_lie_within_the_range_of_people_with_diabetes(
    find: Any, predictors: Predictors, set_aside: SetAside
) -> None:
    office, batch = predictors.get("who_cvd_2019_nonlab"), set_aside("nhanes_2003", {"gbd_region": "east_asia"})
    batch = batch.take(np.flatnonzero(batch.column("diabetes") == 1))
    truth = office.predict(batch).outputs["risk_10y"]
    found = find(office, batch.with_columns({"sbp_mmhg": np.full(batch.rows, np.nan)}))
    inside = (found.low["risk_10y"] <= truth) & (truth <= found.high["risk_10y"])
    assert 0.83 < inside[~np.isnan(truth) & found.where].mean() < 0.96
