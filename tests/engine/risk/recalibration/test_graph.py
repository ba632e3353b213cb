from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from engine.domain.recalibration import Scale
from engine.errors import PackError
from engine.packs import Pack
from engine.packs.messages import message, parts, text, whole
from engine.packs.wire import check_graph
from engine.risk.recalibration.fit import Parameters, recalibrated
from engine.risk.recalibration.graph import Change, change_graph

OPSET = 17
USUAL = Parameters(-0.3, 0.8)


def change(
    output: str = "risk",
    scale: Scale = Scale.HAZARD,
    parameters: Parameters = USUAL,
    keep: Sequence[str] = (),
    tensor: str | None = None,
    column: int | None = None,
) -> Change:
    return Change(output, tensor or output, column, scale, parameters, keep, "recalibrated", "made from another")


def model(
    nodes: Sequence[onnx.NodeProto],
    outputs: Mapping[str, Any],
    constants: Mapping[str, np.ndarray] = {},
    kind: int = TensorProto.DOUBLE,
) -> bytes:
    graph = helper.make_graph(
        list(nodes),
        "original",
        [helper.make_tensor_value_info("x", kind, ["rows"])],
        [helper.make_tensor_value_info(name, *shape) for name, shape in outputs.items()],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    data: bytes = made.SerializeToString()
    return data


def run(graph: bytes, output: str, x: np.ndarray) -> np.ndarray:
    onnx.checker.check_model(onnx.load_from_string(graph), full_check=True)
    check_graph(graph, "test", OPSET)
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    answer: np.ndarray = session.run([output], {"x": x})[0]
    return answer


COLUMN = (TensorProto.DOUBLE, ["rows"])
SIGMOID = [helper.make_node("Sigmoid", ["x"], ["risk"]), helper.make_node("Neg", ["risk"], ["other"])]
PEOPLE = np.linspace(-8, 8, 33)


@pytest.mark.parametrize("scale", list(Scale))
@settings(deadline=None)  # each run loads a graph
@given(  # six decimals, as a change is written: onnxruntime takes a factor of 1 + 1e-10 for 1
    intercept=st.floats(-2, 2).map(lambda value: round(value, 6)), slope=st.one_of(st.just(1.0), st.floats(0.2, 3))
)
def test_the_graph_changes_risks_as_the_formula_says(scale: Scale, intercept: float, slope: float) -> None:
    parameters = Parameters(intercept, slope)
    graph = change_graph(model(SIGMOID, {"risk": COLUMN, "other": COLUMN}), "test", change("risk", scale, parameters))
    expected = recalibrated(1 / (1 + np.exp(-PEOPLE)), scale, parameters)
    assert run(graph, "risk", PEOPLE) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("scale", list(Scale))
def test_no_risk_stays_none_certainty_stays_certain_and_a_hair_beyond_does_no_harm(scale: Scale) -> None:
    graph = model([helper.make_node("Identity", ["x"], ["risk"])], {"risk": COLUMN})
    edges = np.array([0.0, 1.0, -1e-12, 1 + 1e-12])
    assert run(change_graph(graph, "test", change(scale=scale)), "risk", edges).tolist() == [0.0, 1.0, 0.0, 1.0]


def test_only_the_changed_output_and_what_was_asked_for_remain() -> None:
    graph = model(SIGMOID, {"risk": COLUMN, "other": COLUMN})
    left = onnx.load_from_string(change_graph(graph, "test", change())).graph
    assert [output.name for output in left.output] == ["risk"]
    both = onnx.load_from_string(change_graph(graph, "test", change(keep=["other"]))).graph
    assert sorted(output.name for output in both.output) == ["other", "risk"]


def test_an_output_that_reads_the_changed_one_keeps_its_number() -> None:
    graph = model(SIGMOID, {"risk": COLUMN, "other": COLUMN})
    changed = change_graph(graph, "test", change(keep=["other"]))
    assert run(changed, "other", PEOPLE).tolist() == run(graph, "other", PEOPLE).tolist()


def test_the_name_and_the_text_of_the_original_do_not_stay_in_the_file() -> None:
    original = onnx.load_from_string(model(SIGMOID, {"risk": COLUMN}))
    original.doc_string = original.graph.doc_string = "somebody's mark"
    original.graph.name = "somebodys_mark"
    changed = onnx.load_from_string(change_graph(original.SerializeToString(), "test", change()))
    assert (changed.graph.name, changed.doc_string) == ("recalibrated", "made from another")
    assert b"mark" not in changed.SerializeToString()


def test_the_same_change_gives_the_same_bytes() -> None:
    graph = model(SIGMOID, {"risk": COLUMN, "other": COLUMN})
    assert change_graph(graph, "test", change()) == change_graph(graph, "test", change())


def test_a_table_of_single_numbers_in_one_column_becomes_a_plain_one() -> None:
    nodes = [
        helper.make_node("Cast", ["x"], ["small"], to=TensorProto.FLOAT),
        helper.make_node("Sigmoid", ["small"], ["flat"]),
        helper.make_node("Unsqueeze", ["flat", "axis"], ["risk"]),
    ]
    graph = model(nodes, {"risk": (TensorProto.FLOAT, ["rows", 1])}, {"axis": np.array([1], dtype=np.int64)})
    found = run(change_graph(graph, "test", change()), "risk", PEOPLE)
    assert found.dtype == np.float64
    assert found.shape == PEOPLE.shape
    assert found == pytest.approx(
        recalibrated(1 / (1 + np.exp(-PEOPLE)), Scale.HAZARD, Parameters(-0.3, 0.8)), abs=1e-5
    )


def test_one_of_several_probabilities_a_row_is_taken() -> None:
    nodes = [
        helper.make_node("Unsqueeze", ["x", "axis"], ["row"]),
        helper.make_node("Concat", ["row", "row", "row"], ["rows3"], axis=1),
        helper.make_node("Mul", ["rows3", "weights"], ["scores"]),
        helper.make_node("Sigmoid", ["scores"], ["probabilities"]),
        helper.make_node("Identity", ["x"], ["risk"]),  # another tensor has the name of the output already
        helper.make_node("Neg", ["risk"], ["unused"]),
    ]
    constants = {"axis": np.array([1], dtype=np.int64), "weights": np.array([[1.0, -0.5, 2.0]])}
    graph = model(nodes, {"probabilities": (TensorProto.DOUBLE, ["rows", 3])}, constants)
    changed = change_graph(graph, "test", change(tensor="probabilities", column=1))
    expected = recalibrated(1 / (1 + np.exp(0.5 * PEOPLE)), Scale.HAZARD, USUAL)
    assert run(changed, "risk", PEOPLE) == pytest.approx(expected, abs=1e-12)


def test_probabilities_packed_into_a_table_per_row_are_taken_before_that() -> None:
    nodes = [
        helper.make_node("Cast", ["x"], ["small"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["small", "axis"], ["row"]),
        helper.make_node("Neg", ["row"], ["other"]),
        helper.make_node("Concat", ["other", "row"], ["scores"], axis=1),
        helper.make_node("Softmax", ["scores"], ["both"], axis=1),
        helper.make_node("ZipMap", ["both"], ["tables"], domain="ai.onnx.ml", classlabels_int64s=[0, 1]),
    ]
    table = helper.make_sequence_type_proto(
        helper.make_map_type_proto(TensorProto.INT64, helper.make_tensor_type_proto(TensorProto.FLOAT, []))
    )
    made = onnx.load_from_string(model(nodes[:5], {"both": (TensorProto.FLOAT, ["rows", 2])}, {"axis": np.array([1])}))
    made.graph.node.append(nodes[5])
    made.opset_import.append(helper.make_opsetid("ai.onnx.ml", 3))
    del made.graph.output[:]
    made.graph.output.append(helper.make_value_info("tables", table))
    changed = change_graph(made.SerializeToString(), "test", change(tensor="tables", column=1))
    expected = recalibrated(1 / (1 + np.exp(-2 * PEOPLE)), Scale.HAZARD, USUAL)
    assert run(changed, "risk", PEOPLE) == pytest.approx(expected, abs=5e-4)  # 1 - risk has 7 digits in 32 bits
    made.graph.node[5].op_type = "Identity"  # the same table, made by something else
    with pytest.raises(PackError, match="recalibrate_graph"):
        change_graph(made.SerializeToString(), "test", change(tensor="tables", column=1))


def test_a_forest_as_its_exporter_writes_it() -> None:
    from skl2onnx import to_onnx
    from sklearn.ensemble import RandomForestClassifier

    random = np.random.default_rng(1)
    values = random.normal(size=(400, 3)).astype(np.float32)
    ill = (values[:, 0] + random.normal(size=400) > 0).astype(int)
    forest = RandomForestClassifier(20, random_state=1, min_samples_leaf=10).fit(values, ill)
    graph = to_onnx(forest, values[:1], target_opset=OPSET).SerializeToString()
    asked = change("risk", Scale.ODDS, tensor="output_probability", column=1)
    session = onnxruntime.InferenceSession(change_graph(graph, "test", asked), providers=["CPUExecutionProvider"])
    expected = recalibrated(forest.predict_proba(values)[:, 1], Scale.ODDS, USUAL)
    assert session.run(["risk"], {"X": values})[0] == pytest.approx(expected, abs=1e-5)


def test_a_graph_inside_the_graph_sees_the_renamed_tensor() -> None:
    inner = helper.make_graph(
        [helper.make_node("Add", ["risk", "risk"], ["doubled"])],
        "inner",
        [],
        [helper.make_tensor_value_info("doubled", *COLUMN)],
    )
    other = helper.make_graph(
        [helper.make_node("Identity", ["risk"], ["same"])], "else", [], [helper.make_tensor_value_info("same", *COLUMN)]
    )
    nodes = [
        helper.make_node("Sigmoid", ["x"], ["risk"]),
        helper.make_node("If", ["yes"], ["twice"], then_branch=inner, else_branch=other),
    ]
    graph = model(nodes, {"risk": COLUMN, "twice": COLUMN}, {"yes": np.array(True)})
    changed = change_graph(graph, "test", change(keep=["twice"]))
    assert run(changed, "twice", PEOPLE) == pytest.approx(2 / (1 + np.exp(-PEOPLE)))


def test_a_constant_output_can_be_changed_too() -> None:
    graph = model([], {"risk": (TensorProto.DOUBLE, [1])}, {"risk": np.array([0.25])})
    expected = recalibrated(np.array([0.25]), Scale.HAZARD, Parameters(-0.3, 0.8))
    assert run(change_graph(graph, "test", change()), "risk", PEOPLE) == pytest.approx(expected)


@pytest.mark.parametrize(
    "graph",
    [
        b"no graph at all",
        b"",
        model(SIGMOID, {"other": COLUMN}),
        model(SIGMOID, {"risk": COLUMN})[:-9],
        change_graph(model(SIGMOID, {"risk": COLUMN}), "test", change()),
    ],
    ids=["text", "empty", "no such output", "cut off", "changed before"],
)
def test_what_cannot_be_changed_is_refused(graph: bytes) -> None:
    with pytest.raises(PackError) as refusal:
        change_graph(graph, "test", change())
    assert refusal.value.code == "recalibrate_graph"


def test_an_input_that_is_the_output_is_refused() -> None:
    with pytest.raises(PackError, match="recalibrate_graph"):
        change_graph(model([], {"x": COLUMN}), "test", change("x"))


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(PackError, match="recalibrate_graph"):
        change_graph(data, "test", change())


@given(st.integers(1, 500), st.integers(-(2**63), 2**63 - 1), st.text(max_size=200))
def test_a_message_reads_back_as_written(number: int, value: int, words: str) -> None:
    written = whole(number, value) + text(number, words) + message(number, whole(1, 5))
    first, second, third = parts(written)
    assert (first.number, first.value) == (number, value % 2**64)
    assert second.content.decode() == words
    assert next(parts(third.content)).value == 5
    assert b"".join(part.written for part in (first, second, third)) == written


def test_the_toy_keeps_its_flags(make_pack: Callable[..., Pack]) -> None:
    graph = make_pack().read_graph()
    changed = onnx.load_from_string(change_graph(graph, "toy", change("risk_10y", keep=["not_in_table.sex"])))
    assert sorted(output.name for output in changed.graph.output) == ["not_in_table.sex", "risk_10y"]
