"""What models of other samples say goes with the number, of any pack that declares it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from engine.domain.results import StabilityEnds
from engine.errors import PackError
from engine.fields import Dictionary
from engine.packs import Pack
from engine.packs.cases import read_cases
from engine.risk.graph_part import part_for
from engine.risk.predictor import BLOCK_ROWS, Predictor
from engine.risk.reproduce import differences, largest_difference
from tests.engine.conftest import model_bytes, toy_document
from tests.engine.risk.conftest import People
from tests.engine.stable import HIGH, LOW, stable_document, stable_graph

MakePack = Callable[..., Pack]
ENDS = ["risk_10y_low", "risk_10y_high"]
CASES = "sex,age,sbp_mmhg,smoker,expected_risk_10y,expected_risk_10y_low,expected_risk_10y_high,tolerance,source\n"


@pytest.fixture(scope="module")
def stable(make_pack: MakePack, dictionary: Dictionary) -> Predictor:
    return Predictor(make_pack(document=stable_document(), graph=stable_graph()), dictionary)


def test_ends_are_given_where_somebody_asks(stable: Predictor, people: People, smoker: Mapping[str, Any]) -> None:
    batch = people(smoker, {**smoker, "cvd_history": True})
    asked = stable.predict(batch, stability=True)
    risk = float(asked.outputs["risk_10y"][0])
    ends = asked.row(0).stability("risk_10y")
    assert ends is not None
    assert (ends.low, ends.high) == pytest.approx((LOW * risk, HIGH * risk))
    assert (ends.share, ends.models) == (0.95, 200)
    assert asked.row(0).stability("hf_10y") is None
    assert asked.row(0).stability("no_such_output") is None
    assert asked.row(1).stability("risk_10y") is None  # a refusal has neither number nor ends
    plain = stable.predict(batch)
    assert plain.stability == {}
    assert np.array_equal(plain.outputs["risk_10y"], asked.outputs["risk_10y"], equal_nan=True)  # to the bit


def test_packs_without_them_answer_the_question_without_ends(predictor: Predictor, people: People, smoker: Any) -> None:
    answer = predictor.predict(people(smoker), stability=True)
    assert answer.stability == {}
    assert answer.row(0).stability("risk_10y") is None


def test_ends_of_nobody_and_of_many(stable: Predictor, people: People, smoker: Mapping[str, Any]) -> None:
    refused = stable.predict(people({**smoker, "cvd_history": True}), stability=True)
    assert np.isnan(refused.stability["risk_10y"].low).all()
    one = people(smoker)
    many = stable.predict(one.take(np.zeros(BLOCK_ROWS + 5, dtype=np.int64)), stability=True)
    column = many.stability["risk_10y"]
    assert column.low.shape == (BLOCK_ROWS + 5,)
    assert np.unique(column.high).tolist() == [stable.predict(one, stability=True).stability["risk_10y"].high[0]]
    assert many.take(np.array([2, 1])).stability["risk_10y"].low.shape == (2,)


@pytest.mark.parametrize(("low", "high"), [(1.1, 1.3), (0.5, 0.9), (np.nan, 1.3), (0.5, np.inf), (-0.5, 1.3)])
def test_ends_that_cannot_be_are_not_told(
    make_pack: MakePack, dictionary: Dictionary, people: People, smoker: Any, low: float, high: float
) -> None:
    pack = make_pack(document=stable_document(), graph=stable_graph(low, high))
    answer = Predictor(pack, dictionary).predict(people(smoker), stability=True).row(0)
    assert isinstance(answer.output("risk_10y"), float)  # the number stands
    assert answer.stability("risk_10y") is None


def test_a_worker_gives_the_same_ends(make_pack: MakePack, dictionary: Dictionary, people: People, smoker: Any) -> None:
    pack = make_pack(document=stable_document(), graph=stable_graph())
    here, there = (Predictor(replace(pack, trusted=trusted), dictionary) for trusted in (True, False))
    batch = people(smoker, {**smoker, "age": 52.0})
    for asked in (True, False):
        first, second = (each.predict(batch, stability=asked) for each in (here, there))
        assert [first.row(at) for at in (0, 1)] == [second.row(at) for at in (0, 1)]
    assert isinstance(here.predict(batch, stability=True).row(1).stability("risk_10y"), StabilityEnds)


def test_a_manifest_that_names_other_ends_is_refused(make_pack: MakePack, dictionary: Dictionary) -> None:
    pack = make_pack(document=stable_document(high="elsewhere"), graph=stable_graph())
    with pytest.raises(PackError, match="pack_tensor_missing"):
        Predictor(replace(pack, trusted=True), dictionary)


def test_reference_cases_hold_the_ends(make_pack: MakePack, dictionary: Dictionary) -> None:
    def found(low: float) -> list[str]:
        cases = f"{CASES}M,60,140,never,0.134,{low},0.174,0.01,by hand\n"
        pack = make_pack(document=stable_document(), graph=stable_graph(), cases=cases)
        read = read_cases(pack, dictionary)
        results = Predictor(pack, dictionary).predict(read.people, stability=True)
        assert largest_difference(read, results) > 0
        return [each.output for each in differences(read, results)]

    assert found(0.107) == []
    assert found(0.9) == ["risk_10y_low"]
    with pytest.raises(PackError, match="pack_cases_unreadable"):
        read_cases(make_pack(document=toy_document(), cases=CASES + "M,60,140,never,0.4,0.3,0.5,0.2,s\n"), dictionary)


def test_who_asks_for_numbers_alone_loads_nothing_else() -> None:
    whole = onnx.load_from_string(stable_graph())
    numbers = onnx.load_from_string(part_for(stable_graph(), ["risk_10y", "hf_10y", "risk_30y", "not_in_table.sex"]))
    ends = onnx.load_from_string(part_for(stable_graph(), ENDS))
    onnx.checker.check_model(numbers, full_check=True)
    onnx.checker.check_model(ends, full_check=True)
    assert [each.name for each in ends.graph.output] == ENDS
    assert {each.name for each in whole.graph.input} == {each.name for each in ends.graph.input}
    assert "hf_10y" not in {name for node in ends.graph.node for name in node.output}
    assert not {name for node in numbers.graph.node for name in node.output} & {*ENDS, "unused"}
    assert not any(each.name.startswith("factor_") for each in numbers.graph.initializer)


def test_what_a_graph_inside_takes_from_around_it_stays() -> None:
    inner = [
        helper.make_graph(
            [helper.make_node("Add", [name, "one"], [f"{name}_out"])],
            name,
            [],
            [helper.make_tensor_value_info(f"{name}_out", TensorProto.DOUBLE, ["rows"])],
        )
        for name in ("left", "right")
    ]
    nodes = [
        helper.make_node("Neg", ["age"], ["left"]),
        helper.make_node("Abs", ["age"], ["right"]),
        helper.make_node("Exp", ["age"], ["alone"]),
        helper.make_node("If", ["yes"], ["answer"], then_branch=inner[0], else_branch=inner[1]),
    ]
    ends = [helper.make_tensor_value_info(name, TensorProto.DOUBLE, ["rows"]) for name in ("age", "answer", "alone")]
    constants = [onnx.numpy_helper.from_array(np.array(value), name) for name, value in (("one", 1.0), ("yes", True))]
    part = onnx.load_from_string(part_for(model_bytes(nodes, ends[:1], ends[1:], constants), ["answer", "nothing"]))
    onnx.checker.check_model(part, full_check=True)
    assert [node.op_type for node in part.graph.node] == ["Neg", "Abs", "If"]
    assert {each.name for each in part.graph.initializer} == {"one", "yes"}
