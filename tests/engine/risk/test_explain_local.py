"""The straight line near a person: how well it fits, and where it parts from Shapley values and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from engine.domain.attribution import LocalSurrogate
from engine.domain.batch import Batch
from engine.fields import Dictionary
from engine.packs import Pack
from engine.risk.explain_local import local_surrogate
from engine.risk.explain_shapley import attribute
from engine.risk.predictor import Predictor

MakePack = Callable[..., Pack]
People = Callable[..., Batch]
MOVING = ("sbp_mmhg", "bmi_kg_m2")


def graph(formula: list[onnx.NodeProto], **numbers: float) -> bytes:
    """A graph with the ends of the toy, whose risk is what ``formula`` makes of pressure and weight."""
    fields = ("sex", "age", "sbp_mmhg", "total_cholesterol_mmol_l", "smoker", "bmi_kg_m2", "uacr_mg_g")
    ends = [helper.make_node("Identity", ["risk_10y"], [name]) for name in ("hf_10y", "risk_30y")]
    ends.append(helper.make_node("IsNaN", ["age"], ["not_in_table.sex"]))
    outputs = [
        helper.make_tensor_value_info(n, TensorProto.DOUBLE, ["rows"]) for n in ("risk_10y", "hf_10y", "risk_30y")
    ]
    outputs.append(helper.make_tensor_value_info("not_in_table.sex", TensorProto.BOOL, ["rows"]))
    made = helper.make_graph(
        [*formula, *ends],
        "graph",
        [helper.make_tensor_value_info(field, TensorProto.DOUBLE, ["rows"]) for field in fields],
        outputs,
        [numpy_helper.from_array(np.array(value), name) for name, value in numbers.items()],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    data: bytes = model.SerializeToString()
    return data


def both(
    pack: Pack, person: Batch, dictionary: Dictionary
) -> tuple[LocalSurrogate, dict[str, float], dict[str, float]]:
    """The line, its amounts and the Shapley values by field."""
    predictor = Predictor(pack, dictionary)
    (line,) = local_surrogate(predictor, person, dictionary)
    found = attribute(predictor, person, dictionary)
    assert line is not None
    assert found is not None
    shapley = dict(zip(found.players, found.amounts[0].tolist(), strict=True))
    return line, {effect.field: effect.amount for effect in line.effects}, shapley


def test_on_a_straight_line_both_say_the_same(
    make_pack: MakePack, dictionary: Dictionary, people: People, toy_person: Mapping[str, Any]
) -> None:
    straight = [
        helper.make_node("Mul", ["sbp_mmhg", "a"], ["t1"]),
        helper.make_node("Mul", ["bmi_kg_m2", "b"], ["t2"]),
        helper.make_node("Add", ["t1", "t2"], ["risk_10y"]),
    ]
    pack = make_pack(graph=graph(straight, a=0.001, b=0.005))
    line, near, shapley = both(pack, people({**toy_person, "sbp_mmhg": 160.0, "bmi_kg_m2": 31.0}), dictionary)
    assert line.fit > 0.999
    slopes = {effect.field: effect.slope for effect in line.effects}
    assert slopes == {"sbp_mmhg": pytest.approx(0.001, rel=0.01), "bmi_kg_m2": pytest.approx(0.005, rel=0.01)}
    for field in MOVING:
        assert near[field] == pytest.approx(shapley[field], rel=0.01)


def test_beyond_a_limit_the_line_sees_nothing_of_it_and_shapley_values_do(
    make_pack: MakePack, dictionary: Dictionary, people: People, toy_person: Mapping[str, Any]
) -> None:
    """A step at 140: at 230 the number does not move any more, but on the way down to 120 it falls."""
    step = [
        helper.make_node("GreaterOrEqual", ["sbp_mmhg", "limit"], ["above"]),
        helper.make_node("Where", ["above", "high", "low"], ["step"]),
        helper.make_node("Mul", ["bmi_kg_m2", "b"], ["t2"]),
        helper.make_node("Add", ["step", "t2"], ["risk_10y"]),
    ]
    pack = make_pack(graph=graph(step, limit=140.0, high=0.2, low=0.1, b=0.005))
    _, near, shapley = both(pack, people({**toy_person, "sbp_mmhg": 230.0, "bmi_kg_m2": 31.0}), dictionary)
    assert shapley["sbp_mmhg"] == pytest.approx(0.1, abs=1e-12)
    assert abs(near["sbp_mmhg"]) < 0.01
    # On the step itself the line is steep and fits badly, which is said.
    line, steep, shapley = both(pack, people({**toy_person, "sbp_mmhg": 141.0, "bmi_kg_m2": 23.0}), dictionary)
    assert shapley["sbp_mmhg"] == pytest.approx(0.1, abs=1e-12)
    assert line.fit < 0.8
    assert steep["sbp_mmhg"] != pytest.approx(0.1, rel=0.05)


def test_where_inputs_meet_the_line_counts_what_they_share_twice(
    make_pack: MakePack, dictionary: Dictionary, people: People, toy_person: Mapping[str, Any]
) -> None:
    """With a product of what lies above the references both slopes hold all of it; Shapley values halve it."""
    meeting = [
        helper.make_node("Sub", ["sbp_mmhg", "sbp0"], ["x"]),
        helper.make_node("Sub", ["bmi_kg_m2", "bmi0"], ["y"]),
        helper.make_node("Mul", ["x", "y"], ["xy"]),
        helper.make_node("Mul", ["xy", "a"], ["scaled"]),
        helper.make_node("Add", ["scaled", "base"], ["risk_10y"]),
    ]
    pack = make_pack(graph=graph(meeting, sbp0=120.0, bmi0=23.0, a=0.0005, base=0.3))
    line, near, shapley = both(pack, people({**toy_person, "sbp_mmhg": 160.0, "bmi_kg_m2": 33.0}), dictionary)
    whole = 0.0005 * 40 * 10
    for field in MOVING:
        assert shapley[field] == pytest.approx(whole / 2, abs=1e-12)
        assert near[field] == pytest.approx(whole, rel=0.15)
    assert sum(shapley.values()) == pytest.approx(line.value - 0.3, abs=1e-12)
    assert line.fit < 0.999


def test_a_category_counts_from_the_reference_to_the_persons(
    make_pack: MakePack, dictionary: Dictionary, people: People, toy_person: Mapping[str, Any]
) -> None:
    predictor = Predictor(make_pack(), dictionary)
    person = people({**toy_person, "smoker": "current", "total_cholesterol_mmol_l": 5.0, "sbp_mmhg": 120.0})
    (line,) = local_surrogate(predictor, person, dictionary)
    assert line is not None
    (smoking, weight) = line.effects
    assert (smoking.field, smoking.value, smoking.reference) == ("smoker", "current", "never")
    assert smoking.amount == smoking.slope > 0
    assert abs(weight.amount) < 1e-6
    quit_smoking = predictor.predict(people({**toy_person, "sbp_mmhg": 120.0})).outputs["risk_10y"][0]
    assert smoking.amount == pytest.approx(line.value - quit_smoking, rel=0.02)


def test_who_is_refused_or_has_nobody_like_them_has_no_line(
    make_pack: MakePack, dictionary: Dictionary, people: People, toy_person: Mapping[str, Any]
) -> None:
    batch = people({**toy_person, "age": 90.0}, toy_person)
    refused, told = local_surrogate(Predictor(make_pack(), dictionary), batch, dictionary)
    assert refused is None
    assert told is not None
    again = local_surrogate(Predictor(make_pack(), dictionary), batch.slice(1, 2), dictionary)
    assert again == (told,)
    narrow = make_pack({"inputs.2.valid": {"outside": "refuse", "min": 139.99, "max": 140.01}})
    assert local_surrogate(Predictor(narrow, dictionary), people(toy_person), dictionary) == (None,)
    document: dict[str, Any] = dict(make_pack().manifest.to_json())
    document["outputs"] = [{**output, "kind": "category", "categories": ["a", "b"]} for output in document["outputs"]]
    document.update(headline_output=None, bands=[])
    assert local_surrogate(Predictor(make_pack(document=document), dictionary), batch, dictionary) == (None, None)
