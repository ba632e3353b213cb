"""Any graph that keeps the contract runs; one that does not is refused with a reason."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from engine.domain.batch import Batch
from engine.errors import PackError
from engine.fields import Dictionary
from engine.packs import Pack
from engine.risk.predictor import Predictor
from engine.risk.sessions import Sessions, open_session

MakePack = Callable[..., Pack]
FIELDS = ("age", "sbp_mmhg", "bmi_kg_m2")


def one_output(make_pack: MakePack, dtype: str = "float32", tensors: bool = False) -> dict[str, Any]:
    """A manifest of three inputs bound to one matrix ``x`` (or one tensor each) and one output."""
    document: dict[str, Any] = dict(make_pack().manifest.to_json())
    inputs = {each["field"]: each for each in document["inputs"]}
    document["inputs"] = [{"field": field, "as": inputs[field]["as"], "required": True} for field in FIELDS]
    document["outputs"] = document["outputs"][:1]
    document["exclusions"], document["bands"], document["references"] = [], [], {}
    bindings = [{"tensor": field, "dtype": dtype, "fields": [field]} for field in FIELDS]
    matrix = [{"tensor": "x", "dtype": dtype, "fields": list(FIELDS)}]
    document["graph"] = {**document["graph"], "not_in_table": [], "inputs": bindings if tensors else matrix}
    return document


def model(nodes: list[Any], inputs: list[Any], outputs: list[Any], constants: list[Any] | None = None) -> bytes:
    graph = helper.make_graph(nodes, "g", inputs, outputs, constants or [])
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", 3)]
    data: bytes = helper.make_model(graph, opset_imports=opsets, ir_version=10).SerializeToString()
    return data


def network() -> tuple[bytes, Callable[[np.ndarray[Any, Any]], np.ndarray[Any, Any]]]:
    """A small float32 network, and the same in NumPy."""
    random = np.random.default_rng(1)
    first, second = random.normal(0, 0.02, (3, 8)).astype(np.float32), random.normal(0, 1, (8, 1)).astype(np.float32)
    nodes = [
        helper.make_node("MatMul", ["x", "first"], ["hidden"]),
        helper.make_node("Relu", ["hidden"], ["active"]),
        helper.make_node("MatMul", ["active", "second"], ["score"]),
        helper.make_node("Sigmoid", ["score"], ["risk_10y"]),
    ]
    data = model(
        nodes,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 3])],
        [helper.make_tensor_value_info("risk_10y", TensorProto.FLOAT, [None, 1])],
        [numpy_helper.from_array(first, "first"), numpy_helper.from_array(second, "second")],
    )
    return data, lambda x: (1 / (1 + np.exp(-(np.maximum(x @ first, 0) @ second))))[:, 0]


def trees() -> bytes:
    """Two trees: one asks for the age, the other for the BMI and sends an absent one to the left."""
    node = helper.make_node(
        "TreeEnsembleRegressor",
        ["x"],
        ["risk_10y"],
        domain="ai.onnx.ml",
        nodes_treeids=[0, 0, 0, 1, 1, 1],
        nodes_nodeids=[0, 1, 2, 0, 1, 2],
        nodes_featureids=[0, 0, 0, 2, 0, 0],
        nodes_modes=["BRANCH_LT", "LEAF", "LEAF", "BRANCH_LT", "LEAF", "LEAF"],
        nodes_values=[60.0, 0.0, 0.0, 30.0, 0.0, 0.0],
        nodes_truenodeids=[1, 0, 0, 1, 0, 0],
        nodes_falsenodeids=[2, 0, 0, 2, 0, 0],
        nodes_missing_value_tracks_true=[0, 0, 0, 1, 0, 0],
        target_treeids=[0, 0, 1, 1],
        target_nodeids=[1, 2, 1, 2],
        target_ids=[0, 0, 0, 0],
        target_weights=[0.05, 0.25, 0.125, 0.5],
        n_targets=1,
    )
    ends = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3])]
    return model([node], ends, [helper.make_tensor_value_info("risk_10y", TensorProto.FLOAT, ["n", 1])])


def people(rows: int) -> Batch:
    random = np.random.default_rng(3)
    columns = {"age": (40, 80), "sbp_mmhg": (90, 200), "bmi_kg_m2": (18, 40)}
    return Batch(rows, {name: random.uniform(low, high, rows) for name, (low, high) in columns.items()})


def test_a_float32_network_over_a_matrix_answers_as_numpy_does(make_pack: MakePack, dictionary: Dictionary) -> None:
    data, in_numpy = network()
    predictor = Predictor(make_pack(document=one_output(make_pack), graph=data), dictionary)
    batch = people(1000)
    x = np.stack([batch.columns[field] for field in FIELDS], axis=1).astype(np.float32)
    results = predictor.predict(batch)
    assert results.outputs["risk_10y"].dtype == np.float64
    np.testing.assert_allclose(results.outputs["risk_10y"], in_numpy(x), atol=1e-6)
    assert not results.refused.any()


def test_a_tree_ensemble_with_absent_values_answers_by_its_trees(make_pack: MakePack, dictionary: Dictionary) -> None:
    document = one_output(make_pack)
    document["inputs"][2]["required"] = False
    predictor = Predictor(make_pack(document=document, graph=trees()), dictionary)
    batch = Batch(
        4,
        {
            "age": np.array([50.0, 70.0, 50.0, 70.0]),
            "sbp_mmhg": np.full(4, 120.0),
            "bmi_kg_m2": np.array([25.0, 25.0, 35.0, np.nan]),
        },
    )
    np.testing.assert_allclose(predictor.predict(batch).outputs["risk_10y"], [0.175, 0.375, 0.55, 0.375], rtol=1e-6)


def test_float32_tensors_of_one_field_each_work_too(make_pack: MakePack, dictionary: Dictionary) -> None:
    ends = [helper.make_tensor_value_info(field, TensorProto.FLOAT, ["rows"]) for field in FIELDS]
    nodes = [
        helper.make_node("Sum", list(FIELDS), ["sum"]),
        helper.make_node("Mul", ["sum", "scale"], ["risk_10y"]),
    ]
    out = [helper.make_tensor_value_info("risk_10y", TensorProto.FLOAT, ["rows"])]
    data = model(nodes, ends, out, [numpy_helper.from_array(np.array(0.001, dtype=np.float32), "scale")])
    predictor = Predictor(make_pack(document=one_output(make_pack, tensors=True), graph=data), dictionary)
    batch = people(5)
    np.testing.assert_allclose(
        predictor.predict(batch).outputs["risk_10y"], sum(batch.columns.values()) * 0.001, rtol=1e-5
    )


def test_a_graph_may_take_inputs_in_the_units_of_its_makers(make_pack: MakePack, dictionary: Dictionary) -> None:
    document = one_output(make_pack, dtype="float64", tensors=True)
    document["inputs"][1] |= {"transform": "x / 10"}
    document["graph"]["transformed"] = True
    ends = [helper.make_tensor_value_info(field, TensorProto.DOUBLE, ["rows"]) for field in FIELDS]
    nodes = [
        helper.make_node("Mul", ["sbp_mmhg", "scale"], ["risk_10y"]),
        helper.make_node("Sum", ["age", "bmi_kg_m2"], ["unused"]),
    ]
    out = [helper.make_tensor_value_info("risk_10y", TensorProto.DOUBLE, ["rows"])]
    data = model(nodes, ends, out, [numpy_helper.from_array(np.array(0.01), "scale")])
    batch = people(5)
    found = Predictor(make_pack(document=document, graph=data), dictionary).predict(batch).outputs["risk_10y"]
    np.testing.assert_allclose(found, batch.columns["sbp_mmhg"] / 1000)


@pytest.mark.parametrize(("column", "factor"), [(0, 1.0), (2, 3.0)])
def test_a_number_may_be_one_column_of_an_output_of_another_name(
    make_pack: MakePack, dictionary: Dictionary, column: int, factor: float
) -> None:
    document = one_output(make_pack)
    document["outputs"][0] |= {"tensor": "all", "column": column}
    nodes = [
        helper.make_node("ReduceMean", ["x", "axes"], ["mean"], keepdims=1),
        helper.make_node("Mul", ["mean", "factors"], ["all"]),
    ]
    constants = [
        numpy_helper.from_array(np.array([1], dtype=np.int64), "axes"),
        numpy_helper.from_array(np.array([[0.001, 0.002, 0.003]], dtype=np.float32), "factors"),
    ]
    ends = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", 3])]
    out = [helper.make_tensor_value_info("all", TensorProto.FLOAT, ["rows", 3])]
    predictor = Predictor(make_pack(document=document, graph=model(nodes, ends, out, constants)), dictionary)
    batch = people(5)
    mean = np.mean([batch.columns[field] for field in FIELDS], axis=0)
    np.testing.assert_allclose(predictor.predict(batch).outputs["risk_10y"], mean * 0.001 * factor, rtol=1e-5)
    document["outputs"][0]["column"] = 3
    with pytest.raises(PackError, match="pack_tensor_columns"):
        open_session(make_pack(document=document, graph=model(nodes, ends, out, constants)))


def faulty(kind: str) -> bytes:
    """A graph with one fault at its ends."""
    dtype = TensorProto.DOUBLE if kind == "dtype" else TensorProto.FLOAT
    shapes: dict[str, list[Any]] = {"fixed_rows": [1, 3], "width": ["rows", 4]}
    shape = shapes.get(kind, ["rows", 3])
    name = "y" if kind == "input_name" else "x"
    out = "risk" if kind == "output_name" else "risk_10y"
    node = helper.make_node("ReduceMean", [name, "axes"], [out], keepdims=1)
    if kind == "output_width":
        node = helper.make_node("Identity", [name], [out])
    width = 3 if kind == "output_width" else 1
    extra = [helper.make_tensor_value_info("more", dtype, ["rows"])] if kind == "input_more" else []
    return model(
        [node],
        [helper.make_tensor_value_info(name, dtype, shape), *extra],
        [helper.make_tensor_value_info(out, dtype, [shape[0], width])],
        [numpy_helper.from_array(np.array([1], dtype=np.int64), "axes")],
    )


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("dtype", "pack_tensor_kind"),
        ("fixed_rows", "pack_tensor_rows"),
        ("width", "pack_tensor_columns"),
        ("input_name", "pack_tensor_unbound"),
        ("output_name", "pack_tensor_missing"),
        ("output_width", "pack_tensor_columns"),
        ("input_more", "pack_tensor_unbound"),
    ],
)
def test_a_graph_whose_ends_do_not_fit_the_manifest_is_refused(make_pack: MakePack, kind: str, code: str) -> None:
    with pytest.raises(PackError, match=code):
        open_session(make_pack(document=one_output(make_pack), graph=faulty(kind)))


def test_the_faulty_graphs_differ_from_a_good_one_by_their_fault_alone(make_pack: MakePack) -> None:
    assert open_session(make_pack(document=one_output(make_pack), graph=faulty("none"))) is not None


def test_a_graph_that_onnxruntime_cannot_load_is_a_pack_error(
    make_pack: MakePack, capfd: pytest.CaptureFixture[str]
) -> None:
    ends = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", 3])]
    out = [helper.make_tensor_value_info("risk_10y", TensorProto.FLOAT, ["rows", 1])]
    data = model([helper.make_node("NoSuchOperator", ["x"], ["risk_10y"])], ends, out)
    with pytest.raises(PackError, match="pack_graph_unreadable"):
        open_session(make_pack(document=one_output(make_pack), graph=data))
    assert capfd.readouterr() == ("", "")


def test_a_graph_that_breaks_on_a_row_is_a_pack_error_and_quiet(
    make_pack: MakePack, dictionary: Dictionary, capfd: pytest.CaptureFixture[str]
) -> None:
    # Gathers the entry "age" of a table of 60: older people are beyond its end.
    nodes = [
        helper.make_node("Slice", ["x", "start", "stop", "axis"], ["age"]),
        helper.make_node("Cast", ["age"], ["index"], to=TensorProto.INT64),
        helper.make_node("Gather", ["table", "index"], ["risk_10y"]),
    ]
    numbers = {"start": [0], "stop": [1], "axis": [1]}
    constants = [numpy_helper.from_array(np.array(value, dtype=np.int64), name) for name, value in numbers.items()]
    constants.append(numpy_helper.from_array(np.full(60, 0.5, dtype=np.float32), "table"))
    ends = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", 3])]
    out = [helper.make_tensor_value_info("risk_10y", TensorProto.FLOAT, ["rows", 1])]
    predictor = Predictor(
        make_pack(document=one_output(make_pack), graph=model(nodes, ends, out, constants)), dictionary
    )
    young = Batch(1, {"age": np.array([50.0]), "sbp_mmhg": np.array([120.0]), "bmi_kg_m2": np.array([25.0])})
    assert predictor.predict(young).outputs["risk_10y"].tolist() == [0.5]
    with pytest.raises(PackError, match="pack_graph_failed"):
        predictor.predict(young.with_columns({"age": np.array([75.0])}))
    # Rows that are refused never reach the graph, so it may rely on what its manifest promises.
    refused = young.with_columns({"age": np.array([75.0]), "sbp_mmhg": np.array([np.nan])})
    assert predictor.predict(refused).refused.tolist() == [True]
    assert capfd.readouterr() == ("", "")


def test_a_graph_that_answers_for_other_rows_is_a_pack_error(make_pack: MakePack, dictionary: Dictionary) -> None:
    # Flattens the matrix: three answers a person, behind a shape that cannot be known beforehand.
    constants = [numpy_helper.from_array(np.array([-1], dtype=np.int64), "flat")]
    ends = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", 3])]
    out = [helper.make_tensor_value_info("risk_10y", TensorProto.FLOAT, ["n"])]
    data = model([helper.make_node("Reshape", ["x", "flat"], ["risk_10y"])], ends, out, constants)
    predictor = Predictor(make_pack(document=one_output(make_pack), graph=data), dictionary)
    with pytest.raises(PackError, match="pack_graph_failed"):
        predictor.predict(people(5))


def test_one_graph_is_loaded_once_however_often_it_is_asked_for(make_pack: MakePack) -> None:
    sessions = Sessions()
    pack = make_pack()
    assert sessions.get(pack) is sessions.get(pack)
    assert sessions.get(make_pack({"version": "1.0.1"})) is not sessions.get(pack)


def test_threads_share_a_predictor(make_pack: MakePack, dictionary: Dictionary) -> None:
    data, _ = network()
    predictor = Predictor(make_pack(document=one_output(make_pack), graph=data), dictionary)
    batch = people(20_000)
    alone = predictor.predict(batch).outputs["risk_10y"]
    answers: list[Mapping[str, Any]] = []
    threads = [threading.Thread(target=lambda: answers.append(predictor.predict(batch).outputs)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    for answer in answers:
        np.testing.assert_array_equal(answer["risk_10y"], alone)


def test_a_person_gets_the_same_bits_alone_and_among_others(make_pack: MakePack, dictionary: Dictionary) -> None:
    predictor = Predictor(make_pack(), dictionary)
    batch = people(500).with_columns({"sex": np.zeros(500), "smoker": np.full(500, 2.0)})
    whole = predictor.predict(batch).outputs["risk_10y"]
    ones = [predictor.predict(batch.slice(row, row + 1)).outputs["risk_10y"][0] for row in range(0, 500, 7)]
    np.testing.assert_array_equal(whole[::7], ones)
