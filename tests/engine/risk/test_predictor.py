"""What a prediction refuses, withholds, notes and gives, on a small pack that uses every rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from engine.domain.batch import Batch
from engine.domain.results import RiskResult, Status
from engine.errors import PackError
from engine.fields import Dictionary
from engine.packs import Pack
from engine.risk.predictor import BLOCK_ROWS, Predictor

MakePack = Callable[..., Pack]
People = Callable[..., Batch]
Person = Mapping[str, Any]
Ask = Callable[..., RiskResult]


@pytest.fixture
def ask(predictor: Predictor, people: People, toy_person: Person) -> Ask:
    """Asks for one person: the ordinary one with some values changed (None: left out)."""

    def one(**changes: Any) -> RiskResult:
        person = {**toy_person, **changes}
        return predictor.predict(people({k: v for k, v in person.items() if v is not None})).row(0)

    return one


def told(result: RiskResult) -> list[str]:
    return [f"{note.subject}:{note.code}" for note in result.notes]


def test_an_ordinary_person_gets_numbers_and_a_band_and_no_remark(ask: Ask) -> None:
    result = ask()
    expected = 1 / (1 + np.exp(-(-9 + 0.08 * 55 + 0.015 * 140 + 0.1 * np.log(30))))
    assert result.status is Status.OK
    assert result.output("risk_10y") == pytest.approx(expected, rel=1e-12)
    assert result.bands == {"main": "low" if expected < 0.1 else "medium"}
    assert result.notes == ()


def test_every_problem_is_told_at_once_in_a_fixed_order(ask: Ask) -> None:
    result = ask(sex="X", age=85.0, sbp_mmhg=None, total_cholesterol_mmol_l=9.0, cvd_history=True, bmi_kg_m2=500.0)
    assert told(result) == [
        "sex:invalid",
        "bmi_kg_m2:invalid",
        "cvd_history:excluded",
        "sbp_mmhg:missing",
        "age:out_of_range",
        "total_cholesterol_mmol_l:out_of_range",
    ]
    assert all(output.value is None for output in result.outputs)
    assert result.bands == {}


@pytest.mark.parametrize(
    ("age", "status"),
    [
        (39.0, Status.REFUSED),
        (39.99, Status.REFUSED),
        (40.0, Status.OK),
        (40 - 1e-9, Status.OK),  # within the tolerance of the birthday
        (80.0, Status.OK),
        (80.99, Status.OK),  # completed years: still 80
        (81 - 1e-6, Status.OK),
        (81.0, Status.REFUSED),
    ],
)
def test_age_limits_compare_completed_years(ask: Ask, age: float, status: Status) -> None:
    assert ask(age=age).status is status


def test_a_converted_value_on_the_limit_is_on_the_limit(ask: Ask) -> None:
    on_limit = 130 / 38.67
    for nudge in (-5e-10, 0.0, 5e-10):
        assert ask(total_cholesterol_mmol_l=on_limit * (1 + nudge)).status is Status.OK
    assert told(ask(total_cholesterol_mmol_l=on_limit * (1 - 1e-8))) == ["total_cholesterol_mmol_l:out_of_range"]


def test_hard_limits_hold_at_both_ends(ask: Ask) -> None:
    assert ask(sbp_mmhg=50.0).status is Status.OK
    assert told(ask(sbp_mmhg=49.9)) == ["sbp_mmhg:invalid"]
    assert ask(sbp_mmhg=300.0, sex="M").status is Status.OK
    assert told(ask(sbp_mmhg=300.1, sex="M")) == ["sbp_mmhg:invalid"]


def test_a_warned_value_is_computed_with_a_remark(ask: Ask) -> None:
    result = ask(sbp_mmhg=85.0)
    assert result.status is Status.OK
    assert told(result) == ["sbp_mmhg:warn"]
    assert ask(sbp_mmhg=90.0).notes == ()


def test_a_clamped_value_counts_as_its_limit_with_a_remark(ask: Ask) -> None:
    below, at = ask(uacr_mg_g=0.2), ask(uacr_mg_g=1.0)
    assert below.output("risk_10y") == at.output("risk_10y")
    assert told(below) == ["uacr_mg_g:clamped"]
    assert at.notes == ()


def test_an_absent_input_with_a_default_takes_it_silently(ask: Ask) -> None:
    absent, spelled_out = ask(uacr_mg_g=None), ask(uacr_mg_g=10.0)
    assert absent.output("risk_10y") == spelled_out.output("risk_10y")
    assert absent.notes == ()


@pytest.mark.parametrize("bmi", [18.4, 40.0, 40 - 1e-9, 55.0])
def test_outputs_are_withheld_outside_their_range_whose_upper_end_is_open(ask: Ask, bmi: float) -> None:
    result = ask(bmi_kg_m2=bmi)
    assert result.status is Status.OK
    assert told(result) == ["hf_10y:withheld"]
    assert result.output("hf_10y") is None
    assert result.output("risk_10y") is not None


@pytest.mark.parametrize("bmi", [18.5, 39.99])
def test_outputs_are_given_inside_their_range(ask: Ask, bmi: float) -> None:
    assert ask(bmi_kg_m2=bmi).output("hf_10y") is not None


def test_an_output_is_withheld_without_the_field_it_requires(ask: Ask) -> None:
    assert told(ask(bmi_kg_m2=None)) == ["hf_10y:withheld"]


def test_an_output_with_an_age_range_is_withheld_from_the_next_birthday(ask: Ask) -> None:
    assert ask(age=59.9).output("risk_30y") is not None
    result = ask(age=60.0)
    assert result.output("risk_30y") is None
    assert told(result) == ["risk_30y:withheld"]


def test_an_unknown_answer_never_excludes_and_no_is_no(ask: Ask) -> None:
    assert ask(cvd_history=None).output("risk_10y") == ask(cvd_history=False).output("risk_10y")
    assert told(ask(diabetes_type="type1")) == ["diabetes_type:excluded"]
    assert ask(diabetes_type="type2").status is Status.OK


def test_a_warning_exclusion_gives_the_number_and_names_its_rule(ask: Ask) -> None:
    result = ask(pregnant=True)
    assert result.status is Status.OK
    assert told(result) == ["pregnant:warn"]
    assert result.notes[0].rule == 1


def test_a_field_of_an_exclusion_is_checked_too(ask: Ask) -> None:
    assert told(ask(diabetes_type="type9")) == ["diabetes_type:invalid"]


def test_a_field_that_the_pack_does_not_know_is_not_looked_at(ask: Ask) -> None:
    assert ask(hdl_mmol_l=9999.0).status is Status.OK


def test_an_input_is_missing_only_where_its_condition_holds(ask: Ask) -> None:
    assert ask(total_cholesterol_mmol_l=None, smoker="never").status is Status.OK
    assert told(ask(total_cholesterol_mmol_l=None, smoker="current")) == ["total_cholesterol_mmol_l:missing"]
    # Whether it is needed is unknown while the smoking is: only the smoking is asked for.
    assert told(ask(total_cholesterol_mmol_l=None, smoker=None)) == ["smoker:missing"]


def test_bands_are_half_open_and_may_depend_on_inputs(ask: Ask) -> None:
    young, old = ask(age=59.5, sbp_mmhg=150.0), ask(age=60.5, sbp_mmhg=145.0)
    for result in (young, old):
        assert 0.15 <= float(result.output("risk_10y") or 0) < 0.2
    assert young.bands == {"main": "medium"}
    assert old.bands == {"main": "high"}


def test_a_table_without_an_entry_refuses_with_the_field(ask: Ask) -> None:
    assert told(ask(sex="F", sbp_mmhg=295.0)) == ["sex:not_in_table"]
    assert ask(sex="M", sbp_mmhg=295.0).status is Status.OK


def test_bmi_is_derived_unrounded_and_an_entered_one_wins(ask: Ask) -> None:
    derived = ask(bmi_kg_m2=None, height_cm=163.0, weight_kg=70.0)
    assert derived.output("hf_10y") == ask(bmi_kg_m2=70 / 1.63**2).output("hf_10y")
    entered = ask(bmi_kg_m2=30.0, height_cm=163.0, weight_kg=70.0)
    assert entered.output("hf_10y") == ask(bmi_kg_m2=30.0).output("hf_10y")


def test_a_part_that_is_no_value_is_a_reason_only_when_it_was_needed(ask: Ask) -> None:
    assert told(ask(bmi_kg_m2=None, height_cm="tall", weight_kg=70.0)) == ["height_cm:invalid"]
    assert "height_cm:invalid" in told(ask(bmi_kg_m2=None, height_cm=10.0, weight_kg=70.0))
    assert ask(bmi_kg_m2=24.0, height_cm=10.0, weight_kg=70.0).status is Status.OK


def test_a_missing_part_leaves_the_derived_input_missing(ask: Ask) -> None:
    assert told(ask(age=None, birth_date="1960-05-17")) == ["age:missing"]


def test_age_follows_from_two_dates(ask: Ask) -> None:
    result = ask(age=None, birth_date="1960-05-17", visit_date="2020-05-16")
    assert result.output("risk_10y") == ask(age=59.0).output("risk_10y")
    assert told(ask(age=None, birth_date="1960-13-01", visit_date="2020-05-16")) == [
        "birth_date:invalid",
        "age:missing",
    ]


def test_a_birth_year_alone_is_noted_where_a_year_less_would_cross_a_limit(ask: Ask) -> None:
    def of_year(birth: str, precision: str = "year", visit: str = "2020-06-15") -> list[str]:
        return told(ask(age=None, birth_date=birth, birth_date_precision=precision, visit_date=visit, sbp_mmhg=100.0))

    assert of_year("1980") == ["age:warn"]  # 40 or 39
    assert of_year("1979") == []  # 41 or 40: inside either way
    assert of_year("1980", visit="2020-12-31") == []  # the last day of the year: surely 40
    assert "age:warn" in of_year("1960")  # 60 or 59: decides about the 30-year output
    assert of_year("1980-06", "month") == ["age:warn"]
    assert of_year("1980-06", "month", "2020-07-01") == []  # the birthday is over
    assert of_year("1980-01-01", "day") == []
    assert of_year("1939") == ["age:out_of_range"]  # 81 or 80: refused as it counts, from its first day


def test_a_doubtful_age_is_noted_where_it_decides_about_an_exclusion(
    make_pack: MakePack, dictionary: Dictionary, people: People, toy_person: Person
) -> None:
    changes = {"exclusions.1.when": "age >= 50", "exclusions.1.field": "age", "outputs.2.valid": None}
    predictor = Predictor(make_pack(changes), dictionary)
    person = {key: value for key, value in toy_person.items() if key != "age"}

    def of_year(year: str) -> list[str]:
        dated = {**person, "birth_date": year, "birth_date_precision": "year", "visit_date": "2020-06-15"}
        return [f"{note.subject}:{note.code}:{note.rule}" for note in predictor.predict(people(dated)).row(0).notes]

    assert of_year("1970") == ["age:warn:None", "age:warn:1"]  # 50 or 49: noted beside the exclusion's own remark
    assert of_year("1969") == ["age:warn:1"]
    assert of_year("1971") == []


def test_a_graph_that_gives_no_number_is_a_refusal_never_a_silent_nan(
    make_pack: MakePack, dictionary: Dictionary, people: People, toy_person: Person
) -> None:
    # Without its "requires", the NaN of an absent BMI reaches the output.
    predictor = Predictor(make_pack({"outputs.1.requires": []}), dictionary)
    result = predictor.predict(people({**toy_person, "bmi_kg_m2": None})).row(0)
    assert told(result) == ["hf_10y:out_of_range"]
    assert result.output("risk_10y") is None
    assert predictor.predict(people(toy_person)).row(0).status is Status.OK


def test_every_output_without_a_number_is_told(
    make_pack: MakePack, dictionary: Dictionary, people: People, toy_person: Person
) -> None:
    # An optional pressure that the graph cannot do without: all three outputs are NaN.
    predictor = Predictor(make_pack({"inputs.2.required": False}), dictionary)
    result = predictor.predict(people({**toy_person, "sbp_mmhg": None})).row(0)
    assert told(result) == ["risk_10y:out_of_range", "hf_10y:out_of_range", "risk_30y:out_of_range"]


def test_a_reason_found_before_and_after_the_graph_holds_for_both_rows(
    make_pack: MakePack, dictionary: Dictionary, people: People, toy_person: Person
) -> None:
    # "M" is unknown to this manifest; women with a very high pressure are unknown to the graph's table.
    predictor = Predictor(make_pack({"inputs.0.categories": ["F"], "graph.not_in_table": ["sex"]}), dictionary)
    persons = [{**toy_person, "sex": "M"}, toy_person, {**toy_person, "sbp_mmhg": 295.0}]
    results = predictor.predict(people(*persons))
    # The graph takes code 1 for a woman, and here "F" is code 0: its own table finds nobody.
    assert [told(results.row(row)) for row in range(3)] == [["sex:not_in_table"], [], ["sbp_mmhg:warn"]]
    swapped = Predictor(make_pack({"inputs.0.categories": ["X", "F"]}), dictionary).predict(people(*persons))
    assert [told(swapped.row(row)) for row in range(3)] == [["sex:not_in_table"], [], ["sex:not_in_table"]]


def test_a_withheld_output_may_be_no_number(ask: Ask) -> None:
    assert ask(bmi_kg_m2=None).status is Status.OK


def test_a_fraction_beyond_one_is_refused(
    make_pack: MakePack, dictionary: Dictionary, people: People, toy_person: Person
) -> None:
    graph = _graph_of_one(2.5)
    document = _document_of_one(make_pack().manifest.to_json())
    predictor = Predictor(make_pack(document=document, graph=graph), dictionary)
    assert told(predictor.predict(people(toy_person)).row(0)) == ["risk_10y:out_of_range"]


def _document_of_one(document: Mapping[str, Any]) -> dict[str, Any]:
    """The toy with the age alone as input and one output without bands."""
    made = {**document, "bands": [], "references": {}, "exclusions": []}
    made["inputs"] = [document["inputs"][1]]
    made["outputs"] = [document["outputs"][0]]
    made["graph"] = {**document["graph"], "not_in_table": [], "inputs": [document["graph"]["inputs"][1]]}
    return made


def _graph_of_one(constant: float) -> bytes:
    from onnx import TensorProto, helper, numpy_helper

    graph = helper.make_graph(
        [
            helper.make_node("Mul", ["age", "zero"], ["nothing"]),
            helper.make_node("Add", ["nothing", "c"], ["risk_10y"]),
        ],
        "one",
        [helper.make_tensor_value_info("age", TensorProto.DOUBLE, ["rows"])],
        [helper.make_tensor_value_info("risk_10y", TensorProto.DOUBLE, ["rows"])],
        [numpy_helper.from_array(np.array(0.0), "zero"), numpy_helper.from_array(np.array(constant), "c")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    data: bytes = model.SerializeToString()
    return data


def test_a_row_of_many_is_answered_as_it_is_alone(predictor: Predictor, people: People, toy_person: Person) -> None:
    random = np.random.default_rng(7)
    persons = [
        {
            **toy_person,
            "age": float(random.uniform(30, 90)),
            "sbp_mmhg": float(random.choice([80.0, 140.0, 295.0, 400.0])),
            "bmi_kg_m2": [None, 20.0, 45.0][int(random.integers(3))],
            "smoker": ["current", "never", None, "maybe"][int(random.integers(4))],
        }
        for _ in range(300)
    ]
    together = predictor.predict(people(*persons))
    for index, person in enumerate(persons):
        assert together.row(index) == predictor.predict(people(person)).row(0)


def test_block_borders_change_nothing(predictor: Predictor, people: People, toy_person: Person) -> None:
    rows = 2 * BLOCK_ROWS + 5
    base = people(toy_person, {**toy_person, "age": 85.0}, {**toy_person, "bmi_kg_m2": None})
    batch = Batch(rows, {name: np.resize(column, rows) for name, column in base.columns.items()})
    results = predictor.predict(batch)
    assert results.refused.tolist() == np.resize([False, True, False], rows).tolist()
    for index in (0, 1, 2, BLOCK_ROWS - 1, BLOCK_ROWS, rows - 1):
        assert results.row(index) == results.row(index % 3)


def test_nobody_is_a_batch_too(predictor: Predictor) -> None:
    results = predictor.predict(Batch(0, {}))
    assert results.rows == 0
    assert results.outputs["risk_10y"].shape == (0,)
    assert results.raised == {}


def test_an_empty_row_is_missing_everything_required(predictor: Predictor) -> None:
    assert told(predictor.predict(Batch(1, {})).row(0)) == [
        "sex:missing",
        "age:missing",
        "sbp_mmhg:missing",
        "smoker:missing",
    ]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"inputs.1.field": "shoe_size"}, None),
        ({"exclusions.0.when": "shoe_size > 40"}, "pack_field_unknown"),
        ({"exclusions.0.when": "cvd_history and"}, "pack_expression_wrong"),
        ({"bands.0.list.0.when": "unheard_of < 0.1"}, "pack_expression_wrong"),
        ({"inputs.3.required_when": "smoker == 'current'"}, "pack_expression_wrong"),
        ({"inputs.3.transform": "x * tax"}, "pack_expression_wrong"),
        ({"inputs.4.allowed": ["sometimes"]}, "pack_code_unknown"),
        ({"inputs.6.default": "ten"}, "pack_code_unknown"),
        ({"inputs.4.map": {"sometimes": 1}}, "pack_code_unknown"),
        ({"inputs.1.map": {"40": 1}}, "pack_code_unknown"),
        ({"inputs.4.categories": []}, "pack_manifest_contradiction"),
        ({"inputs.1.categories": ["young", "old"]}, "pack_manifest_contradiction"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused_before_anybody_is_scored(
    make_pack: MakePack, dictionary: Dictionary, changes: Mapping[str, object], code: str | None
) -> None:
    if code is None:  # the fields of the graph no longer match: the manifest itself is contradictory
        with pytest.raises(PackError, match="pack_manifest_contradiction"):
            make_pack(changes)
        return
    with pytest.raises(PackError) as caught:
        Predictor(make_pack(changes), dictionary)
    assert caught.value.code == code


def test_allowed_values_and_mapped_codes(
    make_pack: MakePack, dictionary: Dictionary, people: People, toy_person: Person
) -> None:
    changes = {"inputs.0.allowed": ["F"], "inputs.4.map": {"current": 1, "never": 0}}
    predictor = Predictor(make_pack(changes), dictionary)

    def told_of(**values: object) -> list[str]:
        return told(predictor.predict(people({**toy_person, "total_cholesterol_mmol_l": 5.0, **values})).row(0))

    assert told_of() == []
    assert told_of(sex="M") == ["sex:out_of_range"]
    assert told_of(smoker="former") == ["smoker:not_in_table"]


def test_the_graph_numbers_codes_as_its_manifest_does(
    make_pack: MakePack, dictionary: Dictionary, people: People, toy_person: Person
) -> None:
    # The toy's graph takes code 0 of smoker for "current".
    shuffled = make_pack({"inputs.4.categories": ["never", "former", "current"]})
    result = Predictor(shuffled, dictionary).predict(people(toy_person)).row(0)
    straight = Predictor(make_pack(), dictionary).predict(
        people({**toy_person, "smoker": "current", "total_cholesterol_mmol_l": 5.0})
    )
    assert result.output("risk_10y") == straight.row(0).output("risk_10y")
    narrow = make_pack({"inputs.4.categories": ["current", "former"]})
    assert told(Predictor(narrow, dictionary).predict(people(toy_person)).row(0)) == ["smoker:not_in_table"]
